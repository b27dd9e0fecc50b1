//! The customer's orders.

use crate::rules::dialog::view::{Press, View};
use crate::rules::invoice::{Invoice, InvoiceState};
use crate::rules::order::{Order, OrderState};
use crate::text::buttons::{Rows, back, open, press, to_products};
use crate::text::format::{label, name, rupiah};
use crate::text::message::Message;
use crate::text::{Voice, fit, orders};

pub(super) fn list(voice: &Voice, lines: &[Order], (page, pages): (u32, u32)) -> Message {
    if lines.is_empty() {
        return Rows::new().row([to_products(voice)]).row([back(voice, View::Account)]).under(say!(
            voice,
            "📜 <b>Riwayat pesanan</b>\n\nBelum ada pesanan. Yuk, belanja dulu!",
            "📜 <b>Order history</b>\n\nNo orders yet. Time for the first one!",
        ));
    }
    let line = |order: &Order| {
        let (sign, code, total) = (orders::sign(order.state), name(&order.code), rupiah(order.total));
        let (state, at) = (orders::state(voice, order.state), voice.date(order.created_at));
        format!("{sign} <b>{code}</b> · {total} · {state}\n     {at}")
    };
    let button = |order: &Order| {
        let text = format!("{} {}", orders::sign(order.state), label(&order.code));
        open(text, View::OrderDetail { order: order.id, page })
    };
    let title = say!(voice, "📜 <b>Riwayat pesanan</b>", "📜 <b>Order history</b>");
    Rows::new()
        .grid(2, lines.iter().map(button))
        .pages(page, pages, |page| View::Orders { page })
        .row([back(voice, View::Account)])
        .under(fit::paragraphs([title, fit::list(lines.iter().map(line), 3_600)]))
}

pub(super) fn detail(voice: &Voice, order: &Order, invoice: Option<&Invoice>, page: u32) -> Message {
    let waiting = order.state == OrderState::Pending;
    let rows = match waiting {
        true => orders::payments(voice, order, Rows::new()),
        false => orders::afterwards(voice, order, Rows::new()),
    };
    let status = invoice
        .filter(|invoice| waiting && invoice.state == InvoiceState::Open)
        .map(|invoice| press(say!(voice, "🔄 Cek status", "🔄 Check status"), Press::Status(invoice.id)));
    let cancel = waiting.then(|| orders::cancel(voice, order));
    rows.row(status).row(cancel).row([back(voice, View::Orders { page })]).under(fit::paragraphs([
        orders::facts(voice, order),
        orders::summary(voice, order, 3_000),
        orders::paid_with_fee(voice, order, invoice),
        undeliverable(voice, order),
    ]))
}

fn undeliverable(voice: &Voice, order: &Order) -> String {
    match order.undeliverable {
        true => say!(
            voice,
            "📪 Barangnya belum berhasil dikirim dan masih menunggumu di sini.",
            "📪 The goods could not be sent and are still waiting for you here.",
        ),
        false => String::new(),
    }
}
