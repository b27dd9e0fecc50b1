use crate::harness::*;
use quickcart::fault::Code;
use quickcart::rules::audit::By;
use quickcart::rules::ids::ChatId;
use quickcart::rules::money::Rupiah;
use quickcart::rules::people::{Language, ProfileChange, UserRef};
use quickcart::store::model::{TopBuyer, TransferRequest, Transferred};

on_both! {
    async fn enrolling_twice_changes_nothing(shop) {
        assert_eq!(shop.store.profile_by_chat(PLATFORM, ChatId(700)).await.unwrap(), None);
        let first = shop.customer(700, "Budi").await;
        let again = shop.store.enroll(newcomer(700, "Budi"), shop.later(60)).await.unwrap();
        assert_eq!(first, again);
        assert_eq!(first.joined_at, shop.at);
        assert_eq!(first.bank_id, "000700");
        assert_eq!(shop.store.profile_by_chat(PLATFORM, ChatId(700)).await.unwrap(), Some(first.clone()));
        assert_eq!(shop.store.profile(first.user).await.unwrap(), Some(first.clone()));
        let balances = format!("SELECT COUNT(*) AS value FROM balances WHERE account = 'user:{}' AND amount = 0", first.user);
        assert_eq!(shop.db().number(balances), 1);
    }

    async fn a_taken_bank_id_is_a_conflict_and_leaves_nothing_behind(shop) {
        shop.customer(700, "Budi").await;
        let mut second = newcomer(701, "Sari");
        second.bank_id = "000700".into();
        let fault = shop.store.enroll(second, shop.at).await.unwrap_err();
        assert_eq!(fault.code, Code::DatabaseConflict);
        assert_eq!(shop.db().number("SELECT COUNT(*) AS value FROM users"), 1);
        shop.customer(701, "Sari").await;
    }

    async fn people_are_shared_by_shops_but_each_shop_meets_them_itself(shop) {
        let here = shop.customer(700, "Budi").await;
        let sister = shop.sister().await;
        assert_eq!(sister.profile(here.user).await.unwrap(), None);
        let there = sister.enroll(newcomer(700, "Budi"), shop.later(5)).await.unwrap();
        assert_eq!((there.user, there.joined_at), (here.user, shop.later(5)));
        assert_eq!(sister.totals().await.unwrap().customers, 1);
    }

    async fn a_balance_is_shared_by_shops_whose_bots_count_their_updates_alike(shop) {
        let budi = shop.customer(700, "Budi").await;
        let sister = shop.sister().await;
        sister.enroll(newcomer(700, "Budi"), shop.at).await.unwrap();
        for (store, id, balance) in [(&shop.store, 1, 5_000), (&sister, 2, 10_000), (&sister, 3, 10_000)] {
            let (key, amount) = ("update:1".into(), Rupiah(5_000));
            let request = TransferRequest { id, key, user: budi.user, chat: budi.chat, amount, note: None };
            let done = store.transfer(request, By::operator(), shop.at).await.unwrap();
            assert_eq!(done, Transferred::Done { balance: Rupiah(balance) }, "transfer {id}");
        }
    }

    async fn a_person_is_found_by_chat_username_and_bank_id(shop) {
        let budi = shop.customer(123_456_789, "Budi_Jaya").await;
        for text in ["123456789", "@budi_jaya", "@Budi_Jaya", "456789"] {
            let found = shop.store.find_person(UserRef::parse(text).unwrap()).await.unwrap();
            assert_eq!(found.as_ref(), Some(&budi), "{text}");
        }
        for text in ["5", "@nobody", "000001"] {
            assert_eq!(shop.store.find_person(UserRef::parse(text).unwrap()).await.unwrap(), None, "{text}");
        }
    }

    async fn a_username_belongs_to_whom_it_was_seen_with_last(shop) {
        let before = shop.customer(700, "sultan").await;
        let after = shop.customer(701, "sultan").await;
        let found = shop.store.find_person(UserRef::Username("sultan".into())).await.unwrap();
        assert_eq!(found.unwrap().user, after.user);
        assert_eq!(shop.store.profile(before.user).await.unwrap().unwrap().username, None);
    }

    async fn a_changed_username_is_written_down_and_a_given_name_stays(shop) {
        let budi = shop.customer(700, "Budi").await;
        shop.store.change_profile(budi.user, ProfileChange::Name("Pak Budi".into()), shop.at).await.unwrap();
        let again = shop.store.enroll(newcomer(700, "Budi_Baru"), shop.later(60)).await.unwrap();
        assert_eq!((again.username.as_deref(), again.name.as_str()), (Some("budi_baru"), "Pak Budi"));
    }

    async fn each_detail_of_a_profile_changes_by_itself_and_is_audited_without_its_value(shop) {
        let budi = shop.customer(700, "Budi").await;
        let changes = [
            ProfileChange::Name("Budi Santoso".into()),
            ProfileChange::Whatsapp(Some("0812".into())),
            ProfileChange::Email(Some("b@example.com".into())),
            ProfileChange::Language(Language::En),
            ProfileChange::Onboarded,
        ];
        let mut profile = budi;
        for change in changes {
            profile = shop.store.change_profile(profile.user, change, shop.at).await.unwrap();
        }
        assert_eq!(profile.name, "Budi Santoso");
        assert_eq!(profile.whatsapp.as_deref(), Some("0812"));
        assert_eq!(profile.email.as_deref(), Some("b@example.com"));
        assert_eq!((profile.language, profile.onboarded), (Language::En, true));
        let rows = shop.store.audit_waiting(10).await.unwrap();
        assert_eq!(rows.len(), 4);
        assert!(rows.iter().all(|row| row.action == "profile.changed" && !format!("{row:?}").contains("0812")));
    }

    async fn who_blocked_the_bot_is_marked_until_heard_of_again(shop) {
        shop.customer(700, "Budi").await;
        let marked = || shop.db().number("SELECT COUNT(*) AS value FROM customers WHERE unreachable_at IS NOT NULL");
        shop.store.set_unreachable(ChatId(700), true, shop.at).await.unwrap();
        assert_eq!(marked(), 1);
        shop.store.set_unreachable(ChatId(700), false, shop.at).await.unwrap();
        assert_eq!(marked(), 0);
    }

    async fn top_buyers_are_ranked_by_what_they_spent(shop) {
        for (chat, name, spent) in [(700, "Budi", 50_000), (701, "Sari", 90_000), (702, "Tono", 0)] {
            let user = shop.customer(chat, name).await.user;
            shop.db().run(format!("UPDATE customers SET spent = {spent} WHERE user_id = {user}")).unwrap();
        }
        let top = |name: &str, spent| TopBuyer { name: name.into(), spent: Rupiah(spent) };
        assert_eq!(shop.store.top_buyers(5).await.unwrap(), [top("Sari", 90_000), top("Budi", 50_000)]);
    }
}
