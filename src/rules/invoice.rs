//! Requests for payment at the gateway, and how paying may end.

use super::ids::{ChatId, InvoiceId, OrderId, UserId};
use super::money::Rupiah;
use super::order::Order;
use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};
use std::fmt;

/// Where an invoice stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum InvoiceState {
    /// Written down, the gateway's answer is not known yet.
    Opening,
    Open,
    Settled,
    /// Void for the customer, but the gateway is still asked about it: a QRIS picture can be paid late.
    Expired,
    /// Made void by the customer or by staff; the gateway is still asked about it.
    Cancelled,
    /// The gateway would not make it.
    Refused,
}

impl InvoiceState {
    pub const ALL: [Self; 6] =
        [Self::Opening, Self::Open, Self::Settled, Self::Expired, Self::Cancelled, Self::Refused];

    pub fn name(self) -> &'static str {
        match self {
            Self::Opening => "opening",
            Self::Open => "open",
            Self::Settled => "settled",
            Self::Expired => "expired",
            Self::Cancelled => "cancelled",
            Self::Refused => "refused",
        }
    }

    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.name() == name)
    }

    /// Still to be paid by the customer.
    pub fn is_open(self) -> bool {
        matches!(self, Self::Opening | Self::Open)
    }
}

/// An invoice. It pays for an order, or is a deposit if it has none.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Invoice {
    pub id: InvoiceId,
    pub user: UserId,
    pub chat: ChatId,
    pub order: Option<OrderId>,
    /// What people call it: the order's code, or a deposit's own.
    pub code: String,
    /// What the gateway calls it.
    pub reference: String,
    /// Without the fee; the amount that the gateway is asked about.
    pub base: Rupiah,
    /// The gateway's own figures, once it answered.
    pub fee: Option<Rupiah>,
    pub total: Option<Rupiah>,
    /// The QRIS text behind the picture.
    pub qr: Option<String>,
    pub checkout_url: Option<String>,
    pub state: InvoiceState,
    pub created_at: DateTime<Utc>,
    pub expires_at: DateTime<Utc>,
}

/// How asking for an invoice may end. The QR itself follows as a message of its own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Opened {
    /// The gateway is being asked; the QR, or an apology, follows by itself.
    Opening(Invoice),
    /// It exists already; its QR is sent once more.
    Already(Invoice),
    /// The order is not waiting for payment any more.
    NotPending(Order),
    /// The gateway takes no amount this small.
    BelowMinimum { minimum: Rupiah },
    /// The customer left many unpaid lately.
    TooManyUnpaid,
    /// Not this customer's, or no such order.
    Unknown,
}

/// How paying from the balance may end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Paid {
    /// Debited, the goods are on their way.
    Paid {
        order: Order,
        balance: Rupiah,
    },
    /// It was paid before: nothing was debited again.
    AlreadyPaid(Order),
    TooLittle {
        missing: Rupiah,
        balance: Rupiah,
    },
    NotPending(Order),
    Unknown,
}

/// How settling an invoice with the gateway's word may end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Settled {
    /// In time: the goods, or the deposit, are the customer's.
    Settled,
    /// Late, but the units could still be had.
    LateDelivered,
    /// Late, and the units are gone (or the order was paid otherwise): the amount is in the balance.
    LateCredited {
        amount: Rupiah,
    },
    /// It was settled before; nothing changed.
    AlreadySettled,
    Unknown,
}

/// How ending an order early may end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Cancelled {
    Cancelled(Order),
    /// It is in another state: paid meanwhile, expired, or cancelled before.
    NotPending(Order),
    Unknown,
}

/// What the gateway says about a payment when asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    Completed,
    Pending,
    /// Expired or cancelled at the gateway: it may still turn to completed.
    Void,
    /// The gateway does not know it.
    Unknown,
    /// The gateway answered about something other than what it was asked: goods are never delivered on that.
    Mismatch(Difference),
    /// The gateway answered with a status we do not know (given here). It may mean "paid", so we go on asking while it
    /// stays.
    Unclear(String),
}

/// Where the gateway's answer differs from the question, and what stands there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Difference {
    Order(String),
    Project(String),
    Amount(Rupiah),
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Order(other) => write!(f, "order {other:?}"),
            Self::Project(other) => write!(f, "project {other:?}"),
            Self::Amount(Rupiah(other)) => write!(f, "amount {other}"),
        }
    }
}

/// How long before its end an open invoice is asked about once more, so that whoever paid in time but was not reported
/// is not late.
const LAST_CHANCE: TimeDelta = TimeDelta::seconds(6);

/// How long and how often the gateway is asked when no callback came.
#[derive(Debug, Clone, Copy)]
pub struct AskRule {
    /// Between two asks while the invoice is open; doubles every third ask, up to four times. A void one waits from
    /// three such intervals up to half an hour.
    pub interval: TimeDelta,
    /// For about how long the gateway is asked about a void invoice.
    pub late_window: TimeDelta,
}

impl AskRule {
    /// When to ask next, having asked `asked` times since it was opened, or void; `None` once the window is over. The
    /// window is what the waits of a void invoice add up to, since a clock may jump over it.
    pub fn next(&self, now: DateTime<Utc>, invoice: &Invoice, asked: i64) -> Option<DateTime<Utc>> {
        let asked = u32::try_from(asked.max(0)).unwrap_or(u32::MAX);
        if invoice.state.is_open() {
            let next = now + self.interval * 2i32.pow((asked / 3).min(2));
            let chance = invoice.expires_at - LAST_CHANCE;
            return Some(if now < chance { next.min(chance) } else { next });
        }
        let wait = |asked: u32| TimeDelta::minutes(30).min(self.interval * 3 * 2i32.pow(asked.min(20)));
        let mut waited = TimeDelta::zero();
        (0..=asked)
            .all(|asked| {
                waited += wait(asked);
                waited <= self.late_window
            })
            .then(|| now + wait(asked))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn asking_backs_off_and_ends_with_the_window() {
        let rule = AskRule { interval: TimeDelta::seconds(20), late_window: TimeDelta::hours(24) };
        let created = DateTime::<Utc>::UNIX_EPOCH;
        let invoice = |open| Invoice {
            id: InvoiceId(1),
            user: UserId(1),
            chat: ChatId(1),
            order: None,
            code: String::new(),
            reference: String::new(),
            base: Rupiah(1),
            fee: None,
            total: None,
            qr: None,
            checkout_url: None,
            state: if open { InvoiceState::Open } else { InvoiceState::Expired },
            created_at: created,
            expires_at: created + TimeDelta::seconds(600),
        };
        let table = [
            (0, true, 0, Some(20)),
            (100, true, 3, Some(140)),
            (500, true, 99, Some(580)),
            (540, true, 99, Some(594)), // once more before it ends
            (593, true, 99, Some(594)),
            (594, true, 99, Some(674)),
            (600, false, 0, Some(660)),
            (600, false, 4, Some(600 + 960)),
            (600, false, 5, Some(600 + 1800)),
            (90_000, false, 50, Some(91_800)), // the last one at a clock that jumped
            (90_000, false, 51, None),
        ];
        for (now, open, asked, next) in table {
            let answer = rule.next(created + TimeDelta::seconds(now), &invoice(open), asked);
            assert_eq!(answer, next.map(|next| created + TimeDelta::seconds(next)), "{now} {open} {asked}");
        }
        let often = AskRule { interval: TimeDelta::milliseconds(100), ..rule };
        assert_eq!(often.next(created, &invoice(true), 3), Some(created + TimeDelta::milliseconds(200)));
    }
}
