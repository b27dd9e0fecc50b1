use crate::harness::*;
use quickcart::rules::fact::{Audience, Fact};
use quickcart::rules::ids::ChatId;
use quickcart::rules::people::Role;
use quickcart::store::model::{NewFact, Seat, SendOutcome};
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

        assert_eq!(shop.store.forget_before(shop.at).await.unwrap(), 0);
        assert_eq!(shop.store.forget_before(shop.later(60)).await.unwrap(), 3);
        assert_eq!(shop.store.seen_since(shop.at, 9).await.unwrap(), ["new"]);
        assert_eq!(shop.store.session(user).await.unwrap(), None);
        let due = shop.store.take_due_facts(shop.at, 10, 60).await.unwrap();
        assert_eq!(due[0].fact, fact("waiting").fact);
    }

    async fn settings_are_replaced(shop) {
        assert_eq!(shop.store.setting("pause".into()).await.unwrap(), None);
        for value in [json!({"until": 1}), json!(null), json!([1.5, "x"])] {
            shop.store.set_setting("pause".into(), value.clone(), shop.at).await.unwrap();
            assert_eq!(shop.store.setting("pause".into()).await.unwrap(), Some(value));
        }
    }
}
