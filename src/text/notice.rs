//! Short lines: over the chat when a button was pressed, else as a message. Plain text, no HTML.

use super::Voice;
use super::buttons::{Rows, to_orders};
use super::format::{escape, label, rupiah};
use super::message::{Message, Toast};
use crate::rules::dialog::screen::Notice;
use crate::rules::people::Language;

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

/// Whether it may not pass by unread: what was pressed did not happen, and there is a reason to know.
fn needs_reading(notice: &Notice) -> bool {
    match notice {
        Notice::TooFew { .. }
        | Notice::OutsideLimits { .. }
        | Notice::CoolDown { .. }
        | Notice::TooMuch
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

/// At most 200 characters: more does not fit over a chat.
fn words(voice: &Voice, notice: &Notice) -> String {
    match voice.language {
        Language::Id => indonesian(notice),
        Language::En => english(notice),
    }
}

fn indonesian(notice: &Notice) -> String {
    match notice {
        Notice::Busy => "🙏 Toko lagi ramai banget. Tunggu sebentar, lalu tekan lagi ya.".into(),
        Notice::TryAgain => {
            "😔 Maaf, ada kendala. Coba lagi sebentar ya; tidak akan terpotong dua kali.".into()
        }
        Notice::OldButton => "🔄 Tombol itu sudah lama. Ini tampilan terbarunya.".into(),
        Notice::TooFew { name, left: 0 } => format!("😔 Stok {} baru saja habis.", label(name)),
        Notice::TooFew { name, left } => {
            format!("😔 Stok {} tinggal {left}. Kurangi jumlahnya, lalu coba lagi ya.", label(name))
        }
        Notice::OutsideLimits { name, min, max } if max < min => {
            format!("⚠️ Jatahmu untuk {} sudah terpakai.", label(name))
        }
        Notice::OutsideLimits { name, min, max } => {
            format!("⚠️ {} bisa dibeli {min} sampai {max} per pesanan.", label(name))
        }
        Notice::NoSuchProduct => "🔍 Produk itu sudah tidak ada.".into(),
        Notice::CartEmpty => "🛒 Keranjangmu masih kosong. Yuk, pilih produk dulu.".into(),
        Notice::AddedToCart { name, quantity } => {
            format!("🛒 Masuk keranjang: {} × {quantity}.", label(name))
        }
        Notice::RemovedFromCart { name } => format!("🗑 {} dikeluarkan dari keranjang.", label(name)),
        Notice::CartEmptied => "🗑 Keranjang sudah dikosongkan.".into(),
        Notice::CoolDown { minutes } => format!(
            "⏳ Beberapa pesananmu kedaluwarsa tanpa dibayar. Kamu bisa memesan kembali dalam {minutes} \
             menit ya."
        ),
        Notice::TooMuch => "⚠️ Totalnya terlalu besar untuk satu pesanan. Kurangi jumlahnya ya.".into(),
        Notice::BelowMinimum { minimum } => {
            format!("⚠️ QRIS hanya bisa mulai {}. Bayar pakai saldo saja ya.", rupiah(*minimum))
        }
        Notice::TooManyUnpaid => {
            "⏳ Dalam satu jam ini banyak QR yang tidak dibayar. Tunggu dulu sebelum meminta yang baru, atau bayar \
             pakai saldo ya."
                .into()
        }
        Notice::StillUnpaid => "⏳ Pembayaran belum masuk. Kalau sudah bayar, tunggu sebentar ya.".into(),
        Notice::AlreadyPaid => "✅ Ini sudah dibayar. Terima kasih!".into(),
        Notice::Slowly { seconds } => format!("🐢 Pelan-pelan ya, coba lagi dalam {seconds} detik."),
        Notice::Cancelled { code } => format!("❌ {} dibatalkan.", label(code)),
        Notice::GoodsSentAgain => "📦 Barangmu dikirim ulang ke chat ini.".into(),
        Notice::WillNotify { name } => format!("🔔 Siap! Kamu dikabari begitu {} ada lagi.", label(name)),
        Notice::LanguageSet => "🇮🇩 Sekarang kita pakai Bahasa Indonesia.".into(),
        Notice::Banned => "🚫 Akunmu tidak bisa dipakai belanja di toko ini.".into(),
        Notice::NotUnderstood => "🤔 Maaf, aku belum paham. Pilih menu, atau ketik nama produk ya.".into(),
        Notice::TextWanted => "✍️ Yang ini dijawab dengan tulisan ya. Silakan ketik.".into(),
        Notice::TextOrPhotoWanted => {
            "✍️ Itu tidak bisa diteruskan. Kirim pesanmu sebagai tulisan atau foto ya.".into()
        }
        Notice::StaffOnly => "🔒 Tombol ini khusus admin.".into(),
        Notice::InPrivate => "💬 Ini tidak bisa di grup. Lanjutkan di chat pribadi denganku ya.".into(),
        Notice::QrOnItsWay => "⏳ QR-nya sudah diminta dan muncul di chat ini.".into(),
    }
}

fn english(notice: &Notice) -> String {
    match notice {
        Notice::Busy => "🙏 The shop is very busy. Give it a moment, then press again.".into(),
        Notice::TryAgain => {
            "😔 Sorry, something went wrong. Please try again; nothing is charged twice.".into()
        }
        Notice::OldButton => "🔄 That button is from an older page. Here is a fresh one.".into(),
        Notice::TooFew { name, left: 0 } => format!("😔 {} has just sold out.", label(name)),
        Notice::TooFew { name, left } => {
            format!("😔 Only {left} of {} left. Please take fewer and try again.", label(name))
        }
        Notice::OutsideLimits { name, min, max } if max < min => {
            format!("⚠️ You have had all of {} that one customer may have.", label(name))
        }
        Notice::OutsideLimits { name, min, max } => {
            format!("⚠️ {} can be bought {min} to {max} at a time.", label(name))
        }
        Notice::NoSuchProduct => "🔍 That product is no longer here.".into(),
        Notice::CartEmpty => "🛒 Your cart is still empty. Pick something you like first.".into(),
        Notice::AddedToCart { name, quantity } => format!("🛒 In your cart: {} × {quantity}.", label(name)),
        Notice::RemovedFromCart { name } => format!("🗑 {} was taken out of your cart.", label(name)),
        Notice::CartEmptied => "🗑 Your cart is empty now.".into(),
        Notice::CoolDown { minutes } => {
            format!("⏳ Several of your orders expired unpaid. You can order again in {minutes} min.")
        }
        Notice::TooMuch => "⚠️ The total is too large for one order. Please take fewer.".into(),
        Notice::BelowMinimum { minimum } => {
            format!("⚠️ QRIS starts at {}. Please pay from your balance instead.", rupiah(*minimum))
        }
        Notice::TooManyUnpaid => {
            "⏳ Many QR codes were left unpaid within this hour. Please wait a while before you ask for another, or pay \
             from your balance."
                .into()
        }
        Notice::StillUnpaid => "⏳ No payment yet. If you have just paid, give it a moment.".into(),
        Notice::AlreadyPaid => "✅ This is paid already. Thank you!".into(),
        Notice::Slowly { seconds } => format!("🐢 Easy now, try again in {seconds} s."),
        Notice::Cancelled { code } => format!("❌ {} is cancelled.", label(code)),
        Notice::GoodsSentAgain => "📦 Your goods are on their way to this chat again.".into(),
        Notice::WillNotify { name } => {
            format!("🔔 Sure! You will hear from us once {} is back.", label(name))
        }
        Notice::LanguageSet => "🇬🇧 We speak English from now on.".into(),
        Notice::Banned => "🚫 Your account cannot be used to buy in this shop.".into(),
        Notice::NotUnderstood => {
            "🤔 Sorry, I did not get that. Pick from the menu, or type a product's name.".into()
        }
        Notice::TextWanted => "✍️ This one is answered in writing. Please type it.".into(),
        Notice::TextOrPhotoWanted => {
            "✍️ That cannot be passed on. Please send your message as text or as a photo.".into()
        }
        Notice::StaffOnly => "🔒 This button is for the admins.".into(),
        Notice::InPrivate => "💬 Not in a group. Please go on in your private chat with me.".into(),
        Notice::QrOnItsWay => "⏳ The QR has been asked for and appears in this chat.".into(),
    }
}
