//! Finding the way through the catalogue.

use crate::rules::dialog::screen::CategoryLine;
use crate::rules::dialog::view::{Filter, View};
use crate::rules::money::Rupiah;
use crate::text::buttons::{Rows, back, open, to_products};
use crate::text::format::{label, name, rupiah};
use crate::text::message::Message;
use crate::text::{Voice, fit};

pub(super) fn catalogue(voice: &Voice) -> Message {
    let list = |filter| View::Products { filter, page: 0 };
    let categories = open(say!(voice, "🗂 KATEGORI", "🗂 CATEGORIES"), View::Categories);
    let best = open(say!(voice, "🔥 TERLARIS", "🔥 BESTSELLERS"), list(Filter::Bestsellers));
    let all = open(say!(voice, "📋 SEMUA PRODUK", "📋 ALL PRODUCTS"), list(Filter::All));
    let cart = open(say!(voice, "🛒 Keranjang", "🛒 Cart"), View::Cart);
    Rows::new().row([categories, best]).row([all]).row([cart]).under(say!(
        voice,
        "🛍 <b>Mau belanja apa hari ini?</b>\n\n\
         Pilih cara melihat-lihat, atau langsung ketik nama produk yang kamu cari.",
        "🛍 <b>What would you like today?</b>\n\n\
         Pick a way to look around, or simply type the product you have in mind.",
    ))
}

pub(super) fn categories(voice: &Voice, lines: &[CategoryLine]) -> Message {
    let button = |line: &CategoryLine| {
        let sign = line.emoji.as_deref().map(label).filter(|emoji| !emoji.is_empty());
        let text = format!("{} {} ({})", sign.as_deref().unwrap_or("📁"), label(&line.name), line.products);
        open(text, View::Products { filter: Filter::Category(line.key), page: 0 })
    };
    let body = if lines.is_empty() {
        say!(
            voice,
            "🗂 Sedang tidak ada yang tersedia. Mampir lagi nanti ya!",
            "🗂 Nothing is in stock right now. Do come back soon!",
        )
    } else {
        say!(voice, "🗂 <b>Kategori</b>\n\nPilih salah satu:", "🗂 <b>Categories</b>\n\nPick one:")
    };
    Rows::new().grid(2, lines.iter().map(button)).row([back(voice, View::Catalogue)]).under(body)
}

pub(super) fn top_buyers(voice: &Voice, buyers: &[(String, Rupiah)]) -> Message {
    let line = |(place, (person, spent)): (usize, &(String, Rupiah))| {
        let place = match place {
            0 => "🥇".to_owned(),
            1 => "🥈".to_owned(),
            2 => "🥉".to_owned(),
            place => format!("{}.", place + 1),
        };
        format!("{place} {}: <b>{}</b>", voice.person(person), rupiah(*spent))
    };
    let title = say!(
        voice,
        "🏆 <b>Top Buyers</b>\nDiurutkan dari total belanja.",
        "🏆 <b>Top Buyers</b>\nBy what they have spent in all.",
    );
    let list = fit::list(buyers.iter().enumerate().map(line), 3_000);
    let empty = say!(voice, "Belum ada. Jadilah yang pertama! ✨", "Nobody yet. Be the first! ✨");
    let body = fit::paragraphs([title, if buyers.is_empty() { empty } else { list }]);
    let best = View::Products { filter: Filter::Bestsellers, page: 0 };
    Rows::new().row([back(voice, best)]).under(body)
}

pub(super) fn nothing_found(voice: &Voice, searched: &str) -> Message {
    let searched = name(searched);
    let all = say!(voice, "📋 Semua produk", "📋 All products");
    Rows::new().row([to_products(voice), open(all, View::Products { filter: Filter::All, page: 0 })]).under(
        say!(
            voice,
            "🔍 Tidak ada yang cocok dengan “{searched}”.\n\n\
         Coba kata lain, lihat semua produk, atau tanya admin lewat /pesan.",
            "🔍 Nothing matches “{searched}”.\n\n\
         Try other words, browse everything, or ask the admins with /pesan.",
        ),
    )
}
