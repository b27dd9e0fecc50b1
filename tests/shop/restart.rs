//! The process stops, and another one goes on.

use chrono::TimeDelta;
use quickcart::app::App;
use quickcart::fault::Code;
use std::time::Duration;

scenarios! {
    async fn cart_and_conversation_survive_a_restart(shop) {
        shop.sells("Netflix", 35_000, &["n1", "n2"]).await;
        let budi = shop.budi();
        budi.says("1").await;
        budi.presses("Masukkan keranjang").await;
        budi.says("AKUN").await;
        budi.presses("✏️ Nama").await;
        budi.sees("Siapa namamu?").await;
        shop.restarts().await;
        budi.says("Budi Sesudah").await;
        budi.sees("Nama: Budi Sesudah").await;
        budi.says("/cart").await;
        budi.sees("× 1 = Rp35.000").await;
    }

    async fn a_customer_who_fell_asleep_wakes_with_cart_and_conversation(shop) {
        shop.sells("Netflix", 35_000, &["n1", "n2"]).await;
        shop.stops().await;
        shop.config.actors.session.idle = Duration::from_millis(300);
        shop.starts().await;
        let budi = shop.budi();
        budi.says("1").await;
        budi.presses("Masukkan keranjang").await;
        budi.says("AKUN").await;
        budi.presses("✏️ Nama").await;
        budi.sees("Siapa namamu?").await;
        shop.until("everybody is asleep", || shop.app().metrics.sessions.get() == 0).await;
        budi.says("Budi Bangun").await;
        budi.sees("Nama: Budi Bangun").await;
        budi.says("/cart").await;
        budi.sees("× 1 = Rp35.000").await;
    }

    async fn a_search_survives_a_restart(shop) {
        for number in 1..=12 {
            shop.sells(&format!("Netflix {number}"), 1_000, &[&format!("n{number}")]).await;
        }
        let budi = shop.budi();
        budi.says("netflix").await;
        let found = budi.sees("Hasil untuk").await;
        shop.restarts().await;
        budi.presses_under(&found, "➡️").await;
        budi.sees("Netflix 12").await;
    }

    async fn an_open_invoice_is_paid_after_a_restart(shop) {
        let number = shop.sells("Netflix", 35_000, &["n1"]).await;
        let budi = shop.budi();
        budi.asks_for_qr(number, &[]).await;
        shop.restarts().await;
        shop.is_paid();
        budi.sees("n1").await;
    }

    async fn money_that_came_while_the_shop_was_closed_is_found(shop) {
        let number = shop.sells("Netflix", 35_000, &["n1"]).await;
        let budi = shop.budi();
        budi.asks_for_qr(number, &[]).await;
        shop.stops().await;
        shop.is_paid();
        shop.starts().await;
        shop.passes_until(TimeDelta::seconds(21), "goods", || budi.counts("berhasil!") == 1).await;
    }

    async fn an_order_expires_while_the_shop_is_closed(shop) {
        let number = shop.sells("Netflix", 35_000, &["n1"]).await;
        let budi = shop.budi();
        let qr = budi.asks_for_qr(number, &[]).await;
        budi.looks_away();
        shop.stops().await;
        shop.clock.advance(TimeDelta::minutes(11));
        shop.starts().await;
        budi.sees("sudah tidak berlaku").await;
        budi.misses(&qr).await;
        assert_eq!(shop.db_units("free"), 1);
        budi.says("1").await;
        budi.sees("Stok: 1").await;
    }

    async fn units_that_expire_while_a_large_stock_is_read_are_on_sale(shop) {
        let number = shop.sells("Netflix", 35_000, &["n1"]).await;
        let others: Vec<String> = (1..=6_000).map(|unit| format!("o{unit}")).collect();
        shop.sells("Spotify", 20_000, &others.iter().map(String::as_str).collect::<Vec<_>>()).await;
        let budi = shop.budi();
        budi.orders(number, &[]).await;
        shop.stops().await;
        shop.clock.advance(TimeDelta::minutes(11));
        shop.starts().await;
        budi.sees("kedaluwarsa karena belum dibayar").await;
        shop.until("the unit is on sale", || shop.shows_free(number) == 1).await;
        budi.says("1").await;
        budi.sees("Stok: 1").await;
    }

    async fn what_was_said_while_the_shop_was_closed_is_answered(shop) {
        shop.sells("Netflix", 35_000, &["n1"]).await;
        let budi = shop.budi();
        shop.stops().await;
        budi.types("1");
        shop.starts().await;
        budi.sees("Keterangan Netflix").await;
    }

    async fn stock_and_figures_are_the_same_after_a_restart(shop) {
        let number = shop.sells("Netflix", 35_000, &["n1", "n2", "n3"]).await;
        let (budi, sari) = (shop.budi(), shop.sari());
        budi.gets(number, &[]).await;
        sari.orders(number, &[]).await;
        shop.restarts().await;
        budi.says("1").await;
        let card = budi.sees("Stok: 1 · Terjual: 1").await;
        assert!(!crate::chat::labels(&card).contains(&"➕"));
        let goods = budi.gets(number, &[]).await;
        assert!(goods.text.contains("n3"), "{}", goods.text);
    }

    async fn a_conversation_lapses_after_a_day(shop) {
        let budi = shop.budi();
        budi.says("AKUN").await;
        budi.presses("✏️ Nama").await;
        budi.sees("Siapa namamu?").await;
        shop.stops().await;
        shop.clock.advance(TimeDelta::hours(25));
        shop.starts().await;
        budi.says("Bukan nama").await;
        budi.sees("Tidak ada yang cocok dengan “Bukan nama”").await;
    }

    async fn a_second_process_on_the_same_shop_is_refused(shop) {
        let second = App::start(&shop.config, shop.clock.clone()).await;
        let fault = second.err().expect("a second shop does not start");
        assert_eq!(fault.code, Code::LeaseHeld);
        assert!(fault.detail.contains(&format!("process {}", std::process::id())), "{fault}");
        let budi = shop.budi();
        budi.says("/help").await;
        budi.sees("Bantuan").await;
    }
}
