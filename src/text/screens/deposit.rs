//! Filling up the balance.

use crate::rules::dialog::view::{Press, View};
use crate::rules::money::Rupiah;
use crate::text::Voice;
use crate::text::buttons::{Rows, back, never_mind, press};
use crate::text::format::rupiah;
use crate::text::message::Message;

pub(super) fn choose(voice: &Voice, balance: Rupiah, presets: &[Rupiah]) -> Message {
    let balance = rupiah(balance);
    let preset = |amount: &Rupiah| press(rupiah(*amount), Press::Deposit(*amount));
    let other = press(say!(voice, "✏️ Jumlah lain", "✏️ Another amount"), Press::TypeDeposit);
    Rows::new().grid(2, presets.iter().map(preset)).row([other]).row([back(voice, View::Account)]).under(
        say!(
            voice,
            "💳 <b>Isi saldo</b>\n\n\
         Saldomu: <b>{balance}</b>\n\
         Pilih jumlahnya. Biaya QRIS ditambahkan di atasnya, dan jumlah yang kamu pilih masuk utuh ke \
         saldo.",
            "💳 <b>Deposit</b>\n\n\
         Your balance: <b>{balance}</b>\n\
         Pick an amount. The QRIS fee comes on top, and all of the amount you pick is credited.",
        ),
    )
}

pub(super) fn ask(voice: &Voice, min: Rupiah, max: Rupiah) -> Message {
    let (min, max) = (rupiah(min), rupiah(max));
    stoppable(
        voice,
        say!(
            voice,
            "✏️ Mau isi saldo berapa? Ketik {min} sampai {max}.\n\
             Contoh: <code>75.000</code> atau <code>75rb</code>",
            "✏️ How much would you like to deposit? Type {min} to {max}.\n\
             For example: <code>75.000</code> or <code>75k</code>",
        ),
    )
}

pub(super) fn bad(voice: &Voice, min: Rupiah, max: Rupiah) -> Message {
    let (min, max) = (rupiah(min), rupiah(max));
    stoppable(
        voice,
        say!(
            voice,
            "🤔 Isi saldo bisa dari <b>{min}</b> sampai <b>{max}</b>. Coba ketik lagi, contoh: \
             <code>75.000</code>",
            "🤔 A deposit can be <b>{min}</b> to <b>{max}</b>. Please type it again, for example: \
             <code>75.000</code>",
        ),
    )
}

fn stoppable(voice: &Voice, body: String) -> Message {
    Rows::new().row([never_mind(voice)]).under(body)
}
