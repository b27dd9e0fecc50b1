//! Names of things. Each kind of id is its own type, so that a unit never passes for an order.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

/// Defines an id that wraps a database key.
macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident;)+) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub i64);

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                self.0.fmt(f)
            }
        }
    )+};
}

ids! {
    /// A person, whatever front end they use; shared by all shops of a database.
    UserId;
    /// A product's key in the store. People see [`ProductNumber`].
    ProductId;
    /// The short number people type to open a product; unique among a shop's living products.
    ProductNumber;
    /// One unit of stock: one thing that is sold once.
    UnitId;
    /// An order's key in the store. People see its code.
    OrderId;
    /// One request for payment at the gateway, for an order or for a deposit.
    InvoiceId;
    /// A chat of the front end: a person (positive) or a group (negative).
    ChatId;
    /// A message within its chat.
    MessageId;
    /// A row of the outbox.
    FactId;
}

const EPOCH_MILLIS: i64 = 1_704_067_200_000;

/// The lowest id that a process can make at this time: milliseconds since 2024 in the upper bits, zeros in the lower
/// 20, which hold a counter.
pub fn first_at(at: DateTime<Utc>) -> i64 {
    (at.timestamp_millis() - EPOCH_MILLIS).max(1) << 20
}

/// Letters and digits that cannot be mistaken for each other when read aloud or typed.
const CODE_ALPHABET: &[u8; 28] = b"23456789ACDEFGHJKMNPQRTVWXYZ";

/// How many characters an order or invoice code has: 28^8, about 3.8 × 10^11 codes.
pub const CODE_LENGTH: usize = 8;

/// Turns random bits into a code for people, such as `K7M3PXQ2`.
pub fn code(random: u64) -> String {
    let base = CODE_ALPHABET.len() as u64;
    (0..CODE_LENGTH)
        .scan(random, |rest, _| {
            let digit = (*rest % base) as usize;
            *rest /= base;
            Some(char::from(CODE_ALPHABET[digit]))
        })
        .collect()
}

/// What the gateway knows an order's payment by.
pub fn order_reference(payer: ChatId, code: &str) -> String {
    format!("tg{payer}-{code}")
}

/// What the gateway knows a deposit's payment by.
pub fn deposit_reference(payer: ChatId, code: &str) -> String {
    format!("dp{payer}-{code}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_has_no_lookalikes_and_a_fixed_length() {
        for random in [0, 1, u64::MAX, 0x1234_5678_9ABC_DEF0] {
            let code = code(random);
            assert_eq!(code.len(), CODE_LENGTH);
            assert!(!code.contains(['0', 'O', '1', 'I', 'L', 'S', 'B', 'U']));
        }
    }
}
