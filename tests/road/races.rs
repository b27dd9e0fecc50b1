//! A payment arrives in the instant in which its order ends.

use crate::databases::Raw;
use crate::patience::{rounds, until};
use crate::people::{Bought, customer};
use crate::reckoning::DELIVERED_WITHIN;
use crate::shop::Shop;
use chrono::Utc;
use futures_util::future::join_all;
use quickcart::sandbox::PayOptions;
use rand::Rng;
use std::collections::BTreeMap;
use std::time::Duration;
use tokio::time::sleep;

/// The gateway does not cancel what was paid a moment ago, and nobody can know better.
const PAID_MEANWHILE: &str = "pakasir cancel: 400 transaction is already completed";

const PRICE: i64 = 12_000;
/// Races run side by side.
const AT_ONCE: usize = 15;

roads! {
    async fn a_callback_in_the_instant_of_expiry_has_exactly_one_outcome(databases) {
        let shop = Shop::open_with(
            databases,
            AT_ONCE as i64,
            &[("payment.expiry", "20s"), ("payment.expired_orders_before_cooldown", "100")],
        )
        .await;
        shop.provoked.borrow_mut().push(PAID_MEANWHILE);
        let number = shop.sells("Kilat", PRICE, 0..rounds(30, 500) + AT_ONCE).await;
        for _ in 0..rounds(30, 500).div_ceil(AT_ONCE) {
            let races = (0..AT_ONCE).map(async |place| {
                let (order, reference) = loop {
                    let order = shop.orders(customer(place), number).await;
                    // Fifteen who ask at once wait for eight seconds, on a busy machine for longer than the order lives.
                    if let Some(reference) = shop.asks_for_qr_in_time(customer(place), order).await {
                        break (order, reference);
                    }
                };
                // The scheduler looks once a second: the order ends within one second after its time.
                let late = Duration::from_millis(rand::rng().random_range(0..1_300));
                sleep(db_left(&shop, order) + late).await; // until that instant
                shop.sandbox.pay(&reference, PayOptions::default()).unwrap();
                order
            });
            let orders = join_all(races).await;
            has_one_outcome(&shop, &orders).await;
        }
        shop.is_in_order().await;
    }

    async fn a_callback_in_the_instant_of_a_cancellation_has_exactly_one_outcome(databases) {
        let shop = Shop::open_with(databases, 2 * AT_ONCE as i64, &[("payment.expiry", "2m")]).await;
        shop.provoked.borrow_mut().push(PAID_MEANWHILE);
        let number = shop.sells("Batal", PRICE, 0..0).await;
        let mut units = 0;
        for _ in 0..rounds(30, 500).div_ceil(AT_ONCE) {
            // As many as buyers, so that a rival takes what is given back.
            let missing = AT_ONCE - shop.true_stock(customer(0), number).await as usize;
            shop.restocks(number, units..units + missing).await;
            units += missing;
            let orders = join_all((0..AT_ONCE).map(async |place| {
                let order = shop.orders(customer(place), number).await;
                let reference = shop.asks_for_qr(customer(place), order).await;
                (customer(place), order, reference)
            }))
            .await;
            let races = orders.iter().enumerate().map(async |(place, (buyer, _, reference))| {
                let rival = customer(AT_ONCE + place);
                let (_, void) = shop.button(*buyer, "void:").unwrap();
                let pay = async {
                    sleep(a_moment()).await; // so that either may be first
                    shop.sandbox.pay(reference, PayOptions::default()).unwrap();
                };
                let cancel = async {
                    sleep(a_moment()).await; // so that either may be first
                    shop.presses(*buyer, &void).unwrap();
                };
                tokio::join!(pay, cancel, rival_buys(&shop, rival, number));
            });
            join_all(races).await;
            let orders: Vec<i64> = orders.iter().map(|(_, order, _)| *order).collect();
            has_one_outcome(&shop, &orders).await;
        }
        shop.is_in_order().await;
    }

    async fn a_callback_that_was_answered_is_followed_up_within_seconds_though_the_order_was_cancelled(databases) {
        let shop = Shop::open(databases, 1).await;
        shop.provoked.borrow_mut().push(PAID_MEANWHILE);
        let number = shop.sells("Sela", PRICE, 0..1).await;
        let order = shop.orders(customer(0), number).await;
        let reference = shop.asks_for_qr(customer(0), order).await;
        // A look at the state, so that the gateway may not be asked again at once; then all at the same time.
        let (_, void) = shop.button(customer(0), "void:").unwrap();
        let status = shop.presses(customer(0), &void.replace("void:", "status:")).unwrap();
        shop.sees("an answer", || shop.sandbox.callback_answer(&status)).await;
        shop.sandbox.pay(&reference, PayOptions::default()).unwrap();
        shop.presses(customer(0), &void).unwrap();
        let answered = || shop.sandbox.callbacks_sent().iter().any(|sent| sent.status == Some(200));
        shop.sees("the callback's 200", || answered().then_some(())).await;
        let settled = "SELECT COUNT(*) AS value FROM invoices WHERE state = 'settled'";
        let over =
            until(Duration::from_secs(20), async || (shop.db_number(settled) == 1).then_some(())).await;
        assert!(over.is_some(), "the callback was answered 200, but 20 s later nobody has asked the gateway");
        shop.is_in_order().await;
    }
}

fn a_moment() -> Duration {
    Duration::from_millis(rand::rng().random_range(0..25))
}

/// Who finds something on sale in these moments pays for it at once.
async fn rival_buys(shop: &Shop, rival: i64, number: i64) {
    if let Bought::Order(order) = shop.buys(rival, number).await {
        shop.gives(rival, PRICE).await;
        shop.pays_by_balance(rival, order).await;
    }
}

/// How long an order can still be paid.
#[allow(clippy::disallowed_methods)] // the shop's process has the machine's clock
fn db_left(shop: &Shop, order: i64) -> Duration {
    let micros = match &shop.databases.main {
        Raw::Pg(_) => "CAST(EXTRACT(EPOCH FROM expires_at) * 1000000 AS BIGINT)",
        Raw::Lite(_) => "expires_at",
    };
    let expires_at = shop.db_number(&format!("SELECT {micros} AS value FROM orders WHERE id = {order}"));
    Duration::from_micros((expires_at - Utc::now().timestamp_micros()).max(0).unsigned_abs())
}

/// Delivered, or ended with the money in the balance: one of them, and the books agree.
async fn has_one_outcome(shop: &Shop, orders: &[i64]) {
    let mut outcomes = BTreeMap::<&str, usize>::new();
    for order in orders {
        let settled =
            format!("SELECT COUNT(*) AS value FROM invoices WHERE order_id = {order} AND state = 'settled'");
        let over = until(DELIVERED_WITHIN, async || {
            (shop.db_number(&settled) == 1 && shop.db_state(*order) != "paid").then_some(())
        });
        over.await
            .unwrap_or_else(|| panic!("order {order} is {} and its money is nowhere", shop.db_state(*order)));
        let code = shop.db_code(*order);
        let count = |source: &str| {
            shop.db_number(&format!(
                "SELECT COUNT(*) AS value FROM transfers t JOIN invoices i ON i.reference = t.reference \
                 WHERE i.order_id = {order} AND t.source = '{source}'"
            ))
        };
        let (sold, credited) = (count("invoice"), count("late"));
        let outcome = match (shop.db_state(*order).as_str(), sold, credited) {
            ("delivered", 1, 0) => "delivered",
            ("expired" | "cancelled", 0, 1) => "credited",
            other => panic!("order {code}: {other:?}"),
        };
        *outcomes.entry(outcome).or_default() += 1;
    }
    println!("{outcomes:?}");
}
