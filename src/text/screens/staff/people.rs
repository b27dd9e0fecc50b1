//! Customers, as staff see them.

use crate::rules::fact::Person;
use crate::rules::money::Rupiah;
use crate::rules::order::Order;
use crate::rules::people::Profile;
use crate::text::format::{count, movement, name, rupiah};
use crate::text::message::Message;
use crate::text::screens::account;
use crate::text::{Voice, fit, orders, people};

pub(super) fn no_such_person(voice: &Voice, typed: &str) -> Message {
    let typed = name(typed);
    Message::new(say!(
        voice,
        "🔍 Tidak ada pelanggan “{typed}”. Pakai ID Telegram, @username, atau ID bank 6 angka.",
        "🔍 There is no customer “{typed}”. Use a Telegram id, an @username or a bank id of 6 digits.",
    ))
}

pub(super) fn info(
    voice: &Voice,
    profile: &Profile,
    balance: Rupiah,
    (orders, spent): (i64, Rupiah),
    last: &[Order],
) -> Message {
    let (orders, spent) = (count(orders), rupiah(spent));
    let title = say!(voice, "🔎 <b>Info pelanggan</b>", "🔎 <b>About this customer</b>");
    let figures = say!(
        voice,
        "🧾 Pesanan: <b>{orders}</b>\n🛍 Total belanja: <b>{spent}</b>",
        "🧾 Orders: <b>{orders}</b>\n🛍 Spent: <b>{spent}</b>",
    );
    let banned = match profile.banned {
        true => say!(voice, "🚫 <b>Diblokir</b>", "🚫 <b>Banned</b>"),
        false => String::new(),
    };
    let line = |order: &Order| {
        let (sign, code) = (orders::sign(order.state), name(&order.code));
        format!("{sign} <code>{code}</code> · {} · {}", rupiah(order.total), voice.date(order.created_at))
    };
    let last = fit::list(last.iter().map(line), 2_000);
    let details = account::details(voice, profile, balance);
    Message::new(fit::paragraphs([title, details, banned, figures, last]))
}

pub(super) fn transferred(voice: &Voice, person: &Person, amount: Rupiah, balance: Rupiah) -> Message {
    let (person, amount, balance) = (people::person(voice, person), movement(amount), rupiah(balance));
    Message::new(say!(
        voice,
        "💸 <b>{amount}</b> untuk {person}.\nSaldonya sekarang: <b>{balance}</b>",
        "💸 <b>{amount}</b> for {person}.\nTheir balance now: <b>{balance}</b>",
    ))
}

pub(super) fn not_that_much(voice: &Voice, person: &Person, balance: Rupiah) -> Message {
    let (person, balance) = (people::person(voice, person), rupiah(balance));
    Message::new(say!(
        voice,
        "⚠️ Saldo {person} hanya <b>{balance}</b>, tidak bisa dikurangi sebanyak itu. Tidak ada yang \
         berubah.",
        "⚠️ {person} has only <b>{balance}</b>; that much cannot be taken. Nothing was changed.",
    ))
}

pub(super) fn reply_sent(voice: &Voice, person: &str) -> Message {
    let person = voice.person(person);
    Message::new(say!(
        voice,
        "✅ Balasanmu dikirim ke <b>{person}</b>.",
        "✅ Your answer is on its way to <b>{person}</b>.",
    ))
}
