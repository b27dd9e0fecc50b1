//! The life of an order: which states there are, and how it is made.

use super::ids::{OrderId, ProductId, UserId};
use super::money::Rupiah;
use super::price::QuoteLine;
use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

/// Where an order stands. The store moves it only by statements that name the states it may come from,
/// and a trigger refuses every other move.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum OrderState {
    Pending,
    Paid,
    Delivered,
    Expired,
    Cancelled,
    Refunded,
}

impl OrderState {
    pub const ALL: [Self; 6] =
        [Self::Pending, Self::Paid, Self::Delivered, Self::Expired, Self::Cancelled, Self::Refunded];

    /// The word kept in the store and typed by staff.
    pub fn name(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Paid => "paid",
            Self::Delivered => "delivered",
            Self::Expired => "expired",
            Self::Cancelled => "cancelled",
            Self::Refunded => "refunded",
        }
    }

    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.name() == name)
    }

    /// Whether the life cycle allows this move, whoever asks.
    pub fn may_become(self, next: Self) -> bool {
        use OrderState::{Cancelled, Delivered, Expired, Paid, Pending, Refunded};
        matches!(
            (self, next),
            (Pending, Paid | Expired | Cancelled)
                | (Expired | Cancelled, Paid)
                | (Paid, Delivered | Refunded)
                | (Delivered, Refunded)
        )
    }

    /// Whether the goods belong to the customer now.
    pub fn has_goods(self) -> bool {
        matches!(self, Self::Paid | Self::Delivered)
    }
}

/// How an order was paid.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum PaymentMethod {
    Qris,
    Balance,
}

impl PaymentMethod {
    /// The word kept in the store.
    pub fn name(self) -> &'static str {
        match self {
            Self::Qris => "qris",
            Self::Balance => "balance",
        }
    }

    pub fn parse(name: &str) -> Option<Self> {
        [Self::Qris, Self::Balance].into_iter().find(|method| method.name() == name)
    }
}

/// An order as it is shown to people.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Order {
    pub id: OrderId,
    /// What people call it, such as `K7M3PXQ2`.
    pub code: String,
    pub user: UserId,
    pub state: OrderState,
    pub lines: Vec<QuoteLine>,
    pub subtotal: Rupiah,
    pub total: Rupiah,
    pub method: Option<PaymentMethod>,
    pub created_at: DateTime<Utc>,
    pub expires_at: DateTime<Utc>,
    pub paid_at: Option<DateTime<Utc>>,
    /// The goods could not be sent: the customer blocked the bot or is gone. They wait in the history.
    pub undeliverable: bool,
}

impl Order {
    pub fn units(&self) -> u32 {
        self.lines.iter().map(|line| line.quantity).sum()
    }

    pub fn discount(&self) -> Rupiah {
        self.subtotal.less(self.total)
    }
}

/// What a customer asks to have reserved.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wanted {
    pub product: ProductId,
    pub quantity: u32,
}

/// How asking for a reservation may end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reserved {
    /// The units are held until the order's expiry. A repeated request finds the same order.
    Held(Order),
    /// Nothing was reserved: of this product only `left` units are free.
    TooFew { name: String, left: u32 },
    /// The quantity is outside the product's limits per order or per customer.
    OutsideLimits { name: String, min: u32, max: u32 },
    /// The product is gone from the catalogue.
    NoSuchProduct,
    /// This customer has an open order already; here it is.
    OpenOrder(Order),
    /// Too many of this customer's orders expired lately.
    CoolDown { minutes: i64 },
    /// More units than one order takes, or the sum passes the largest amount.
    TooMuch,
}

/// Orders that expire within this time of each other count together.
pub const TOGETHER: TimeDelta = TimeDelta::hours(1);

/// Until when a customer whose orders expired at these times has to wait, if at all: `count` of them within an hour
/// mean a wait of `cooldown`, which begins with the last of them.
pub fn waits_until(
    mut expired: Vec<DateTime<Utc>>,
    count: usize,
    cooldown: TimeDelta,
) -> Option<DateTime<Utc>> {
    expired.sort_unstable();
    let last_of = |some: &[DateTime<Utc>]| match some {
        [first, .., last] if *last - *first > TOGETHER => None,
        some => some.last().copied(),
    };
    let last = expired.windows(count.max(1)).filter_map(last_of).next_back()?;
    Some(last + cooldown)
}

#[cfg(test)]
mod tests {
    use super::OrderState::{self, *};
    use super::*;

    #[test]
    fn so_many_expired_orders_within_an_hour_bring_a_wait_from_the_last_of_them() {
        let at = |minute: i64| DateTime::UNIX_EPOCH + TimeDelta::minutes(minute);
        // minutes at which orders expired, how many of them count, until when to wait
        let table: [(&[i64], usize, Option<i64>); 7] = [
            (&[0, 30, 59], 3, Some(74)),
            (&[59, 0, 30], 3, Some(74)),
            (&[0, 30, 60], 3, Some(75)),
            (&[0, 30, 61], 3, None),
            (&[0, 30, 59, 100], 3, Some(74)),
            (&[0, 30], 3, None),
            (&[0, 90], 1, Some(105)),
        ];
        for (expired, count, until) in table {
            let moments = expired.iter().map(|minute| at(*minute)).collect();
            let waits = waits_until(moments, count, TimeDelta::minutes(15));
            assert_eq!(waits, until.map(at), "{expired:?} of {count}");
        }
    }

    #[test]
    fn only_the_documented_moves_are_possible() {
        let allowed = [
            (Pending, Paid),
            (Pending, Expired),
            (Pending, Cancelled),
            (Expired, Paid),
            (Cancelled, Paid),
            (Paid, Delivered),
            (Paid, Refunded),
            (Delivered, Refunded),
        ];
        for from in OrderState::ALL {
            for to in OrderState::ALL {
                assert_eq!(from.may_become(to), allowed.contains(&(from, to)), "{from:?} -> {to:?}");
            }
        }
    }
}
