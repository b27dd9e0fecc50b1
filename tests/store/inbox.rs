use crate::harness::*;
use quickcart::rules::fact::{Audience, Fact};
use quickcart::rules::ids::ChatId;
use quickcart::rules::people::Role;
use quickcart::store::model::{ForgetFrom, Forgot, NewFact, Seat, SendOutcome};
use serde_json::json;

on_both! {
    async fn seen_keys_are_a_set(shop) {
        let keys = |keys: &[&str]| keys.iter().map(|key| (*key).to_owned()).collect::<Vec<String>>();
        shop.store.mark_seen(keys(&["tg:1", "tg:2", "tg:1"]), shop.at).await.unwrap();
        shop.store.mark_seen(keys(&["tg:2", "tg:\"3'"]), shop.later(60)).await.unwrap();
        shop.store.mark_seen(Vec::new(), shop.at).await.unwrap();
        let mut seen = shop.store.seen_since(shop.at, 9).await.unwrap();
        seen.sort();
        assert_eq!(seen, ["tg:\"3'", "tg:1", "tg:2"]);
        assert_eq!(shop.store.seen_since(shop.later(1), 9).await.unwrap(), ["tg:\"3'"]);
        assert_eq!(shop.sister().await.seen_since(shop.at, 9).await.unwrap(), Vec::<String>::new());
    }

    async fn an_event_is_set_aside_and_told_once(shop) {
        let owner = Seat { chat: ChatId(901), role: Role::Owner, bank_id: 901 };
        shop.store.seat_staff(PLATFORM, vec![owner], shop.at).await.unwrap();
        for _ in 0..2 {
            shop.store.set_aside("tg:9".into(), "it panicked".into(), shop.at).await.unwrap();
        }
        assert_eq!(shop.store.seen_since(shop.at, 9).await.unwrap(), ["tg:9"]);
        assert_eq!(shop.store.fan_out_notices(shop.at).await.unwrap(), 1);
        let due = shop.store.take_due_facts(shop.at, 10, 60).await.unwrap();
        let trouble = Fact::Trouble { fault: "update-set-aside".into(), detail: "it panicked".into() };
        assert_eq!((due[0].chat, &due[0].fact), (ChatId(901), &trouble));
    }

    async fn only_what_is_old_and_over_is_forgotten(shop) {
        let user = shop.customer(700, "Budi").await.user;
        let fact = |text: &str| NewFact {
            audience: Audience::Chat(ChatId(700)),
            fact: Fact::StaffReply { text: text.into(), picture: None },
            subject: None,
        };
        shop.store.save_sessions(vec![(user, json!(1))], shop.at).await.unwrap();
        shop.store.mark_seen(vec!["old".into()], shop.at).await.unwrap();
        shop.store.mark_seen(vec!["new".into()], shop.later(60)).await.unwrap();
        shop.store.enqueue(vec![fact("sent"), fact("waiting")], shop.at).await.unwrap();
        let due = shop.store.take_due_facts(shop.at, 1, 60).await.unwrap();
        shop.store.record_sends(vec![(due[0].id, SendOutcome::Sent(None))], shop.at).await.unwrap();

        let forget = async |at| shop.store.forget_before(at, ForgetFrom::START, 100).await.unwrap();
        assert_eq!(forget(shop.at).await, Forgot { rows: 0, next: None });
        assert_eq!(forget(shop.later(60)).await, Forgot { rows: 3, next: None });
        assert_eq!(shop.store.seen_since(shop.at, 9).await.unwrap(), ["new"]);
        assert_eq!(shop.store.session(user).await.unwrap(), None);
        let due = shop.store.take_due_facts(shop.at, 10, 60).await.unwrap();
        assert_eq!(due[0].fact, fact("waiting").fact);
    }

    async fn all_that_is_old_is_forgotten_in_portions_that_go_on_past_what_stays(shop) {
        let sister = shop.sister().await;
        let fact = |text: &str| NewFact {
            audience: Audience::Chat(ChatId(700)),
            fact: Fact::StaffReply { text: text.into(), picture: None },
            subject: None,
        };
        let enqueue = async |texts: &[&str], at| {
            shop.store.enqueue(texts.iter().map(|text| fact(text)).collect(), at).await.unwrap();
        };
        for person in 0..10 {
            let user = shop.customer(700 + person, &format!("Budi {person}")).await.user;
            let at = if person == 4 { shop.later(60) } else { shop.at };
            shop.store.save_sessions(vec![(user, json!(1))], at).await.unwrap();
            sister.save_sessions(vec![(user, json!(1))], shop.at).await.unwrap();
        }
        shop.store.mark_seen((0..8).map(|key| format!("old {key}")).collect(), shop.at).await.unwrap();
        shop.store.mark_seen(vec!["new".into()], shop.later(60)).await.unwrap();
        // what nobody could send yet is before and between what was sent
        enqueue(&["stuck"; 5], shop.at).await;
        sister.enqueue(vec![fact("another's")], shop.at).await.unwrap();
        enqueue(&["over"; 8], shop.at).await;
        enqueue(&["new"; 8], shop.later(60)).await;
        shop.db().run("UPDATE outbox SET state = 'sent' WHERE fact NOT LIKE '%stuck%'").unwrap();

        let (mut from, mut portions, mut rows) = (Some(ForgetFrom::START), 0, 0);
        while let Some(place) = from {
            let forgot = shop.store.forget_before(shop.later(60), place, 3).await.unwrap();
            assert!(forgot.rows <= 9, "{forgot:?}");
            (from, portions, rows) = (forgot.next, portions + 1, rows + forgot.rows);
        }
        assert_eq!((portions, rows), (6, 8 + 8 + 9));
        let left = "SELECT fact || '' AS value FROM outbox ORDER BY id";
        let left: Vec<String> = shop.db().lines(left);
        let of = |word: &str| left.iter().filter(|fact| fact.contains(word)).count();
        assert_eq!((of("stuck"), of("another's"), of("over"), of("new")), (5, 1, 0, 8));
        assert_eq!(shop.db().number("SELECT COUNT(*) AS value FROM sessions"), 10 + 1);
    }

    async fn settings_are_replaced(shop) {
        assert_eq!(shop.store.setting("pause".into()).await.unwrap(), None);
        for value in [json!({"until": 1}), json!(null), json!([1.5, "x"])] {
            shop.store.set_setting("pause".into(), value.clone(), shop.at).await.unwrap();
            assert_eq!(shop.store.setting("pause".into()).await.unwrap(), Some(value));
        }
    }
}
