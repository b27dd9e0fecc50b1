//! Customers and staff talk.

use crate::world::GROUP;
use quickcart::sandbox::Kind;

scenarios! {
    async fn a_message_reaches_the_admins_and_their_answer_the_customer(shop) {
        let (budi, admin) = (shop.budi(), shop.admin().await);
        budi.says("💬 KIRIM PESAN").await;
        budi.sees("Tulis pesanmu untuk admin").await;
        budi.says("Akun <saya> & teman tidak bisa masuk 😢").await;
        budi.sees("sudah diteruskan ke admin").await;
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
        emma.sees("was passed on to the admins").await;
        let message = admin.sees("Pesan dari Emma").await;
        assert!(message.kind == Kind::Photo && message.text.contains("Look at this"), "{message:?}");
        emma.looks_away();
        shop.settles().await;
        admin.replies(&message, "Thanks").await;
        emma.sees("A message from Toko Uji").await;
    }

    async fn an_answer_may_bring_a_photo_but_no_document(shop) {
        let (budi, admin) = (shop.budi(), shop.admin().await);
        let group = admin.in_group(GROUP);
        group.says("/whitelist").await;
        budi.says("KIRIM PESAN").await;
        budi.says("Halo?").await;
        budi.sees("sudah diteruskan ke admin").await;
        let (here, there) = (admin.sees("Pesan dari Budi").await, group.sees("Pesan dari Budi").await);
        shop.settles().await;
        for (place, message, caption) in [(&admin, &here, "Begini caranya"), (&group, &there, "")] {
            budi.looks_away();
            place.replies_with_photo(message, caption).await;
            place.sees("Balasanmu dikirim ke Budi").await;
            let answer = budi.sees("Pesan dari admin Toko Uji").await;
            assert!(answer.kind == Kind::Photo && answer.text.contains(caption), "{answer:?}");
            place.replies_with_document(message, "Lihat dokumen ini").await;
            place.sees("sebagai tulisan atau foto").await;
        }
        shop.settles().await;
        assert_eq!(budi.counts("Lihat dokumen ini"), 0);
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
        let text = format!("{}selesai", "kata ".repeat(800));
        budi.says("KIRIM PESAN").await;
        budi.says(&text).await;
        let end = admin.sees("selesai").await;
        budi.looks_away();
        shop.settles().await;
        let arrived: usize = admin.news().iter().map(|message| message.text.matches("kata").count()).sum();
        assert_eq!(arrived, 800);
        admin.replies(&end, &text).await;
        budi.sees("selesai").await;
        shop.settles().await;
        let answered: usize = budi.news().iter().map(|message| message.text.matches("kata").count()).sum();
        assert_eq!(answered, 800);
    }

    async fn a_reply_answers_the_customer_whatever_is_being_asked(shop) {
        let (budi, admin) = (shop.budi(), shop.admin().await);
        budi.says("KIRIM PESAN").await;
        budi.says("Halo?").await;
        let message = admin.sees("Pesan dari Budi").await;
        budi.looks_away();
        admin.says("AKUN").await;
        admin.presses("Nama").await;
        let question = admin.sees("Siapa namamu?").await;
        for answer in ["Halo juga", "STOK", "5"] {
            admin.replies(&message, answer).await;
            admin.sees("Balasanmu dikirim ke Budi").await;
            budi.sees(&format!("\n{answer}\n")).await;
        }
        admin.replies(&question, "Andi Baru").await;
        admin.sees("Nama tersimpan").await;
        admin.sees("Nama: Andi Baru").await;
    }

    async fn a_document_leaves_the_message_to_the_admins_open(shop) {
        let (budi, admin) = (shop.budi(), shop.admin().await);
        budi.says("KIRIM PESAN").await;
        budi.sends_document("bukti.pdf", "a", "").await;
        budi.sees("sebagai tulisan atau foto").await;
        budi.says("Halo?").await;
        budi.sees("sudah diteruskan ke admin").await;
        admin.sees("Pesan dari Budi").await;
        budi.says("AKUN").await;
        budi.presses("Nama").await;
        budi.sends_photo("Budi Baru").await;
        budi.sees("dijawab dengan tulisan").await;
        budi.says("Budi Baru").await;
        budi.sees("Nama tersimpan").await;
    }

    async fn in_a_group_every_button_is_answered_and_only_those_of_staff_lead_anywhere(shop) {
        let number = shop.sells("Netflix", 35_000, &["n1"]).await;
        let (budi, admin) = (shop.budi(), shop.admin().await);
        let group = admin.in_group(GROUP);
        budi.orders(number, &[]).await;
        group.says("/orders").await;
        let list = group.sees("Pesanan: semua").await;
        for data in ["staff", "nonsense", "change:name"] {
            budi.in_group(GROUP).presses_data(list.message_id, data).await.says("khusus admin");
        }
        for data in ["nonsense", "change:name", "account", "deposit:50000", "checkout", "all:0", "skip:name"] {
            group.presses_data(list.message_id, data).await.says("Lanjutkan di chat pribadi");
        }
        shop.settles().await;
        assert_eq!(shop.sandbox.messages(GROUP).iter().filter(|message| message.from_bot).count(), 1);
        assert_eq!(shop.sandbox.invoices().len(), 0);
        group.presses_under(&list, "Menu admin").await;
        group.sees("Menu admin").await;
        group.replies(&list, "Netflix").await;
        group.says("/orders paid").await;
        group.sees("Pesanan: dibayar").await;
        assert_eq!(group.counts("Hasil untuk"), 0);
    }

    async fn what_is_neither_text_nor_photo_is_answered_kindly(shop) {
        let budi = shop.budi();
        budi.sends_photo("").await;
        budi.sees("aku belum paham").await;
        budi.sends_document("a.txt", "a", "").await;
        budi.sees("aku belum paham").await;
    }
}
