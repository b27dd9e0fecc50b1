//! Old messages keep their buttons for years.

use crate::chat::Someone;
use crate::world::TestShop;
use quickcart::sandbox::ChatMessage;

/// Buttons that lead somewhere, with the message they are under.
fn buttons(messages: &[ChatMessage]) -> Vec<(i64, String)> {
    let of = |message: &ChatMessage| {
        let data = message.inline_keyboard.iter().flatten().filter_map(|button| button.callback_data.clone());
        data.filter(|data| data != "nothing").map(|data| (message.message_id, data)).collect::<Vec<_>>()
    };
    let mut all: Vec<(i64, String)> = messages.iter().flat_map(of).collect();
    all.sort();
    all.dedup();
    all
}

/// Presses each: it stops spinning, and words come over the chat or a view into it. An edit that changes nothing is
/// refused and is a view all the same, as long as its message is there.
async fn all_are_answered_with_a_view(shop: &TestShop, person: &Someone, old: &[ChatMessage]) {
    let old = buttons(old);
    assert!(old.len() > 8, "{old:?}");
    for (message, data) in old {
        let there = person.all().iter().any(|other| other.message_id == message && !other.deleted);
        let shown = || {
            let calls = shop.sandbox.calls().into_iter().filter(|call| call.chat == Some(person.id));
            calls.filter(|call| call.status == 200 || there && call.method.starts_with("edit")).count()
        };
        let before = shown();
        let toast = person.presses_data(message, &data).await;
        let words = toast.0.text.is_some();
        shop.until(&format!("something seen after {data}"), || words || shown() > before).await;
        shop.settles().await;
    }
}

/// Goes through a purchase and keeps every view on the way, each in a message of its own.
async fn a_walk(shop: &TestShop, budi: &Someone) -> Vec<ChatMessage> {
    let number = shop.sells("Netflix", 35_000, &["n1", "n2", "n3", "n4"]).await;
    let mut seen = Vec::new();
    for (typed, words) in [
        ("1", "Keterangan Netflix"),
        ("/cart", "Masih kosong"),
        ("/produk", "Mau belanja"),
        ("AKUN", "Akunmu"),
        ("STOK", "Stok tersedia"),
        ("/order", "Cara belanja"),
        ("netflix", "Hasil untuk"),
    ] {
        budi.says(typed).await;
        seen.push(budi.sees(words).await);
    }
    budi.says("1").await;
    budi.presses("➕").await;
    seen.push(budi.sees("Jumlah: 2").await);
    seen.push(budi.orders(number, &["➕"]).await);
    let code = shop.db_code();
    seen.push(budi.opens_order(&code).await);
    budi.opens_order(&code).await;
    budi.presses("SALDO").await;
    seen.push(budi.sees("Saldomu belum cukup").await);
    budi.opens_order(&code).await;
    budi.presses("QRIS").await;
    seen.push(budi.sees("Total bayar").await);
    seen
}

scenarios! {
    async fn every_old_button_is_answered_after_the_payment(shop) {
        let budi = shop.budi();
        let old = a_walk(shop, &budi).await;
        shop.is_paid();
        budi.sees("berhasil!").await;
        shop.settles().await;
        all_are_answered_with_a_view(shop, &budi, &old).await;
        assert_eq!((shop.db_units("sold"), shop.db_orders()[0].as_str()), (2, "delivered"));
    }

    async fn every_old_button_is_answered_after_a_restart(shop) {
        let budi = shop.budi();
        let old = a_walk(shop, &budi).await;
        shop.restarts().await;
        all_are_answered_with_a_view(shop, &budi, &old).await;
    }

    async fn every_old_button_is_answered_after_the_expiry(shop) {
        let budi = shop.budi();
        let old = a_walk(shop, &budi).await;
        shop.passes(chrono::TimeDelta::minutes(10)).await;
        budi.sees("sudah tidak berlaku").await;
        all_are_answered_with_a_view(shop, &budi, &old).await;
        assert_eq!(shop.db_orders()[0], "expired");
    }

    async fn buttons_nobody_ever_made_are_answered_with_a_view(shop) {
        shop.sells("Netflix", 35_000, &["n1"]).await;
        let budi = shop.budi();
        budi.says("1").await;
        let card = budi.sees("Keterangan Netflix").await;
        for data in ["", "x", "buy:1", "buy:1:0", "buy:1:-1", "buy:9:1", "add:1:4294967295", "set:9:1", "product:7:1",
            "order:1:0", "qris:1", "saldo:1", "goods:1", "status:1", "void:1", "deposit:1", "deposit:-1", "again:1",
            "staff", "staff_orders:any:0", "staff_stock:1:0", "orders:4294967295", "all:4294967295", "category:1:0"] {
            let before = shop.sandbox.calls().len();
            let toast = budi.presses_data(card.message_id, data).await;
            let words = toast.0.text.is_some();
            shop.until(data, || words || shop.sandbox.calls().len() > before + 1).await;
        }
        budi.says("/lang").await;
        budi.sees("bahasa apa").await;
        shop.settles().await;
        assert!(budi.all().iter().all(|message| !message.text.contains("n1")));
    }

    async fn a_button_of_a_deleted_message_brings_a_new_view(shop) {
        shop.sells("Netflix", 35_000, &["n1"]).await;
        let budi = shop.budi();
        budi.says("1").await;
        let card = budi.sees("Keterangan Netflix").await;
        shop.sandbox.delete(budi.id, card.message_id).unwrap();
        budi.presses_under(&card, "Kembali").await;
        budi.sees("Mau belanja apa").await;
    }
}
