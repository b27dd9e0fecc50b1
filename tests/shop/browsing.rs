//! Finding something.

use crate::chat::labels;

scenarios! {
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
        let budi = shop.budi();
        budi.says("🛍 LIST PRODUK").await;
        budi.presses("KATEGORI").await;
        let categories = budi.sees("Kategori").await;
        assert_eq!(labels(&categories)[..2], ["📁 Game (1)", "📁 Streaming (1)"]);
        budi.presses("Game").await;
        let list = budi.sees("Rp60.000 · stok 2 · terjual 0").await;
        assert!(!list.text.contains("Netflix"), "{}", list.text);
        budi.presses("2. Steam").await;
        let card = budi.sees("Keterangan Steam").await;
        assert!(card.text.contains("Jumlah: 1 → Rp60.000"), "{}", card.text);
        budi.presses("+5").await;
        budi.sees("Jumlah: 2 → Rp120.000").await;
        budi.presses("Kembali").await;
        budi.sees("Mau belanja apa").await;
    }
}
