//! From a product to its goods.

use crate::chat::labels;
use crate::world::{BUDI, GROUP};
use quickcart::sandbox::{InvoiceStatus, Kind};

scenarios! {
    async fn a_purchase_by_qris_in_indonesian(shop) {
        let number = shop.sells("Netflix Premium", 35_000, &["netflix@contoh.id | sandi <1> & lainnya"]).await;
        shop.notes(number, "Jangan ganti kata sandi <ya> & terima kasih.").await;
        let (budi, admin) = (shop.budi(), shop.admin().await);
        let group = admin.in_group(GROUP);
        group.says("/whitelist").await;
        group.sees("sekarang menerima notifikasi").await;
        let checkout = budi.orders(number, &[]).await;
        assert!(checkout.text.contains("QRIS: ± Rp35.555 (biaya ± Rp555)"), "{}", checkout.text);
        budi.presses("📱 QRIS").await;
        let qr = budi.sees("Total bayar: Rp35.555").await;
        let code = shop.db_code();
        assert!(qr.text.contains(&code) && qr.text.contains("Harga: Rp35.000\nBiaya: Rp555"), "{}", qr.text);
        assert_eq!((qr.kind, labels(&qr)), (Kind::Photo, vec!["🌐 Halaman bayar", "🔄 Cek status", "❌ Batalkan"]));
        let invoice = shop.is_paid();
        assert!(invoice.order_id.starts_with(&format!("tg{BUDI}-")), "{}", invoice.order_id);
        let goods = budi.sees(&format!("Pembayaran {code} berhasil!")).await;
        assert!(goods.html.contains("<code>netflix@contoh.id | sandi &lt;1&gt; &amp; lainnya</code>"), "{}", goods.html);
        assert!(goods.text.contains("Netflix Premium × 1 = Rp35.000") && goods.text.contains("QRIS"), "{}", goods.text);
        assert!(goods.text.contains("Total: Rp35.000\n📱 Dibayar: Rp35.555 (biaya Rp555)"), "{}", goods.text);
        budi.sees("Jangan ganti kata sandi <ya> & terima kasih.").await;
        let notice = format!("{code} dibayar · Rp35.000 (QRIS) · 1 × Netflix Premium · Budi (@budi, 1001)");
        admin.sees(&notice).await;
        group.sees(&notice).await;
        shop.settles().await;
        budi.opens_order(&code).await;
        budi.sees("Status: selesai").await;
        budi.presses("Kirim ulang barangku").await.says("dikirim ulang");
        let again = budi.sees("Ini barangmu lagi").await;
        for words in ["netflix@contoh.id | sandi <1> & lainnya", "Dibayar: Rp35.555"] {
            assert!(again.text.contains(words), "{}", again.text);
        }
        shop.settles().await;
        assert_eq!((shop.db_orders(), shop.db_units("sold")), (vec!["delivered".to_owned()], 1));
    }

    async fn a_purchase_by_qris_in_english(shop) {
        let number = shop.sells("Netflix Premium", 35_000, &["one", "two", "three"]).await;
        let emma = shop.emma();
        emma.says("🛍 PRODUCTS").await;
        emma.presses("ALL PRODUCTS").await;
        emma.presses("1. Netflix Premium").await;
        emma.presses("➕").await;
        emma.sees("Quantity: 2 → Rp70.000").await;
        emma.presses("Buy now · Rp70.000").await;
        emma.sees("How would you like to pay?").await;
        emma.presses("QRIS").await;
        let qr = emma.sees("Total to pay: Rp70.800").await;
        assert_eq!(labels(&qr), ["🌐 Checkout page", "🔄 Status", "❌ Cancel"]);
        shop.is_paid();
        let goods = emma.sees("received!").await;
        assert!(goods.text.contains("one\ntwo") && goods.text.contains("Receipt"), "{}", goods.text);
        shop.settles().await;
        emma.opens_order(&shop.db_code()).await;
        emma.presses("Send my goods again").await;
        let again = emma.sees("Here are your goods again").await;
        assert!(again.text.contains("one\ntwo") && !again.text.contains("three"), "{}", again.text);
        assert_eq!(shop.db_number(&format!("SELECT sold AS value FROM products WHERE number = {number}")), 2);
    }

    async fn the_customer_sees_that_the_invoice_is_being_made(shop) {
        let number = shop.sells("Netflix", 35_000, &["n1"]).await;
        let budi = shop.budi();
        let checkout = budi.orders(number, &[]).await;
        let stall = quickcart::sandbox::FaultKind::Stall { seconds: 1 };
        shop.sandbox.set_faults(|faults| {
            faults.pakasir.push(quickcart::sandbox::CallFault::next(1, Some("create"), stall));
        });
        budi.presses("QRIS").await;
        let making = budi.sees("sedang dibuat").await;
        assert_eq!(making.message_id, checkout.message_id);
        budi.sees("Total bayar").await;
        budi.misses(&making).await;
    }

    async fn a_qr_that_is_on_its_way_is_announced_in_one_place_only(shop) {
        let number = shop.sells("Netflix", 35_000, &["n1", "n2"]).await;
        let budi = shop.budi();
        let first = budi.orders(number, &[]).await;
        let second = budi.orders(number, &[]).await;
        let stall = quickcart::sandbox::FaultKind::Stall { seconds: 2 };
        shop.sandbox.set_faults(|faults| {
            faults.pakasir.push(quickcart::sandbox::CallFault::next(1, Some("create"), stall));
        });
        budi.presses_under(&first, "QRIS").await;
        budi.sees("sedang dibuat").await;
        budi.presses_under(&second, "QRIS").await.says("QR");
        budi.sees("Total bayar").await;
        shop.until("nothing says that it is being made", || budi.counts("sedang dibuat") == 0).await;
    }

    async fn an_invoice_that_is_being_made_is_not_asked_for_a_second_time(shop) {
        let number = shop.sells("Netflix", 35_000, &["n1"]).await;
        let budi = shop.budi();
        budi.orders(number, &[]).await;
        let stall = quickcart::sandbox::FaultKind::Stall { seconds: 2 };
        shop.sandbox.set_faults(|faults| {
            faults.pakasir.push(quickcart::sandbox::CallFault::next(9, Some("create"), stall));
        });
        budi.presses("QRIS").await;
        budi.sees("sedang dibuat").await;
        for _ in 0..4 {
            shop.passes(chrono::TimeDelta::seconds(21)).await; // it is due to be asked for
        }
        budi.sees("Total bayar").await;
        assert_eq!(shop.sandbox.faults().pakasir[0].times, 8, "one creation reached the gateway");
    }

    async fn several_products_become_one_order(shop) {
        shop.sells("Netflix", 35_000, &["n1", "n2"]).await;
        shop.sells("Spotify", 20_000, &["s1"]).await;
        let budi = shop.budi();
        budi.says("1").await;
        budi.presses("+2").await;
        budi.presses("Masukkan keranjang").await.says("Netflix × 2");
        budi.says("2").await;
        budi.presses("Masukkan keranjang").await;
        budi.says("/keranjang").await;
        budi.presses("Checkout · Rp90.000").await;
        let checkout = budi.sees("Netflix × 2 = Rp70.000").await;
        assert!(checkout.text.contains("Spotify × 1 = Rp20.000\n\nTotal: Rp90.000"), "{}", checkout.text);
        budi.presses("QRIS").await;
        budi.sees("Total bayar: Rp90.940").await;
        shop.is_paid();
        let goods = budi.sees("berhasil!").await;
        assert!(goods.text.contains("Netflix\nn1\nn2\n\n📦 Spotify\ns1"), "{}", goods.text);
        budi.says("/cart").await;
        budi.sees("Masih kosong").await;
        assert_eq!(shop.db_orders().len(), 1);
    }

    async fn asking_for_the_qr_again_shows_the_same_invoice(shop) {
        let number = shop.sells("Netflix", 35_000, &["n1"]).await;
        let budi = shop.budi();
        budi.asks_for_qr(number, &[]).await;
        budi.opens_order(&shop.db_code()).await;
        budi.presses("QRIS").await;
        budi.sees("Total bayar: Rp35.555").await;
        assert_eq!(shop.gateway_knows(InvoiceStatus::Pending), 1);
        shop.is_paid();
        budi.sees("berhasil!").await;
    }

    async fn a_second_checkout_shows_the_order_that_is_open(shop) {
        shop.sells("Netflix", 35_000, &["n1"]).await;
        shop.sells("Spotify", 20_000, &["s1"]).await;
        let budi = shop.budi();
        budi.orders(1, &[]).await;
        let code = shop.db_code();
        let open = budi.orders(2, &[]).await;
        assert!(open.text.contains("masih punya pesanan") && open.text.contains(&code), "{}", open.text);
        assert_eq!((labels(&open)[0], shop.db_orders().len()), ("📱 QRIS", 1));
        budi.presses("Batalkan pesanan").await.says("dibatalkan");
        let next = budi.orders(2, &[]).await;
        assert!(!next.text.contains("masih punya pesanan"), "{}", next.text);
    }

    async fn an_order_is_cancelled_before_and_after_its_invoice(shop) {
        let number = shop.sells("Netflix", 35_000, &["n1"]).await;
        let budi = shop.budi();
        budi.orders(number, &[]).await;
        budi.presses("Batalkan pesanan").await.says("dibatalkan");
        budi.sees("sudah dibatalkan. Mau pesan lagi?").await;
        assert_eq!(shop.db_units("free"), 1);
        budi.presses("Beli lagi").await;
        budi.presses("QRIS").await;
        let qr = budi.sees("Total bayar").await;
        budi.presses("Batalkan").await;
        budi.sees("dibatalkan.\n\nJangan pakai QR yang lama").await;
        budi.misses(&qr).await;
        shop.until("the gateway drops it", || shop.gateway_knows(InvoiceStatus::Cancelled) == 1).await;
        shop.settles().await;
        assert_eq!((shop.db_units("free"), shop.db_orders()), (1, vec!["cancelled".to_owned(); 2]));
    }

    async fn fewer_left_than_asked_reserves_nothing_and_says_how_many(shop) {
        let number = shop.sells("Netflix", 35_000, &["n1", "n2", "n3"]).await;
        let (budi, sari) = (shop.budi(), shop.sari());
        budi.says("1").await;
        budi.presses("+2").await;
        let card = budi.sees("Jumlah: 3").await;
        sari.orders(number, &[]).await;
        budi.presses_under(&card, "Beli sekarang").await.says("tinggal 2");
        let fresh = budi.sees("Jumlah: 2 → Rp70.000").await;
        assert_eq!((shop.db_units("reserved"), fresh.message_id), (1, card.message_id));
        budi.presses("Beli sekarang").await;
        budi.sees("🧾 Checkout").await;
        sari.looks_away();
        sari.says("1").await;
        sari.sees("Stok sedang habis").await;
    }
}
