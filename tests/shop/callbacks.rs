//! How the shop learns of money: callbacks, the Status button, and asking by itself.

use chrono::TimeDelta;
use quickcart::sandbox::{CallFault, CallbackFaults, FaultKind, PayOptions};
use serde_json::json;
use std::time::Duration;

scenarios! {
    async fn the_status_button_says_unpaid_then_paid(shop) {
        let number = shop.sells("Netflix", 35_000, &["n1"]).await;
        let budi = shop.budi();
        let qr = budi.asks_for_qr(number, &[]).await;
        budi.presses_under(&qr, "Cek status").await.says("belum masuk");
        budi.presses_under(&qr, "Cek status").await.says("Pelan-pelan");
        shop.is_paid();
        shop.passes_until(TimeDelta::seconds(5), "goods", || budi.counts("berhasil!") == 1).await;
        budi.presses_under(&qr, "Cek status").await.says("sudah dibayar");
    }

    async fn the_status_button_itself_finds_the_money(shop) {
        let number = shop.sells("Netflix", 35_000, &["n1"]).await;
        let emma = shop.emma();
        let qr = emma.asks_for_qr(number, &[]).await;
        shop.is_paid_unheard();
        emma.presses_under(&qr, "Status").await.says("paid already");
        emma.sees("n1").await;
    }

    async fn the_status_button_says_what_the_shop_found_by_itself_a_moment_ago(shop) {
        let number = shop.sells("Netflix", 35_000, &["n1"]).await;
        let budi = shop.budi();
        let qr = budi.asks_for_qr(number, &[]).await;
        shop.passes(TimeDelta::seconds(21)).await;
        let asked = || shop.db_number("SELECT asked_count AS value FROM invoices") == 1;
        shop.until("the gateway is asked", asked).await;
        budi.presses_under(&qr, "Cek status").await.says("belum masuk");
        budi.presses_under(&qr, "Cek status").await.says("Pelan-pelan");
    }

    async fn status_may_be_asked_for_five_times_a_minute(shop) {
        let number = shop.sells("Netflix", 35_000, &["n1"]).await;
        let budi = shop.budi();
        let qr = budi.asks_for_qr(number, &[]).await;
        for _ in 0..5 {
            budi.presses_under(&qr, "Cek status").await;
        }
        budi.presses_under(&qr, "Cek status").await.says("coba lagi dalam 6");
    }

    async fn a_lost_callback_is_made_up_for_by_asking(shop) {
        let number = shop.sells("Netflix", 35_000, &["n1"]).await;
        let budi = shop.budi();
        budi.asks_for_qr(number, &[]).await;
        shop.is_paid_unheard();
        shop.passes(TimeDelta::seconds(21)).await;
        budi.sees("n1").await;
    }

    async fn sixteen_callbacks_at_once_deliver_once(shop) {
        let number = shop.sells("Netflix", 35_000, &["n1", "n2"]).await;
        let (budi, admin) = (shop.budi(), shop.admin().await);
        budi.asks_for_qr(number, &[]).await;
        let invoice = shop.is_paid_with(CallbackFaults { copies: 16, ..CallbackFaults::default() });
        budi.sees("n1").await;
        shop.until("all copies are answered", || shop.callback_answers().len() == 16).await;
        for _ in 0..3 {
            shop.sandbox.send_callback(&invoice.order_id, &CallbackFaults::default()).unwrap();
        }
        shop.until("late copies are answered", || shop.callback_answers().len() == 19).await;
        shop.settles().await;
        assert_eq!(shop.callback_answers(), vec![Some(200); 19]);
        assert_eq!((budi.counts("berhasil!"), admin.counts("dibayar"), shop.db_units("sold")), (1, 1, 1));
        assert_eq!(shop.db_number("SELECT COUNT(*) AS value FROM transfers"), 1);
    }

    async fn who_paid_in_time_is_not_told_that_it_was_too_late(shop) {
        let number = shop.sells("Netflix", 35_000, &["n1"]).await;
        let budi = shop.budi();
        let qr = budi.asks_for_qr(number, &[]).await;
        // The gateway was asked a moment ago and may not be asked again yet.
        budi.presses_under(&qr, "Cek status").await.says("belum masuk");
        shop.is_paid();
        shop.until("the callback is answered", || shop.callback_answers() == [Some(200)]).await;
        shop.passes(TimeDelta::seconds(601)).await;
        shop.until("goods", || budi.counts("berhasil!") == 1).await;
        shop.settles().await;
        assert_eq!(budi.counts("tidak berlaku"), 0);
    }

    async fn a_callback_gives_an_order_more_time_once(shop) {
        let number = shop.sells("Netflix", 35_000, &["n1"]).await;
        shop.budi().asks_for_qr(number, &[]).await;
        let reference = shop.invoice().order_id;
        for answered in 1..=3 {
            shop.sandbox.send_callback(&reference, &CallbackFaults::default()).unwrap();
            shop.until("it is answered", || shop.callback_answers().len() == answered).await;
            shop.passes(TimeDelta::seconds(5)).await;
        }
        shop.passes(TimeDelta::seconds(586)).await;
        shop.settles().await;
        assert_eq!(shop.db_orders(), ["pending"]);
        shop.passes(TimeDelta::seconds(10)).await;
        shop.until("it expires", || shop.db_orders() == ["expired"]).await;
    }

    async fn callbacks_wait_for_a_gateway_that_hangs_neither_long_nor_in_the_way_of_others(shop) {
        shop.provoked.insert("gateway-down");
        shop.config.actors.payment.mailbox = 16;
        shop.restarts().await;
        let number = shop.sells("Netflix", 35_000, &["n1", "n2"]).await;
        let (budi, sari, admin) = (shop.budi(), shop.sari(), shop.admin().await);
        sari.says("/help").await;
        shop.gives(&admin, &sari, 35_000).await;
        budi.asks_for_qr(number, &[]).await;
        let hangs = CallFault::next(1, Some("detail"), FaultKind::Stall { seconds: 60 });
        shop.sandbox.set_faults(|faults| faults.pakasir.push(hangs));
        shop.is_paid_with(CallbackFaults { copies: 15, ..CallbackFaults::default() });
        shop.until("most are not waited with", || shop.callback_answers().len() >= 11).await;
        sari.orders(number, &[]).await;
        sari.presses("SALDO").await;
        sari.presses("Ya, bayar").await;
        sari.sees("n2").await;
        shop.until("all are answered", || shop.callback_answers() == vec![Some(200); 15]).await;
        let gave_up = shop.app().metrics.faults.with_label_values(&["gateway-down"]).get();
        assert_eq!(gave_up, 0, "they waited until the question was given up");
        shop.passes_until(TimeDelta::seconds(5), "goods", || budi.counts("berhasil!") == 1).await;
        assert_eq!(budi.counts("tidak berlaku"), 0);
    }

    async fn late_money_that_a_callback_reports_is_not_left_for_later_when_the_gateway_hangs(shop) {
        shop.provoked.insert("gateway-down");
        shop.config.pakasir.timeout = Duration::from_secs(1);
        shop.restarts().await;
        let number = shop.sells("Netflix", 35_000, &["n1"]).await;
        let budi = shop.budi();
        budi.asks_for_qr(number, &[]).await;
        shop.passes(TimeDelta::minutes(10)).await;
        shop.qr_is_dropped().await;
        let hangs = CallFault::next(2, Some("detail"), FaultKind::Stall { seconds: 60 });
        shop.sandbox.set_faults(|faults| faults.pakasir.push(hangs));
        shop.is_paid();
        shop.until("the callback is answered", || shop.callback_answers() == [Some(200)]).await;
        let hung_twice = || shop.sandbox.faults().pakasir.is_empty();
        shop.passes_until(TimeDelta::milliseconds(200), "the promised question", hung_twice).await;
        let begun = shop.clock.now();
        shop.passes_until(TimeDelta::seconds(1), "late goods", || budi.counts("sudah kami terima") == 1).await;
        assert!(shop.clock.now() - begun < TimeDelta::seconds(50), "a void invoice is asked about after a minute");
    }

    async fn a_forged_callback_moves_nothing(shop) {
        let number = shop.sells("Netflix", 35_000, &["n1"]).await;
        let budi = shop.budi();
        budi.asks_for_qr(number, &[]).await;
        let reference = shop.invoice().order_id;
        shop.sandbox.send_callback(&reference, &CallbackFaults::default()).unwrap();
        shop.until("it is answered", || shop.callback_answers().len() == 1).await;
        shop.settles().await;
        assert_eq!((shop.callback_answers(), shop.db_orders()), (vec![Some(200)], vec!["pending".to_owned()]));
    }

    async fn callbacks_that_do_not_fit_are_audited_and_move_nothing(shop) {
        let number = shop.sells("Netflix", 35_000, &["n1"]).await;
        let budi = shop.budi();
        budi.asks_for_qr(number, &[]).await;
        let (invoice, project) = (shop.invoice(), shop.config.pakasir.project.clone());
        let body = |amount: i64, order: &str, project: &str| {
            json!({"amount": amount, "order_id": order, "project": project, "status": "completed",
                   "payment_method": "qris", "completed_at": "2026-01-01T00:00:00Z"}).to_string()
        };
        // A question to the gateway would meet this, and use it up.
        let trap = CallFault::next(1, Some("detail"), FaultKind::BadGateway);
        shop.sandbox.set_faults(|faults| faults.pakasir.push(trap.clone()));
        for (wrong, status) in [
            (body(invoice.amount + 1, &invoice.order_id, &project), 200),
            (body(invoice.amount, "tg1001-unknown", &project), 200),
            (body(invoice.amount, &invoice.order_id, "another"), 200),
            (body(-5, &invoice.order_id, &project), 200),
            (body(0, &invoice.order_id, &project), 200),
            (body(7, &invoice.order_id, &project).replacen("7", &format!("1{}", "0".repeat(30)), 1), 200),
            ("{\"amount\":".to_owned(), 400),
            ("[]".to_owned(), 400),
            (String::new(), 400),
            ("a".repeat(10 * 1024 * 1024), 413),
        ] {
            let answer = shop.posts_callback(wrong.clone()).await;
            assert_eq!(answer, status, "{}", &wrong[..wrong.len().min(100)]);
        }
        shop.settles().await;
        assert_eq!(shop.sandbox.faults().pakasir, [trap], "the gateway was asked");
        assert_eq!((shop.db_audited("callback.dropped"), shop.db_orders()), (3, vec!["pending".to_owned()]));
        shop.sandbox.set_faults(|faults| faults.pakasir.clear());
        shop.passes(TimeDelta::seconds(61)).await;
        assert_eq!(shop.posts_callback(body(1, &invoice.order_id, &project)).await, 200);
        assert_eq!(shop.db_audited("callback.dropped"), 4, "one of each kind a minute");
        let ready = reqwest::Client::builder().no_proxy().build().unwrap();
        let metrics = ready.get(format!("http://{}/metrics", shop.app().address)).send().await.unwrap();
        let metrics = metrics.text().await.unwrap();
        for line in ["{kind=\"other_amount\"} 5", "{kind=\"unknown_order\"} 1", "{kind=\"other_project\"} 1"] {
            assert!(metrics.contains(&format!("quickcart_callbacks_total{line}")), "{line}");
        }
    }

    async fn a_payment_over_another_amount_is_never_delivered_on(shop) {
        shop.provoked.insert("gateway-mismatch");
        let number = shop.sells("Netflix", 35_000, &["n1"]).await;
        let (budi, owner) = (shop.budi(), shop.owner().await);
        budi.asks_for_qr(number, &[]).await;
        let reference = shop.invoice().order_id;
        let options = PayOptions { recorded_amount: Some(350), callback: None };
        shop.sandbox.pay(&reference, options).unwrap();
        let alert = owner.sees("gateway-mismatch").await;
        assert!(alert.text.contains("over Rp35000, the gateway answered with amount 350"), "{}", alert.text);
        shop.settles().await;
        assert_eq!((shop.db_orders(), budi.counts("n1")), (vec!["pending".to_owned()], 0));
        assert_eq!(shop.db_audited("payment.mismatched"), 1);
    }

    async fn a_word_that_nobody_knows_is_no_answer_however_long_it_stays(shop) {
        shop.config.payment.late_window = Duration::ZERO;
        shop.restarts().await;
        shop.provoked.insert("gateway-mismatch");
        shop.forgiven.push("already completed"); // it was paid before it was dropped
        let number = shop.sells("Netflix", 35_000, &["n1"]).await;
        let (budi, owner) = (shop.budi(), shop.owner().await);
        let qr = budi.asks_for_qr(number, &[]).await;
        shop.sandbox.set_faults(|faults| faults.pakasir_word = Some("settling".into()));
        budi.presses_under(&qr, "Cek status").await.says("belum masuk");
        let alert = owner.sees("gateway-mismatch").await;
        assert!(alert.text.contains("the gateway answered with the status \"settling\""), "{}", alert.text);
        shop.is_paid_unheard();
        shop.passes(TimeDelta::minutes(10)).await;
        shop.until("it is void", || shop.db_lines("SELECT state AS value FROM invoices") == ["expired"]).await;
        let asked = || shop.db_number("SELECT asked_count AS value FROM invoices");
        let before = asked();
        // The first of them was to be the last.
        shop.passes_until(TimeDelta::minutes(10), "three questions", || asked() > before + 2).await;
        assert_eq!(owner.counts("gateway-mismatch"), 1);
        shop.sandbox.set_faults(|faults| faults.pakasir_word = None);
        shop.passes_until(TimeDelta::minutes(10), "goods", || budi.counts("Datangnya memang") == 1).await;
        shop.settles().await;
        assert_eq!(shop.db_orders(), ["delivered"]);
    }

    async fn no_order_can_be_paid_by_another_customer_s_button(shop) {
        let number = shop.sells("Netflix", 35_000, &["n1"]).await;
        let (budi, emma) = (shop.budi(), shop.emma());
        let qr = budi.asks_for_qr(number, &[]).await;
        let order = shop.db_number("SELECT id AS value FROM orders");
        let invoice = shop.db_number("SELECT id AS value FROM invoices");
        emma.says("/help").await;
        let own = emma.sees("Help").await;
        for data in [
            format!("qris:{order}"),
            format!("saldo:{order}"),
            format!("cancel:{order}"),
            format!("pay:{order}"),
            format!("order:{order}:0"),
            format!("goods:{order}"),
            format!("again:{order}"),
            format!("status:{invoice}"),
            format!("void:{invoice}"),
        ] {
            let toast = emma.presses_data(own.message_id, &data).await;
            assert!(toast.0.text.is_some(), "{data}: {toast:?}");
        }
        shop.settles().await;
        assert_eq!(shop.db_orders(), ["pending"]);
        budi.presses_under(&qr, "Cek status").await.says("belum masuk");
    }

    async fn a_report_of_anything_but_success_keeps_no_later_one_out(shop) {
        let number = shop.sells("Netflix", 35_000, &["n1"]).await;
        let budi = shop.budi();
        budi.asks_for_qr(number, &[]).await;
        let (invoice, project) = (shop.invoice(), shop.config.pakasir.project.clone());
        for status in ["pending", "expired", "failed", "a word of tomorrow"] {
            let body = json!({"amount": invoice.amount, "order_id": invoice.order_id, "project": project,
                              "status": status, "payment_method": "qris", "completed_at": null});
            assert_eq!(shop.posts_callback(body.to_string()).await, 200, "{status}");
        }
        shop.settles().await;
        assert_eq!(shop.db_orders(), ["pending"]);
        shop.is_paid();
        shop.passes_until(TimeDelta::seconds(5), "goods", || budi.counts("berhasil!") == 1).await;
        shop.settles().await;
        assert_eq!(shop.db_orders(), ["delivered"]);
    }

    async fn a_callback_is_heard_only_under_the_secret_end_of_its_path(shop) {
        shop.config.pakasir.webhook_path_secret = Some("panjang-dan-acak".to_owned().into());
        shop.restarts().await;
        let number = shop.sells("Netflix", 35_000, &["n1"]).await;
        let budi = shop.budi();
        budi.asks_for_qr(number, &[]).await;
        let invoice = shop.is_paid_unheard();
        let body = json!({"amount": invoice.amount, "order_id": invoice.order_id, "project": shop.config.pakasir.project,
                          "status": "completed", "payment_method": "qris", "completed_at": "2026-01-01T00:00:00Z"});
        for (end, status) in [("", 404), ("/", 404), ("/panjang", 404), ("/panjang-dan-acak", 200)] {
            assert_eq!(shop.posts_callback_to(end, body.to_string()).await, status, "{end:?}");
        }
        budi.sees("n1").await;
    }

    async fn money_that_the_last_question_finds_and_nobody_can_book_is_asked_for_again(shop) {
        shop.config.payment.late_window = Duration::ZERO;
        shop.restarts().await;
        shop.provoked.insert("database-refused");
        shop.forgiven.push("already completed"); // it was paid before it was dropped
        let number = shop.sells("Netflix", 35_000, &["n1"]).await;
        let budi = shop.budi();
        budi.asks_for_qr(number, &[]).await;
        shop.db_refuses("INSERT", "transfers", "TRUE");
        shop.is_paid_unheard();
        shop.passes(TimeDelta::minutes(10)).await;
        shop.until("it is void", || shop.db_lines("SELECT state AS value FROM invoices") == ["expired"]).await;
        let refusals = || shop.counts_faults("database-refused");
        let before = refusals(); // one more may be of a question from before
        shop.passes_until(TimeDelta::seconds(30), "the last question", || refusals() > before + 1).await;
        shop.db_refuses_no_more("transfers");
        // Soon, and not only when an unanswered question is due again.
        shop.passes_until(TimeDelta::seconds(1), "goods", || budi.counts("Datangnya memang") == 1).await;
        shop.settles().await;
        assert_eq!(shop.db_orders(), ["delivered"]);
    }
}
