//! What the shop stands on gives way: database, gateway, Telegram.

use crate::cluster::Cluster;
use crate::databases::{Databases, Raw};
use crate::patience::until;
use crate::people::customer;
use crate::relay::Relay;
use crate::shop::{PATIENCE, Shop};
use futures_util::future::{join, join_all};
use quickcart::sandbox::{CallFault, CallbackFaults, FaultKind, PayOptions};
use std::cell::Cell;
use std::time::Duration;
use tokio::time::sleep;

const PRICE: i64 = 13_000;

roads! {
    async fn a_gateway_that_stalls_breaks_and_loses_its_answers_loses_no_payment(databases) {
        let settings = [("pakasir.timeout", "1s"), ("payment.gateway_failures_before_alert", "100")];
        let shop = Shop::open_with(databases, 8, &settings).await;
        let number = shop.sells("Gerbang", PRICE, 0..8).await;
        shop.sandbox.set_faults(|faults| {
            let fault = |kind| CallFault::next(1, Some("create"), kind);
            faults.pakasir = vec![
                fault(FaultKind::LostAnswer),
                fault(FaultKind::ServerError),
                fault(FaultKind::Stall { seconds: 2 }),
                fault(FaultKind::BadGateway),
                fault(FaultKind::LostAnswerBadGateway),
                fault(FaultKind::FloodWait { seconds: 1 }),
            ];
        });
        let open = join_all((0..8).map(async |place| {
            let order = shop.orders(customer(place), number).await;
            let reference = shop.asks_for_qr(customer(place), order).await;
            (place, order, reference)
        }))
        .await;
        assert_eq!(shop.sandbox.invoices().len(), 8, "invoices at the gateway");
        shop.sandbox.set_faults(|faults| {
            let fault = |kind| CallFault::next(2, Some("detail"), kind);
            faults.pakasir = vec![
                fault(FaultKind::ServerError),
                fault(FaultKind::Stall { seconds: 2 }),
                fault(FaultKind::LostAnswer),
                fault(FaultKind::BadGateway),
                fault(FaultKind::FloodWait { seconds: 1 }),
            ];
        });
        join_all(open.iter().map(async |(place, order, reference)| {
            let callback = Some(CallbackFaults { lost: place % 3 == 0, ..CallbackFaults::default() });
            shop.sandbox.pay(reference, PayOptions { callback, ..PayOptions::default() }).unwrap();
            shop.gets_goods(customer(*place), *order).await;
        }))
        .await;
        shop.is_in_order().await;
    }

    async fn a_gateway_that_hears_of_no_cancellation_takes_money_that_still_brings_the_goods(databases) {
        let settings = [("pakasir.timeout", "1s"), ("payment.gateway_failures_before_alert", "100")];
        let shop = Shop::open_with(databases, 3, &settings).await;
        let number = shop.sells("Lepas", PRICE, 0..3).await;
        let faults = [FaultKind::LostAnswer, FaultKind::ServerError, FaultKind::Stall { seconds: 2 }];
        shop.sandbox.set_faults(|set| {
            set.pakasir = faults.into_iter().map(|kind| CallFault::next(1, Some("cancel"), kind)).collect();
        });
        let cancelled = join_all((0..3).map(async |place| {
            let (buyer, order) = (customer(place), shop.orders(customer(place), number).await);
            let reference = shop.asks_for_qr(buyer, order).await;
            let (_, void) = shop.button(buyer, "void:").unwrap();
            let voids = || shop.presses(buyer, &void).map(drop);
            let over = || (shop.db_state(order) == "cancelled").then_some(());
            shop.keeps("a cancellation", voids, over).await;
            (buyer, order, reference)
        }))
        .await;
        let met = || shop.sandbox.faults().pakasir.is_empty().then_some(());
        shop.sees("the gateway told of all three", met).await;
        join_all(cancelled.iter().map(async |(buyer, order, reference)| {
            shop.sandbox.pay(reference, PayOptions::default()).unwrap();
            shop.gets_goods(*buyer, *order).await;
        }))
        .await;
        shop.is_in_order().await;
    }

    async fn a_gateway_that_is_away_for_a_while_is_asked_again(databases) {
        let shop = Shop::open(databases, 3).await;
        let number = shop.sells("Pergi", PRICE, 0..3).await;
        let mut open = Vec::new();
        for place in 0..3 {
            let order = shop.orders(customer(place), number).await;
            open.push((order, shop.asks_for_qr(customer(place), order).await));
        }
        shop.sandbox.set_faults(|faults| faults.pakasir_down = true);
        for (_, reference) in &open {
            shop.sandbox.pay(reference, PayOptions::default()).unwrap();
        }
        let answered = || (shop.sandbox.callbacks_sent().len() == 3).then_some(());
        shop.sees("callbacks answered", answered).await;
        assert!(
            shop.sandbox.callbacks_sent().iter().all(|sent| sent.status == Some(200)),
            "they are noted on disk"
        );
        shop.sandbox.set_faults(|faults| faults.pakasir_down = false);
        for (place, (order, _)) in open.iter().enumerate() {
            shop.gets_goods(customer(place), *order).await;
        }
        shop.is_in_order().await;
    }

    async fn a_telegram_that_floods_breaks_and_loses_its_answers_loses_no_goods_and_no_update(databases) {
        let shop = Shop::open(databases, 8).await;
        let number = shop.sells("Badai", PRICE, 0..24).await;
        for round in 0..2 {
            shop.sandbox.set_faults(|faults| {
                let any = |times, kind| CallFault::next(times, None, kind);
                faults.out_of_order = true;
                faults.repeated_batches = 5;
                faults.telegram = vec![
                    CallFault::next(3, Some("sendMessage"), FaultKind::LostAnswer),
                    CallFault::next(2, Some("sendPhoto"), FaultKind::LostAnswerBadGateway),
                    CallFault::next(2, Some("getUpdates"), FaultKind::BadGateway),
                    CallFault::next(1, Some("getUpdates"), FaultKind::LostAnswer),
                    any(3, FaultKind::ServerError),
                    any(3, FaultKind::BadGateway),
                    any(2, FaultKind::FloodWait { seconds: 1 }),
                ];
            });
            join_all((0..8).map(async |place| {
                shop.looks_at(customer(place), number).await;
                for _ in 0..2 {
                    shop.presses(customer(place), &format!("add:{number}:1")).unwrap();
                }
                let order = shop.buys_by_qris(customer(place), number).await;
                shop.gets_goods(customer(place), order).await;
            }))
            .await;
            shop.sandbox.redeliver(shop.sandbox.last_update_id().unwrap()).unwrap();
            shop.comes_to_rest().await;
            assert_eq!(shop.db_states().get("delivered"), Some(&(8 * (round + 1))), "{:?}", shop.db_states());
            let in_carts = "SELECT CAST(SUM(quantity) AS BIGINT) AS value FROM carts";
            assert_eq!(shop.db_number(in_carts), 16 * (round as i64 + 1), "presses that had their effect");
            let faults = shop.sandbox.faults();
            assert_eq!((faults.telegram, faults.repeated_batches), (Vec::new(), 0), "faults that nobody met");
        }
        shop.sandbox.set_faults(|faults| {
            faults.out_of_order = false;
            faults.telegram.clear();
        });
        shop.is_in_order().await;
        assert_eq!(shop.shown_stock(customer(0), number).await, 8);
    }
}

#[test]
fn a_postgresql_that_dies_under_load_and_comes_back_loses_nothing() {
    if std::env::var("QUICKCART_TEST_POSTGRES").is_err() {
        return;
    }
    crate::play(Databases::sqlite(), async |mut databases: Databases| {
        let Some(cluster) = Cluster::start() else { return };
        databases.main = Raw::Pg(cluster.url("main"));
        databases.audit = Raw::Pg(cluster.url("audit"));
        let shop = Shop::open(databases, 6).await;
        let number = shop.sells("Listrik", PRICE, 0..200).await;
        let (outages_left, is_up) = (Cell::new(3), Cell::new(true));
        // They look at the database only while it is there.
        let buyers = join_all((0..6).map(async |place| {
            while outages_left.get() > 0 {
                presses_about(&shop, place, number, &is_up).await;
            }
        }));
        let outages = async {
            while outages_left.get() > 0 {
                sleep(Duration::from_millis(1_500)).await; // it is up, and people buy
                is_up.set(false);
                cluster.goes_down();
                sleep(Duration::from_millis(1_500)).await; // it is away, and people press
                cluster.comes_up();
                is_up.set(true);
                outages_left.set(outages_left.get() - 1);
            }
        };
        join(buyers, outages).await;
        for place in 0..6 {
            let order = shop.buys_by_qris(customer(place), number).await;
            shop.gets_goods(customer(place), order).await;
        }
        shop.is_in_order().await;
        let sold = shop.db_number("SELECT COUNT(*) AS value FROM stock_units WHERE state = 'sold'");
        assert_eq!(shop.shown_stock(customer(0), number).await, 200 - sold);
    });
}

#[test]
fn a_postgresql_that_falls_silent_under_load_is_asked_anew_and_loses_nothing() {
    let Some(databases) = Databases::postgres() else { return };
    crate::play(databases, async |databases| {
        let relay = Relay::to(&databases.main.url()).await;
        let shop = Shop::closed(databases, 4, &[]).await;
        shop.sets("DATABASE_URL", &relay.url());
        shop.start().await;
        shop.staff_come_in().await;
        let number = shop.sells("Sunyi", PRICE, 0..100).await;
        let sold = || shop.db_number("SELECT COUNT(*) AS value FROM stock_units WHERE state = 'sold'");
        let silences_left = Cell::new(2);
        let buyers = join_all((0..4).map(async |place| {
            while silences_left.get() > 0 {
                let order = shop.buys_by_qris(customer(place), number).await;
                shop.gets_goods(customer(place), order).await;
            }
        }));
        let silences = async {
            while silences_left.get() > 0 {
                sleep(Duration::from_millis(700)).await; // people buy
                relay.falls_silent();
                let before = sold();
                let sells = until(PATIENCE, async || (sold() > before).then_some(()));
                sells.await.expect("a sale after the silence");
                silences_left.set(silences_left.get() - 1);
            }
        };
        join(buyers, silences).await;
        shop.is_in_order().await;
        assert_eq!(shop.shown_stock(customer(0), number).await, 100 - sold());
    });
}

/// A purchase without patience: whatever the chat offers is pressed, whatever the gateway has is paid.
async fn presses_about(shop: &Shop, place: usize, number: i64, is_up: &Cell<bool>) {
    let buyer = customer(place);
    let pending = || {
        shop.sandbox
            .invoices()
            .into_iter()
            .find(|invoice| invoice.order_id.contains(&buyer.to_string()) && invoice.completed_at.is_none())
    };
    if let Some(invoice) = pending() {
        shop.sandbox.pay(&invoice.order_id, PayOptions::default()).unwrap();
    } else if let Some((message, data)) = shop.button(buyer, "qris:").or_else(|| shop.button(buyer, "buy:")) {
        shop.sandbox.press(buyer, buyer, message, &data).unwrap();
    } else {
        shop.sandbox.say(buyer, &number.to_string()).unwrap();
    }
    let pause = if is_up.get() { 400 } else { 800 };
    shop.sandbox.wait_change(shop.sandbox.sequence(), Duration::from_millis(pause)).await;
    sleep(Duration::from_millis(200)).await; // nobody presses faster
}
