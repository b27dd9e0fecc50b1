//! The same word, many times over.

use crate::patience::rounds;
use crate::people::customer;
use crate::shop::Shop;
use futures_util::future::join_all;
use quickcart::sandbox::{CallbackFaults, PayOptions};

const AT_ONCE: usize = 16;

roads! {
    async fn a_payment_reported_16_times_at_once_and_once_late_is_booked_once(databases) {
        let payments = rounds(40, 1_000);
        // More at once would wait for the gateway's pace: two creations a second.
        let buyers = payments.min(10);
        let shop = Shop::open(databases, buyers as i64).await;
        let number = shop.sells("Sekali", 15_000, 0..payments).await;
        let places: Vec<usize> = (0..buyers).collect();
        for _ in 0..payments.div_ceil(buyers) {
            join_all(places.iter().map(async |place| {
                if shop.db_number("SELECT COUNT(*) AS value FROM stock_units WHERE state = 'free'") > 0 {
                    pay_often(&shop, customer(*place), number).await;
                }
            }))
            .await;
            shop.is_in_order().await;
        }
        assert_eq!(shop.db_states().get("delivered"), Some(&payments), "{:?}", shop.db_states());
        let statuses: Vec<_> = shop.sandbox.callbacks_sent().into_iter().map(|sent| sent.status).collect();
        assert_eq!(statuses.len(), payments * (AT_ONCE + 1));
        assert!(statuses.iter().all(|status| *status == Some(200)), "{statuses:?}");
        let moved = shop.db_number("SELECT COUNT(*) AS value FROM transfers WHERE source = 'invoice'");
        assert_eq!(moved, payments as i64, "transfers");
        let paid = "SELECT COUNT(*) AS value FROM events WHERE action = 'order.paid'";
        assert_eq!(shop.databases.audit.number(paid), payments as i64, "audit entries");
    }
}

async fn pay_often(shop: &Shop, customer: i64, number: i64) {
    let order = shop.orders(customer, number).await;
    let reference = shop.asks_for_qr(customer, order).await;
    let callback = Some(CallbackFaults { copies: AT_ONCE as u32, ..CallbackFaults::default() });
    shop.sandbox.pay(&reference, PayOptions { callback, ..PayOptions::default() }).unwrap();
    shop.gets_goods(customer, order).await;
    shop.sandbox.send_callback(&reference, &CallbackFaults::default()).unwrap();
    let answered = || {
        let sent = shop.sandbox.callbacks_sent();
        let count = sent.iter().filter(|sent| sent.order_id == reference).count();
        (count == AT_ONCE + 1).then_some(())
    };
    shop.sees("all callbacks answered", answered).await;
}
