//! What happens when nobody pays in time, and when somebody pays all the same.

use chrono::TimeDelta;
use quickcart::sandbox::InvoiceStatus;

scenarios! {
    async fn an_unpaid_order_expires_and_its_units_go_back_on_sale(shop) {
        let number = shop.sells("Netflix", 35_000, &["n1", "n2"]).await;
        let (budi, admin) = (shop.budi(), shop.admin().await);
        let qr = budi.asks_for_qr(number, &["+2"]).await;
        assert_eq!(shop.db_units("reserved"), 2);
        shop.passes(TimeDelta::seconds(595)).await;
        shop.settles().await;
        assert_eq!(shop.db_orders(), ["pending"]);
        shop.passes(TimeDelta::seconds(6)).await;
        let code = shop.db_code();
        let void = budi.sees(&format!("Invoice {code} sudah tidak berlaku")).await;
        assert!(void.text.contains("uangnya otomatis masuk ke saldomu"), "{}", void.text);
        assert_eq!(crate::chat::labels(&void), ["⬅️ Kembali"]);
        budi.misses(&qr).await;
        admin.sees(&format!("{code} kedaluwarsa · Rp70.000 · Budi (@budi, 1001)")).await;
        shop.until("the gateway drops it", || shop.gateway_knows(InvoiceStatus::Cancelled) == 1).await;
        assert_eq!((shop.db_orders(), shop.db_units("free")), (vec!["expired".to_owned()], 2));
        budi.says("1").await;
        budi.sees("Stok: 2").await;
    }

    async fn an_order_without_an_invoice_expires_too(shop) {
        let number = shop.sells("Netflix", 35_000, &["n1"]).await;
        let emma = shop.emma();
        emma.orders(number, &[]).await;
        shop.passes(TimeDelta::minutes(10)).await;
        emma.sees("expired unpaid, so its goods are back on sale").await;
        assert_eq!(shop.db_units("free"), 1);
    }

    async fn a_qr_message_that_cannot_be_deleted_is_written_over(shop) {
        let number = shop.sells("Netflix", 35_000, &["n1"]).await;
        let budi = shop.budi();
        let qr = budi.asks_for_qr(number, &[]).await;
        let words = "Bad Request: message can't be deleted for everyone";
        let refuse = quickcart::sandbox::FaultKind::Refuse { status: 400, description: words.into() };
        shop.sandbox.set_faults(|faults| {
            faults.telegram.push(quickcart::sandbox::CallFault::next(1, Some("deleteMessage"), refuse));
        });
        budi.looks_away();
        shop.passes(TimeDelta::minutes(10)).await;
        budi.sees("sudah tidak berlaku").await;
        shop.settles().await;
        let old = budi.all().into_iter().find(|message| message.message_id == qr.message_id).unwrap();
        assert!(!old.text.contains("Total bayar") && crate::chat::button(&old, "Cek status").is_none(), "{}", old.text);
    }

    async fn three_expired_orders_make_the_next_one_wait(shop) {
        let number = shop.sells("Netflix", 35_000, &["n1"]).await;
        let budi = shop.budi();
        for _ in 0..3 {
            budi.orders(number, &[]).await;
            shop.passes(TimeDelta::minutes(10)).await;
            budi.sees("kedaluwarsa karena belum dibayar").await;
        }
        budi.says("1").await;
        let card = budi.sees("Keterangan Netflix").await;
        let told = budi.presses_under(&card, "Beli sekarang").await;
        told.says("Kamu bisa memesan kembali dalam 15 menit");
        assert!(told.0.alert);
        assert_eq!(shop.db_units("free"), 1);
        shop.passes(TimeDelta::minutes(16)).await;
        budi.presses_under(&card, "Beli sekarang").await;
        budi.sees("🧾 Checkout").await;
    }

    async fn money_after_expiry_still_brings_the_goods_while_there_are_any(shop) {
        let number = shop.sells("Netflix", 35_000, &["n1"]).await;
        let (budi, admin) = (shop.budi(), shop.admin().await);
        budi.asks_for_qr(number, &[]).await;
        shop.passes(TimeDelta::minutes(10)).await;
        budi.sees("sudah tidak berlaku").await;
        shop.qr_is_dropped().await;
        shop.is_paid();
        shop.passes_until(TimeDelta::minutes(5), "late goods", || budi.counts("Datangnya memang") == 1).await;
        let goods = budi.sees("Datangnya memang setelah pesanannya ditutup").await;
        assert!(goods.text.contains("n1"), "{}", goods.text);
        admin.sees("dibayar (telat) · Rp35.000 (QRIS)").await;
        shop.settles().await;
        assert_eq!((shop.db_orders(), shop.db_balances()), (vec!["delivered".to_owned()], 0));
        budi.says("1").await;
        budi.sees("Stok sedang habis").await;
    }

    async fn money_after_expiry_goes_to_the_balance_when_the_goods_are_gone(shop) {
        let number = shop.sells("Netflix", 35_000, &["n1"]).await;
        let (budi, sari, admin) = (shop.budi(), shop.sari(), shop.admin().await);
        budi.asks_for_qr(number, &[]).await;
        let invoice = shop.invoice();
        shop.passes(TimeDelta::minutes(10)).await;
        budi.sees("sudah tidak berlaku").await;
        shop.qr_is_dropped().await;
        sari.gets(number, &[]).await;
        shop.sandbox.pay(&invoice.order_id, quickcart::sandbox::PayOptions::default()).unwrap();
        shop.passes_until(TimeDelta::minutes(5), "credited", || shop.db_balances() == 35_000).await;
        budi.sees("Rp35.000 masuk ke saldomu").await;
        admin.sees("dibayar telat, masuk saldo · Rp35.000 · Budi").await;
        shop.settles().await;
        assert_eq!(shop.db_orders(), ["expired", "delivered"]);
    }

    async fn money_after_a_cancellation_still_brings_the_goods(shop) {
        let number = shop.sells("Netflix", 35_000, &["n1"]).await;
        let budi = shop.budi();
        budi.asks_for_qr(number, &[]).await;
        budi.presses("Batalkan").await;
        budi.sees("dibatalkan.").await;
        shop.qr_is_dropped().await;
        shop.is_paid();
        let goods = budi.sees("barangnya masih ada").await;
        assert!(goods.text.contains("n1"), "{}", goods.text);
        shop.settles().await;
        assert_eq!(shop.db_orders(), ["delivered"]);
    }

    async fn an_order_paid_twice_is_credited_once_and_the_owner_is_alerted(shop) {
        let number = shop.sells("Netflix", 35_000, &["n1", "n2"]).await;
        let (budi, admin, owner) = (shop.budi(), shop.admin().await, shop.owner().await);
        budi.says("/help").await;
        shop.gives(&admin, &budi, 35_000).await;
        budi.asks_for_qr(number, &[]).await;
        budi.opens_order(&shop.db_code()).await;
        budi.presses("SALDO").await;
        budi.presses("Ya, bayar").await;
        budi.sees("Ini barangmu").await;
        shop.qr_is_dropped().await;
        shop.is_paid();
        let told = budi.sees("Rp35.000 masuk ke saldomu").await;
        assert!(told.text.contains("sudah dibayar sebelumnya"), "{}", told.text);
        admin.sees("dibayar dua kali, yang kedua masuk saldo").await;
        owner.sees("paid-twice").await;
        shop.settles().await;
        assert_eq!((shop.db_balances(), shop.db_units("sold")), (35_000, 1));
    }

    async fn the_gateway_may_set_a_shorter_time(shop) {
        let number = shop.sells("Netflix", 35_000, &["n1"]).await;
        let budi = shop.budi();
        shop.clock.advance(TimeDelta::days(30) - TimeDelta::minutes(3));
        let qr = budi.asks_for_qr(number, &[]).await;
        assert!(qr.text.contains("(3 menit sejak dibuat)") || qr.text.contains("(2 menit sejak dibuat)"), "{}", qr.text);
        shop.passes(TimeDelta::minutes(4)).await;
        budi.sees("sudah tidak berlaku").await;
        assert_eq!(shop.db_units("free"), 1);
    }
}
