//! Paying from the balance, and filling it.

use chrono::TimeDelta;
use quickcart::sandbox::{CallbackFaults, InvoiceStatus, PayOptions};

scenarios! {
    async fn a_purchase_from_the_balance_is_confirmed_once(shop) {
        let number = shop.sells("Netflix", 35_000, &["n1", "n2"]).await;
        let (budi, admin) = (shop.budi(), shop.admin().await);
        budi.says("/help").await;
        shop.gives(&admin, &budi, 50_000).await;
        budi.sees("Admin mengubah saldomu: +Rp50.000").await;
        let checkout = budi.orders(number, &[]).await;
        assert!(checkout.text.contains("saldomu Rp50.000"), "{}", checkout.text);
        budi.presses("SALDO").await;
        let confirm = budi.sees("Bayar pakai saldo?").await;
        assert!(confirm.text.contains("Sisa setelah bayar: Rp15.000"), "{}", confirm.text);
        budi.presses("Ya, bayar Rp35.000").await;
        budi.sees("Sisa saldo: Rp15.000").await;
        let goods = budi.sees("berhasil!\nIni barangmu").await;
        assert!(goods.text.contains("n1") && goods.text.contains("· Saldo"), "{}", goods.text);
        admin.sees("dibayar · Rp35.000 (Saldo) · 1 × Netflix").await;
        budi.says("AKUN").await;
        budi.sees("Saldo: Rp15.000").await;
        budi.presses("Mutasi saldo").await;
        let movements = budi.sees("Saldo sekarang: Rp15.000").await;
        assert!(movements.text.contains("-Rp35.000") && movements.text.contains("+Rp50.000"), "{}", movements.text);
        assert!(!movements.text.contains("9001"), "the admin's id: {}", movements.text);
        assert_eq!(shop.db_balances(), 15_000);
    }

    async fn a_balance_that_is_too_small_is_filled_by_what_is_missing_and_pays(shop) {
        let number = shop.sells("Netflix", 50_000, &["n1"]).await;
        let (budi, admin) = (shop.budi(), shop.admin().await);
        budi.says("/help").await;
        shop.gives(&admin, &budi, 20_000).await;
        budi.orders(number, &[]).await;
        budi.presses("SALDO").await;
        let low = budi.sees("Saldomu belum cukup").await;
        assert!(low.text.contains("Kurang: Rp30.000"), "{}", low.text);
        budi.presses("Isi saldo Rp30.000").await;
        let qr = budi.sees("Total bayar: Rp30.520").await;
        assert!(qr.text.contains("Isi saldo") && qr.text.contains("Jumlah: Rp30.000"), "{}", qr.text);
        let invoice = shop.is_paid();
        assert!(invoice.order_id.starts_with("dp1001-"), "{}", invoice.order_id);
        budi.sees("Saldomu sekarang: Rp50.000").await;
        budi.opens_order(&shop.db_code()).await;
        budi.presses("SALDO").await;
        budi.presses("Ya, bayar").await;
        budi.sees("Sisa saldo: Rp0").await;
        budi.sees("n1").await;
        budi.says("AKUN").await;
        budi.presses("Mutasi saldo").await;
        let movements = budi.sees("Saldo sekarang: Rp0").await.text;
        let places: Vec<_> = ["-Rp50.000", "+Rp30.000", "+Rp20.000"].iter().map(|sum| movements.find(sum)).collect();
        assert!(places.is_sorted() && places[0].is_some() && !movements.contains("dp1001"), "{movements}");
    }

    async fn a_missing_amount_below_the_smallest_deposit_can_still_be_filled(shop) {
        let number = shop.sells("Netflix", 25_000, &["n1"]).await;
        let (budi, admin) = (shop.budi(), shop.admin().await);
        budi.says("/help").await;
        shop.gives(&admin, &budi, 20_000).await;
        budi.orders(number, &[]).await;
        budi.presses("SALDO").await;
        budi.sees("Kurang: Rp5.000").await;
        budi.presses("Isi saldo Rp10.000").await;
        budi.sees("Jumlah: Rp10.000").await;
        shop.is_paid();
        budi.sees("Saldo bertambah").await;
        budi.presses("Bayar pesanan").await;
        budi.presses("Ya, bayar").await;
        budi.sees("n1").await;
    }

    async fn two_fast_taps_on_pay_debit_once(shop) {
        let number = shop.sells("Netflix", 35_000, &["n1", "n2"]).await;
        let (budi, admin) = (shop.budi(), shop.admin().await);
        budi.says("/help").await;
        shop.gives(&admin, &budi, 100_000).await;
        budi.orders(number, &[]).await;
        budi.presses("SALDO").await;
        let confirm = budi.sees("Bayar pakai saldo?").await;
        let pay = crate::chat::button(&confirm, "Ya, bayar").unwrap();
        let taps: Vec<String> = (0..5).map(|_| budi.taps(confirm.message_id, &pay)).collect();
        for tap in taps {
            budi.is_answered(&tap).await;
        }
        budi.sees("n1").await;
        shop.settles().await;
        assert_eq!((shop.db_balances(), shop.db_units("sold"), budi.counts("Ini barangmu")), (65_000, 1, 1));
    }

    async fn two_fast_taps_on_buy_make_one_order(shop) {
        shop.sells("Netflix", 35_000, &["n1", "n2", "n3"]).await;
        let budi = shop.budi();
        budi.says("1").await;
        let card = budi.sees("Keterangan Netflix").await;
        let buy = crate::chat::button(&card, "Beli sekarang").unwrap();
        let taps: Vec<String> = (0..5).map(|_| budi.taps(card.message_id, &buy)).collect();
        for tap in taps {
            budi.is_answered(&tap).await;
        }
        budi.sees("🧾 Checkout").await;
        assert_eq!((shop.db_orders().len(), shop.db_units("reserved")), (1, 1));
    }
}

scenarios! {
    async fn a_deposit_of_a_preset_amount_is_credited_in_full(shop) {
        let (budi, admin) = (shop.budi(), shop.admin().await);
        budi.says("AKUN").await;
        budi.presses("Isi saldo").await;
        budi.presses("Rp100.000").await;
        budi.sees("Total bayar: Rp101.010").await;
        shop.is_paid();
        budi.sees("Saldo bertambah Rp100.000!").await;
        admin.sees("isi saldo · Rp100.000 · Budi (@budi, 1001)").await;
        assert_eq!(shop.db_balances(), 100_000);
    }

    async fn two_fast_taps_on_an_amount_make_one_deposit(shop) {
        let budi = shop.budi();
        budi.says("AKUN").await;
        budi.presses("Isi saldo").await;
        let choice = budi.sees("Pilih jumlahnya").await;
        let amount = crate::chat::button(&choice, "Rp50.000").unwrap();
        let taps = [budi.taps(choice.message_id, &amount), budi.taps(choice.message_id, &amount)];
        budi.is_answered(&taps[0]).await;
        budi.is_answered(&taps[1]).await.says("sudah diminta");
        budi.sees("Total bayar: Rp50.660").await;
        shop.settles().await;
        assert_eq!((shop.sandbox.invoices().len(), budi.counts("Total bayar")), (1, 1));
    }

    async fn an_amount_that_no_deposit_may_have_leads_back_to_those_it_may(shop) {
        let budi = shop.budi();
        budi.says("AKUN").await;
        let account = budi.sees("Akunmu").await;
        budi.presses_data(account.message_id, "deposit:20000000").await.says("sudah lama");
        budi.sees("Pilih jumlahnya").await;
        budi.says("/lang").await;
        budi.sees("bahasa apa").await;
        assert!(shop.sandbox.invoices().is_empty());
    }

    async fn a_typed_deposit_is_bounded_and_asked_for_again(shop) {
        let budi = shop.budi();
        budi.says("AKUN").await;
        budi.presses("Isi saldo").await;
        budi.presses("Jumlah lain").await;
        budi.sees("Ketik Rp10.000 sampai Rp10.000.000").await;
        for wrong in ["9.999", "10.000.001", "seratus", "-50000", "0"] {
            budi.says(wrong).await;
            budi.sees("Isi saldo bisa dari Rp10.000 sampai Rp10.000.000").await;
        }
        budi.says("75rb").await;
        budi.sees("Jumlah: Rp75.000").await;
        shop.until("nothing says that the QR is being made", || budi.counts("sedang dibuat") == 0).await;
        shop.is_paid();
        budi.sees("Saldo bertambah Rp75.000!").await;
    }

    async fn numbers_typed_after_the_deposit_was_made_open_products_again(shop) {
        shop.sells("Netflix", 35_000, &["n1"]).await;
        let budi = shop.budi();
        budi.says("AKUN").await;
        budi.presses("Isi saldo").await;
        budi.presses("Jumlah lain").await;
        budi.says("10.000").await;
        budi.sees("Jumlah: Rp10.000").await;
        budi.says("1").await;
        budi.sees("Keterangan Netflix").await;
        budi.says("20.000").await;
        budi.sees("Tidak ada yang cocok").await;
        shop.settles().await;
        assert_eq!(shop.sandbox.invoices().len(), 1);
    }

    async fn an_unpaid_deposit_expires_and_late_money_is_still_credited(shop) {
        let budi = shop.emma();
        budi.says("ACCOUNT").await;
        budi.presses("Deposit").await;
        budi.presses("Rp50.000").await;
        let qr = budi.sees("Total to pay: Rp50.660").await;
        shop.passes(TimeDelta::minutes(10)).await;
        let void = budi.sees("is void.").await;
        assert_eq!(crate::chat::labels(&void), ["⬅️ Back"]);
        budi.misses(&qr).await;
        shop.until("the gateway drops it", || shop.gateway_knows(InvoiceStatus::Cancelled) == 1).await;
        shop.sandbox.pay(&shop.invoice().order_id, PayOptions::default()).unwrap();
        shop.passes_until(TimeDelta::minutes(5), "credited", || shop.db_balances() == 50_000).await;
        budi.sees("came after it was closed").await;
    }

    async fn a_deposit_is_cancelled(shop) {
        let budi = shop.budi();
        budi.says("AKUN").await;
        budi.presses("Isi saldo").await;
        budi.presses("Rp50.000").await;
        let qr = budi.sees("Total bayar").await;
        budi.presses("Batalkan").await.says("dibatalkan");
        budi.misses(&qr).await;
        budi.sees("Jangan pakai QR yang lama").await;
    }

    async fn sixteen_reports_of_a_deposit_credit_it_once(shop) {
        let budi = shop.budi();
        budi.says("AKUN").await;
        budi.presses("Isi saldo").await;
        budi.presses("Rp50.000").await;
        budi.sees("Total bayar: Rp50.660").await;
        let invoice = shop.is_paid_with(CallbackFaults { copies: 16, ..CallbackFaults::default() });
        budi.sees("Saldo bertambah Rp50.000!").await;
        shop.until("all copies are answered", || shop.callback_answers().len() == 16).await;
        shop.sandbox.send_callback(&invoice.order_id, &CallbackFaults::default()).unwrap();
        shop.until("the late copy is answered", || shop.callback_answers().len() == 17).await;
        shop.settles().await;
        assert_eq!((shop.db_balances(), budi.counts("Saldo bertambah")), (50_000, 1));
        assert_eq!(shop.db_number("SELECT COUNT(*) AS value FROM transfers"), 1);
    }

    async fn of_two_orders_a_balance_that_suffices_for_one_pays_one(shop) {
        shop.config.payment.open_orders_per_customer = 2;
        shop.restarts().await;
        let number = shop.sells("Netflix", 35_000, &["n1", "n2"]).await;
        let (budi, admin) = (shop.budi(), shop.admin().await);
        budi.says("/help").await;
        shop.gives(&admin, &budi, 50_000).await;
        let mut pays = Vec::new();
        for _ in 0..2 {
            let checkout = budi.orders(number, &[]).await;
            let confirm = crate::chat::button(&checkout, "SALDO").unwrap();
            pays.push((checkout.message_id, confirm.replace("confirm:", "saldo:")));
        }
        assert_ne!(pays[0].1, pays[1].1);
        let taps: Vec<String> = pays.iter().map(|(message, pay)| budi.taps(*message, pay)).collect();
        for tap in taps {
            budi.is_answered(&tap).await;
        }
        budi.sees("Ini barangmu").await;
        budi.sees("Saldomu belum cukup").await;
        shop.settles().await;
        assert_eq!((shop.db_balances(), shop.db_units("sold")), (15_000, 1));
        let mut states = shop.db_orders();
        states.sort();
        assert_eq!(states, ["delivered", "pending"]);
    }
}
