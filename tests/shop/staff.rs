//! What staff type.

use crate::world::GROUP;
use quickcart::rules::dialog::command::USAGES;

scenarios! {
    async fn to_a_stranger_staff_commands_do_not_exist(shop) {
        let number = shop.sells("Netflix", 35_000, &["n1"]).await;
        let budi = shop.budi();
        budi.says("/lang").await;
        budi.sees("bahasa apa").await;
        shop.settles().await;
        let figures = "SELECT (SELECT COUNT(*) FROM products) * 1000000 + (SELECT COUNT(*) FROM stock_units) * 10000 \
                       + (SELECT COUNT(*) FROM transfers) * 100 + (SELECT COUNT(*) FROM notify_chats) AS value";
        let before = shop.db_number(figures);
        let typed = USAGES.iter().flat_map(|usage| [usage.example, usage.command]);
        for text in typed.chain(["/admin", "MENU ADMIN", "🛠 ADMIN MENU", "/broadcast", "/ban 1002", "/nonsense"]) {
            budi.is_met_with_silence(text).await;
        }
        budi.sends_document("stok.txt", "a\nb\n", &format!("/addstock {number}")).await;
        budi.is_met_with_silence("/admin").await;
        let documents = budi.all().iter().position(|message| message.file.is_some()).unwrap();
        assert!(!budi.all()[documents + 1].from_bot, "the document was answered");
        shop.sandbox.say_in_group(GROUP, budi.id, "/whitelist", None).unwrap();
        shop.settles().await;
        assert_eq!(shop.db_number(figures), before);
        assert!(shop.sandbox.messages(GROUP).iter().all(|message| !message.from_bot));
    }

    async fn a_malformed_command_is_answered_with_its_form_and_an_example(shop) {
        let admin = shop.admin().await;
        for (typed, command) in [
            ("/add", "/add"),
            ("/add -|Netflix", "/add"),
            ("/add -|Netflix|-|murah|-", "/add"),
            ("/addstock", "/addstock"),
            ("/addstock satu|a", "/addstock"),
            ("/viewstock", "/viewstock"),
            ("/transfer", "/transfer"),
            ("/transfer 1001|banyak", "/transfer"),
            ("/transfer 1001|0", "/transfer"),
            ("/info", "/info"),
            ("/orders belum", "/orders"),
            ("/whitelist 12", "/whitelist"),
            ("/whitelist", "/whitelist"),
            ("/rm abc", "/rm"),
        ] {
            admin.says(typed).await;
            let answer = admin.sees("Formatnya belum pas").await;
            let usage = USAGES.iter().find(|usage| usage.command == command).unwrap();
            let (form, example) = (format!("{command} "), usage.example);
            assert!(answer.text.contains(&form) && answer.text.contains(example), "{typed}: {}", answer.text);
        }
    }

    async fn a_product_is_added_under_the_smallest_free_number(shop) {
        let admin = shop.admin().await;
        admin.says("/add 2 | Netflix 1 Bulan | Streaming | 25.000 | Akun sharing, garansi | 30 hari").await;
        admin.sees("Produk 2. Netflix 1 Bulan ditambahkan").await;
        admin.says("/add -|Spotify|-|15000").await;
        let added = admin.sees("Produk 1. Spotify ditambahkan").await;
        assert!(added.text.contains("Rp15.000 · 🗂 Tanpa Kategori"), "{}", added.text);
        admin.says("/add 2|Lain|-|1000|-").await;
        admin.sees("Nomor 2 sudah dipakai Netflix 1 Bulan").await;
        admin.says("/add |Ketiga|Streaming|1000|-").await;
        admin.sees("Produk 3. Ketiga").await;
        shop.settles().await;
        assert_eq!(shop.db_audited("product.added"), 3);
        let budi = shop.budi();
        budi.says("2").await;
        budi.sees("Akun sharing, garansi | 30 hari").await;
    }

    async fn balances_are_changed_up_and_down_but_never_below_zero(shop) {
        let (budi, admin) = (shop.budi(), shop.admin().await);
        budi.says("/help").await;
        admin.says("/transfer @budi|50.000|transfer BCA").await;
        admin.sees("+Rp50.000 untuk Budi (@budi, 1001).\nSaldonya sekarang: Rp50.000").await;
        budi.sees("Admin mengubah saldomu: +Rp50.000").await;
        admin.says("/transfer 1001|-20000").await;
        admin.sees("-Rp20.000 untuk Budi").await;
        budi.sees("Admin mengubah saldomu: -Rp20.000").await;
        admin.says("/transfer 1001|-30.001").await;
        admin.sees("hanya Rp30.000, tidak bisa dikurangi sebanyak itu").await;
        admin.says("/transfer @siapa|5000").await;
        admin.sees("Tidak ada pelanggan “@siapa”").await;
        shop.settles().await;
        assert_eq!((shop.db_balances(), shop.db_audited("balance.transferred")), (30_000, 2));
    }

    async fn a_customer_is_found_by_id_username_and_bank_id(shop) {
        let number = shop.sells("Netflix", 35_000, &["n1"]).await;
        let (budi, admin) = (shop.budi(), shop.admin().await);
        budi.gets(number, &[]).await;
        shop.settles().await;
        budi.says("AKUN").await;
        let account = budi.sees("ID bank: ").await.text;
        let (_, bank_id) = account.split_once("ID bank: ").unwrap();
        for who in ["1001", "@budi", "@BUDI", &bank_id[..6]] {
            admin.says(&format!("/info {who}")).await;
            let info = admin.sees("Info pelanggan").await;
            assert!(info.text.contains("@budi") && info.text.contains(&shop.db_code()), "{}", info.text);
            assert!(info.text.contains("Pesanan: 1\n🛍 Total belanja: Rp35.000"), "{}", info.text);
        }
        admin.says("/info 424242").await;
        admin.sees("Tidak ada pelanggan “424242”").await;
    }

    async fn orders_are_listed_by_state_and_opened_by_code(shop) {
        let number = shop.sells("Netflix", 35_000, &["n1", "n2"]).await;
        let (budi, sari, admin) = (shop.budi(), shop.sari(), shop.admin().await);
        budi.gets(number, &[]).await;
        let paid = shop.db_code();
        sari.asks_for_qr(number, &[]).await;
        let pending = shop.db_code();
        shop.settles().await;
        for (typed, has, lacks) in
            [("/orders delivered", &paid, &pending), ("/orders PENDING", &pending, &paid)]
        {
            admin.says(typed).await;
            let list = admin.sees("Pesanan: ").await;
            assert!(list.text.contains(has.as_str()) && !list.text.contains(lacks.as_str()), "{typed}: {}", list.text);
        }
        admin.says("/orders").await;
        let all = admin.sees("Pesanan: semua").await;
        assert!(all.text.contains(&paid) && all.text.contains(&pending), "{}", all.text);
        admin.says("/orders refunded").await;
        admin.sees("Tidak ada.").await;
        admin.says(&format!("/orders {}", paid.to_lowercase())).await;
        let order = admin.sees("Pembeli: Budi (@budi, 1001)").await;
        assert!(order.text.contains("Status: lunas") && order.text.contains("tg1001-"), "{}", order.text);
        admin.says("/orders ZZZZZZZZ").await;
        admin.sees("Tidak ada pesanan dengan kode ZZZZZZZZ").await;
    }

    async fn the_admin_menu_is_walked_by_buttons(shop) {
        let number = shop.sells("Netflix", 35_000, &["n1"]).await;
        let (budi, admin) = (shop.budi(), shop.admin().await);
        budi.gets(number, &[]).await;
        shop.settles().await;
        admin.says("🛠 MENU ADMIN").await;
        admin.sees("Menu admin").await;
        admin.presses("selesai").await;
        let list = admin.sees("Pesanan: selesai").await;
        assert!(list.text.contains(&shop.db_code()), "{}", list.text);
        admin.presses("Menu admin").await;
        admin.presses("Stok").await;
        admin.sees("Stok tersedia").await;
    }

    async fn a_group_gets_notices_from_whitelist_to_rm(shop) {
        shop.sells("Netflix", 35_000, &["n1", "n2", "n3"]).await;
        let (budi, admin) = (shop.budi(), shop.admin().await);
        let group = admin.in_group(GROUP);
        admin.says(&format!("/whitelist {GROUP}")).await;
        admin.sees("sekarang menerima notifikasi").await;
        group.says("/whitelist@sandbox_shop_bot").await;
        group.sees("memang sudah menerima").await;
        budi.gets(1, &[]).await;
        group.sees("dibayar").await;
        group.says("/rm").await;
        group.sees("tidak lagi menerima notifikasi").await;
        budi.gets(1, &[]).await;
        shop.settles().await;
        assert_eq!((group.counts("dibayar"), admin.counts("dibayar")), (1, 2));
    }

    async fn staff_hear_once_of_stock_that_runs_low_and_out(shop) {
        let units: Vec<String> = (1..=12).map(|unit| format!("n{unit}")).collect();
        let number = shop.sells("Netflix", 1_000, &units.iter().map(String::as_str).collect::<Vec<_>>()).await;
        let (budi, admin) = (shop.budi(), shop.admin().await);
        budi.gets(number, &[]).await;
        shop.settles().await;
        assert_eq!(admin.counts("Stok menipis"), 0);
        budi.gets(number, &[]).await;
        admin.sees("Stok menipis: 1. Netflix, sisa 10").await;
        budi.gets(number, &["+10"]).await;
        shop.settles().await;
        assert_eq!((admin.counts("Stok menipis"), admin.counts("Stok habis: 1. Netflix")), (1, 1));
    }
}
