use crate::harness::*;
use quickcart::rules::audit::By;
use quickcart::rules::fact::{Audience, Fact};
use quickcart::rules::ids::ChatId;
use quickcart::rules::people::{Role, Roles};
use quickcart::store::model::{NewFact, Seat, SendOutcome};

fn seat(chat: i64, role: Role) -> Seat {
    Seat { chat: ChatId(chat), role, bank_id: u32::try_from(chat).unwrap() }
}

on_both! {
    async fn seating_staff_twice_gives_and_audits_each_role_once(shop) {
        for _ in 0..2 {
            shop.store.seat_staff(PLATFORM, vec![seat(900, Role::Admin), seat(901, Role::Owner)], shop.at).await.unwrap();
        }
        assert_eq!(shop.audited().await, ["role.given", "role.given"]);
        assert_eq!(shop.store.totals().await.unwrap().customers, 0, "nobody has come yet");
        assert_eq!(shop.store.profile_by_chat(PLATFORM, ChatId(900)).await.unwrap(), None);
    }

    async fn seated_staff_get_their_name_when_they_come(shop) {
        shop.store.seat_staff(PLATFORM, vec![seat(900, Role::Admin), seat(900, Role::Owner)], shop.at).await.unwrap();
        let admin = shop.customer(900, "Rina").await;
        assert_eq!(admin.name, "Rina");
        assert_eq!(admin.roles, Roles { reseller: false, admin: true, owner: true });
        let again = shop.store.enroll(newcomer(900, "Other"), shop.at).await.unwrap();
        assert_eq!(again.name, "Rina");
    }

    async fn a_whitelisted_group_hears_of_orders_until_it_is_removed(shop) {
        shop.store.seat_staff(PLATFORM, vec![seat(900, Role::Admin), seat(901, Role::Owner)], shop.at).await.unwrap();
        let list = async |on| shop.store.whitelist(ChatId(-50), on, By::operator(), shop.at).await.unwrap();
        assert!(list(true).await);
        assert!(!list(true).await, "it was so before");
        assert_eq!(shop.store.staff_chats().await.unwrap(), [ChatId(900), ChatId(-50)]);
        assert!(list(false).await);
        assert!(!list(false).await);
        assert_eq!(shop.store.staff_chats().await.unwrap(), [ChatId(900)]);
        assert_eq!(shop.audited().await[2..], ["chat.whitelisted", "chat.whitelisted"]);
    }

    async fn a_group_that_became_another_chat_goes_on_hearing_there(shop) {
        let (old, new) = (ChatId(-50), ChatId(-1_000_050));
        shop.store.whitelist(old, true, By::operator(), shop.at).await.unwrap();
        let fact = |fault: &str| NewFact {
            audience: Audience::Chat(old),
            fact: Fact::TroubleOver { fault: fault.into() },
            subject: None,
        };
        shop.store.enqueue(vec![fact("one"), fact("two")], shop.at).await.unwrap();
        for _ in 0..2 {
            let due = shop.store.take_due_facts(shop.at, 10, 60).await.unwrap();
            let outcome = match due[0].chat == old {
                true => SendOutcome::Moved { to: new },
                false => SendOutcome::Sent(None),
            };
            shop.store.record_sends(vec![(due[0].id, outcome)], shop.at).await.unwrap();
        }
        let due = shop.store.take_due_facts(shop.at, 10, 60).await.unwrap();
        let due: Vec<_> = due.into_iter().map(|due| (due.chat, due.fact)).collect();
        assert_eq!(due, [(new, Fact::TroubleOver { fault: "two".into() })]);
        assert_eq!(shop.store.staff_chats().await.unwrap(), [new]);
    }

    async fn owners_hear_of_orders_only_where_there_is_no_admin(shop) {
        shop.store.seat_staff(PLATFORM, vec![seat(901, Role::Owner)], shop.at).await.unwrap();
        assert_eq!(shop.store.staff_chats().await.unwrap(), [ChatId(901)]);
        shop.store.seat_staff(PLATFORM, vec![seat(900, Role::Admin), seat(901, Role::Owner)], shop.at).await.unwrap();
        assert_eq!(shop.store.staff_chats().await.unwrap(), [ChatId(900)]);
    }

    async fn whoever_is_no_longer_named_loses_the_role_and_nothing_else(shop) {
        let sister = shop.sister().await;
        sister.seat_staff(PLATFORM, vec![seat(901, Role::Admin)], shop.at).await.unwrap();
        let seats = vec![seat(900, Role::Admin), seat(901, Role::Admin), seat(901, Role::Owner), seat(902, Role::Reseller)];
        shop.store.seat_staff(PLATFORM, seats, shop.at).await.unwrap();
        let was_admin = shop.customer(901, "Budi").await;
        let reseller = shop.customer(902, "Rini").await;
        shop.store.seat_staff(PLATFORM, vec![seat(900, Role::Admin)], shop.at).await.unwrap();

        let roles = async |chat| shop.store.profile_by_chat(PLATFORM, ChatId(chat)).await.unwrap().unwrap().roles;
        assert_eq!(roles(901).await, Roles::default());
        assert_eq!(roles(902).await, reseller.roles, "the configuration names no resellers");
        assert_eq!(shop.store.staff_chats().await.unwrap(), [ChatId(900)]);
        assert_eq!(sister.staff_chats().await.unwrap(), [ChatId(901)], "of another shop");
        let taken: Vec<_> = shop.store.audit_waiting(100).await.unwrap();
        let taken: Vec<_> = taken.into_iter().filter(|row| row.action == "role.taken").collect();
        assert_eq!(taken.len(), 2);
        assert!(taken.iter().all(|row| row.target == format!("user:{}", was_admin.user)));

        shop.db().run(format!("INSERT INTO staff (shop_id, user_id, role, since, added_by) VALUES ('main', {0}, 'admin', {1}, {0})",
            was_admin.user, shop.db().time(shop.at))).unwrap();
        shop.store.seat_staff(PLATFORM, vec![], shop.at).await.unwrap();
        assert!(roles(901).await.admin, "somebody of the staff gave it");
        assert_eq!(shop.audited().await.iter().filter(|action| *action == "role.taken").count(), 3, "nobody is named: all go");
    }

    async fn staff_of_one_shop_are_nobody_in_another(shop) {
        shop.store.seat_staff(PLATFORM, vec![seat(900, Role::Admin)], shop.at).await.unwrap();
        let sister = shop.sister().await;
        assert_eq!(sister.staff_chats().await.unwrap(), []);
        assert!(!sister.enroll(newcomer(900, "Rina"), shop.at).await.unwrap().roles.is_staff());
    }
}
