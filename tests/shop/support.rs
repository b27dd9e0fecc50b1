//! Customers and staff talk.

use crate::world::GROUP;
use quickcart::sandbox::Kind;

scenarios! {
    async fn a_message_reaches_the_admins_and_their_answer_the_customer(shop) {
        let (budi, admin) = (shop.budi(), shop.admin().await);
        budi.says("💬 KIRIM PESAN").await;
        budi.sees("Tulis pesanmu untuk admin").await;
        budi.says("Akun <saya> & teman tidak bisa masuk 😢").await;
        budi.sees("sudah sampai ke admin").await;
        let message = admin.sees("Pesan dari Budi (@budi, 1001)").await;
        assert!(message.text.contains("Akun <saya> & teman tidak bisa masuk 😢"), "{}", message.text);
        budi.looks_away();
        shop.settles().await;
        admin.replies(&message, "Sudah diperbaiki, <kak>!").await;
        admin.sees("Balasanmu dikirim ke Budi").await;
        let answer = budi.sees("Pesan dari admin Toko Uji").await;
        assert!(answer.text.contains("Sudah diperbaiki, <kak>!"), "{}", answer.text);
    }

    async fn a_message_may_bring_a_photo(shop) {
        let (emma, admin) = (shop.emma(), shop.admin().await);
        emma.says("/message").await;
        emma.sees("Write your message to the admins").await;
        emma.sends_photo("Look at this").await;
        emma.sees("has reached the admins").await;
        let message = admin.sees("Pesan dari Emma").await;
        assert!(message.kind == Kind::Photo && message.text.contains("Look at this"), "{message:?}");
        emma.looks_away();
        shop.settles().await;
        admin.replies(&message, "Thanks").await;
        emma.sees("A message from Toko Uji").await;
    }

    async fn an_admin_answers_from_the_group(shop) {
        let (budi, admin) = (shop.budi(), shop.admin().await);
        let group = admin.in_group(GROUP);
        group.says("/whitelist").await;
        group.sees("sekarang menerima").await;
        budi.says("KIRIM PESAN").await;
        budi.says("Halo?").await;
        let message = group.sees("Pesan dari Budi").await;
        budi.looks_away();
        shop.settles().await;
        budi.in_group(GROUP).replies(&message, "Saya bukan admin").await;
        group.replies(&message, "Halo juga").await;
        let answer = budi.sees("Pesan dari admin").await;
        assert!(answer.text.contains("Halo juga"), "{}", answer.text);
        shop.settles().await;
        assert_eq!(budi.counts("Saya bukan admin"), 0);
    }

    async fn writing_to_the_admins_can_be_left_by_any_button(shop) {
        shop.sells("Netflix", 35_000, &["n1"]).await;
        let (budi, admin) = (shop.budi(), shop.admin().await);
        budi.says("KIRIM PESAN").await;
        budi.presses("Batal").await;
        budi.sees("Akunmu").await;
        budi.says("KIRIM PESAN").await;
        budi.says("STOK").await;
        budi.sees("Stok tersedia").await;
        budi.says("netflix").await;
        budi.sees("Hasil untuk").await;
        shop.settles().await;
        assert_eq!(admin.counts("Pesan dari"), 0);
    }

    async fn a_long_message_arrives_whole(shop) {
        let (budi, admin) = (shop.budi(), shop.admin().await);
        let text = format!("{}selesai", "kata ".repeat(380));
        budi.says("KIRIM PESAN").await;
        budi.says(&text).await;
        let message = admin.sees("Pesan dari Budi").await;
        assert!(message.text.contains(&text), "{}", message.text);
    }

    async fn what_is_neither_text_nor_photo_is_answered_kindly(shop) {
        let budi = shop.budi();
        budi.sends_photo("").await;
        budi.sees("aku belum paham").await;
        budi.sends_document("a.txt", "a", "").await;
        budi.sees("aku belum paham").await;
    }
}
