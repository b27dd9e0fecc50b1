//! What happened, as it is queued for the people concerned. A fact is written in the same transaction
//! as what made it true, carries what its message needs, and holds no words and no goods: words are
//! chosen and goods are decrypted when it is sent.

use super::ids::{ChatId, InvoiceId, MessageId, OrderId, ProductNumber, UserId};
use super::invoice::Invoice;
use super::money::Rupiah;
use super::order::Order;
use serde::{Deserialize, Serialize};

/// Who is to hear of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Audience {
    /// One chat.
    Chat(ChatId),
    /// All admins and whitelisted groups; gathered into one message when many come at once.
    Staff,
    /// The owners.
    Owners,
}

/// Something that somebody must be told.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Fact {
    /// The QR to pay by. `replaces` is the message that said it was being made.
    InvoiceOpened { invoice: Invoice, replaces: Option<MessageId> },
    /// The gateway could not make the invoice; an order's units are back on sale.
    InvoiceRefused { code: String, order: Option<OrderId>, replaces: Option<MessageId> },
    /// Expired: the QR is taken away, and this message stays.
    InvoiceExpired { invoice: InvoiceId, code: String, deposit: bool },
    /// An order that was never invoiced ran out of time.
    OrderExpired { code: String },
    /// Cancelled by the customer or staff: the QR is taken away.
    InvoiceCancelled {
        invoice: InvoiceId,
        code: String,
        #[serde(default)]
        deposit: bool,
    },
    /// Paid, in whatever way: the QR is taken away without a message, so that nobody pays it again.
    InvoiceWithdrawn { invoice: InvoiceId },
    /// Paid: the goods follow here. `late` if after expiry or cancellation.
    GoodsReady { order: Order, late: bool },
    /// The customer asked for their goods again.
    GoodsAgain { order: Order },
    /// `order`: what waits for payment and can be paid from the balance now.
    DepositPaid {
        code: String,
        amount: Rupiah,
        balance: Rupiah,
        late: bool,
        #[serde(default)]
        order: Option<(OrderId, String)>,
    },
    /// Late money whose goods were gone.
    LateCredited { code: String, amount: Rupiah, balance: Rupiah },
    /// Money for an order that was paid already.
    PaidTwice { code: String, amount: Rupiah, balance: Rupiah },
    /// Staff changed the balance.
    BalanceChanged { amount: Rupiah, balance: Rupiah },
    /// A message from the admins to a customer.
    StaffReply { text: String, picture: Option<String> },
    /// A customer's message to the admins; replying to it answers them.
    CustomerMessage { from: Person, text: String, picture: Option<String> },
    /// News for staff, see [`StaffNews`].
    News(Vec<StaffNews>),
    /// Something is wrong with the shop itself; for owners. `fault` is a fault code.
    Trouble { fault: String, detail: String },
    /// The trouble is over.
    TroubleOver { fault: String },
    /// A product can be had again.
    BackInStock { product: ProductNumber, name: String },
}

/// A person named to staff.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Person {
    pub user: UserId,
    pub chat: ChatId,
    pub name: String,
    pub username: Option<String>,
}

/// One line of a notice to staff.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum StaffNews {
    OrderPaid { order: Order, buyer: Person, late: bool },
    OrderExpired { code: String, buyer: Person, total: Rupiah },
    DepositPaid { code: String, buyer: Person, amount: Rupiah, late: bool },
    LateCredited { code: String, buyer: Person, amount: Rupiah },
    PaidTwice { code: String, buyer: Person, amount: Rupiah },
    LowStock { product: ProductNumber, name: String, left: i64 },
    SoldOut { product: ProductNumber, name: String },
    Undeliverable { code: String, buyer: Person },
}

impl Fact {
    /// A short name for logs and metrics; never holds data.
    pub fn name(&self) -> &'static str {
        match self {
            Self::InvoiceOpened { .. } => "invoice_opened",
            Self::InvoiceRefused { .. } => "invoice_refused",
            Self::InvoiceExpired { .. } => "invoice_expired",
            Self::OrderExpired { .. } => "order_expired",
            Self::InvoiceCancelled { .. } => "invoice_cancelled",
            Self::InvoiceWithdrawn { .. } => "invoice_withdrawn",
            Self::GoodsReady { .. } => "goods_ready",
            Self::GoodsAgain { .. } => "goods_again",
            Self::DepositPaid { .. } => "deposit_paid",
            Self::LateCredited { .. } => "late_credited",
            Self::PaidTwice { .. } => "paid_twice",
            Self::BalanceChanged { .. } => "balance_changed",
            Self::StaffReply { .. } => "staff_reply",
            Self::CustomerMessage { .. } => "customer_message",
            Self::News(_) => "staff_news",
            Self::Trouble { .. } => "trouble",
            Self::TroubleOver { .. } => "trouble_over",
            Self::BackInStock { .. } => "back_in_stock",
        }
    }
}
