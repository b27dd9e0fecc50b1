//! Pakasir's answers. Unknown fields are ignored, missing ones are looked at one by one.

use crate::ports::Created;
use crate::rules::invoice::{Difference, Verdict};
use crate::rules::money::{AMOUNT_MAX, Rupiah};
use chrono::{DateTime, NaiveDateTime, Utc};
use rust_decimal::{Decimal, prelude::ToPrimitive};
use serde::{Deserialize, de::DeserializeOwned};
use serde_json::Value;

/// An amount however it is written: `22000`, `22000.0` or `"22000"`, from 0 to [`AMOUNT_MAX`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(try_from = "Value")]
pub(super) struct Amount(pub Rupiah);

impl TryFrom<Value> for Amount {
    type Error = &'static str;

    fn try_from(value: Value) -> Result<Self, Self::Error> {
        let text = match value {
            Value::Number(number) => number.to_string(),
            Value::String(text) => text,
            _ => return Err("an amount is neither a number nor a string"),
        };
        let amount = text.trim().parse::<Decimal>().ok().filter(Decimal::is_integer);
        let amount = amount.and_then(|amount| amount.to_i64()).map(Rupiah);
        amount
            .filter(|amount| (Rupiah::ZERO..=AMOUNT_MAX).contains(amount))
            .map(Self)
            .ok_or("an amount is not in whole rupiah")
    }
}

/// A time however it is written: as in RFC 3339, or without its zone, or with a space for the `T`. Without a zone it is
/// taken as UTC, as Pakasir's are. Of two guesses that is the later one, since an invoice ends by our own time at the
/// latest.
#[derive(Deserialize)]
#[serde(try_from = "String")]
struct Moment(DateTime<Utc>);

impl TryFrom<String> for Moment {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        let text = text.trim().replacen(' ', "T", 1);
        let zoned = text.parse::<DateTime<Utc>>();
        let moment = zoned.or_else(|_| text.parse::<NaiveDateTime>().map(|moment| moment.and_utc()));
        moment.map(Self).map_err(|_| "a moment is not like 2026-01-02T03:04:05Z")
    }
}

#[derive(Deserialize)]
struct CreateAnswer {
    payment: Payment,
}

#[derive(Deserialize)]
struct DetailAnswer {
    transaction: Transaction,
}

/// A payment as it was made.
#[derive(Deserialize)]
pub(super) struct Payment {
    #[serde(flatten)]
    about: About,
    fee: Option<Amount>,
    total_payment: Option<Amount>,
    payment_number: Option<String>,
    expired_at: Option<Moment>,
}

/// A payment as it stands.
#[derive(Deserialize)]
pub(super) struct Transaction {
    #[serde(flatten)]
    about: About,
    status: Option<String>,
}

/// Which payment an answer is about.
#[derive(Deserialize)]
struct About {
    amount: Option<Amount>,
    order_id: Option<String>,
    project: Option<String>,
}

impl About {
    /// What differs from the question. What the answer leaves out does not differ.
    fn contradicts(&self, reference: &str, project: &str, base: Rupiah) -> Option<Difference> {
        match self {
            Self { order_id: Some(other), .. } if other != reference => Some(Difference::Order(short(other))),
            Self { project: Some(other), .. } if other != project => Some(Difference::Project(short(other))),
            Self { amount: Some(Amount(other)), .. } if *other != base => Some(Difference::Amount(*other)),
            _ => None,
        }
    }
}

impl Payment {
    pub fn contradicts(&self, reference: &str, project: &str, base: Rupiah) -> Option<Difference> {
        self.about.contradicts(reference, project, base)
    }

    /// The customer pays the total; the fee is what that is above the base.
    pub fn into_created(self, base: Rupiah, checkout_url: String) -> Result<Created, String> {
        let named = self.total_payment.map(|Amount(total)| total);
        let total = named.or_else(|| base.plus(self.fee?.0)).ok_or("the payment has no total")?;
        let fee =
            total.minus(base).filter(|fee| *fee >= Rupiah::ZERO).ok_or("the total is below the amount")?;
        let qr = self.payment_number.filter(|qr| !qr.is_empty()).ok_or("the payment has no QR")?;
        let Moment(expires_at) = self.expired_at.ok_or("the payment has no expiry")?;
        Ok(Created { fee, total, qr, checkout_url, expires_at })
    }
}

impl Transaction {
    /// What the answer says; only the status of the very payment that was asked for counts.
    pub fn verdict(&self, reference: &str, project: &str, base: Rupiah) -> Verdict {
        if let Some(difference) = self.about.contradicts(reference, project, base) {
            return Verdict::Mismatch(difference);
        }
        if self.about.amount.is_none() {
            return Verdict::Unclear("no amount".into());
        }
        let Some(status) = &self.status else { return Verdict::Unclear("no status".into()) };
        match status.to_ascii_lowercase().as_str() {
            "completed" => Verdict::Completed,
            "pending" => Verdict::Pending,
            "expired" | "cancelled" | "canceled" => Verdict::Void,
            _ => Verdict::Unclear(format!("the status {:?}", short(status))),
        }
    }
}

pub(super) fn payment(bytes: &[u8]) -> Result<Payment, String> {
    read::<CreateAnswer>(bytes).map(|answer| answer.payment)
}

pub(super) fn transaction(bytes: &[u8]) -> Result<Transaction, String> {
    read::<DetailAnswer>(bytes).map(|answer| answer.transaction)
}

fn read<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, String> {
    serde_json::from_slice(bytes).map_err(|error| format!("the answer is not Pakasir's: {error}"))
}

/// What Pakasir complains about, in a few of its own words.
pub(super) fn complaint(bytes: &[u8]) -> String {
    let said: Value = serde_json::from_slice(bytes).unwrap_or_default();
    let words = ["error", "message"].iter().find_map(|key| said.get(key)?.as_str());
    words.map_or_else(|| "no reason given".into(), short)
}

/// Whether it is a web page.
pub(super) fn is_page(bytes: &[u8]) -> bool {
    bytes.trim_ascii_start().starts_with(b"<")
}

fn short(words: &str) -> String {
    words.chars().take(200).collect()
}
