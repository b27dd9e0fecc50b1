//! The body of Pakasir's callback.

use super::wire::Amount;
use crate::adapters::Malformed;
use crate::rules::money::Rupiah;
use serde::Deserialize;
use serde_json::Value;

/// What somebody says about a payment. It carries no signature and **proves nothing**: anybody can post
/// it. It is a hint to ask the gateway about the stored payment with this reference.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Notice {
    pub reference: String,
    /// Without the fee. Below zero if the number is no valid amount.
    pub amount: Rupiah,
    pub project: String,
    pub status: String,
}

/// The largest body; a real one has about 200 bytes.
const BODY_BYTES_MAX: usize = 64 * 1024;
/// The longest word that is worth looking up or writing down.
const WORD_BYTES_MAX: usize = 128;

#[derive(Deserialize)]
struct Body {
    order_id: String,
    amount: Claim,
    project: String,
    status: String,
}

/// The amount that somebody says was paid. Any number is taken; one that is no valid amount differs from every
/// invoice's.
#[derive(Deserialize)]
#[serde(try_from = "Value")]
struct Claim(Rupiah);

const NO_AMOUNT: Rupiah = Rupiah(-1);

impl TryFrom<Value> for Claim {
    type Error = &'static str;

    fn try_from(value: Value) -> Result<Self, Self::Error> {
        let number = match &value {
            Value::String(text) => text.trim().parse().is_ok_and(f64::is_finite),
            value => value.is_number(),
        };
        match Amount::try_from(value) {
            Ok(Amount(amount)) => Ok(Self(amount)),
            Err(_) if number => Ok(Self(NO_AMOUNT)),
            Err(why) => Err(why),
        }
    }
}

/// Reads the body of a callback.
///
/// # Errors
/// If it is too large, no JSON, or lacks the order, a number as the amount, the project or the status.
pub fn parse(bytes: &[u8]) -> Result<Notice, Malformed> {
    if bytes.len() > BODY_BYTES_MAX {
        return Err(Malformed { why: format!("the body has {} bytes", bytes.len()) });
    }
    let body: Body = serde_json::from_slice(bytes).map_err(|error| Malformed { why: error.to_string() })?;
    for (field, word) in [("order_id", &body.order_id), ("project", &body.project), ("status", &body.status)]
    {
        if word.is_empty() || word.len() > WORD_BYTES_MAX {
            return Err(Malformed { why: format!("{field} has {} bytes", word.len()) });
        }
    }
    let Body { order_id: reference, amount: Claim(amount), project, status } = body;
    Ok(Notice { reference, amount, project, status })
}
