//! Everybody presses at once.

use crate::people::{Bought, customer};
use crate::shop::Shop;
use futures_util::future::join_all;
use quickcart::sandbox::PayOptions;
use std::collections::BTreeMap;

const CUSTOMERS: usize = 200;
const UNITS: usize = 50;
/// Of the fifty: how many pay from their balance, and how many by QRIS; the rest lets it expire.
const BY_BALANCE: usize = 15;
const BY_QRIS: usize = 15;

roads! {
    async fn of_200_customers_who_press_at_once_50_get_one_unit_each_and_150_are_told(databases) {
        let shop = Shop::open_with(databases, CUSTOMERS as i64, &[("payment.expiry", "60s")]).await;
        let number = shop.sells("Rebutan", 20_000, 0..UNITS).await;
        let all: Vec<i64> = (0..CUSTOMERS).map(customer).collect();
        join_all(all.iter().map(|customer| shop.looks_at(*customer, number))).await;
        let ends = join_all(all.iter().map(|customer| shop.buys(*customer, number))).await;
        let mut orders = BTreeMap::new();
        for (customer, end) in all.iter().zip(&ends) {
            match end {
                Bought::Order(order) => drop(orders.insert(*order, *customer)),
                Bought::TooFew(words) => assert!(words.contains("habis"), "{words}"),
            }
        }
        assert_eq!(orders.len(), UNITS, "orders");
        let orders: Vec<(i64, i64)> = orders.into_iter().collect();
        let (by_balance, rest) = orders.split_at(BY_BALANCE);
        let by_qris = &rest[..BY_QRIS];
        join_all(by_qris.iter().map(|(order, customer)| pay_by_qris(&shop, *customer, *order))).await;
        for (_, customer) in by_balance {
            shop.gives(*customer, 20_000).await;
        }
        join_all(by_balance.iter().map(|(order, customer)| shop.pays_by_balance(*customer, *order))).await;
        shop.is_in_order().await;
        let expected = [
            ("delivered".to_owned(), BY_BALANCE + BY_QRIS),
            ("expired".to_owned(), UNITS - BY_BALANCE - BY_QRIS),
        ];
        assert_eq!(shop.db_states(), BTreeMap::from(expected));
        // What expired is on sale again, to the last unit.
        let left = UNITS - BY_BALANCE - BY_QRIS;
        assert_eq!(shop.shown_stock(customer(0), number).await, left as i64);
        let late: Vec<i64> = all
            .iter()
            .filter(|one| orders.iter().all(|(_, other)| other != *one))
            .take(left)
            .copied()
            .collect();
        join_all(late.iter().map(|customer| shop.gives(*customer, 20_000))).await;
        let bought = join_all(late.iter().map(async |customer| {
            let order = shop.orders(*customer, number).await;
            shop.pays_by_balance(*customer, order).await;
        }));
        bought.await;
        shop.is_in_order().await;
        assert_eq!(shop.shown_stock(customer(0), number).await, 0);
        assert_eq!(
            shop.db_number("SELECT COUNT(*) AS value FROM stock_units WHERE state = 'sold'"),
            UNITS as i64
        );
    }
}

async fn pay_by_qris(shop: &Shop, customer: i64, order: i64) {
    let reference = shop.asks_for_qr(customer, order).await;
    shop.sandbox.pay(&reference, PayOptions::default()).unwrap();
}
