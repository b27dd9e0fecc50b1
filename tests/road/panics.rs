//! An actor panics: the shop goes on, nobody waits for ever, and the operator can see it.

use crate::databases::Databases;
use crate::patience::until;
use crate::people::{OWNER, customer};
use crate::shop::{PATIENCE, Shop};
use futures_util::future::join_all;

roads! {
    async fn in_the_stock_actor(databases) {
        outlives(databases, "stock", &[("stock.asked", 1), ("stock.asked", 3)]).await;
    }

    async fn in_the_stock_actor_after_a_reservation(databases) {
        outlives(databases, "stock", &[("stock.reserved", 1), ("stock.reserved", 2)]).await;
    }

    async fn in_the_payment_actor(databases) {
        outlives(databases, "payment", &[("payment.asked", 1), ("payment.asked", 2)]).await;
    }

    async fn in_the_payment_actor_after_a_settlement(databases) {
        outlives(databases, "payment", &[("payment.settled", 1), ("payment.settled", 1)]).await;
    }

    async fn in_a_question_to_the_gateway(databases) {
        let shop = Shop::open(databases, 1).await;
        let number = shop.sells("Tanya", 10_000, 0..1).await;
        shop.stop().await;
        shop.start_with_trip("payment.told=panic@1").await;
        let order = shop.buys_by_qris(customer(0), number).await;
        shop.gets_goods(customer(0), order).await;
        shop.is_in_order().await;
        assert!(shop.process().said().contains("tripped at payment.told"));
        assert_eq!(shop.metric("quickcart_actor_restarts_total{actor=\"payment\"}").await, 0.0);
    }

    async fn in_the_messenger(databases) {
        outlives(databases, "messenger", &[("messenger.asked", 1), ("messenger.asked", 1)]).await;
    }

    async fn in_the_messenger_while_it_sends(databases) {
        outlives(databases, "messenger", &[("messenger.sending", 2), ("messenger.sending", 9)]).await;
    }

    async fn in_the_audit_actor(databases) {
        outlives(databases, "audit", &[("audit.asked", 1), ("audit.appended", 1)]).await;
    }

    async fn in_the_supervisor(databases) {
        outlives(databases, "supervisor", &[("supervisor.asked", 1), ("supervisor.asked", 7)]).await;
    }

    async fn in_a_session(databases) {
        outlives(databases, "session", &[("session.asked", 1), ("session.asked", 5)]).await;
    }

    async fn a_poisoned_update_is_set_aside_and_the_owner_told(databases) {
        let shop = Shop::open(databases, 2).await;
        let number = shop.sells("Racun", 10_000, 0..2).await;
        shop.stop().await;
        shop.start_with_trip("session.asked=panic@1,session.asked=panic@1,session.asked=panic@1").await;
        shop.sandbox.say(customer(0), "/help").unwrap();
        shop.sees("the owner told", || {
            let told =
                shop.bot_messages(OWNER).into_iter().any(|message| message.text.contains("update-set-aside"));
            told.then_some(())
        })
        .await;
        shop.sees("the update acknowledged", || (shop.sandbox.unacknowledged_updates() == 0).then_some(()))
            .await;
        let aside = "SELECT COUNT(*) AS value FROM inbox WHERE state = 'set_aside'";
        assert_eq!(shop.db_number(aside), 1);
        assert_eq!(shop.metric("quickcart_updates_total{ending=\"set_aside\"}").await, 1.0);
        assert_eq!(shop.metric("quickcart_actor_panics_total{actor=\"session\"}").await, 3.0);
        // Neither this customer nor another is in the way of anything.
        join_all((0..2).map(async |place| {
            let order = shop.buys_by_qris(customer(place), number).await;
            shop.gets_goods(customer(place), order).await;
        }))
        .await;
        shop.is_in_order().await;
    }
}

/// Customers buy while an actor panics at these places, which are armed together.
async fn outlives(databases: Databases, actor: &str, trips: &[(&str, u32)]) {
    let shop = Shop::open(databases, 4).await;
    let number = shop.sells("Panik", 10_000, 0..10).await;
    // They are known, and two of them have money.
    for place in 0..4 {
        shop.looks_at(customer(place), number).await;
    }
    for place in 0..2 {
        shop.gives(customer(place), 50_000).await;
    }
    shop.stop().await;
    let armed: Vec<String> = trips.iter().map(|(place, count)| format!("{place}=panic@{count}")).collect();
    shop.start_with_trip(&armed.join(",")).await;
    join_all((0..4).map(|place| buys_and_gets(&shop, place, number))).await;
    // One more, since an actor that nobody asks any more does not panic again.
    buys_and_gets(&shop, 0, number).await;
    // The last panic may come with a message that the goods did not wait for.
    let restarts = format!("quickcart_actor_restarts_total{{actor=\"{actor}\"}}");
    let all = until(PATIENCE, async || (shop.metric(&restarts).await == trips.len() as f64).then_some(()));
    assert!(all.await.is_some(), "restarts of the {actor} actor: {}", shop.metric(&restarts).await);
    shop.is_in_order().await;
    assert_eq!(shop.shown_stock(customer(0), number).await, 5);
    let said = shop.process().said();
    assert_eq!(
        said.matches("tripped at ").count(),
        trips.len(),
        "panics in the log:\n{}",
        shop.process().last_words()
    );
}

/// The first two pay from their balance.
async fn buys_and_gets(shop: &Shop, place: usize, number: i64) {
    let buyer = customer(place);
    let order = if place < 2 {
        let order = shop.orders(buyer, number).await;
        shop.pays_by_balance(buyer, order).await;
        order
    } else {
        shop.buys_by_qris(buyer, number).await
    };
    shop.gets_goods_sooner(buyer, order).await;
}
