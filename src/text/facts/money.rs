//! Movements of a customer's balance.

use crate::rules::dialog::view::View;
use crate::rules::ids::OrderId;
use crate::rules::money::Rupiah;
use crate::text::Voice;
use crate::text::buttons::{Rows, open, to_movements, to_products};
use crate::text::format::{movement, name, rupiah};
use crate::text::message::Message;

pub(super) fn deposit_paid(
    voice: &Voice,
    code: &str,
    (amount, balance): (Rupiah, Rupiah),
    late: bool,
    order: Option<&(OrderId, String)>,
) -> Message {
    let (code, amount, balance) = (name(code), rupiah(amount), rupiah(balance));
    let body = match late {
        false => say!(
            voice,
            "🎉 <b>Saldo bertambah {amount}!</b>\n\n\
             Isi saldo {code} berhasil.\n\
             💰 Saldomu sekarang: <b>{balance}</b>",
            "🎉 <b>{amount} added to your balance!</b>\n\n\
             Deposit {code} is complete.\n\
             💰 Your balance now: <b>{balance}</b>",
        ),
        true => say!(
            voice,
            "🎉 <b>Saldo bertambah {amount}!</b>\n\n\
             Pembayaran untuk isi saldo {code} datang setelah ditutup, tapi tenang, tetap masuk ke \
             saldomu.\n\
             💰 Saldomu sekarang: <b>{balance}</b>",
            "🎉 <b>{amount} added to your balance!</b>\n\n\
             The payment for deposit {code} came after it was closed, but rest assured, it is yours \
             all the same.\n\
             💰 Your balance now: <b>{balance}</b>",
        ),
    };
    let pay = order.map(|(order, code)| {
        open(say!(voice, "💰 Bayar pesanan {code}", "💰 Pay order {code}"), View::ConfirmBalance(*order))
    });
    Rows::new().row(pay).row([to_products(voice), to_movements(voice)]).under(body)
}

pub(super) fn late_credited(voice: &Voice, code: &str, amount: Rupiah, balance: Rupiah) -> Message {
    let (code, amount, balance) = (name(code), rupiah(amount), rupiah(balance));
    Rows::new().row([to_products(voice), to_movements(voice)]).under(say!(
        voice,
        "💰 <b>{amount} masuk ke saldomu.</b>\n\n\
         Pembayaran untuk {code} datang setelah pesanannya ditutup, dan barangnya tidak bisa lagi \
         dikirim dengan pembayaran ini. Uangmu aman: sudah jadi saldo dan bisa langsung dipakai \
         belanja.\n\
         Saldomu sekarang: <b>{balance}</b>",
        "💰 <b>{amount} went to your balance.</b>\n\n\
         The payment for {code} came after its order was closed, and the goods could no longer be had \
         for it. Your money is safe: it is in your balance and can be spent right away.\n\
         Your balance now: <b>{balance}</b>",
    ))
}

pub(super) fn paid_twice(voice: &Voice, code: &str, amount: Rupiah, balance: Rupiah) -> Message {
    let (code, amount, balance) = (name(code), rupiah(amount), rupiah(balance));
    Rows::new().row([to_products(voice), to_movements(voice)]).under(say!(
        voice,
        "💰 <b>{amount} masuk ke saldomu.</b>\n\n\
         Pesanan {code} sudah dibayar sebelumnya, jadi pembayaran yang kedua ini menjadi saldo dan bisa \
         langsung dipakai belanja.\n\
         Saldomu sekarang: <b>{balance}</b>",
        "💰 <b>{amount} went to your balance.</b>\n\n\
         Order {code} had been paid before, so this second payment became balance. It can be spent right \
         away.\n\
         Your balance now: <b>{balance}</b>",
    ))
}

pub(super) fn balance_changed(voice: &Voice, amount: Rupiah, balance: Rupiah) -> Message {
    let (amount, balance) = (movement(amount), rupiah(balance));
    Rows::new().row([to_movements(voice)]).under(say!(
        voice,
        "💸 Admin mengubah saldomu: <b>{amount}</b>\n💰 Saldomu sekarang: <b>{balance}</b>",
        "💸 The admins changed your balance: <b>{amount}</b>\n💰 Your balance now: <b>{balance}</b>",
    ))
}
