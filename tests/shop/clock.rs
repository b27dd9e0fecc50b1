//! The shop's clock jumps by a day, ahead, back, and both: each order has one outcome, and nothing waits until the
//! clock is there again.

use crate::chat::Someone;
use crate::races::TOO_LATE;
use crate::world::TestShop;
use chrono::TimeDelta;
use quickcart::app::App;
use quickcart::fault::Code;
use quickcart::sandbox::{Invoice, PayOptions, Person};
use std::time::Duration;

const DAY: TimeDelta = TimeDelta::days(1);

impl TestShop {
    /// What became of each order, oldest first: its state, units sold in it, and late payments that were credited.
    fn db_outcomes(&self) -> Vec<String> {
        self.db_lines(
            "SELECT o.state || ', ' || CAST((SELECT COUNT(*) FROM stock_units u WHERE u.order_id = o.id \
             AND u.state = 'sold') AS TEXT) || ' sold, ' || CAST((SELECT COUNT(*) FROM invoices i JOIN transfers t \
             ON t.reference = i.reference AND t.source = 'late' WHERE i.order_id = o.id) AS TEXT) || ' credited' \
             AS value FROM orders o ORDER BY o.created_at, o.id",
        )
    }

    /// Moves the lease as a jump of the database's own clock would show it.
    fn db_lease_jumps(&self, by: TimeDelta) {
        let micros = by.num_microseconds().unwrap();
        self.databases.main.run(format!(
            "UPDATE shop_leases SET renewed_at_micros = renewed_at_micros + {micros}, \
             expires_at_micros = expires_at_micros + {micros}"
        ));
    }

    /// Somebody who was never there.
    fn newcomer(&self, id: i64) -> Someone {
        self.sandbox.add_person(Person::new(id, &format!("Orang {id}"), None, ""));
        Someone::new(&self.sandbox, id)
    }

    fn invoice_of(&self, person: &Someone) -> Option<Invoice> {
        let own = format!("tg{}-", person.id);
        self.sandbox.invoices().into_iter().find(|invoice| invoice.order_id.starts_with(&own))
    }
}

/// Between which steps of a purchase the clock jumps, and jumps back one step later.
#[derive(Debug, Clone, Copy)]
enum Before {
    Ordering,
    Qr,
    Paying,
    Delivery,
}

/// One purchase. A customer whose order has ended sees no QR and does not pay.
async fn buys_while_it_jumps(shop: &TestShop, person: &Someone, number: i64, before: Before, by: TimeDelta) {
    let place = before as usize;
    let jumps = async |step: usize| {
        let by = if step == place { by } else { -by };
        if step == place || step == place + 1 {
            shop.passes(by).await;
            shop.settles().await;
        }
    };
    jumps(0).await;
    person.orders(number, &[]).await;
    jumps(1).await;
    let waiting = || shop.db_number("SELECT COUNT(*) AS value FROM orders WHERE state = 'pending'");
    if (place == 0 && by == -DAY) || (place == 1 && by == DAY) {
        shop.until("the order's time is over", || waiting() == 0).await;
    } else {
        assert_eq!(waiting(), 1, "{before:?} {by}");
        person.presses("QRIS").await;
        person.sees("📱 Scan").await;
    }
    jumps(2).await;
    if let Some(invoice) = shop.invoice_of(person) {
        shop.sandbox.pay(&invoice.order_id, PayOptions::default()).unwrap();
    }
    jumps(3).await;
    jumps(4).await;
    let waits = "SELECT (SELECT COUNT(*) FROM orders WHERE state IN ('pending', 'paid')) \
                 + (SELECT COUNT(*) FROM invoices WHERE state <> 'settled') AS value";
    shop.passes_until(TimeDelta::minutes(1), "an end", || shop.db_number(waits) == 0).await;
    shop.settles().await;
}

scenarios! {
    async fn a_day_ahead_ends_what_waits_and_late_money_is_found_without_a_callback(shop) {
        let number = shop.sells("Netflix", 35_000, &["n1", "n2"]).await;
        let (budi, sari) = (shop.budi(), shop.sari());
        budi.asks_for_qr(number, &[]).await;
        sari.orders(number, &[]).await;
        shop.passes(DAY).await;
        budi.sees("sudah tidak berlaku").await;
        sari.sees("kedaluwarsa karena belum dibayar").await;
        assert_eq!(shop.db_units("free"), 2);
        shop.settles().await;
        shop.is_paid_unheard();
        shop.passes_until(TimeDelta::minutes(5), "late goods", || budi.counts("Datangnya memang") == 1).await;
        shop.settles().await;
        shop.passes(-DAY).await;
        shop.settles().await;
        assert_eq!(shop.db_outcomes(), ["delivered, 1 sold, 0 credited", "expired, 0 sold, 0 credited"]);
    }

    async fn a_day_ahead_credits_what_is_paid_for_units_that_are_gone(shop) {
        let number = shop.sells("Netflix", 35_000, &["n1"]).await;
        let (budi, sari) = (shop.budi(), shop.sari());
        budi.asks_for_qr(number, &[]).await;
        let invoice = shop.invoice();
        shop.passes(DAY).await;
        budi.sees("sudah tidak berlaku").await;
        shop.passes(-DAY).await;
        sari.gets(number, &[]).await;
        shop.passes(DAY).await;
        shop.sandbox.pay(&invoice.order_id, PayOptions::default()).unwrap();
        shop.passes_until(TimeDelta::minutes(1), "credited", || shop.db_balances() == 35_000).await;
        shop.settles().await;
        assert_eq!(shop.db_outcomes(), ["expired, 0 sold, 1 credited", "delivered, 1 sold, 0 credited"]);
    }

    async fn a_day_back_keeps_neither_units_nor_money_waiting(shop) {
        let number = shop.sells("Netflix", 35_000, &["n1", "n2"]).await;
        let (budi, sari, emma) = (shop.budi(), shop.sari(), shop.emma());
        sari.orders(number, &[]).await;
        emma.says("/help").await;
        emma.says("AKUN").await;
        emma.presses("Deposit").await;
        emma.presses("Rp100.000").await;
        emma.sees("Rp101.010").await;
        budi.asks_for_qr(number, &[]).await;
        shop.passes(-DAY).await;
        shop.is_paid_unheard();
        shop.passes_until(TimeDelta::seconds(21), "goods", || budi.counts("berhasil!") == 1).await;
        // The others have their whole time from the jump on, and no more.
        shop.passes(TimeDelta::minutes(11)).await;
        sari.sees("kedaluwarsa karena belum dibayar").await;
        emma.sees("is void").await;
        shop.settles().await;
        let outcomes = shop.db_outcomes();
        assert!(outcomes.contains(&"delivered, 1 sold, 0 credited".to_owned()), "{outcomes:?}");
        assert_eq!((outcomes.len(), shop.db_units("free")), (2, 1));
    }

    async fn a_clock_that_jumps_at_any_step_and_back_leaves_each_order_one_outcome(shop) {
        let units: Vec<String> = (1..=8).map(|unit| format!("n{unit}")).collect();
        let number = shop.sells("Netflix", 35_000, &units.iter().map(String::as_str).collect::<Vec<_>>()).await;
        shop.forgiven.push(TOO_LATE);
        let steps = [Before::Ordering, Before::Qr, Before::Paying, Before::Delivery];
        let jumps = steps.into_iter().flat_map(|before| [(before, DAY), (before, -DAY)]);
        for (place, (before, by)) in jumps.enumerate() {
            let person = shop.newcomer(6_001 + place as i64);
            buys_while_it_jumps(shop, &person, number, before, by).await;
            let paid = shop.invoice_of(&person).is_some();
            let sql = format!("SELECT state AS value FROM orders WHERE chat_id = {}", person.id);
            let expected = if paid { "delivered" } else { "expired" };
            assert_eq!(shop.db_lines(&sql), [expected], "{before:?} {by}");
            assert_eq!(person.counts("🎉"), usize::from(paid), "{before:?} {by}");
        }
        let outcomes = shop.db_outcomes();
        let right = ["delivered, 1 sold, 0 credited", "expired, 0 sold, 0 credited"];
        assert!(outcomes.iter().all(|outcome| right.contains(&outcome.as_str())), "{outcomes:?}");
    }

    async fn orders_that_expired_in_the_future_make_nobody_wait(shop) {
        let number = shop.sells("Netflix", 35_000, &["n1"]).await;
        let budi = shop.budi();
        for _ in 0..3 {
            budi.orders(number, &[]).await;
            shop.passes(TimeDelta::minutes(10)).await;
            budi.sees("kedaluwarsa karena belum dibayar").await;
        }
        shop.passes(-DAY).await;
        budi.orders(number, &[]).await;
    }

    async fn a_conversation_goes_on_after_a_day_back(shop) {
        let budi = shop.budi();
        budi.says("AKUN").await;
        budi.presses("✏️ Nama").await;
        budi.sees("Siapa namamu?").await;
        shop.stops().await;
        shop.clock.advance(-DAY);
        shop.starts().await;
        budi.says("Budi Kemarin").await;
        budi.sees("Nama: Budi Kemarin").await;
    }

    async fn a_gateway_whose_clock_is_behind_shortens_nobodys_time(shop) {
        let number = shop.sells("Netflix", 35_000, &["n1"]).await;
        let budi = shop.budi();
        // Behind by more than the month that it gives an invoice.
        shop.clock.advance(TimeDelta::days(31));
        let qr = budi.asks_for_qr(number, &[]).await;
        assert!(qr.text.contains("(10 menit sejak dibuat)"), "{}", qr.text);
        shop.passes(TimeDelta::minutes(9)).await;
        shop.settles().await;
        assert_eq!(shop.db_orders(), ["pending"]);
        shop.is_paid();
        budi.sees("berhasil!").await;
    }

    async fn a_lease_is_neither_lost_nor_taken_over_when_its_clock_jumps(shop) {
        for by in [DAY, -DAY] {
            shop.db_lease_jumps(by);
            let second = App::start(&shop.config, shop.clock.clone()).await;
            assert_eq!(second.err().expect("a second shop does not start").code, Code::LeaseHeld, "{by}");
        }
        let budi = shop.budi();
        budi.says("/help").await;
        budi.sees("Bantuan").await;
    }

    async fn a_dead_holder_of_a_lease_that_ends_tomorrow_is_not_waited_for_until_then(shop) {
        shop.stops().await;
        // As if it had been killed: not released.
        shop.databases.main.run(
            "UPDATE shop_leases SET expires_at_micros = renewed_at_micros + 1000000",
        );
        shop.db_lease_jumps(DAY);
        let begun = tokio::time::Instant::now();
        shop.starts().await;
        assert!(begun.elapsed() < Duration::from_secs(8), "it took {:?}", begun.elapsed());
    }
}
