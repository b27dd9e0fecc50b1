//! Finding something.

use crate::chat::labels;

scenarios! {
    async fn a_number_button_works_while_a_question_is_open(shop) {
        let number = shop.sells("Netflix", 35_000, &["n1"]).await;
        let budi = shop.budi();
        for (button, question) in [("Nama", "Siapa namamu?"), ("E-mail", "alamat e-mail")] {
            budi.says("AKUN").await;
            budi.presses(button).await;
            budi.sees(question).await;
            budi.says(&number.to_string()).await;
            budi.sees("Keterangan Netflix").await;
        }
        budi.says("AKUN").await;
        budi.sees("Nama: Budi\n").await;
    }

    async fn somebody_new_is_asked_for_name_number_and_mail(shop) {
        let budi = shop.budi();
        budi.says("/start").await;
        budi.sees("Siapa namamu?").await;
        budi.says("Budi Santoso").await;
        budi.sees("nomor WhatsApp").await;
        budi.says("0812-3456-7890").await;
        budi.sees("alamat e-mail").await;
        budi.says("Budi@Contoh.id").await;
        let welcome = budi.sees("Halo, Budi Santoso!").await;
        assert!(welcome.text.contains("Toko Uji") && welcome.text.contains("Pengguna: 1"), "{}", welcome.text);
        budi.says("AKUN").await;
        let account = budi.sees("Akunmu").await;
        for detail in ["Budi Santoso", "+6281234567890", "budi@contoh.id", "@budi", "ID bank: "] {
            assert!(account.text.contains(detail), "{detail}: {}", account.text);
        }
        budi.says("/start").await;
        budi.sees("Halo, Budi Santoso!").await;
        assert_eq!(budi.counts("Siapa namamu?"), 1);
    }

    async fn every_question_of_the_first_visit_can_be_skipped(shop) {
        let emma = shop.emma();
        emma.says("/start").await;
        emma.sees("What is your name?").await;
        emma.presses("Skip").await;
        emma.sees("WhatsApp number").await;
        emma.says("/skip").await;
        emma.sees("e-mail address").await;
        emma.presses("Skip").await;
        emma.sees("Hello, Emma!").await;
    }

    async fn two_taps_on_skip_leave_out_one_question(shop) {
        let budi = shop.budi();
        budi.says("/start").await;
        let name = budi.sees("Siapa namamu?").await;
        budi.presses_under(&name, "Lewati").await;
        budi.sees("nomor WhatsApp").await;
        budi.presses_data(name.message_id, &crate::chat::button(&name, "Lewati").unwrap()).await;
        budi.says("081234567890").await;
        budi.presses("Lewati").await;
        budi.says("AKUN").await;
        budi.sees("+6281234567890").await;
    }

    async fn a_wrong_answer_is_asked_for_again(shop) {
        let budi = shop.budi();
        budi.says("/start").await;
        budi.says("Budi").await;
        budi.says("satu dua").await;
        budi.sees("bukan nomor WhatsApp").await;
        budi.says("081234567890").await;
        budi.says("bukan-mail").await;
        budi.sees("bukan alamat e-mail").await;
        budi.presses("Lewati").await;
        budi.sees("Halo, Budi!").await;
    }

    async fn the_list_leads_to_categories_and_products(shop) {
        shop.sells_in("Streaming", "Netflix", 35_000, &["n1"]).await;
        shop.sells_in("Game", "Steam", 60_000, &["s1", "s2"]).await;
        shop.sells_in("Game", "Roblox", 50_000, &[]).await;
        shop.sells_in("Musik", "Spotify", 20_000, &[]).await;
        let budi = shop.budi();
        budi.says("🛍 LIST PRODUK").await;
        budi.presses("KATEGORI").await;
        let categories = budi.sees("Kategori").await;
        assert_eq!(labels(&categories)[..2], ["📁 Game (1)", "📁 Streaming (1)"]);
        budi.presses("Game").await;
        let list = budi.sees("Rp60.000 · stok 2 · terjual 0").await;
        assert!(!list.text.contains("Netflix") && !list.text.contains("Roblox"), "{}", list.text);
        budi.presses("2. Steam").await;
        let card = budi.sees("Keterangan Steam").await;
        assert!(card.text.contains("Jumlah: 1 → Rp60.000"), "{}", card.text);
        budi.presses("+5").await;
        budi.sees("Jumlah: 2 → Rp120.000").await;
        budi.presses("Kembali").await;
        budi.sees("Mau belanja apa").await;
    }
}

scenarios! {
    async fn all_products_come_in_pages_and_bestsellers_in_order(shop) {
        for number in 1..=23 {
            shop.sells_in("Game", &format!("Produk {number:02}"), 1_000 * number, &[&format!("u{number}a"), &format!("u{number}b"), &format!("u{number}c"), &format!("u{number}d")]).await;
        }
        let budi = shop.budi();
        budi.says("/produk").await;
        budi.presses("SEMUA PRODUK").await;
        let first = budi.sees("Produk 10").await;
        assert!(labels(&first).contains(&"1/3") && !first.text.contains("Produk 11"), "{}", first.text);
        budi.presses("➡️").await;
        budi.sees("Produk 20").await;
        budi.presses("➡️").await;
        let last = budi.sees("Produk 23").await;
        assert!(labels(&last).contains(&"3/3") && !labels(&last).contains(&"➡️"), "{:?}", labels(&last));
        budi.presses("⬅️").await;
        budi.sees("Produk 11").await;
        budi.gets(7, &[]).await;
        budi.gets(3, &["+2"]).await;
        budi.says("/produk").await;
        budi.presses("TERLARIS").await;
        let best = budi.sees("Terlaris").await;
        let (third, seventh) = (best.text.find("Produk 03").unwrap(), best.text.find("Produk 07").unwrap());
        assert!(third < seventh && !best.text.contains("Produk 01"), "{}", best.text);
        budi.presses("Top Buyers").await;
        budi.sees("🥇 Budi: Rp16.000").await;
    }

    async fn a_search_finds_words_of_name_and_description_or_says_that_nothing_fits(shop) {
        shop.sells("Netflix Premium", 35_000, &["n1"]).await;
        shop.sells("Spotify", 20_000, &["s1"]).await;
        let budi = shop.budi();
        budi.says("premium NETFLIX").await;
        let found = budi.sees("Hasil untuk").await;
        assert!(found.text.contains("1. Netflix Premium") && !found.text.contains("Spotify"), "{}", found.text);
        budi.says("keterangan spot").await;
        budi.presses("2. Spotify").await;
        budi.sees("Keterangan Spotify").await;
        budi.says("<b>disney & co</b>").await;
        budi.sees("Tidak ada yang cocok dengan “<b>disney & co</b>”").await;
        budi.presses("Semua produk").await;
        budi.sees("Netflix Premium").await;
    }

    async fn a_typed_number_opens_its_product_and_an_unknown_one_says_so(shop) {
        shop.sells("Netflix", 35_000, &["n1"]).await;
        let budi = shop.budi();
        budi.says("/start p_1").await;
        budi.sees("Keterangan Netflix").await;
        budi.says("1").await;
        budi.sees("Keterangan Netflix").await;
        for number in ["2", "0", "-1", "999999999999"] {
            budi.says(number).await;
            budi.sees("Produk itu sudah tidak ada").await;
        }
    }

    async fn the_keyboard_has_the_numbers_in_stock_and_the_staff_button_for_staff_only(shop) {
        shop.sells("Netflix", 35_000, &["n1"]).await;
        shop.sells("Habis", 35_000, &[]).await;
        let (budi, admin) = (shop.budi(), shop.admin().await);
        for somebody in [&budi, &admin] {
            somebody.says("/start").await;
            for _ in 0..3 {
                somebody.presses("Lewati").await;
            }
            somebody.sees("Selamat datang").await;
        }
        let rows = shop.sandbox.reply_keyboard(budi.id).unwrap();
        assert_eq!(rows, [vec!["🛍 LIST PRODUK", "📦 STOK"], vec!["👤 AKUN", "💬 KIRIM PESAN"], vec!["1"]]);
        let staff = shop.sandbox.reply_keyboard(admin.id).unwrap();
        assert_eq!(staff.last().unwrap(), &["🛠 MENU ADMIN"]);
    }

    async fn the_stock_page_refreshes_in_place(shop) {
        let number = shop.sells("Netflix", 35_000, &["n1"]).await;
        let budi = shop.budi();
        budi.says("STOK").await;
        let stock = budi.sees("1. Netflix: 1").await;
        shop.restocks(number, &["n2", "n3"]).await;
        shop.passes(chrono::TimeDelta::seconds(2)).await;
        budi.presses("Perbarui").await;
        let fresh = budi.sees("1. Netflix: 3").await;
        assert_eq!(fresh.message_id, stock.message_id);
    }

    async fn whoever_waits_for_a_sold_out_product_is_told_once(shop) {
        let number = shop.sells("Netflix", 35_000, &[]).await;
        let (budi, sari) = (shop.budi(), shop.sari());
        budi.says(&number.to_string()).await;
        budi.presses("Kabari kalau sudah ada").await.says("dikabari begitu Netflix ada lagi");
        sari.says(&number.to_string()).await;
        sari.sees("Stok sedang habis").await;
        shop.restocks(number, &["n1"]).await;
        budi.sees("Kabar baik!").await;
        shop.restocks(number, &["n2"]).await;
        shop.settles().await;
        assert_eq!((budi.counts("Kabar baik!"), sari.counts("Kabar baik!")), (1, 0));
        budi.presses("Buka produk").await;
        budi.sees("Stok: 2").await;
    }

    async fn whoever_waits_is_told_of_a_unit_that_another_gave_back(shop) {
        let number = shop.sells("Netflix", 35_000, &["n1"]).await;
        let (budi, sari) = (shop.budi(), shop.sari());
        budi.orders(number, &[]).await;
        sari.says(&number.to_string()).await;
        let card = sari.sees("Stok sedang habis").await;
        sari.presses("Kabari kalau sudah ada").await.says("dikabari begitu Netflix ada lagi");
        shop.passes(chrono::TimeDelta::minutes(10)).await;
        sari.sees("Kabar baik!").await;
        sari.presses_under(&card, "Kabari").await;
        sari.sees("Stok: 1").await;
        shop.settles().await;
        assert_eq!((budi.counts("Kabar baik!"), sari.counts("Kabar baik!")), (0, 1));
    }

    async fn the_language_can_be_changed(shop) {
        let budi = shop.budi();
        budi.says("/lang").await;
        budi.presses("English").await.says("We speak English");
        budi.sees("Hello, Budi!").await;
        budi.says("LIST PRODUK").await;
        budi.sees("What would you like today?").await;
    }

    async fn details_are_changed_from_the_account_page(shop) {
        let budi = shop.budi();
        budi.says("AKUN").await;
        budi.presses("✏️ Nama").await;
        budi.sees("Siapa namamu?").await;
        budi.says("Budi Baru").await;
        budi.sees("Nama: Budi Baru").await;
        budi.presses("✏️ E-mail").await;
        budi.presses("Batal").await;
        budi.sees("Akunmu").await;
    }
}
