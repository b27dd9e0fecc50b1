//! What the gateway will probably charge. Only an estimate: the gateway's own answer replaces it.

use super::money::Rupiah;
use rust_decimal::Decimal;

/// A fee of `percent` of the base plus `flat` rupiah, paid by the customer on top.
#[derive(Debug, Clone, Copy)]
pub struct FeeRule {
    pub percent: Decimal,
    pub flat: Rupiah,
}

impl FeeRule {
    /// The estimated fee on `base`. A free order has none, since it never reaches the gateway.
    pub fn estimate(&self, base: Rupiah) -> Rupiah {
        if base <= Rupiah::ZERO {
            return Rupiah::ZERO;
        }
        base.percent(self.percent).and_then(|share| share.plus(self.flat)).unwrap_or(Rupiah::ZERO)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_fee_of_thirty_thousand_is_five_hundred_and_twenty() {
        let rule = FeeRule { percent: Decimal::new(7, 1), flat: Rupiah(310) };
        for (base, fee) in [(0, 0), (500, 314), (30_000, 520), (15_050, 415)] {
            assert_eq!(rule.estimate(Rupiah(base)), Rupiah(fee), "{base}");
        }
    }
}
