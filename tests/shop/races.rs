//! Everybody at the same moment.

use crate::chat::{Someone, button};
use crate::world::TestShop;
use chrono::TimeDelta;
use quickcart::sandbox::{ChatMessage, Person};

/// The gateway's answer to a cancellation that the money overtook. Nobody can know that before.
pub const TOO_LATE: &str = "pakasir cancel: 400 transaction is already completed";

/// What became of a paid order: its goods came once, or its money is in the balance, and never both.
async fn ends_well(shop: &TestShop, budi: &Someone, paid_in: i64) {
    shop.passes_until(TimeDelta::minutes(2), "an end", || {
        shop.db_units("sold") == 1 && shop.db_balances() == paid_in - 35_000
            || shop.db_units("sold") == 0 && shop.db_balances() == paid_in
    })
    .await;
    shop.settles().await;
    assert_eq!(budi.counts("n1"), usize::from(shop.db_units("sold") == 1));
}

scenarios! {
    async fn the_last_units_go_to_as_many_customers_as_there_are_units(shop) {
        shop.sells("Netflix", 35_000, &["n1", "n2", "n3"]).await;
        let people: Vec<Someone> = (5001..=5020)
            .map(|id| {
                shop.sandbox.add_person(Person::new(id, &format!("Orang {id}"), None, ""));
                Someone::new(&shop.sandbox, id)
            })
            .collect();
        let mut cards = Vec::new();
        for person in &people {
            person.says("1").await;
            cards.push(person.sees("Keterangan Netflix").await);
        }
        let tap = |(person, card): (&Someone, &ChatMessage)| person.taps(card.message_id, &button(card, "Beli").unwrap());
        let taps: Vec<String> = people.iter().zip(&cards).map(tap).collect();
        for (person, tap) in people.iter().zip(&taps) {
            person.is_answered(tap).await;
        }
        let held = || people.iter().filter(|person| person.counts("🧾 Checkout") == 1).count();
        shop.until("three checkouts", || held() == 3).await;
        shop.settles().await;
        assert_eq!((held(), shop.db_units("reserved"), shop.db_orders().len()), (3, 3, 3));
    }

    async fn payment_and_expiry_at_the_same_moment_end_well(shop) {
        let number = shop.sells("Netflix", 35_000, &["n1"]).await;
        let budi = shop.budi();
        shop.forgiven.push(TOO_LATE);
        budi.asks_for_qr(number, &[]).await;
        shop.is_paid();
        shop.passes(TimeDelta::minutes(10)).await;
        ends_well(shop, &budi, 35_000).await;
        assert_eq!(shop.db_orders(), ["delivered"]);
    }

    async fn payment_and_cancellation_at_the_same_moment_end_well(shop) {
        let number = shop.sells("Netflix", 35_000, &["n1"]).await;
        let budi = shop.budi();
        shop.forgiven.push(TOO_LATE);
        let qr = budi.asks_for_qr(number, &[]).await;
        shop.is_paid();
        let tap = budi.taps(qr.message_id, &button(&qr, "Batalkan").unwrap());
        budi.is_answered(&tap).await;
        ends_well(shop, &budi, 35_000).await;
    }

    async fn paying_both_ways_at_the_same_moment_ends_well(shop) {
        let number = shop.sells("Netflix", 35_000, &["n1"]).await;
        let (budi, admin) = (shop.budi(), shop.admin().await);
        budi.says("/help").await;
        shop.gives(&admin, &budi, 35_000).await;
        budi.asks_for_qr(number, &[]).await;
        budi.opens_order(&shop.db_code()).await;
        budi.presses("SALDO").await;
        let confirm = budi.sees("Bayar pakai saldo?").await;
        shop.forgiven.push(TOO_LATE);
        shop.is_paid();
        let tap = budi.taps(confirm.message_id, &button(&confirm, "Ya, bayar").unwrap());
        budi.is_answered(&tap).await;
        ends_well(shop, &budi, 70_000).await;
        assert_eq!(shop.db_balances(), 35_000);
    }

    async fn whoever_presses_too_much_is_slowed_down_but_always_answered(shop) {
        shop.stops().await;
        shop.config.limits.commands_per_minute = 5;
        shop.starts().await;
        let budi = shop.budi();
        for _ in 0..5 {
            budi.says("/help").await;
            budi.sees("Bantuan").await;
        }
        budi.says("/help").await;
        budi.sees("Pelan-pelan ya").await;
        shop.passes(TimeDelta::seconds(61)).await;
        budi.says("/help").await;
        budi.sees("Bantuan").await;
    }
}
