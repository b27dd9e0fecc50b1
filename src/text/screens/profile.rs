//! Questions about the customer: on the first visit, and from the account page.

use crate::rules::dialog::view::{Detail, Press};
use crate::text::buttons::{Rows, never_mind, press};
use crate::text::message::{Button, Message};
use crate::text::{Voice, fit};

pub(super) fn ask(voice: &Voice, detail: Detail, first_visit: bool) -> Message {
    if !first_visit {
        return Rows::new().row([never_mind(voice)]).under(question(voice, detail));
    }
    let hint = say!(
        voice,
        "Tidak mau mengisi? Tekan <b>Lewati</b> atau ketik /skip.",
        "Rather not say? Press <b>Skip</b> or type /skip.",
    );
    Rows::new().row([skip(voice, detail)]).under(fit::paragraphs([
        greeting(voice, detail),
        question(voice, detail),
        hint,
    ]))
}

/// Said before the first question only.
fn greeting(voice: &Voice, detail: Detail) -> String {
    match detail {
        Detail::Name => say!(
            voice,
            "👋 Halo! Sebelum mulai, kenalan sebentar yuk. Cuma tiga pertanyaan.",
            "👋 Hello! Before we start, let us get acquainted. Just three questions.",
        ),
        Detail::Whatsapp | Detail::Email => String::new(),
    }
}

fn question(voice: &Voice, detail: Detail) -> String {
    match detail {
        Detail::Name => say!(voice, "😊 Siapa namamu?", "😊 What is your name?"),
        Detail::Whatsapp => say!(
            voice,
            "📱 Berapa nomor WhatsApp-mu?\nContoh: <code>081234567890</code>",
            "📱 What is your WhatsApp number?\nFor example: <code>+6281234567890</code>",
        ),
        Detail::Email => say!(
            voice,
            "📧 Apa alamat e-mailmu?\nContoh: <code>nama@contoh.id</code>",
            "📧 What is your e-mail address?\nFor example: <code>name@example.com</code>",
        ),
    }
}

pub(super) fn bad(voice: &Voice, detail: Detail) -> Message {
    let body = match detail {
        Detail::Name => say!(
            voice,
            "🤔 Namanya maksimal 64 huruf ya. Coba ketik lagi.",
            "🤔 A name may have up to 64 letters. Please type it again.",
        ),
        Detail::Whatsapp => say!(
            voice,
            "🤔 Sepertinya itu bukan nomor WhatsApp. Coba lagi, contoh: <code>081234567890</code>",
            "🤔 That does not look like a WhatsApp number. Try again, for example: \
             <code>+6281234567890</code>",
        ),
        Detail::Email => say!(
            voice,
            "🤔 Sepertinya itu bukan alamat e-mail. Coba lagi, contoh: <code>nama@contoh.id</code>",
            "🤔 That does not look like an e-mail address. Try again, for example: \
             <code>name@example.com</code>",
        ),
    };
    Rows::new().row([skip(voice, detail)]).under(body)
}

pub(super) fn saved(voice: &Voice, detail: Detail) -> Message {
    Message::new(match detail {
        Detail::Name => {
            say!(voice, "✅ Nama tersimpan. Salam kenal!", "✅ Your name is saved. Nice to meet you!")
        }
        Detail::Whatsapp => say!(voice, "✅ Nomor WhatsApp tersimpan.", "✅ Your WhatsApp number is saved."),
        Detail::Email => say!(voice, "✅ E-mail tersimpan.", "✅ Your e-mail address is saved."),
    })
}

fn skip(voice: &Voice, detail: Detail) -> Button {
    press(say!(voice, "⏭ Lewati", "⏭ Skip"), Press::Skip(detail))
}
