//! The customer's own page.

use crate::rules::dialog::screen::MovementLine;
use crate::rules::dialog::view::{Detail, Press, View};
use crate::rules::money::Rupiah;
use crate::rules::people::{Language, Profile};
use crate::text::buttons::{Rows, back, open, press, to_movements};
use crate::text::format::{movement, name, rupiah};
use crate::text::message::Message;
use crate::text::{Voice, fit, people};

pub(super) fn account(voice: &Voice, profile: &Profile, balance: Rupiah) -> Message {
    let change = |label, detail| press(label, Press::Change(detail));
    let name = say!(voice, "✏️ Nama", "✏️ Name");
    let email = say!(voice, "✏️ E-mail", "✏️ E-mail");
    let language = say!(voice, "🌐 Bahasa", "🌐 Language");
    let orders = say!(voice, "📜 Pesanan", "📜 Orders");
    let deposit = say!(voice, "💳 Isi saldo", "💳 Deposit");
    let title = say!(voice, "👤 <b>Akunmu</b>", "👤 <b>Your account</b>");
    Rows::new()
        .row([open(deposit, View::Deposit)])
        .row([open(orders, View::Orders { page: 0 }), to_movements(voice)])
        .row([change(name, Detail::Name), change("✏️ WhatsApp".to_owned(), Detail::Whatsapp)])
        .row([change(email, Detail::Email), open(language, View::Languages)])
        .under(fit::paragraphs([title, details(voice, profile, balance)]))
}

/// Everything the shop knows about somebody, for themselves and for staff.
pub(super) fn details(voice: &Voice, profile: &Profile, balance: Rupiah) -> String {
    let known = |detail: &Option<String>| detail.as_deref().map_or_else(|| "-".to_owned(), name);
    let (id, person) = (profile.chat, voice.person(&profile.name));
    let username =
        profile.username.as_ref().map_or_else(|| "-".to_owned(), |user| format!("@{}", name(user)));
    let (email, whatsapp) = (known(&profile.email), known(&profile.whatsapp));
    let (bank_id, balance) = (name(&profile.bank_id), rupiah(balance));
    let (status, since) = (people::roles(profile.roles), voice.date(profile.joined_at));
    say!(
        voice,
        "🆔 ID: <code>{id}</code>\n\
         😊 Nama: {person}\n\
         💬 Username: {username}\n\
         📧 E-mail: {email}\n\
         📱 WhatsApp: {whatsapp}\n\
         🏦 ID bank: <code>{bank_id}</code>\n\
         ⭐️ Status: {status}\n\
         📅 Sejak: {since}\n\n\
         💰 Saldo: <b>{balance}</b>",
        "🆔 ID: <code>{id}</code>\n\
         😊 Name: {person}\n\
         💬 Username: {username}\n\
         📧 E-mail: {email}\n\
         📱 WhatsApp: {whatsapp}\n\
         🏦 Bank id: <code>{bank_id}</code>\n\
         ⭐️ Status: {status}\n\
         📅 Since: {since}\n\n\
         💰 Balance: <b>{balance}</b>",
    )
}

pub(super) fn languages(voice: &Voice) -> Message {
    let choice = |label, language| press(label, Press::SetLanguage(language));
    Rows::new()
        .row([choice("🇮🇩 Bahasa Indonesia", Language::Id), choice("🇬🇧 English", Language::En)])
        .row([back(voice, View::Account)])
        .under(say!(voice, "🌐 <b>Mau pakai bahasa apa?</b>", "🌐 <b>Which language do you prefer?</b>"))
}

pub(super) fn movements(
    voice: &Voice,
    lines: &[MovementLine],
    balance: Rupiah,
    (page, pages): (u32, u32),
) -> Message {
    let line = |line: &MovementLine| {
        let (amount, source) = (movement(line.amount), source(voice, &line.source));
        let code = code(line).map(|code| format!(" {}", name(code))).unwrap_or_default();
        format!("<b>{amount}</b> · {source}{code}\n     {}", voice.date(line.at))
    };
    let balance = rupiah(balance);
    let title = say!(
        voice,
        "💸 <b>Mutasi saldo</b>\n💰 Saldo sekarang: <b>{balance}</b>",
        "💸 <b>Balance movements</b>\n💰 Balance now: <b>{balance}</b>",
    );
    let body = match lines {
        [] => say!(voice, "Belum ada mutasi.", "No movements yet."),
        lines => fit::list(lines.iter().map(line), 3_600),
    };
    Rows::new()
        .pages(page, pages, |page| View::Movements { page })
        .row([back(voice, View::Account)])
        .under(fit::paragraphs([title, body]))
}

fn source(voice: &Voice, source: &str) -> String {
    match source {
        "deposit" => say!(voice, "💳 Isi saldo", "💳 Deposit"),
        "order" => say!(voice, "🛒 Pesanan", "🛒 Order"),
        "late" => say!(voice, "⌛️ Pembayaran telat", "⌛️ Late payment"),
        "transfer" => say!(voice, "🤝 Dari admin", "🤝 By the admins"),
        other => name(other),
    }
}

/// The code by which messages called it. The gateway's reference is the code with the payer before it; the reference of
/// a transfer by staff names who made it, which is no customer's business.
fn code(line: &MovementLine) -> Option<&str> {
    match line.source.as_str() {
        "deposit" | "order" | "late" => line.reference.rsplit('-').next(),
        _ => None,
    }
}
