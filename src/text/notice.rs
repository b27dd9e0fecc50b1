//! Short lines: over the chat when a button was pressed, else as a message. Plain text, no HTML.

use super::Voice;
use super::buttons::{Rows, to_orders};
use super::format::{escape, label, rupiah};
use super::message::{Message, Toast};
use crate::rules::dialog::notice::Notice;

pub(super) fn toast(voice: &Voice, notice: &Notice) -> Toast {
    Toast { text: Some(words(voice, notice)), alert: needs_reading(notice) }
}

pub(super) fn message(voice: &Voice, notice: &Notice) -> Message {
    let body = escape(&words(voice, notice));
    match notice {
        // What they bought stays theirs to read.
        Notice::Banned => Rows::new().row([to_orders(voice)]).under(body),
        _ => Message::new(body),
    }
}

/// Whether the notice must be read: what was pressed did not happen, for a reason that the person has to know.
fn needs_reading(notice: &Notice) -> bool {
    match notice {
        Notice::TooFew { .. }
        | Notice::OutsideLimits { .. }
        | Notice::CoolDown { .. }
        | Notice::TooMuch
        | Notice::CartFull { .. }
        | Notice::BelowMinimum { .. }
        | Notice::TooManyUnpaid
        | Notice::Banned => true,
        Notice::Busy
        | Notice::TryAgain
        | Notice::OldButton
        | Notice::NoSuchProduct
        | Notice::CartEmpty
        | Notice::AddedToCart { .. }
        | Notice::RemovedFromCart { .. }
        | Notice::CartEmptied
        | Notice::StillUnpaid
        | Notice::AlreadyPaid
        | Notice::Slowly { .. }
        | Notice::Cancelled { .. }
        | Notice::GoodsSentAgain
        | Notice::WillNotify { .. }
        | Notice::LanguageSet
        | Notice::NotUnderstood
        | Notice::TextWanted
        | Notice::TextOrPhotoWanted
        | Notice::StaffOnly
        | Notice::InPrivate
        | Notice::QrOnItsWay => false,
    }
}

/// A sentence for each notice in both languages, side by side. Values are captured by name, as by `say!`.
macro_rules! sentences {
    ($($notice:pat $(if $which:expr)? $(, let $value:ident = $shown:expr)? => $id:literal, $en:literal;)+) => {
        /// At most 200 characters: more does not fit over a chat.
        fn words(voice: &Voice, notice: &Notice) -> String {
            match notice {
                $($notice $(if $which)? => {
                    $(let $value = $shown;)?
                    say!(voice, $id, $en)
                })+
            }
        }
    };
}

sentences! {
    Notice::Busy =>
        "🙏 Toko lagi ramai banget. Tunggu sebentar, lalu tekan lagi ya.",
        "🙏 The shop is very busy. Give it a moment, then press again.";
    Notice::TryAgain =>
        "😔 Maaf, ada kendala. Coba lagi sebentar ya; tidak akan terpotong dua kali.",
        "😔 Sorry, something went wrong. Please try again; nothing is charged twice.";
    Notice::OldButton =>
        "🔄 Tombol itu sudah lama. Ini tampilan terbarunya.",
        "🔄 That button is from an older page. Here is a fresh one.";
    Notice::TooFew { name, left: 0 }, let name = label(name) =>
        "😔 Stok {name} baru saja habis.",
        "😔 {name} has just sold out.";
    Notice::TooFew { name, left }, let name = label(name) =>
        "😔 Stok {name} tinggal {left}. Kurangi jumlahnya, lalu coba lagi ya.",
        "😔 Only {left} of {name} left. Please take fewer and try again.";
    Notice::OutsideLimits { name, min, max } if max < min, let name = label(name) =>
        "⚠️ Jatahmu untuk {name} sudah terpakai.",
        "⚠️ You have had all of {name} that one customer may have.";
    Notice::OutsideLimits { name, min, max }, let name = label(name) =>
        "⚠️ {name} bisa dibeli {min} sampai {max} per pesanan.",
        "⚠️ {name} can be bought {min} to {max} at a time.";
    Notice::NoSuchProduct =>
        "🔍 Produk itu sudah tidak ada.",
        "🔍 That product is no longer here.";
    Notice::CartEmpty =>
        "🛒 Keranjangmu masih kosong. Yuk, pilih produk dulu.",
        "🛒 Your cart is still empty. Pick something you like first.";
    Notice::AddedToCart { name, quantity }, let name = label(name) =>
        "🛒 Masuk keranjang: {name} × {quantity}.",
        "🛒 In your cart: {name} × {quantity}.";
    Notice::RemovedFromCart { name }, let name = label(name) =>
        "🗑 {name} dikeluarkan dari keranjang.",
        "🗑 {name} was taken out of your cart.";
    Notice::CartEmptied =>
        "🗑 Keranjang sudah dikosongkan.",
        "🗑 Your cart is empty now.";
    Notice::CoolDown { minutes } =>
        "⏳ Beberapa pesananmu kedaluwarsa tanpa dibayar. Kamu bisa memesan kembali dalam {minutes} menit ya.",
        "⏳ Several of your orders expired unpaid. You can order again in {minutes} min.";
    Notice::TooMuch =>
        "⚠️ Totalnya terlalu besar untuk satu pesanan. Kurangi jumlahnya ya.",
        "⚠️ The total is too large for one order. Please take fewer.";
    Notice::CartFull { max } =>
        "⚠️ Keranjang memuat paling banyak {max} produk. Pesan dulu yang sudah ada, atau keluarkan satu ya.",
        "⚠️ A cart holds up to {max} products. Order what is in it first, or take one out.";
    Notice::BelowMinimum { minimum }, let minimum = rupiah(*minimum) =>
        "⚠️ QRIS hanya bisa mulai {minimum}. Bayar pakai saldo saja ya.",
        "⚠️ QRIS starts at {minimum}. Please pay from your balance instead.";
    Notice::TooManyUnpaid =>
        "⏳ Dalam satu jam ini banyak QR yang tidak dibayar. Tunggu dulu sebelum meminta yang baru, atau bayar pakai \
         saldo ya.",
        "⏳ Many QR codes were left unpaid within this hour. Please wait a while before you ask for another, or pay \
         from your balance.";
    Notice::StillUnpaid =>
        "⏳ Pembayaran belum masuk. Kalau sudah bayar, tunggu sebentar ya.",
        "⏳ No payment yet. If you have just paid, give it a moment.";
    Notice::AlreadyPaid =>
        "✅ Ini sudah dibayar. Terima kasih!",
        "✅ This is paid already. Thank you!";
    Notice::Slowly { seconds } =>
        "🐢 Pelan-pelan ya, coba lagi dalam {seconds} detik.",
        "🐢 Easy now, try again in {seconds} s.";
    Notice::Cancelled { code }, let code = label(code) =>
        "❌ {code} dibatalkan.",
        "❌ {code} is cancelled.";
    Notice::GoodsSentAgain =>
        "📦 Barangmu dikirim ulang ke chat ini.",
        "📦 Your goods are on their way to this chat again.";
    Notice::WillNotify { name }, let name = label(name) =>
        "🔔 Siap! Kamu dikabari begitu {name} ada lagi.",
        "🔔 Sure! You will hear from us once {name} is back.";
    Notice::LanguageSet =>
        "🇮🇩 Sekarang kita pakai Bahasa Indonesia.",
        "🇬🇧 We speak English from now on.";
    Notice::Banned =>
        "🚫 Akunmu tidak bisa dipakai belanja di toko ini.",
        "🚫 Your account cannot be used to buy in this shop.";
    Notice::NotUnderstood =>
        "🤔 Maaf, aku belum paham. Pilih menu, atau ketik nama produk ya.",
        "🤔 Sorry, I did not get that. Pick from the menu, or type a product's name.";
    Notice::TextWanted =>
        "✍️ Yang ini dijawab dengan tulisan ya. Silakan ketik.",
        "✍️ This one is answered in writing. Please type it.";
    Notice::TextOrPhotoWanted =>
        "✍️ Itu tidak bisa diteruskan. Kirim pesanmu sebagai tulisan atau foto ya.",
        "✍️ That cannot be passed on. Please send your message as text or as a photo.";
    Notice::StaffOnly =>
        "🔒 Tombol ini khusus admin.",
        "🔒 This button is for the admins.";
    Notice::InPrivate =>
        "💬 Ini tidak bisa di grup. Lanjutkan di chat pribadi denganku ya.",
        "💬 Not in a group. Please go on in your private chat with me.";
    Notice::QrOnItsWay =>
        "⏳ QR-nya sudah diminta dan muncul di chat ini.",
        "⏳ The QR has been asked for and appears in this chat.";
}
