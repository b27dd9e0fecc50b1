//! How an order reads, wherever it is shown, and what can be done with it.

use super::buttons::{Rows, open, press};
use super::format::{name, rupiah};
use super::message::Button;
use super::{Voice, fit};
use crate::rules::dialog::view::{Press, View};
use crate::rules::invoice::Invoice;
use crate::rules::order::{Order, OrderState, PaymentMethod};
use crate::rules::price::QuoteLine;

/// The order's code, state and dates, for its customer and for staff.
pub(super) fn facts(voice: &Voice, order: &Order) -> String {
    let (code, sign) = (name(&order.code), sign(order.state));
    let (state, ordered) = (state(voice, order.state), voice.date(order.created_at));
    let mut out = say!(
        voice,
        "🧾 <b>Pesanan</b> <code>{code}</code>\n{sign} Status: <b>{state}</b>\n📅 Dipesan: {ordered}",
        "🧾 <b>Order</b> <code>{code}</code>\n{sign} Status: <b>{state}</b>\n📅 Ordered: {ordered}",
    );
    if order.state == OrderState::Pending {
        let until = voice.date(order.expires_at);
        out += &say!(voice, "\n⏰ Bayar sebelum: {until}", "\n⏰ Pay before: {until}");
    }
    if let Some(at) = order.paid_at {
        let at = voice.date(at);
        out += &say!(voice, "\n💵 Dibayar: {at}", "\n💵 Paid: {at}");
    }
    if let Some(paid_by) = order.method {
        let method = method(voice, paid_by);
        out += &say!(voice, "\n💳 Lewat: {method}", "\n💳 By: {method}");
    }
    out
}

/// Lines and sums: what was ordered and what it costs. `max` bounds the lines, in UTF-16 units.
pub(super) fn summary(voice: &Voice, order: &Order, max: usize) -> String {
    fit::paragraphs([lines(&order.lines, max), sums(voice, order)])
}

fn lines(lines: &[QuoteLine], max: usize) -> String {
    let line =
        |line: &QuoteLine| format!("• {} × {} = {}", name(&line.name), line.quantity, rupiah(line.amount));
    fit::list(lines.iter().map(line), max)
}

fn sums(voice: &Voice, order: &Order) -> String {
    let (subtotal, discount) = (rupiah(order.subtotal), rupiah(order.discount()));
    let total = rupiah(order.total);
    if order.discount().0 == 0 {
        return say!(voice, "<b>Total: {total}</b>", "<b>Total: {total}</b>");
    }
    say!(
        voice,
        "Subtotal: {subtotal}\nHemat: −{discount}\n<b>Total: {total}</b>",
        "Subtotal: {subtotal}\nYou save: −{discount}\n<b>Total: {total}</b>"
    )
}

/// What was paid by QRIS, which is more than the order's total: the gateway's fee came on top.
pub(super) fn paid_with_fee(voice: &Voice, order: &Order, invoice: Option<&Invoice>) -> String {
    let amounts = invoice.and_then(|invoice| Some((invoice.fee?, invoice.total?)));
    match (order.method, amounts) {
        (Some(PaymentMethod::Qris), Some((fee, total))) => {
            let (fee, total) = (rupiah(fee), rupiah(total));
            say!(voice, "📱 Dibayar: {total} (biaya {fee})", "📱 Paid: {total} (fee {fee})")
        }
        _ => String::new(),
    }
}

/// The state's sign, short enough for a list.
pub(super) fn sign(state: OrderState) -> &'static str {
    match state {
        OrderState::Pending => "⏳",
        OrderState::Paid => "💵",
        OrderState::Delivered => "✅",
        OrderState::Expired => "⌛️",
        OrderState::Cancelled => "❌",
        OrderState::Refunded => "↩️",
    }
}

pub(super) fn state(voice: &Voice, state: OrderState) -> String {
    match state {
        OrderState::Pending => say!(voice, "menunggu pembayaran", "waiting for payment"),
        OrderState::Paid => say!(voice, "dibayar", "paid"),
        OrderState::Delivered => say!(voice, "selesai", "delivered"),
        OrderState::Expired => say!(voice, "kedaluwarsa", "expired"),
        OrderState::Cancelled => say!(voice, "dibatalkan", "cancelled"),
        OrderState::Refunded => say!(voice, "dikembalikan", "refunded"),
    }
}

pub(super) fn method(voice: &Voice, method: PaymentMethod) -> String {
    match method {
        PaymentMethod::Qris => "QRIS".to_owned(),
        PaymentMethod::Balance => say!(voice, "Saldo", "Balance"),
    }
}

/// What its customer can do with an order that is not waiting for payment.
pub(super) fn afterwards(voice: &Voice, order: &Order, rows: Rows) -> Rows {
    let goods = say!(voice, "📦 Kirim ulang barangku", "📦 Send my goods again");
    let again = say!(voice, "🔁 Beli lagi", "🔁 Buy again");
    let goods = order.state.has_goods().then(|| press(goods, Press::GoodsAgain(order.id)));
    let again = (order.state != OrderState::Pending).then(|| press(again, Press::BuyAgain(order.id)));
    rows.row(goods).row(again)
}

/// QRIS and balance, for an order that waits for payment.
pub(super) fn payments(voice: &Voice, order: &Order, rows: Rows) -> Rows {
    let balance = say!(voice, "💰 SALDO", "💰 BALANCE");
    rows.row([press("📱 QRIS", Press::PayQris(order.id)), open(balance, View::ConfirmBalance(order.id))])
}

pub(super) fn cancel(voice: &Voice, order: &Order) -> Button {
    press(say!(voice, "❌ Batalkan pesanan", "❌ Cancel order"), Press::CancelOrder(order.id))
}
