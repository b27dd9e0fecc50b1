//! The outside fails; the goods arrive all the same.

use crate::chat::Someone;
use crate::world::TestShop;
use chrono::TimeDelta;
use quickcart::sandbox::{CallFault, FaultKind, InvoiceStatus};
use std::time::Duration;

/// A purchase whose document meets this on its first `times` ways.
async fn bought_through(shop: &mut TestShop, times: u32, kind: FaultKind) {
    let units: Vec<String> = (1..=11).map(|unit| format!("n{unit}")).collect();
    let number = shop.sells("Netflix", 1_000, &units.iter().map(String::as_str).collect::<Vec<_>>()).await;
    let budi = shop.budi();
    budi.asks_for_qr(number, &["+10"]).await;
    shop.sandbox
        .set_faults(|faults| faults.telegram.push(CallFault::next(times, Some("sendDocument"), kind)));
    shop.is_paid();
    let arrived = || budi.counts("Barangmu ada di dokumen ini") > 0;
    shop.passes_until(TimeDelta::seconds(2), "goods", || {
        arrived() && shop.sandbox.faults().telegram.is_empty()
    })
    .await;
    assert_eq!(budi.gets_document("Barangmu ada di dokumen ini").await.1, units.join("\n") + "\n");
    shop.settles().await;
    assert_eq!(shop.db_orders(), ["delivered"]);
}

/// The bot is blocked before the goods arrive; staff hear of it.
async fn undeliverable(shop: &TestShop, budi: &Someone, admin: &Someone) {
    let number = shop.sells("Netflix", 35_000, &["n1", "n2"]).await;
    budi.asks_for_qr(number, &[]).await;
    shop.sandbox.block_bot(budi.id).unwrap();
    shop.is_paid();
    admin
        .sees(&format!("{} tidak bisa dikirim (bot diblokir atau akun dihapus) · Budi", shop.db_code()))
        .await;
    shop.settles().await;
}

scenarios! {
    async fn goods_survive_a_flood_wait(shop) {
        bought_through(shop, 2, FaultKind::FloodWait { seconds: 1 }).await;
    }

    async fn goods_survive_server_errors(shop) {
        bought_through(shop, 3, FaultKind::ServerError).await;
    }

    async fn goods_survive_a_bad_gateway(shop) {
        bought_through(shop, 3, FaultKind::BadGateway).await;
    }

    async fn goods_survive_a_lost_answer(shop) {
        bought_through(shop, 1, FaultKind::LostAnswer).await;
    }

    async fn goods_survive_a_lost_answer_behind_a_proxy(shop) {
        bought_through(shop, 1, FaultKind::LostAnswerBadGateway).await;
    }

    /// Its commit did not wait for the disk: a server that loses power knows nothing of it.
    async fn a_reservation_that_the_database_forgot_is_on_sale_again(shop) {
        let number = shop.sells("Netflix", 35_000, &["n1"]).await;
        let (budi, sari) = (shop.budi(), shop.sari());
        shop.provoked.insert("database-down");
        // A database that forgets would have forgotten the audit's entry too, which is carried over only from the disk.
        shop.forgiven.push("(order.reserved)");
        // Twice: the first time the actor may happen to read its units because it has just started.
        for _ in 0..2 {
            budi.orders(number, &[]).await;
            shop.settles().await;
            for forgotten in [
                "UPDATE stock_units SET state = 'free', order_id = NULL",
                "DELETE FROM order_lines",
                "DELETE FROM orders",
            ] {
                shop.databases.main.run(forgotten);
            }
            shop.until("the unit is on sale", || shop.shows_free(number) == 1).await;
        }
        budi.presses("📱 QRIS").await;
        sari.gets(number, &[]).await;
        shop.settles().await;
        assert_eq!(shop.db_orders(), ["delivered"]);
    }

    async fn an_outcome_that_the_database_refuses_holds_up_no_other_goods(shop) {
        shop.provoked.insert("database-refused");
        let number = shop.sells("Netflix", 35_000, &["n1", "n2"]).await;
        let (budi, sari) = (shop.budi(), shop.sari());
        shop.db_refuses("UPDATE", "outbox", "{new}state = 'sent' AND {new}chat_id = 1001");
        budi.asks_for_qr(number, &[]).await;
        sari.gets(number, &[]).await;
        shop.db_refuses_no_more("outbox");
        shop.settles().await;
    }

    async fn a_gateway_that_is_down_lets_the_order_go_and_alerts_the_owner(shop) {
        shop.provoked.insert("gateway-down");
        let number = shop.sells("Netflix", 35_000, &["n1"]).await;
        let (budi, owner) = (shop.budi(), shop.owner().await);
        budi.orders(number, &[]).await;
        shop.sandbox.set_faults(|faults| faults.pakasir_down = true);
        budi.presses("QRIS").await;
        let apology = budi.sees("belum bisa dibuat").await;
        assert!(apology.text.contains("pesananmu sudah dilepas") && apology.text.contains("saldo"), "{}", apology.text);
        assert_eq!((shop.db_units("free"), shop.db_orders()), (1, vec!["cancelled".to_owned()]));
        owner.sees("Toko Uji: ada gangguan").await;
        owner.sees("gateway-down").await;
        shop.sandbox.set_faults(|faults| faults.pakasir_down = false);
        budi.presses_under(&apology, "Coba lagi").await;
        budi.presses("QRIS").await;
        budi.sees("Total bayar").await;
        owner.sees("gangguan selesai").await;
        shop.settles().await;
        assert_eq!((owner.counts("ada gangguan"), owner.counts("gangguan selesai")), (1, 1));
    }

    async fn a_gateway_answer_that_is_lost_makes_no_second_invoice(shop) {
        let number = shop.sells("Netflix", 35_000, &["n1"]).await;
        let budi = shop.budi();
        budi.orders(number, &[]).await;
        shop.sandbox.set_faults(|faults| {
            faults.pakasir.push(CallFault::next(1, Some("create"), FaultKind::LostAnswer));
        });
        budi.presses("QRIS").await;
        budi.sees("Total bayar: Rp35.555").await;
        shop.settles().await;
        assert_eq!((shop.sandbox.invoices().len(), budi.counts("Total bayar")), (1, 1));
        shop.is_paid();
        budi.sees("n1").await;
    }

    async fn a_gateway_that_refuses_the_invoice_lets_the_order_go_at_once(shop) {
        shop.provoked.insert("gateway-refused");
        let number = shop.sells("Netflix", 35_000, &["n1"]).await;
        let budi = shop.budi();
        budi.orders(number, &[]).await;
        let refuse = FaultKind::Refuse { status: 400, description: "Project is suspended".into() };
        shop.sandbox.set_faults(|faults| faults.pakasir.push(CallFault::next(1, Some("create"), refuse)));
        budi.presses("QRIS").await;
        budi.sees("belum bisa dibuat").await;
        assert_eq!((shop.db_units("free"), budi.counts("suspended")), (1, 0));
    }

    async fn a_gateway_that_does_not_answer_about_a_payment_is_asked_again(shop) {
        shop.provoked.insert("gateway-down");
        let number = shop.sells("Netflix", 35_000, &["n1"]).await;
        let budi = shop.budi();
        budi.asks_for_qr(number, &[]).await;
        shop.sandbox.set_faults(|faults| {
            faults.pakasir.push(CallFault::next(1, Some("detail"), FaultKind::BadGateway));
        });
        shop.is_paid();
        shop.until("the callback is answered", || shop.callback_answers() == [Some(200)]).await;
        shop.passes_until(TimeDelta::seconds(6), "goods", || budi.counts("berhasil!") == 1).await;
    }

    async fn an_outage_does_not_use_up_the_time_in_which_late_money_is_looked_for(shop) {
        shop.provoked.insert("gateway-down");
        shop.config.payment.late_window = Duration::from_secs(120); // time for one question
        shop.restarts().await;
        let number = shop.sells("Netflix", 35_000, &["n1"]).await;
        let budi = shop.budi();
        budi.asks_for_qr(number, &[]).await;
        shop.passes(TimeDelta::minutes(11)).await;
        shop.qr_is_dropped().await;
        shop.sandbox.set_faults(|faults| {
            faults.pakasir.push(CallFault::next(2, Some("detail"), FaultKind::BadGateway));
        });
        shop.is_paid_unheard();
        shop.passes_until(TimeDelta::seconds(61), "late goods", || budi.counts("sudah kami terima") == 1).await;
        assert!(shop.sandbox.faults().pakasir.is_empty(), "the gateway was away for two questions");
    }

    async fn a_deposit_that_the_gateway_refuses_is_told_and_audited(shop) {
        shop.provoked.insert("gateway-refused");
        let budi = shop.budi();
        let refuse = FaultKind::Refuse { status: 400, description: "Project is suspended".into() };
        shop.sandbox.set_faults(|faults| faults.pakasir.push(CallFault::next(1, Some("create"), refuse)));
        budi.says("AKUN").await;
        budi.presses("Isi saldo").await;
        budi.presses("Rp50.000").await;
        budi.sees("belum bisa dibuat").await;
        shop.settles().await;
        assert_eq!((shop.db_audited("deposit.refused"), budi.counts("suspended")), (1, 0));
    }

    /// Not by us: `verify` names it, and what is there of an order must not pass for all of it.
    async fn goods_of_which_a_unit_is_missing_wait_until_it_is_back(shop) {
        shop.provoked.insert("goods-unreadable");
        let number = shop.sells("Netflix", 35_000, &["n1", "n2"]).await;
        let (budi, owner) = (shop.budi(), shop.owner().await);
        budi.asks_for_qr(number, &["➕"]).await;
        shop.sandbox.set_faults(|faults| {
            faults.telegram.push(CallFault::next(1_000, Some("sendMessage"), FaultKind::ServerError));
        });
        shop.is_paid();
        shop.until("it is paid", || shop.db_orders() == ["paid"]).await;
        let order = shop.db_number("SELECT id AS value FROM orders");
        let unit = shop.db_number("SELECT MAX(id) AS value FROM stock_units");
        let is = |state: &str| format!("UPDATE stock_units SET {state} WHERE id = {unit}");
        shop.databases.main.run(is("state = 'burned', order_id = NULL"));
        shop.sandbox.set_faults(|faults| faults.telegram.clear());
        shop.passes_until(TimeDelta::minutes(2), "an alarm", || owner.counts("goods-unreadable") == 1).await;
        assert_eq!((budi.counts("n1"), shop.db_orders()), (0, vec!["paid".to_owned()]));
        shop.databases.main.run(is(&format!("state = 'sold', order_id = {order}")));
        shop.passes_until(TimeDelta::minutes(2), "the goods", || budi.counts("n1\nn2") == 1).await;
    }

    async fn a_cancelled_order_is_dropped_at_a_gateway_that_was_away(shop) {
        let number = shop.sells("Netflix", 35_000, &["n1"]).await;
        let budi = shop.budi();
        budi.asks_for_qr(number, &[]).await;
        shop.sandbox.set_faults(|faults| {
            faults.pakasir.push(CallFault::next(1, Some("cancel"), FaultKind::ServerError));
        });
        budi.presses("Batalkan").await.says("dibatalkan");
        budi.sees("Jangan pakai QR yang lama").await;
        assert_eq!((shop.db_units("free"), shop.gateway_knows(InvoiceStatus::Completed)), (1, 0));
    }

    async fn goods_of_somebody_who_blocked_the_bot_wait_in_the_history(shop) {
        let (budi, admin) = (shop.budi(), shop.admin().await);
        undeliverable(shop, &budi, &admin).await;
        assert_eq!(shop.db_orders(), ["paid"]);
        admin.says(&format!("/orders {}", shop.db_code())).await;
        admin.sees("Tidak bisa dikirim ke pembeli").await;
        shop.sandbox.unblock_bot(budi.id).unwrap();
        budi.opens_order(&shop.db_code()).await;
        budi.sees("masih menunggumu di sini").await;
        budi.presses("Kirim ulang barangku").await;
        assert!(budi.sees("Ini barangmu lagi").await.text.contains("n1"));
    }

    async fn goods_that_were_fetched_from_the_history_are_delivered(shop) {
        let (budi, admin) = (shop.budi(), shop.admin().await);
        undeliverable(shop, &budi, &admin).await;
        shop.sandbox.unblock_bot(budi.id).unwrap();
        budi.opens_order(&shop.db_code()).await;
        budi.presses("Kirim ulang barangku").await;
        budi.sees("Ini barangmu lagi").await;
        shop.settles().await;
        let detail = budi.opens_order(&shop.db_code()).await;
        assert!(!detail.text.contains("masih menunggumu di sini"), "{}", detail.text);
    }
}
