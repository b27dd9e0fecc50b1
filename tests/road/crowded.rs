//! Mailboxes of one place: who finds no room is told so, and nothing that was acknowledged is lost.

use crate::people::customer;
use crate::shop::Shop;
use futures_util::future::{join, join_all};
use std::cell::RefCell;
use std::time::Duration;

const PRICE: i64 = 14_000;

roads! {
    async fn a_full_stock_actor_says_busy_and_shows_the_right_stock_afterwards(databases) {
        let settings = [("actors.stock.mailbox", "1"), ("actors.stock.batch", "1")];
        let shop = Shop::open_with(databases, 24, &settings).await;
        let number = shop.sells("Sesak", PRICE, 0..20).await;
        join_all((0..16).map(|place| shop.looks_at(customer(place), number))).await;
        let presses: Vec<String> =
            (0..16).map(|place| shop.presses(customer(place), &format!("buy:{number}:1")).unwrap()).collect();
        join_all(presses.iter().map(|press| shop.sees("an answer", || shop.sandbox.callback_answer(press))))
            .await;
        let answers = presses.iter().filter_map(|press| shop.sandbox.callback_answer(press)?.text);
        let busy = answers.filter(|text| text.contains("ramai")).count();
        assert!(busy > 0, "nobody was told that the shop is busy");
        assert!(shop.metric("quickcart_mailbox_busy_total{actor=\"stock\"}").await >= busy as f64);
        let orders = join_all((0..16).map(|place| shop.orders(customer(place), number))).await;
        let ends = join_all(orders.iter().enumerate().map(async |(place, order)| {
            let (buyer, order) = (customer(place), *order);
            if place.is_multiple_of(2) {
                let cancels = || shop.presses(buyer, &format!("cancel:{order}")).map(drop);
                return shop
                    .keeps("a cancellation", cancels, || (shop.db_state(order) == "cancelled").then_some(()))
                    .await;
            }
            shop.gives(buyer, PRICE).await;
            shop.pays_by_balance(buyer, order).await;
        }));
        // Meanwhile others want more than there is, so that the actor is never idle.
        let noise = join_all((16..24).map(async |place| {
            shop.looks_at(customer(place), number).await;
            for _ in 0..8 {
                let press = shop.presses(customer(place), &format!("buy:{number}:499")).unwrap();
                shop.sees("an answer", || shop.sandbox.callback_answer(&press)).await;
            }
        }));
        join(ends, noise).await;
        shop.is_in_order().await;
        assert_eq!(
            shop.shown_stock(customer(0), number).await, 12,
            "what was given back is shown as on sale"
        );
    }

    async fn a_full_payment_actor_settles_what_was_paid_all_the_same(databases) {
        let settings = [("actors.payment.mailbox", "1"), ("actors.payment.batch", "1")];
        let shop = Shop::open_with(databases, 12, &settings).await;
        let number = shop.sells("Antre", PRICE, 0..12).await;
        let orders = join_all((0..12).map(async |place| {
            let order = shop.orders(customer(place), number).await;
            (place, order, shop.asks_for_qr(customer(place), order).await)
        }))
        .await;
        for (_, _, reference) in &orders {
            shop.sandbox.pay(reference, Default::default()).unwrap();
        }
        join_all(orders.iter().map(|(place, order, _)| shop.gets_goods(customer(*place), *order))).await;
        let refused = shop.sandbox.callbacks_sent().iter().filter(|sent| sent.status == Some(503)).count();
        assert!(refused > 0, "every callback found room: {:?}", shop.sandbox.callbacks_sent());
        shop.is_in_order().await;
    }

    async fn a_full_session_sends_the_webhook_away_and_the_update_comes_again(databases) {
        let shop = Shop::open_by_webhook(databases, 1, &[("actors.session.mailbox", "1")]).await;
        let number = shop.sells("Kait", PRICE, 0..3).await;
        let refusals = RefCell::new(Vec::new());
        join_all((0..40).map(async |id| {
            let answer = shop.is_posted(&update(900_000_000 + id, customer(0))).await.unwrap();
            match answer.status().as_u16() {
                200 => {}
                503 => refusals.borrow_mut().push(answer.headers().get("retry-after").cloned()),
                other => panic!("{other}"),
            }
        }))
        .await;
        let refusals = refusals.into_inner();
        assert!(!refusals.is_empty(), "there was always room");
        assert!(
            refusals.iter().all(|after| after.as_ref().is_some_and(|after| after == "1")),
            "{refusals:?}"
        );
        let order = shop.buys_by_qris(customer(0), number).await;
        shop.gets_goods(customer(0), order).await;
        tokio::time::timeout(Duration::from_secs(60), shop.is_in_order()).await.unwrap();
    }
}

/// An update that Telegram never sent, of a person who types something.
fn update(id: i64, from: i64) -> serde_json::Value {
    serde_json::json!({
        "update_id": id,
        "message": {
            "message_id": 1_000_000 + id, "date": 1, "text": "/help",
            "chat": {"id": from, "type": "private", "first_name": "Pembeli"},
            "from": {"id": from, "is_bot": false, "first_name": "Pembeli 0", "language_code": "id"},
        },
    })
}
