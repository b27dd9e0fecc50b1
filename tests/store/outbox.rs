use crate::harness::*;
use quickcart::rules::audit::By;
use quickcart::rules::fact::{Audience, Fact, Person, StaffNews};
use quickcart::rules::ids::{ChatId, MessageId, UserId};
use quickcart::rules::order::OrderState;
use quickcart::rules::people::{Language, ProfileChange, Role};
use quickcart::store::model::{DueFact, NewFact, Seat, SendOutcome};

fn reply(chat: i64, text: &str) -> NewFact {
    NewFact {
        audience: Audience::Chat(ChatId(chat)),
        fact: Fact::StaffReply { text: text.into(), picture: None },
        subject: None,
    }
}

fn news(count: usize) -> Vec<NewFact> {
    let buyer = Person { user: UserId(1), chat: ChatId(700), name: "Budi".into(), username: None };
    let line = |number| StaffNews::Undeliverable { code: format!("C{number}"), buyer: buyer.clone() };
    let fact =
        |number| NewFact { audience: Audience::Staff, fact: Fact::News(vec![line(number)]), subject: None };
    (0..count).map(fact).collect()
}

fn texts(due: &[DueFact]) -> Vec<&str> {
    due.iter()
        .map(|due| match &due.fact {
            Fact::StaffReply { text, .. } => text.as_str(),
            other => other.name(),
        })
        .collect()
}

on_both! {
    async fn facts_are_taken_oldest_first_and_one_at_a_time_for_a_chat(shop) {
        let facts = vec![reply(1, "a"), reply(1, "b"), reply(2, "c"), reply(3, "d")];
        shop.store.enqueue(facts, shop.at).await.unwrap();
        assert_eq!(shop.store.take_due_facts(shop.later(-1), 10, 60).await.unwrap(), [], "not due yet");
        let first = shop.store.take_due_facts(shop.at, 2, 60).await.unwrap();
        assert_eq!(texts(&first), ["a", "c"]);
        let second = shop.store.take_due_facts(shop.at, 10, 60).await.unwrap();
        assert_eq!(texts(&second), ["d"], "b waits for a");
        shop.store.record_sends(vec![(first[0].id, SendOutcome::Sent(None))], shop.at).await.unwrap();
        assert_eq!(texts(&shop.store.take_due_facts(shop.at, 10, 60).await.unwrap()), ["b"]);
    }

    async fn a_fact_is_taken_by_one_of_several_takers(shop) {
        shop.store.whitelist(ChatId(-5), true, By::operator(), shop.at).await.unwrap();
        let facts = (1..=30).map(|chat| reply(chat, "a")).chain(news(30)).collect();
        shop.store.enqueue(facts, shop.at).await.unwrap();
        let takers: Vec<_> = (0..4)
            .map(|_| {
                let (store, at) = (shop.store.clone(), shop.at);
                tokio::spawn(async move {
                    let turned = store.fan_out_notices(at).await.unwrap();
                    (turned, store.take_due_facts(at, 100, 60).await.unwrap().len())
                })
            })
            .collect();
        let (mut turned, mut taken) = (0, 0);
        for taker in takers {
            let (by_this, facts) = taker.await.unwrap();
            (turned, taken) = (turned + by_this, taken + facts);
        }
        assert_eq!((turned, taken), (30, 31));
    }

    async fn a_lapsed_lease_gives_a_fact_back(shop) {
        shop.store.enqueue(vec![reply(1, "a")], shop.at).await.unwrap();
        let first = shop.store.take_due_facts(shop.at, 10, 60).await.unwrap();
        assert_eq!(first[0].attempts, 0);
        assert_eq!(shop.store.take_due_facts(shop.later(59), 10, 60).await.unwrap(), []);
        assert_eq!(shop.store.next_fact_due(shop.at).await.unwrap(), Some(shop.later(60)));
        let again = shop.store.take_due_facts(shop.later(60), 10, 60).await.unwrap();
        assert_eq!((again[0].id, again[0].attempts), (first[0].id, 1));
    }

    async fn a_fact_that_is_retried_holds_back_what_follows_in_its_chat(shop) {
        shop.store.enqueue(vec![reply(1, "a"), reply(1, "b"), reply(2, "c")], shop.at).await.unwrap();
        let due = shop.store.take_due_facts(shop.at, 1, 60).await.unwrap();
        let retry = SendOutcome::Retry { at: shop.later(30), why: "flood".into() };
        shop.store.record_sends(vec![(due[0].id, retry)], shop.at).await.unwrap();
        assert_eq!(texts(&shop.store.take_due_facts(shop.later(29), 10, 600).await.unwrap()), ["c"]);
        assert_eq!(shop.store.next_fact_due(shop.at).await.unwrap(), Some(shop.later(30)));
        let again = shop.store.take_due_facts(shop.later(30), 10, 600).await.unwrap();
        assert_eq!(texts(&again), ["a"]);
        let gone = SendOutcome::Undeliverable { why: "blocked".into() };
        shop.store.record_sends(vec![(again[0].id, gone)], shop.later(30)).await.unwrap();
        assert_eq!(texts(&shop.store.take_due_facts(shop.later(30), 10, 60).await.unwrap()), ["b"]);
    }

    async fn a_fact_that_cannot_be_read_is_put_away_and_the_queue_goes_on(shop) {
        shop.store.enqueue(vec![reply(1, "a"), reply(1, "b")], shop.at).await.unwrap();
        shop.store.enqueue(news(1), shop.at).await.unwrap();
        shop.db().run("UPDATE outbox SET fact = '{\"SecretWord\": 1}' WHERE id IN (1, 3)").unwrap();
        assert_eq!(shop.store.take_due_facts(shop.at, 10, 60).await.unwrap(), []);
        assert_eq!(texts(&shop.store.take_due_facts(shop.at, 10, 60).await.unwrap()), ["b"]);
        assert_eq!(shop.store.fan_out_notices(shop.at).await.unwrap(), 0);
        let faults = shop.db().lines("SELECT last_fault AS value FROM outbox WHERE state = 'undeliverable'");
        assert_eq!(faults.len(), 2);
        assert!(faults.iter().all(|fault| fault.starts_with("unreadable") && !fault.contains("SecretWord")), "{faults:?}");
    }

    async fn goods_that_cannot_be_read_wait_and_staff_hear_of_it(shop) {
        let budi = shop.customer(700, "Budi").await;
        let order = shop.db_order(7, &budi, OrderState::Paid);
        let fact = Fact::GoodsReady { order, late: false };
        let goods = NewFact { audience: Audience::Chat(budi.chat), fact, subject: Some("goods:7".into()) };
        shop.store.enqueue(vec![goods], shop.at).await.unwrap();
        shop.db().run("UPDATE outbox SET fact = '{\"NewerFact\": 1}'").unwrap();
        assert_eq!(shop.store.take_due_facts(shop.at, 10, 60).await.unwrap(), []);
        assert_eq!(shop.db().number("SELECT COUNT(*) AS value FROM orders WHERE undeliverable_at IS NOT NULL"), 1);
        assert_eq!(shop.db().number("SELECT COUNT(*) AS value FROM outbox WHERE audience = 'staff'"), 1);
    }

    async fn a_fact_comes_with_the_language_of_its_reader(shop) {
        let sari = shop.customer(701, "Sari").await.user;
        shop.store.change_profile(sari, ProfileChange::Language(Language::En), shop.at).await.unwrap();
        shop.customer(700, "Budi").await;
        shop.store.enqueue(vec![reply(700, "a"), reply(701, "b"), reply(-5, "c")], shop.at).await.unwrap();
        let due = shop.store.take_due_facts(shop.at, 10, 60).await.unwrap();
        let languages: Vec<Option<Language>> = due.iter().map(|due| due.language).collect();
        assert_eq!(languages, [Some(Language::Id), Some(Language::En), None]);
    }

    async fn news_is_gathered_into_messages_of_twenty_lines_for_each_staff_chat(shop) {
        let seat = |chat: i64, role| Seat { chat: ChatId(chat), role, bank_id: u32::try_from(chat).unwrap() };
        shop.store.seat_staff(PLATFORM, vec![seat(900, Role::Admin), seat(901, Role::Owner)], shop.at).await.unwrap();
        shop.store.whitelist(ChatId(-5), true, By::operator(), shop.at).await.unwrap();
        let trouble = Fact::Trouble { fault: "gateway-down".into(), detail: "x".into() };
        let mut facts = news(45);
        facts.push(NewFact { audience: Audience::Owners, fact: trouble.clone(), subject: None });
        shop.store.enqueue(facts, shop.at).await.unwrap();

        assert_eq!(shop.store.fan_out_notices(shop.later(-1)).await.unwrap(), 46, "also by a clock that went back");
        assert_eq!(shop.store.fan_out_notices(shop.at).await.unwrap(), 0, "each is turned once");
        let mut lines = std::collections::BTreeMap::<i64, Vec<usize>>::new();
        loop {
            let due = shop.store.take_due_facts(shop.at, 10, 60).await.unwrap();
            if due.is_empty() {
                break;
            }
            for due in &due {
                match &due.fact {
                    Fact::News(news) => lines.entry(due.chat.0).or_default().push(news.len()),
                    other => assert_eq!((due.chat.0, other), (901, &trouble)),
                }
            }
            let sent = due.iter().map(|due| (due.id, SendOutcome::Sent(None))).collect();
            shop.store.record_sends(sent, shop.at).await.unwrap();
        }
        assert_eq!(lines, [(-5, vec![20, 20, 5]), (900, vec![20, 20, 5])].into());
    }

    async fn a_shop_without_staff_does_not_pile_up_notices(shop) {
        shop.store.enqueue(news(2), shop.at).await.unwrap();
        assert_eq!(shop.store.fan_out_notices(shop.at).await.unwrap(), 2);
        assert_eq!(shop.store.next_fact_due(shop.at).await.unwrap(), None);
    }

    async fn a_shop_sends_only_its_own_facts(shop) {
        shop.store.enqueue(vec![reply(1, "a")], shop.at).await.unwrap();
        let sister = shop.sister().await;
        assert_eq!(sister.take_due_facts(shop.at, 10, 60).await.unwrap(), []);
        assert_eq!(sister.next_fact_due(shop.at).await.unwrap(), None);
        assert_eq!(shop.store.next_fact_due(shop.at).await.unwrap(), Some(shop.at));
    }

    async fn messages_about_a_subject_are_found_once_sent(shop) {
        let about = |text: &str| NewFact { subject: Some("invoice:7".into()), ..reply(1, text) };
        shop.store.enqueue(vec![about("a"), about("b")], shop.at).await.unwrap();
        let due = shop.store.take_due_facts(shop.at, 10, 60).await.unwrap();
        let sent = SendOutcome::Sent(Some(MessageId(55)));
        shop.store.record_sends(vec![(due[0].id, sent)], shop.at).await.unwrap();
        let found = shop.store.messages_about("invoice:7".into()).await.unwrap();
        assert_eq!(found, [(ChatId(1), MessageId(55))]);
    }
}
