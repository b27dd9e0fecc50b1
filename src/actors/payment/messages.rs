//! What the PaymentActor is asked and told.

use crate::fault::Fault;
use crate::rules::audit::By;
use crate::rules::ids::{ChatId, InvoiceId, MessageId, OrderId, UserId};
use crate::rules::invoice::{Cancelled, Opened, Paid, Settled};
use crate::rules::money::Rupiah;
use crate::store::model::{Pays, Transferred};
use actix::Message;

/// Make an invoice at the gateway. The answer comes at once; the QR follows as a fact.
#[derive(Debug, Message)]
#[rtype(result = "Result<Opened, Fault>")]
pub struct OpenInvoice {
    pub key: String,
    pub user: UserId,
    pub chat: ChatId,
    pub pays: Pays,
    /// The message that says the QR is being made.
    pub waiting: Option<MessageId>,
}

#[derive(Debug, Clone, Copy, Message)]
#[rtype(result = "Result<Paid, Fault>")]
pub struct PayFromBalance {
    pub order: OrderId,
    pub user: UserId,
}

#[derive(Debug, Message)]
#[rtype(result = "Result<Cancelled, Fault>")]
pub struct CancelOrder {
    pub order: OrderId,
    pub user: UserId,
}

/// Cancel a deposit. `false`: it is not open any more, or not theirs.
#[derive(Debug, Message)]
#[rtype(result = "Result<bool, Fault>")]
pub struct CancelDeposit {
    pub invoice: InvoiceId,
    pub user: UserId,
}

/// The customer wants to know now.
#[derive(Debug, Message)]
#[rtype(result = "Result<Checked, Fault>")]
pub struct CheckInvoice {
    pub invoice: InvoiceId,
    pub user: UserId,
}

/// What asking the gateway about one invoice showed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Checked {
    Settled(Settled),
    StillUnpaid,
    /// It was asked a moment ago; the gateway allows the next ask in so many seconds.
    Slowly {
        seconds: i64,
    },
    /// Not this customer's, or no such invoice.
    Unknown,
    GatewayDown,
    /// The gateway gave an answer that makes no sense; the owners know.
    Unclear,
}

/// Somebody says that a payment happened. It proves nothing: the gateway is asked.
#[derive(Debug, Clone, Message)]
#[rtype(result = "Result<Hinted, Fault>")]
pub struct HintPayment {
    pub reference: String,
    pub amount: Rupiah,
    pub project: String,
}

/// What became of a hint.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Hinted {
    /// The gateway was asked, or will be within seconds: that much is on disk.
    Noted,
    UnknownOrder,
    OtherProject,
    OtherAmount,
}

/// Send the QR of an invoice once more, if it is still open.
#[derive(Debug, Message)]
#[rtype(result = "Result<(), Fault>")]
pub struct ShowInvoice(pub InvoiceId);

/// Staff change a balance.
#[derive(Debug, Message)]
#[rtype(result = "Result<Transferred, Fault>")]
pub struct TransferBalance {
    pub key: String,
    pub user: UserId,
    pub chat: ChatId,
    pub amount: Rupiah,
    pub note: Option<String>,
    pub by: By,
}

/// Some orders or deposits may have run out of time.
#[derive(Debug, Clone, Copy, Message)]
#[rtype(result = "()")]
pub struct ExpiryDue;

/// Some invoices may have to be asked about.
#[derive(Debug, Clone, Copy, Message)]
#[rtype(result = "()")]
pub struct PollDue;

/// The gateway confirmed this invoice; settle it. Only the actor itself sends this.
#[derive(Debug, Clone, Message)]
#[rtype(result = "Result<Settled, Fault>")]
pub(super) struct SettleInvoice {
    pub invoice: InvoiceId,
    pub origin: &'static str,
}
