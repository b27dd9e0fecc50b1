//! Lists of products, and the stock at a glance.

use crate::rules::dialog::screen::ProductLine;
use crate::rules::dialog::view::{Filter, View};
use crate::text::buttons::{Rows, back, open, to_products};
use crate::text::format::{clock, count, label, name, rupiah};
use crate::text::message::Message;
use crate::text::{Voice, fit};
use chrono::{DateTime, Utc};

/// Room for the lines of a page.
const LINES_MAX: usize = 3_600;

pub(super) fn list(
    voice: &Voice,
    filter: Filter,
    title: Option<&str>,
    lines: &[ProductLine],
    (page, pages): (u32, u32),
) -> Message {
    let line = |line: &ProductLine| {
        let (number, name, price) = (line.number, name(&line.name), rupiah(line.price));
        let (stock, sold) = (stock_words(voice, line.stock), count(line.sold));
        say!(
            voice,
            "<b>{number}. {name}</b>\n     {price} · {stock} · terjual {sold}",
            "<b>{number}. {name}</b>\n     {price} · {stock} · {sold} sold",
        )
    };
    let button = |line: &ProductLine| {
        open(
            format!("{}. {}", line.number, label(&line.name)),
            View::Product { number: line.number, quantity: 0 },
        )
    };
    let body = match lines {
        [] => say!(
            voice,
            "Belum ada produk di sini. Mampir lagi nanti ya!",
            "Nothing here yet. Do come back soon!"
        ),
        lines => fit::list(lines.iter().map(line), LINES_MAX),
    };
    let top_buyers = (filter == Filter::Bestsellers)
        .then(|| open(say!(voice, "🏆 Top Buyers", "🏆 Top Buyers"), View::TopBuyers));
    let from = match filter {
        Filter::Category(_) => View::Categories,
        Filter::All | Filter::Bestsellers | Filter::Search => View::Catalogue,
    };
    Rows::new()
        .grid(2, lines.iter().map(button))
        .pages(page, pages, |page| View::Products { filter, page })
        .row(top_buyers)
        .row([back(voice, from)])
        .under(fit::paragraphs([heading(voice, filter, title), body]))
}

fn heading(voice: &Voice, filter: Filter, title: Option<&str>) -> String {
    let title = name(title.unwrap_or_default());
    match filter {
        Filter::All => say!(voice, "📋 <b>Semua produk</b>", "📋 <b>All products</b>"),
        Filter::Bestsellers => say!(voice, "🔥 <b>Terlaris</b>", "🔥 <b>Bestsellers</b>"),
        Filter::Category(_) => say!(voice, "🗂 <b>{title}</b>", "🗂 <b>{title}</b>"),
        Filter::Search => say!(voice, "🔍 Hasil untuk “<b>{title}</b>”", "🔍 Results for “<b>{title}</b>”"),
    }
}

fn stock_words(voice: &Voice, stock: i64) -> String {
    let number = count(stock);
    match stock {
        ..=0 => say!(voice, "habis", "sold out"),
        _ => say!(voice, "stok {number}", "{number} in stock"),
    }
}

pub(super) fn stock(
    voice: &Voice,
    lines: &[ProductLine],
    (page, pages): (u32, u32),
    at: DateTime<Utc>,
) -> Message {
    let line =
        |line: &ProductLine| format!("{}. {}: <b>{}</b>", line.number, name(&line.name), count(line.stock));
    let button = |line: &ProductLine| {
        open(line.number.to_string(), View::Product { number: line.number, quantity: 0 })
    };
    let body = match lines {
        [] => say!(
            voice,
            "Semua sedang habis. Buka produknya, lalu minta dikabari begitu stok datang. 🔔",
            "Everything is sold out. Open a product and ask to be told when it is back. 🔔",
        ),
        lines => fit::list(lines.iter().map(line), LINES_MAX),
    };
    let at = clock(at, voice.shop.timezone, voice.language);
    let title = say!(voice, "📦 <b>Stok tersedia</b>", "📦 <b>In stock</b>");
    let fresh = say!(
        voice,
        "🕒 Pukul {at}. Tekan atau ketik nomornya untuk membuka produk.",
        "🕒 As of {at}. Press or type a number to open the product.",
    );
    let refresh = open(say!(voice, "🔄 Perbarui", "🔄 Refresh"), View::Stock { page });
    Rows::new()
        .grid(5, lines.iter().map(button))
        .pages(page, pages, |page| View::Stock { page })
        .row([refresh, to_products(voice)])
        .under(fit::paragraphs([title, body, fresh]))
}
