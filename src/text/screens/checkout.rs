//! Paying for an order.

use crate::rules::dialog::view::{Press, View};
use crate::rules::money::Rupiah;
use crate::rules::order::{Order, OrderState};
use crate::text::buttons::{Rows, back, open, press, to_orders, to_products};
use crate::text::format::{name, rupiah};
use crate::text::message::Message;
use crate::text::{Voice, fit, orders};
use std::cmp::Ordering;

/// Room for the order's lines.
const LINES_MAX: usize = 3_000;

pub(super) fn checkout(
    voice: &Voice,
    order: &Order,
    fee_estimate: Rupiah,
    balance: Rupiah,
    resumed: bool,
) -> Message {
    let code = name(&order.code);
    let resumed = match resumed {
        true => say!(
            voice,
            "📌 Kamu masih punya pesanan yang belum dibayar. Bayar atau batalkan dulu ya.",
            "📌 You still have an unpaid order. Please pay or cancel it first.",
        ),
        false => String::new(),
    };
    let title = say!(voice, "🧾 <b>Checkout {code}</b>", "🧾 <b>Checkout {code}</b>");
    let with_fee = rupiah(order.total.plus(fee_estimate).unwrap_or(order.total));
    let (fee, balance, until) = (rupiah(fee_estimate), rupiah(balance), voice.date(order.expires_at));
    let ways = say!(
        voice,
        "📱 QRIS: ± {with_fee} (biaya ± {fee})\n💰 Saldo: tanpa biaya, saldomu {balance}",
        "📱 QRIS: ± {with_fee} (fee ± {fee})\n💰 Balance: no fee, you have {balance}",
    );
    let held = say!(
        voice,
        "⏰ Barangnya disimpan untukmu sampai <b>{until}</b>. Mau bayar pakai apa?",
        "⏰ These are kept for you until <b>{until}</b>. How would you like to pay?",
    );
    let summary = orders::summary(voice, order, LINES_MAX);
    orders::payments(voice, order, Rows::new())
        .row([orders::cancel(voice, order), back(voice, View::Catalogue)])
        .under(fit::paragraphs([resumed, title, summary, ways, held]))
}

pub(super) fn confirm(voice: &Voice, order: &Order, balance: Rupiah) -> Message {
    let (code, total) = (name(&order.code), rupiah(order.total));
    let (rest, balance) = (rupiah(balance.less(order.total)), rupiah(balance));
    let body = say!(
        voice,
        "💰 <b>Bayar pakai saldo?</b>\n\n\
         Pesanan: {code}\n\
         Total: <b>{total}</b>\n\
         Saldomu: {balance}\n\
         Sisa setelah bayar: {rest}",
        "💰 <b>Pay from your balance?</b>\n\n\
         Order: {code}\n\
         Total: <b>{total}</b>\n\
         Your balance: {balance}\n\
         Left afterwards: {rest}",
    );
    let yes = press(say!(voice, "✅ Ya, bayar {total}", "✅ Yes, pay {total}"), Press::PayBalance(order.id));
    Rows::new().row([yes]).row([back(voice, View::Checkout(order.id))]).under(body)
}

pub(super) fn too_low(
    voice: &Voice,
    order: &Order,
    (missing, balance): (Rupiah, Rupiah),
    deposit: Rupiah,
) -> Message {
    let amount = rupiah(deposit);
    let (total, lacking, balance) = (rupiah(order.total), rupiah(missing), rupiah(balance));
    let body = say!(
        voice,
        "😅 <b>Saldomu belum cukup.</b>\n\n\
         Total: {total}\n\
         Saldomu: {balance}\n\
         Kurang: <b>{lacking}</b>\n\n\
         Isi saldo dulu, atau bayar langsung pakai QRIS.",
        "😅 <b>Your balance is not enough.</b>\n\n\
         Total: {total}\n\
         Your balance: {balance}\n\
         Missing: <b>{lacking}</b>\n\n\
         Top it up, or pay by QRIS right away.",
    );
    let limit = match deposit.cmp(&missing) {
        Ordering::Equal => String::new(),
        Ordering::Greater => say!(
            voice,
            "ℹ️ Sekali isi saldo paling sedikit {amount}. Sisanya tetap jadi saldomu.",
            "ℹ️ A deposit is {amount} at least. What is left over stays in your balance.",
        ),
        Ordering::Less => {
            say!(voice, "ℹ️ Sekali isi saldo paling banyak {amount}.", "ℹ️ A deposit is {amount} at most.",)
        }
    };
    let label = say!(voice, "💳 Isi saldo {amount}", "💳 Deposit {amount}");
    Rows::new()
        .row([press(label, Press::Deposit(deposit))])
        .row([press("📱 QRIS", Press::PayQris(order.id))])
        .row([back(voice, View::Checkout(order.id))])
        .under(fit::paragraphs([body, limit]))
}

pub(super) fn making_invoice(voice: &Voice, code: &str) -> Message {
    let code = name(code);
    Message::new(say!(
        voice,
        "⏳ Sebentar ya, QR untuk <b>{code}</b> sedang dibuat…",
        "⏳ One moment, the QR for <b>{code}</b> is being made…",
    ))
}

pub(super) fn paid(voice: &Voice, order: &Order, balance: Rupiah) -> Message {
    let (code, total, balance) = (name(&order.code), rupiah(order.total), rupiah(balance));
    let body = say!(
        voice,
        "✅ <b>Pembayaran berhasil!</b>\n\n\
         Pesanan {code} sebesar <b>{total}</b> sudah dibayar dari saldo.\n\
         Sisa saldo: <b>{balance}</b>\n\n\
         📦 Barangmu segera menyusul di chat ini.",
        "✅ <b>Payment received!</b>\n\n\
         Order {code} for <b>{total}</b> was paid from your balance.\n\
         Balance left: <b>{balance}</b>\n\n\
         📦 Your goods follow in this chat right away.",
    );
    let detail = say!(voice, "🧾 Lihat pesanan", "🧾 See the order");
    let detail = open(detail, View::OrderDetail { order: order.id, page: 0 });
    Rows::new().row([detail, to_products(voice)]).under(body)
}

pub(super) fn closed(voice: &Voice, order: &Order) -> Message {
    let code = name(&order.code);
    let body = match order.state {
        OrderState::Pending => say!(
            voice,
            "⏳ Pesanan <b>{code}</b> masih menunggu pembayaran.",
            "⏳ Order <b>{code}</b> is still waiting for payment.",
        ),
        OrderState::Paid => say!(
            voice,
            "✅ Pesanan <b>{code}</b> sudah dibayar. Barangnya sedang dikirim.",
            "✅ Order <b>{code}</b> is paid. The goods are on their way.",
        ),
        OrderState::Delivered => say!(
            voice,
            "✅ Pesanan <b>{code}</b> sudah dibayar dan barangnya sudah dikirim.",
            "✅ Order <b>{code}</b> is paid and its goods were sent.",
        ),
        OrderState::Expired => say!(
            voice,
            "⌛️ Pesanan <b>{code}</b> sudah kedaluwarsa dan barangnya kembali dijual. Mau pesan lagi?",
            "⌛️ Order <b>{code}</b> has expired and its goods are back on sale. Would you like to \
             order again?",
        ),
        OrderState::Cancelled => say!(
            voice,
            "❌ Pesanan <b>{code}</b> sudah dibatalkan. Mau pesan lagi?",
            "❌ Order <b>{code}</b> was cancelled. Would you like to order again?",
        ),
        OrderState::Refunded => say!(
            voice,
            "↩️ Dana pesanan <b>{code}</b> sudah dikembalikan.",
            "↩️ Order <b>{code}</b> was refunded.",
        ),
    };
    let pay = (order.state == OrderState::Pending)
        .then(|| open(say!(voice, "💳 Bayar", "💳 Pay"), View::Checkout(order.id)));
    orders::afterwards(voice, order, Rows::new().row(pay)).row([to_orders(voice)]).under(body)
}
