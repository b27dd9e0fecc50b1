//! What follows from a fact's arrival, or from its not arriving.

use crate::harness::*;
use quickcart::rules::audit::By;
use quickcart::rules::fact::{Audience, Fact, Person, StaffNews};
use quickcart::rules::ids::{ChatId, FactId, MessageId};
use quickcart::rules::order::{Order, OrderState};
use quickcart::rules::people::Profile;
use quickcart::store::model::{NewFact, SendOutcome};

async fn queue_goods(shop: &TestShop, order: Order, buyer: &Profile) -> FactId {
    let subject = Some(format!("goods:{}", order.id));
    let fact = Fact::GoodsReady { order, late: false };
    shop.store
        .enqueue(vec![NewFact { audience: Audience::Chat(buyer.chat), fact, subject }], shop.at)
        .await
        .unwrap();
    shop.store.take_due_facts(shop.at, 1, 60).await.unwrap()[0].id
}

fn state(shop: &TestShop, id: i64) -> String {
    shop.db().lines(format!("SELECT state AS value FROM orders WHERE id = {id}")).remove(0)
}

on_both! {
    async fn sent_goods_deliver_their_order_once(shop) {
        let buyer = shop.customer(700, "Budi").await;
        let order = shop.db_order(5, &buyer, OrderState::Paid);
        let fact = queue_goods(shop, order, &buyer).await;
        for _ in 0..2 {
            let sent = SendOutcome::Sent(Some(MessageId(9)));
            shop.store.record_sends(vec![(fact, sent)], shop.at).await.unwrap();
        }
        assert_eq!(state(shop, 5), "delivered");
        assert_eq!(shop.audited().await, ["order.delivered"]);
        assert_eq!(shop.store.audit_waiting(1).await.unwrap()[0].target, "order:CODE5");
    }

    async fn goods_of_a_refunded_order_do_not_deliver_it(shop) {
        let buyer = shop.customer(700, "Budi").await;
        let order = shop.db_order(5, &buyer, OrderState::Refunded);
        let fact = queue_goods(shop, order, &buyer).await;
        shop.store.record_sends(vec![(fact, SendOutcome::Sent(None))], shop.at).await.unwrap();
        assert_eq!(state(shop, 5), "refunded");
        assert_eq!(shop.audited().await, Vec::<String>::new());
    }

    async fn undeliverable_goods_mark_their_order_and_staff_hear_of_it_once(shop) {
        let buyer = shop.customer(700, "Budi").await;
        shop.store.whitelist(ChatId(-5), true, By::operator(), shop.at).await.unwrap();
        let order = shop.db_order(5, &buyer, OrderState::Paid);
        let fact = queue_goods(shop, order.clone(), &buyer).await;
        for _ in 0..2 {
            let gone = SendOutcome::Undeliverable { why: "blocked".into() };
            shop.store.record_sends(vec![(fact, gone)], shop.later(9)).await.unwrap();
        }
        let marked = "SELECT COUNT(*) AS value FROM orders WHERE undeliverable_at IS NOT NULL AND state = 'paid'";
        assert_eq!(shop.db().number(marked), 1);
        assert_eq!(shop.store.fan_out_notices(shop.later(9)).await.unwrap(), 1);
        let due = shop.store.take_due_facts(shop.later(9), 10, 60).await.unwrap();
        let person = Person { user: buyer.user, chat: buyer.chat, name: "Budi".into(), username: Some("budi".into()) };
        let news = StaffNews::Undeliverable { code: "CODE5".into(), buyer: person };
        assert_eq!((due[0].chat, &due[0].fact), (ChatId(-5), &Fact::News(vec![news])));

        let again = NewFact { audience: Audience::Chat(buyer.chat), fact: Fact::GoodsAgain { order }, subject: None };
        shop.store.enqueue(vec![again], shop.later(20)).await.unwrap();
        let due = shop.store.take_due_facts(shop.later(20), 10, 60).await.unwrap();
        shop.store.record_sends(vec![(due[0].id, SendOutcome::Sent(None))], shop.later(20)).await.unwrap();
        assert_eq!(state(shop, 5), "delivered", "asked for again, they arrived");
        assert_eq!(shop.db().number(marked), 0);
    }

    async fn a_customers_message_can_be_answered_in_each_staff_chat(shop) {
        let budi = shop.customer(700, "Budi").await;
        for chat in [-5, -6] {
            shop.store.whitelist(ChatId(chat), true, By::operator(), shop.at).await.unwrap();
        }
        let from = Person { user: budi.user, chat: budi.chat, name: "Budi".into(), username: None };
        let fact = Fact::CustomerMessage { from, text: "halo".into(), picture: None };
        shop.store.enqueue(vec![NewFact { audience: Audience::Staff, fact, subject: None }], shop.at).await.unwrap();
        shop.store.fan_out_notices(shop.at).await.unwrap();
        let due = shop.store.take_due_facts(shop.at, 10, 60).await.unwrap();
        let sent = due.iter().map(|due| (due.id, SendOutcome::Sent(Some(MessageId(77))))).collect();
        shop.store.record_sends(sent, shop.at).await.unwrap();
        for chat in [-5, -6] {
            let thread = shop.store.support_thread(ChatId(chat), MessageId(77)).await.unwrap();
            assert_eq!(thread, Some(budi.user));
        }
        assert_eq!(shop.store.support_thread(ChatId(-5), MessageId(78)).await.unwrap(), None);
    }

    async fn a_late_answer_still_counts_as_sent(shop) {
        let buyer = shop.customer(700, "Budi").await;
        let order = shop.db_order(5, &buyer, OrderState::Paid);
        let fact = queue_goods(shop, order, &buyer).await;
        shop.store.take_due_facts(shop.later(60), 1, 60).await.unwrap();
        let outcomes = vec![
            (fact, SendOutcome::Sent(None)),
            (fact, SendOutcome::Retry { at: shop.later(99), why: "the second copy".into() }),
        ];
        for outcome in outcomes {
            shop.store.record_sends(vec![outcome], shop.later(61)).await.unwrap();
        }
        assert_eq!(state(shop, 5), "delivered");
        assert_eq!(shop.store.next_fact_due(shop.at).await.unwrap(), None);
    }

    async fn another_shop_cannot_record_our_sends(shop) {
        let buyer = shop.customer(700, "Budi").await;
        let order = shop.db_order(5, &buyer, OrderState::Paid);
        let fact = queue_goods(shop, order, &buyer).await;
        shop.sister().await.record_sends(vec![(fact, SendOutcome::Sent(None))], shop.at).await.unwrap();
        assert_eq!(state(shop, 5), "paid");
    }
}
