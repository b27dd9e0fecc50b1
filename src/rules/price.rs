//! What a person pays: own price, discounts, packages, and the sum of an order.

use super::catalogue::{Discount, Package, Product};
use super::ids::ProductId;
use super::money::{AMOUNT_MAX, Rupiah};
use super::people::Roles;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

/// Prices of one product for one person.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct UnitPrice {
    /// The price before any reduction.
    pub list: Rupiah,
    /// The price this person pays for one.
    pub own: Rupiah,
}

/// One line of an order: the price is settled here and never looked up again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct QuoteLine {
    pub product: ProductId,
    pub name: String,
    pub quantity: u32,
    pub unit_price: Rupiah,
    /// What the line costs, packages included.
    pub amount: Rupiah,
}

/// What a whole order costs before the gateway's fee.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Quote {
    pub lines: Vec<QuoteLine>,
    /// At list prices.
    pub subtotal: Rupiah,
    pub total: Rupiah,
}

impl Quote {
    /// What discounts, packages and the reseller's price saved.
    pub fn discount(&self) -> Rupiah {
        self.subtotal.less(self.total)
    }
}

/// The price of one unit: a reseller starts from the product's reseller price, or from the general
/// reseller discount; then the better of the product's and the category's discount applies, never both.
pub fn unit_price(product: &Product, roles: Roles, reseller_discount_percent: Decimal) -> UnitPrice {
    let start = match (roles.reseller, product.reseller_price) {
        (true, Some(price)) => price.min(product.price),
        (true, None) => Discount::Percent(reseller_discount_percent).applied_to(product.price),
        (false, _) => product.price,
    };
    let own = [product.discount, product.category_discount]
        .into_iter()
        .flatten()
        .map(|discount| discount.applied_to(start))
        .fold(start, Rupiah::min);
    UnitPrice { list: product.price, own }
}

/// The cheapest way to buy `quantity` from single units and packages. `None` past the largest amount.
pub fn cheapest(single: Rupiah, packages: &[Package], quantity: u32) -> Option<Rupiah> {
    let mut best = vec![Rupiah::ZERO];
    for count in 1..=quantity {
        let with_single = best[count as usize - 1].plus(single)?;
        let with_package = packages
            .iter()
            .filter(|package| package.quantity >= 1 && package.quantity <= count)
            .filter_map(|package| best[(count - package.quantity) as usize].plus(package.price))
            .min();
        best.push(with_package.map_or(with_single, |price| price.min(with_single)));
    }
    best.pop().filter(|amount| *amount <= AMOUNT_MAX)
}

/// Prices an order. `None` if a sum would pass the largest amount.
pub fn quote(wanted: &[(&Product, u32)], roles: Roles, reseller_discount_percent: Decimal) -> Option<Quote> {
    let mut quote = Quote::default();
    for (product, quantity) in wanted {
        let price = unit_price(product, roles, reseller_discount_percent);
        let amount = cheapest(price.own, &product.packages, *quantity)?;
        quote.subtotal = quote.subtotal.plus(price.list.times(*quantity)?.max(amount))?;
        quote.total = quote.total.plus(amount)?;
        quote.lines.push(QuoteLine {
            product: product.id,
            name: product.name.clone(),
            quantity: *quantity,
            unit_price: price.own,
            amount,
        });
    }
    (quote.subtotal <= AMOUNT_MAX).then_some(quote)
}

#[cfg(test)]
mod tests {
    use super::super::catalogue::ProductKind;
    use super::super::ids::ProductNumber;
    use super::*;
    use proptest::prelude::*;

    fn redfinger() -> Vec<Package> {
        [(1, 15_000), (5, 70_000), (10, 130_000), (25, 300_000), (50, 550_000)]
            .map(|(quantity, price)| Package { quantity, price: Rupiah(price) })
            .to_vec()
    }

    fn product(
        reseller_price: Option<i64>,
        off: Option<Discount>,
        category_off: Option<Discount>,
    ) -> Product {
        Product {
            id: ProductId(1),
            number: ProductNumber(1),
            name: "Netflix".into(),
            category: "Streaming".into(),
            category_emoji: None,
            description: String::new(),
            kind: ProductKind::Unique,
            price: Rupiah(50_000),
            reseller_price: reseller_price.map(Rupiah),
            discount: off,
            category_discount: category_off,
            packages: Vec::new(),
            min_quantity: 1,
            max_quantity: None,
            per_customer: None,
            note: None,
            terms: None,
            picture: None,
            sold: 0,
        }
    }

    #[test]
    fn a_reseller_starts_lower_and_the_better_discount_applies_alone() {
        let (tenth, nominal) = (Discount::Percent(Decimal::TEN), |rupiah| Discount::Nominal(Rupiah(rupiah)));
        // the reseller price, the product's and the category's discount, what a customer and a reseller pay
        let table = [
            (None, None, None, 50_000, 40_000),
            (Some(42_000), None, None, 50_000, 42_000),
            (Some(60_000), None, None, 50_000, 50_000),
            (None, Some(tenth), None, 45_000, 36_000),
            (None, Some(tenth), Some(nominal(7_000)), 43_000, 33_000),
            (Some(42_000), Some(nominal(2_000)), Some(tenth), 45_000, 37_800),
            (None, Some(nominal(60_000)), None, 0, 0),
        ];
        for (reseller_price, off, category_off, customer, reseller) in table {
            let product = product(reseller_price, off, category_off);
            for (is_reseller, own) in [(false, customer), (true, reseller)] {
                let roles = Roles { reseller: is_reseller, ..Roles::default() };
                let price = unit_price(&product, roles, Decimal::from(20));
                assert_eq!(
                    (price.list, price.own),
                    (Rupiah(50_000), Rupiah(own)),
                    "{product:?}, {is_reseller}"
                );
            }
        }
    }

    #[test]
    fn packages_combine_to_the_cheapest_sum() {
        let table = [
            (1, 15_000),
            (4, 60_000),
            (5, 70_000),
            (12, 160_000),
            (15, 200_000),
            (50, 550_000),
            (76, 865_000),
        ];
        for (quantity, amount) in table {
            assert_eq!(cheapest(Rupiah(15_000), &redfinger(), quantity), Some(Rupiah(amount)), "{quantity}");
        }
    }

    proptest! {
        #[test]
        fn more_never_costs_more_than_adding_a_single(quantity in 1u32..200, single in 0i64..100_000) {
            let less = cheapest(Rupiah(single), &redfinger(), quantity - 1).unwrap();
            let more = cheapest(Rupiah(single), &redfinger(), quantity).unwrap();
            prop_assert!(more <= less.plus(Rupiah(single)).unwrap());
        }
    }
}
