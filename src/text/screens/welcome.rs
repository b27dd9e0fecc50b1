//! The first thing anybody sees.

use crate::text::format::{count, escape, name};
use crate::text::message::Message;
use crate::text::{Voice, fit};

pub(super) fn welcome(voice: &Voice, person: &str, customers: i64, completed_orders: i64) -> Message {
    let (person, shop) = (voice.person(person), name(&voice.shop.name));
    let (customers, completed_orders) = (count(customers), count(completed_orders));
    let hello = say!(
        voice,
        "👋 Halo, <b>{person}</b>! Selamat datang di <b>{shop}</b>.\n\
         Senang kamu mampir. Barang digital pilihanmu dikirim otomatis, kapan saja.",
        "👋 Hello, <b>{person}</b>! Welcome to <b>{shop}</b>.\n\
         Lovely to have you here. Your digital goods arrive by themselves, at any hour.",
    );
    let figures = say!(
        voice,
        "👥 Pengguna: <b>{customers}</b>\n✅ Transaksi selesai: <b>{completed_orders}</b>",
        "👥 Users: <b>{customers}</b>\n✅ Completed transactions: <b>{completed_orders}</b>",
    );
    let next = say!(
        voice,
        "Pilih menu di bawah, ketik <b>nomor produk</b>, atau tulis apa yang kamu cari. ✨",
        "Pick from the menu below, type a <b>product's number</b>, or write what you are looking for. ✨",
    );
    Message::new(fit::paragraphs([hello, figures, documentation(voice), next]))
}

fn documentation(voice: &Voice) -> String {
    let Some(address) = voice.shop.documentation_url.as_deref().map(escape) else { return String::new() };
    say!(voice, "📖 <a href=\"{address}\">Panduan toko</a>", "📖 <a href=\"{address}\">About the shop</a>")
}
