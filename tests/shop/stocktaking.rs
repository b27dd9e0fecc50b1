//! Putting units on sale, and looking at them.

use crate::world::GROUP;

scenarios! {
    async fn units_are_typed_one_a_line_and_duplicates_are_named(shop) {
        shop.sells("Netflix", 35_000, &["lama"]).await;
        let admin = shop.admin().await;
        admin.says("/addstock 1| a@b.c|rahasia \n\n dua\nlama\ndua\ntiga").await;
        let added = admin.sees("3 unit masuk ke 1. Netflix. Stok sekarang: 4").await;
        assert!(added.text.contains("2 dilewati karena sudah pernah ada, unit ke: 3, 4"), "{}", added.text);
        admin.presses("Isi stok").await;
        let stock = admin.sees("Unit: 4").await;
        for unit in ["a@b.c|rahasia", "dua", "tiga", "lama"] {
            assert!(stock.text.contains(unit), "{}", stock.text);
        }
        admin.says("/addstock 9|x").await;
        admin.sees("Tidak ada produk dengan nomor 9").await;
        shop.settles().await;
        assert_eq!(shop.db_units("free"), 4);
    }

    async fn stock_is_shown_in_private_only_and_only_when_asked_for(shop) {
        shop.sells("Netflix", 35_000, &["kunci-pertama"]).await;
        let admin = shop.admin().await;
        admin.says("/addstock 1").await;
        let usage = admin.sees("Formatnya belum pas").await;
        assert!(usage.text.contains("/addstock") && !usage.text.contains("kunci-pertama"), "{}", usage.text);
        let group = admin.in_group(GROUP);
        group.says("/viewstock 1").await;
        group.sees("Lanjutkan di chat pribadi").await;
        group.says("/addstock 1|dua").await;
        let added = group.sees("1 unit masuk ke 1. Netflix").await;
        group.presses_data(added.message_id, "staff_stock:1:0").await.says("Lanjutkan di chat pribadi");
        shop.settles().await;
        assert_eq!(group.counts("kunci-pertama"), 0);
        admin.says("/viewstock 1").await;
        admin.sees("kunci-pertama").await;
    }

    async fn units_come_as_a_document(shop) {
        shop.sells("Netflix", 35_000, &["dua"]).await;
        let admin = shop.admin().await;
        admin.sends_document("stok.txt", "\u{feff}satu\r\ndua\r\n\r\ntiga\r\n", "/addstock 1").await;
        let added = admin.sees("2 unit masuk ke 1. Netflix. Stok sekarang: 3").await;
        assert!(added.text.contains("1 dilewati") && added.text.contains("unit ke: 2"), "{}", added.text);
        let goods = shop.budi().gets(1, &["+2"]).await;
        assert!(goods.text.contains("dua\nsatu\ntiga"), "{}", goods.text);
    }

    async fn a_large_document_shows_its_progress(shop) {
        shop.sells("Netflix", 35_000, &[]).await;
        let admin = shop.admin().await;
        let units: String = (1..=4_500).map(|unit| format!("unit-{unit}\n")).collect();
        admin.sends_document("stok.txt", &units, "/addstock 1").await;
        let done = admin.sees("4500 unit masuk ke 1. Netflix. Stok sekarang: 4.500").await;
        assert!(done.edited > 0, "no progress was shown");
        assert_eq!(admin.counts("dari 4500"), 0);
        assert_eq!(shop.db_units("free"), 4_500);
    }

    async fn a_document_that_is_no_text_is_refused(shop) {
        shop.sells("Netflix", 35_000, &[]).await;
        let admin = shop.admin().await;
        shop.sandbox.send_document(admin.id, "stok.txt", &[0xff, 0xfe, 0x00, 0xd8], "/addstock 1").unwrap();
        admin.sees("Dokumennya harus berupa teks").await;
        admin.sends_document("stok.txt", "\n \n", "/addstock 1").await;
        admin.sees("Dokumennya harus berupa teks").await;
        admin.sends_document("stok.txt", "a\n", "/addstock satu").await;
        admin.sees("Formatnya belum pas").await;
        assert_eq!(shop.db_units("free"), 0);
    }

    async fn the_state_of_every_unit_is_shown_in_pages(shop) {
        let units: Vec<String> = (1..=12).map(|unit| format!("unit-{unit:02}")).collect();
        let number = shop.sells("Netflix", 1_000, &units.iter().map(String::as_str).collect::<Vec<_>>()).await;
        let (budi, sari, admin) = (shop.budi(), shop.sari(), shop.admin().await);
        budi.gets(number, &[]).await;
        let sold = shop.db_code();
        sari.orders(number, &[]).await;
        let reserved = shop.db_code();
        admin.says("/viewstock 1").await;
        let first = admin.sees("Unit: 12").await;
        for words in [format!("terjual · {sold}\nunit-01"), format!("dipesan · {reserved}\nunit-02"), "unit-10".into()] {
            assert!(first.text.contains(&words), "{words}: {}", first.text);
        }
        admin.presses("➡️").await;
        let second = admin.sees("unit-12").await;
        assert!(second.text.contains("tersedia") && !second.text.contains("unit-10"), "{}", second.text);
        admin.says("/viewstock 7").await;
        admin.sees("Tidak ada produk dengan nomor 7").await;
    }

    async fn goods_are_never_found_in_the_databases_in_the_clear(shop) {
        let number = shop.sells("Netflix", 35_000, &["rahasia-sekali"]).await;
        shop.budi().gets(number, &[]).await;
        shop.settles().await;
        let found = "SELECT (SELECT COUNT(*) FROM outbox WHERE CAST(fact AS TEXT) LIKE '%rahasia%') AS value";
        assert_eq!(shop.db_number(found), 0);
        let events = "SELECT COUNT(*) AS value FROM events WHERE before LIKE '%rahasia%' OR after LIKE '%rahasia%'";
        assert_eq!(shop.databases.audit.number(events), 0);
    }
}
