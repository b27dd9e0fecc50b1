//! Orders, as staff see them.

use super::menu::states;
use crate::rules::dialog::view::View;
use crate::rules::fact::Person;
use crate::rules::invoice::{Invoice, InvoiceState};
use crate::rules::order::{Order, OrderState};
use crate::text::buttons::{Rows, open, to_staff_menu};
use crate::text::format::{name, rupiah};
use crate::text::message::Message;
use crate::text::{Voice, fit, orders, people};

pub(super) fn list(
    voice: &Voice,
    state: Option<OrderState>,
    lines: &[(Order, Person)],
    (page, pages): (u32, u32),
) -> Message {
    let line = |(order, buyer): &(Order, Person)| {
        let (sign, code, total) = (orders::sign(order.state), name(&order.code), rupiah(order.total));
        let (buyer, at) = (voice.person(&buyer.name), voice.date(order.created_at));
        let mailbox = if order.undeliverable { " 📪" } else { "" };
        format!("{sign} <code>{code}</code> · {total} · {buyer}{mailbox}\n     {at}")
    };
    let which = match state {
        Some(state) => orders::state(voice, state),
        None => say!(voice, "semua", "all"),
    };
    let title = say!(voice, "🧾 <b>Pesanan: {which}</b>", "🧾 <b>Orders: {which}</b>");
    let hint = match lines {
        [] => say!(voice, "Tidak ada.", "None."),
        _ => {
            say!(voice, "Buka satu pesanan: <code>/orders KODE</code>", "Open one: <code>/orders CODE</code>",)
        }
    };
    Rows::new()
        .pages(page, pages, |page| View::StaffOrders { state, page })
        .grid(2, states(voice, Some(state)))
        .row([to_staff_menu(voice)])
        .under(fit::paragraphs([title, fit::list(lines.iter().map(line), 3_600), hint]))
}

pub(super) fn order(voice: &Voice, order: &Order, buyer: &Person, invoice: Option<&Invoice>) -> Message {
    let buyer = people::person(voice, buyer);
    let buyer = say!(voice, "👤 Pembeli: {buyer}", "👤 Buyer: {buyer}");
    let undeliverable = match order.undeliverable {
        true => say!(voice, "📪 Tidak bisa dikirim ke pembeli.", "📪 Could not be sent to the buyer."),
        false => String::new(),
    };
    let invoice = invoice.map(|invoice| payment(voice, invoice)).unwrap_or_default();
    let same = say!(voice, "🧾 Pesanan sejenis", "🧾 Orders like this");
    let same = open(same, View::StaffOrders { state: Some(order.state), page: 0 });
    let summary = orders::summary(voice, order, 2_400);
    Rows::new().row([same, to_staff_menu(voice)]).under(fit::paragraphs([
        orders::facts(voice, order),
        buyer,
        summary,
        invoice,
        undeliverable,
    ]))
}

pub(super) fn no_such_order(voice: &Voice, code: &str) -> Message {
    let code = name(code);
    Rows::new().row([to_staff_menu(voice)]).under(say!(
        voice,
        "🔍 Tidak ada pesanan dengan kode <b>{code}</b>.",
        "🔍 There is no order with the code <b>{code}</b>.",
    ))
}

fn payment(voice: &Voice, invoice: &Invoice) -> String {
    let known = |amount: Option<_>| amount.map_or_else(|| "-".to_owned(), rupiah);
    let (reference, base) = (name(&invoice.reference), rupiah(invoice.base));
    let (fee, total) = (known(invoice.fee), known(invoice.total));
    let (state, until) = (invoice_state(voice, invoice.state), voice.date(invoice.expires_at));
    say!(
        voice,
        "📱 <b>QRIS</b> <code>{reference}</code>\n\
         Status: {state}\n\
         Harga {base} · biaya {fee} · total {total}\n\
         Berlaku sampai {until}",
        "📱 <b>QRIS</b> <code>{reference}</code>\n\
         Status: {state}\n\
         Price {base} · fee {fee} · total {total}\n\
         Valid until {until}",
    )
}

fn invoice_state(voice: &Voice, state: InvoiceState) -> String {
    match state {
        InvoiceState::Opening => say!(voice, "sedang dibuat", "being made"),
        InvoiceState::Open => say!(voice, "menunggu pembayaran", "waiting for payment"),
        InvoiceState::Settled => say!(voice, "lunas", "settled"),
        InvoiceState::Expired => say!(voice, "kedaluwarsa", "expired"),
        InvoiceState::Cancelled => say!(voice, "dibatalkan", "cancelled"),
        InvoiceState::Refused => say!(voice, "ditolak gateway", "refused by the gateway"),
    }
}
