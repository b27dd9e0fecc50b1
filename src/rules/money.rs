//! Whole rupiah, and the one place where fractions are rounded.

use rust_decimal::{Decimal, RoundingStrategy, prelude::ToPrimitive};
use serde::{Deserialize, Serialize};

/// An amount of whole rupiah. May be negative in a ledger entry, never in a price.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Rupiah(pub i64);

/// No single amount of the shop may exceed this: Rp1.000.000.000.000. It leaves room for
/// nine million such amounts in a 64-bit sum.
pub const AMOUNT_MAX: Rupiah = Rupiah(1_000_000_000_000);

impl Rupiah {
    pub const ZERO: Self = Self(0);

    /// The sum, or `None` past 64 bits.
    pub fn plus(self, other: Self) -> Option<Self> {
        self.0.checked_add(other.0).map(Self)
    }

    /// The difference, or `None` past 64 bits.
    pub fn minus(self, other: Self) -> Option<Self> {
        self.0.checked_sub(other.0).map(Self)
    }

    /// `quantity` times this amount, or `None` past 64 bits.
    pub fn times(self, quantity: u32) -> Option<Self> {
        self.0.checked_mul(i64::from(quantity)).map(Self)
    }

    /// The difference, but never below zero: what is missing, or what is left after a discount.
    pub fn less(self, other: Self) -> Self {
        Self(self.0.saturating_sub(other.0).max(0))
    }

    /// A percentage of this amount, rounded half up to whole rupiah.
    pub fn percent(self, percent: Decimal) -> Option<Self> {
        round(Decimal::from(self.0).checked_mul(percent)?.checked_div(Decimal::ONE_HUNDRED)?)
    }

    /// Reads what a person types: `25000`, `25.000`, `Rp. 25.000,-`, `25.000,00`, `25k`, `25rb`, `1,5jt`.
    pub fn parse(text: &str) -> Option<Self> {
        let lower = text.trim().to_lowercase();
        let bare = lower.strip_prefix("rp").unwrap_or(&lower).trim().trim_start_matches('.').trim();
        let bare =
            [",-", ",00", ",--"].iter().find_map(|no_cents| bare.strip_suffix(no_cents)).unwrap_or(bare);
        let (number, factor) =
            [("rb", 1_000), ("ribu", 1_000), ("k", 1_000), ("jt", 1_000_000), ("juta", 1_000_000)]
                .iter()
                .find_map(|(suffix, factor)| Some((bare.strip_suffix(suffix)?.trim(), *factor)))
                .unwrap_or((bare, 1));
        let amount = if factor == 1 { grouped(number)? } else { scaled(number, factor)? };
        (0..=AMOUNT_MAX.0).contains(&amount).then_some(Self(amount))
    }
}

/// Digits with optional thousands separators: `1.250.000`, `1,250,000`, `1250000`.
fn grouped(text: &str) -> Option<i64> {
    let mut groups = text.split(['.', ',']);
    let first = groups.next()?;
    let rest: Vec<&str> = groups.collect();
    let digits = |s: &str| !s.is_empty() && s.bytes().all(|b| b.is_ascii_digit());
    let fits = digits(first)
        && (rest.is_empty() || first.len() <= 3)
        && rest.iter().all(|g| g.len() == 3 && digits(g));
    fits.then(|| text.replace(['.', ','], "").parse().ok())?
}

/// A number with decimals before a suffix such as `jt`: `1,5` or `1.5`. `1.500` could as well be meant as thousands.
fn scaled(text: &str, factor: i64) -> Option<i64> {
    if text.rsplit_once(['.', ',']).is_some_and(|(_, decimals)| decimals.len() == 3) {
        return None;
    }
    let number: Decimal = text.replace(',', ".").parse().ok()?;
    let whole = number.checked_mul(Decimal::from(factor))?;
    whole.is_integer().then(|| whole.to_i64())?
}

/// Half up, to whole rupiah. Every rounding of the shop happens here.
pub fn round(exact: Decimal) -> Option<Rupiah> {
    exact.round_dp_with_strategy(0, RoundingStrategy::MidpointAwayFromZero).to_i64().map(Rupiah)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_people_type_are_understood() {
        let table = [
            ("25000", Some(25_000)),
            ("25.000", Some(25_000)),
            ("Rp 25.000", Some(25_000)),
            ("Rp. 25.000", Some(25_000)),
            ("Rp25.000,-", Some(25_000)),
            ("25.000,00", Some(25_000)),
            ("25.000,50", None),
            ("1,250,000", Some(1_250_000)),
            ("25k", Some(25_000)),
            ("25 rb", Some(25_000)),
            ("1,5jt", Some(1_500_000)),
            ("2 juta", Some(2_000_000)),
            ("", None),
            ("-5", None),
            ("25.00", None),
            ("12.34.567", None),
            ("1.2345k", None),
            ("1.500k", None),
            ("2,500rb", None),
            ("1.25jt", Some(1_250_000)),
            ("99999999999999999999", None),
            ("seribu", None),
        ];
        for (typed, amount) in table {
            assert_eq!(Rupiah::parse(typed), amount.map(Rupiah), "{typed}");
        }
    }

    #[test]
    fn halves_round_up() {
        assert_eq!(Rupiah(50).percent(Decimal::ONE), Some(Rupiah(1)));
        assert_eq!(Rupiah(49).percent(Decimal::ONE), Some(Rupiah(0)));
    }
}
