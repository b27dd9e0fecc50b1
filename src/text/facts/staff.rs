//! What staff hear of, and what they say to customers.

use crate::rules::fact::{Person, StaffNews};
use crate::rules::order::Order;
use crate::text::fit::{BODY_MAX, CAPTION_MAX};
use crate::text::format::{count, escape, name, rupiah};
use crate::text::message::{Attachment, Media, Message, plain_length};
use crate::text::{Voice, fit, orders, people};

pub(super) fn reply(voice: &Voice, text: &str, picture: Option<&str>) -> Vec<Message> {
    let shop = name(&voice.shop.name);
    let head = say!(voice, "💬 <b>Pesan dari admin {shop}</b>", "💬 <b>A message from {shop}</b>");
    let hint = say!(voice, "Mau membalas? Ketik /pesan.", "Would you like to answer? Type /pesan.");
    letter(&head, text, &hint, picture)
}

pub(super) fn customer_message(
    voice: &Voice,
    from: &Person,
    text: &str,
    picture: Option<&str>,
) -> Vec<Message> {
    let from = people::person(voice, from);
    let head = say!(voice, "💬 Pesan dari {from}", "💬 A message from {from}");
    let hint = say!(
        voice,
        "↩️ Balas pesan ini untuk menjawab pelanggan.",
        "↩️ Reply to this message to answer the customer.",
    );
    letter(&head, text, &hint, picture)
}

/// The longest head and hint of a customer's message: a name, a username and an id in a sentence, and how to answer.
pub(in crate::text) const LETTER_FRAME_MAX: usize = 350;

/// What somebody wrote, in full, in as many messages as it takes, the first with the picture. Each has the head and the
/// hint around it, since any of them may be the one that is answered.
fn letter(head: &str, text: &str, hint: &str, picture: Option<&str>) -> Vec<Message> {
    let max = if picture.is_some() { CAPTION_MAX } else { BODY_MAX };
    let room = max.saturating_sub(plain_length(head) + plain_length(hint) + 4);
    let body = |piece| Message::new(fit::paragraphs([head.to_owned(), escape(piece), hint.to_owned()]));
    let mut messages: Vec<Message> = match fit::pieces(text, room) {
        pieces if pieces.is_empty() => vec![body("")],
        pieces => pieces.into_iter().map(body).collect(),
    };
    if let (Some(first), Some(file)) = (messages.first_mut(), picture) {
        first.attachment = Some(Attachment::Picture(Media::Stored(file.to_owned())));
    }
    messages
}

/// One line per item, in as few messages as possible.
pub(super) fn news(voice: &Voice, news: &[StaffNews]) -> Vec<Message> {
    let lines = news.iter().map(|item| news_line(voice, item));
    fit::pack(lines, "\n").into_iter().map(Message::new).collect()
}

fn news_line(voice: &Voice, news: &StaffNews) -> String {
    match news {
        StaffNews::OrderPaid { order, buyer, late } => order_paid(voice, order, buyer, *late),
        StaffNews::OrderExpired { code, buyer, total } => {
            let (code, buyer, total) = (name(code), people::person(voice, buyer), rupiah(*total));
            say!(
                voice,
                "⌛️ <code>{code}</code> kedaluwarsa · {total} · {buyer}",
                "⌛️ <code>{code}</code> expired · {total} · {buyer}",
            )
        }
        StaffNews::DepositPaid { code, buyer, amount, late } => {
            let (code, buyer, amount) = (name(code), people::person(voice, buyer), rupiah(*amount));
            let late = lateness(voice, *late);
            say!(
                voice,
                "💳 <code>{code}</code> isi saldo{late} · {amount} · {buyer}",
                "💳 <code>{code}</code> deposit{late} · {amount} · {buyer}",
            )
        }
        StaffNews::LateCredited { code, buyer, amount } => {
            let (code, buyer, amount) = (name(code), people::person(voice, buyer), rupiah(*amount));
            say!(
                voice,
                "💰 <code>{code}</code> dibayar telat, masuk saldo · {amount} · {buyer}",
                "💰 <code>{code}</code> paid late, went to the balance · {amount} · {buyer}",
            )
        }
        StaffNews::PaidTwice { code, buyer, amount } => {
            let (code, buyer, amount) = (name(code), people::person(voice, buyer), rupiah(*amount));
            say!(
                voice,
                "💰 <code>{code}</code> dibayar dua kali, yang kedua masuk saldo · {amount} · {buyer}",
                "💰 <code>{code}</code> paid twice, the second went to the balance · {amount} · {buyer}",
            )
        }
        StaffNews::LowStock { product, name: called, left } => {
            let (called, left) = (name(called), count(*left));
            say!(
                voice,
                "⚠️ Stok menipis: {product}. {called}, sisa <b>{left}</b>",
                "⚠️ Low stock: {product}. {called}, <b>{left}</b> left",
            )
        }
        StaffNews::SoldOut { product, name: called } => {
            let called = name(called);
            say!(voice, "🚨 Stok habis: {product}. {called}", "🚨 Sold out: {product}. {called}")
        }
        StaffNews::Undeliverable { code, buyer } => {
            let (code, buyer) = (name(code), people::person(voice, buyer));
            say!(
                voice,
                "📪 <code>{code}</code> tidak bisa dikirim (bot diblokir atau akun dihapus) · {buyer}",
                "📪 <code>{code}</code> could not be sent (bot blocked or account deleted) · {buyer}",
            )
        }
    }
}

fn order_paid(voice: &Voice, order: &Order, buyer: &Person, late: bool) -> String {
    let (code, buyer, total) = (name(&order.code), people::person(voice, buyer), rupiah(order.total));
    let method = order.method.map(|method| orders::method(voice, method)).unwrap_or_else(|| "-".to_owned());
    let (late, what) = (lateness(voice, late), contents(order));
    say!(
        voice,
        "💵 <code>{code}</code> dibayar{late} · {total} ({method}) · {what} · {buyer}",
        "💵 <code>{code}</code> paid{late} · {total} ({method}) · {what} · {buyer}",
    )
}

/// `2 × Netflix`, or `2 × Netflix, +3` if there are three more lines.
fn contents(order: &Order) -> String {
    match order.lines.as_slice() {
        [] => "-".to_owned(),
        [only] => format!("{} × {}", only.quantity, name(&only.name)),
        [first, others @ ..] => format!("{} × {}, +{}", first.quantity, name(&first.name), others.len()),
    }
}

fn lateness(voice: &Voice, late: bool) -> String {
    if late { say!(voice, " (telat)", " (late)") } else { String::new() }
}

pub(super) fn trouble(voice: &Voice, fault: &str, detail: &str) -> Message {
    let (shop, fault, detail) = (name(&voice.shop.name), name(fault), escape(&fit::cut(detail, 3_000)));
    Message::new(say!(
        voice,
        "🚨 <b>{shop}: ada gangguan</b>\n\nKode: <code>{fault}</code>\n{detail}",
        "🚨 <b>{shop}: there is trouble</b>\n\nCode: <code>{fault}</code>\n{detail}",
    ))
}

pub(super) fn trouble_over(voice: &Voice, fault: &str) -> Message {
    let (shop, fault) = (name(&voice.shop.name), name(fault));
    Message::new(say!(
        voice,
        "✅ <b>{shop}: gangguan selesai</b>\n\nKode: <code>{fault}</code>",
        "✅ <b>{shop}: the trouble is over</b>\n\nCode: <code>{fault}</code>",
    ))
}
