//! Where staff start, and how their commands are typed.

use crate::rules::dialog::command::{USAGES, Usage};
use crate::rules::dialog::view::View;
use crate::rules::order::OrderState;
use crate::text::buttons::{Rows, open};
use crate::text::format::escape;
use crate::text::message::{Button, Message};
use crate::text::{Voice, fit, orders};

pub(super) fn menu(voice: &Voice) -> Message {
    let title = say!(
        voice,
        "🛠 <b>Menu admin</b>\n\nPilih di bawah, atau ketik perintahnya:",
        "🛠 <b>Admin menu</b>\n\nPick below, or type a command:",
    );
    let commands = fit::list(USAGES.iter().map(|usage| form_and_example(voice, usage)), 3_500);
    let stock = open(say!(voice, "📦 Stok", "📦 Stock"), View::Stock { page: 0 });
    let products = open(say!(voice, "🛍 Produk", "🛍 Products"), View::Catalogue);
    Rows::new().grid(2, states(voice, None)).row([stock, products]).under(fit::paragraphs([title, commands]))
}

/// A button for the orders of every state and for all, but not for the one that is `shown`.
pub(super) fn states(voice: &Voice, shown: Option<Option<OrderState>>) -> Vec<Button> {
    let states = OrderState::ALL.into_iter().map(Some).chain([None]);
    let button = |state: Option<OrderState>| {
        let label = match state {
            Some(state) => format!("{} {}", orders::sign(state), orders::state(voice, state)),
            None => say!(voice, "🧾 semua pesanan", "🧾 all orders"),
        };
        open(label, View::StaffOrders { state, page: 0 })
    };
    states.filter(|state| shown != Some(*state)).map(button).collect()
}

fn form_and_example(voice: &Voice, usage: &Usage) -> String {
    format!("▫️ <code>{}</code>\n     <code>{}</code>", escape(&form(voice, usage)), escape(usage.example))
}

/// The command with its fields.
fn form(voice: &Voice, usage: &Usage) -> String {
    let fields = match usage.command {
        "/add" => say!(voice, "id|nama|kategori|harga|deskripsi", "id|name|category|price|description"),
        "/addstock" => say!(voice, "id|satu unit per baris", "id|one unit a line"),
        "/viewstock" => "id".to_owned(),
        "/transfer" => say!(voice, "pelanggan|jumlah|catatan", "user|amount|note"),
        "/info" => say!(voice, "pelanggan", "user"),
        "/orders" => say!(voice, "status atau kode", "state or code"),
        "/whitelist" | "/rm" => say!(voice, "id grup", "group id"),
        _ => String::new(),
    };
    format!("{} {fields}", usage.command)
}

/// The words that `/orders` knows, with what each of them means.
fn known_states(voice: &Voice) -> String {
    let line = |state: OrderState| format!("<code>{}</code> · {}", state.name(), orders::state(voice, state));
    let title = say!(voice, "Status yang bisa diketik:", "States that may be typed:");
    [title].into_iter().chain(OrderState::ALL.map(line)).collect::<Vec<_>>().join("\n")
}

pub(super) fn usage(voice: &Voice, usage: &Usage) -> Message {
    let (form, example) = (escape(&form(voice, usage)), escape(usage.example));
    let states = if usage.command == "/orders" { known_states(voice) } else { String::new() };
    let body = say!(
        voice,
        "✍️ Formatnya belum pas. Tulis seperti ini:\n\
         <code>{form}</code>\n\n\
         Contoh:\n\
         <code>{example}</code>",
        "✍️ That is not quite the form. Type it like this:\n\
         <code>{form}</code>\n\n\
         For example:\n\
         <code>{example}</code>",
    );
    Message::new(fit::paragraphs([body, states]))
}

pub(super) fn whitelisted(voice: &Voice, chat: i64, on: bool, changed: bool) -> Message {
    Message::new(match (on, changed) {
        (true, true) => say!(
            voice,
            "🔔 Grup <code>{chat}</code> sekarang menerima notifikasi.",
            "🔔 The group <code>{chat}</code> gets notices from now on.",
        ),
        (true, false) => say!(
            voice,
            "🔔 Grup <code>{chat}</code> memang sudah menerima notifikasi.",
            "🔔 The group <code>{chat}</code> gets notices already.",
        ),
        (false, true) => say!(
            voice,
            "🔕 Grup <code>{chat}</code> tidak lagi menerima notifikasi.",
            "🔕 The group <code>{chat}</code> gets no more notices.",
        ),
        (false, false) => say!(
            voice,
            "🔕 Grup <code>{chat}</code> memang tidak menerima notifikasi.",
            "🔕 The group <code>{chat}</code> was getting no notices.",
        ),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::people::Language;
    use crate::text::tests::{fixtures::Sample, voice};

    #[test]
    fn every_command_has_a_form_with_fields() {
        for usage in &USAGES {
            for language in [Language::Id, Language::En] {
                let form = form(&voice(language, &Sample::ordinary()), usage);
                assert!(form.len() > usage.command.len() + 1, "{form:?}");
            }
        }
    }
}
