//! The process dies, in the worst places and at random moments, and another one takes over.

use crate::databases::Databases;
use crate::patience::rounds;
use crate::people::{ADMIN, customer};
use crate::reckoning::DELIVERED_WITHIN;
use crate::shop::Shop;
use futures_util::future::{join, join_all};
use quickcart::sandbox::{ChatMessage, PayOptions};
use rand::Rng;
use std::cell::Cell;
use std::time::Duration;
use tokio::time::sleep;

const PRICE: i64 = 11_000;

/// Where a customer stands when the process is armed.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Stage {
    Buying,
    /// Holding a QR.
    Paying,
}

roads! {
    async fn after_the_reservation(databases) {
        dies_at(databases, "stock.reserved=abort@1", Stage::Buying).await;
    }

    async fn as_the_invoice_is_written_down(databases) {
        dies_at(databases, "payment.invoiced=abort@1", Stage::Buying).await;
    }

    async fn after_the_gateway_made_the_invoice_and_before_that_is_stored(databases) {
        dies_at(databases, "payment.created=abort@1", Stage::Buying).await;
    }

    async fn after_the_gateways_answer_is_stored_and_before_the_qr_is_sent(databases) {
        dies_at(databases, "payment.opened=abort@1", Stage::Buying).await;
    }

    async fn after_settlement_and_before_sending(databases) {
        dies_at(databases, "payment.settled=abort@1", Stage::Paying).await;
    }

    async fn after_a_deposit_was_settled_and_before_it_is_told(databases) {
        let shop = Shop::open(databases, 1).await;
        let buyer = customer(0);
        shop.says(buyer, "AKUN", "Akunmu").await;
        shop.presses(buyer, "deposit:25000").unwrap();
        let open = || shop.db_lines("SELECT reference AS value FROM invoices WHERE state = 'open'").pop();
        let reference = shop.sees("a QR", open).await;
        shop.stop().await;
        shop.launch(&[("QUICKCART_TRIP", "payment.settled=abort@1")]);
        let paying = async {
            shop.wait_ready().await;
            shop.sandbox.pay(&reference, PayOptions::default()).unwrap();
        };
        join(dies_and_is_followed(&shop), paying).await;
        let told = |message: &ChatMessage| message.text.contains("Saldo bertambah Rp25.000");
        let is_told = || shop.bot_messages(buyer).iter().any(told).then_some(());
        shop.sees_within(DELIVERED_WITHIN, is_told).await.expect("the deposit is told");
        shop.is_in_order().await;
        let balances = "SELECT CAST(SUM(amount) AS BIGINT) AS value FROM balances WHERE account LIKE 'user:%'";
        assert_eq!(shop.db_number(balances), 25_000);
    }

    async fn while_the_qr_is_taken_away(databases) {
        dies_at(databases, "messenger.sending=abort@1", Stage::Paying).await;
    }

    async fn while_the_goods_are_sent(databases) {
        dies_at(databases, "messenger.sending=abort@2", Stage::Paying).await;
    }

    async fn after_the_goods_were_sent_and_before_that_is_stored(databases) {
        dies_at(databases, "messenger.sent=abort@2", Stage::Paying).await;
    }

    async fn in_the_middle_of_an_audit_batch(databases) {
        dies_at(databases, "audit.appended=abort@2", Stage::Buying).await;
    }

    async fn in_the_middle_of_a_group_commit(databases) {
        let shop = Shop::open(databases, 24).await;
        let number = shop.sells("Borongan", PRICE, 0..60).await;
        for (group, commit) in [4, 7, 10, 14].into_iter().enumerate() {
            let places: Vec<usize> = (group * 6..group * 6 + 6).collect();
            shop.stop().await;
            shop.launch(&[("QUICKCART_TRIP", &format!("store.commit=abort@{commit}"))]);
            let buying = join_all(places.iter().map(|place| buys(&shop, *place, number)));
            let ((), ()) = join(dies_and_is_followed(&shop), async {
                buying.await;
            })
            .await;
        }
        shop.is_in_order().await;
        assert_eq!(shop.shown_stock(customer(0), number).await, 60 - 24);
    }

    async fn right_after_a_callback_was_answered(databases) {
        let shop = Shop::open(databases, 4).await;
        let number = shop.sells("Sekejap", PRICE, 0..4).await;
        for place in 0..rounds(2, 4).min(4) {
            let order = shop.orders(customer(place), number).await;
            let reference = shop.asks_for_qr(customer(place), order).await;
            shop.sandbox.pay(&reference, PayOptions::default()).unwrap();
            let answered = || {
                shop.sandbox
                    .callbacks_sent()
                    .iter()
                    .any(|sent| sent.order_id == reference && sent.status == Some(200))
            };
            shop.sees("the callback's 200", || answered().then_some(())).await;
            shop.kill9().await;
            shop.db_sending_lapses();
            shop.start().await;
            shop.gets_goods(customer(place), order).await;
        }
        shop.is_in_order().await;
    }

    async fn at_random_moments_under_load(databases) {
        let shop = Shop::open(databases, 6).await;
        // Half a picture, from a process that was killed while it sent it.
        shop.provoked.borrow_mut().push("can't parse the request's body");
        let units = rounds(900, 4_000) as i64;
        let number = shop.sells("Ramai", PRICE, 0..units as usize).await;
        let deaths_left = Cell::new(rounds(8, 100));
        let buyers = join_all((0..6).map(async |place| {
            while deaths_left.get() > 0 {
                buys(&shop, place, number).await;
            }
        }));
        let killer = async {
            while deaths_left.get() > 0 {
                let wait = Duration::from_millis(rand::rng().random_range(0..2_500));
                sleep(wait).await; // the random moment
                shop.kill9().await;
                deaths_left.set(deaths_left.get() - 1);
                if deaths_left.get() > 0 {
                    shop.db_sending_lapses();
                }
                shop.start().await;
            }
        };
        join(buyers, killer).await;
        // After the last death nothing is helped along: what was being sent is sent again after a minute.
        shop.is_in_order().await;
        let sold = shop.db_number("SELECT COUNT(*) AS value FROM stock_units WHERE state = 'sold'");
        assert!(sold > 6, "only {sold} units were sold under load");
        assert_eq!(shop.shown_stock(customer(0), number).await, units - sold);
    }
}

/// One purchase during which the process dies at an armed place.
async fn dies_at(databases: Databases, trip: &str, stage: Stage) {
    let shop = Shop::open(databases, 1).await;
    let number = shop.sells("Maut", PRICE, 0..3).await;
    let buyer = customer(0);
    let held = match stage {
        Stage::Buying => None,
        Stage::Paying => {
            let order = shop.orders(buyer, number).await;
            let reference = shop.asks_for_qr(buyer, order).await;
            Some((order, reference))
        }
    };
    shop.stop().await;
    shop.launch(&[("QUICKCART_TRIP", trip)]);
    let buying = async {
        let order = match held {
            Some((order, reference)) => {
                shop.wait_ready().await;
                shop.sandbox.pay(&reference, PayOptions::default()).unwrap();
                order
            }
            None => shop.buys_by_qris(buyer, number).await,
        };
        shop.gets_goods(buyer, order).await;
    };
    join(dies_and_is_followed(&shop), buying).await;
    shop.is_in_order().await;
    assert_eq!(shop.shown_stock(buyer, number).await, 2);
    let told = shop.bot_messages(ADMIN).iter().any(|message| message.text.contains("Maut, sisa 2"));
    assert!(told, "staff do not know that few are left: {:#?}", shop.bot_messages(ADMIN));
}

async fn dies_and_is_followed(shop: &Shop) {
    shop.wait_dead().await;
    shop.db_sending_lapses();
    shop.start().await;
}

/// Buys one unit, the even places from their balance, and waits until it is paid.
async fn buys(shop: &Shop, place: usize, number: i64) {
    let buyer = customer(place);
    if !place.is_multiple_of(2) {
        let order = shop.buys_by_qris(buyer, number).await;
        return shop.gets_goods(buyer, order).await;
    }
    let order = shop.orders(buyer, number).await;
    let enough = format!(
        "SELECT COUNT(*) AS value FROM orders o JOIN balances b ON b.account = 'user:' || CAST(o.user_id AS TEXT) \
         WHERE o.id = {order} AND b.amount >= {PRICE}"
    );
    if shop.db_number(&enough) == 0 {
        let gives = || shop.sandbox.say(ADMIN, &format!("/transfer {buyer}|{}", 20 * PRICE)).map(drop);
        shop.keeps("money", gives, || (shop.db_number(&enough) == 1).then_some(())).await;
    }
    shop.pays_by_balance(buyer, order).await;
    shop.gets_goods(buyer, order).await;
}
