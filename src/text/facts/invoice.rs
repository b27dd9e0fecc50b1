//! The life of an invoice, as its payer hears of it.

use crate::rules::dialog::view::{Press, View};
use crate::rules::ids::OrderId;
use crate::rules::invoice::Invoice;
use crate::text::buttons::{Rows, back, link, open, press, to_products};
use crate::text::format::{name, rupiah};
use crate::text::message::{Attachment, Media, Message};
use crate::text::{Voice, fit, qr};

/// The QR with what it costs and until when it can be paid.
pub(super) fn opened(voice: &Voice, invoice: &Invoice) -> Message {
    let code = name(&invoice.code);
    let title = match invoice.order {
        Some(_) => say!(voice, "🧾 <b>Invoice {code}</b>", "🧾 <b>Invoice {code}</b>"),
        None => say!(voice, "💳 <b>Isi saldo {code}</b>", "💳 <b>Deposit {code}</b>"),
    };
    let picture = invoice.qr.as_deref().and_then(qr::png);
    let how = match picture {
        Some(_) => say!(
            voice,
            "📱 Scan QR ini dengan aplikasi bank atau e-wallet apa saja, atau simpan gambarnya lalu \
             unggah di sana. Setelah dibayar, semuanya berjalan otomatis.",
            "📱 Scan this QR with any bank or wallet app, or save the picture and open it there. Once \
             you have paid, the rest happens by itself.",
        ),
        None => say!(
            voice,
            "🌐 Tekan <b>Halaman bayar</b> untuk membayar. Setelah dibayar, semuanya berjalan otomatis.",
            "🌐 Press <b>Checkout page</b> to pay. Once you have paid, the rest happens by itself.",
        ),
    };
    let page = link(say!(voice, "🌐 Halaman bayar", "🌐 Checkout page"), invoice.checkout_url.as_deref());
    let status = press(say!(voice, "🔄 Cek status", "🔄 Status"), Press::Status(invoice.id));
    let cancel = press(say!(voice, "❌ Batalkan", "❌ Cancel"), Press::CancelInvoice(invoice.id));
    let message = Rows::new().row(page).row([status, cancel]).under(fit::paragraphs([
        title,
        amounts(voice, invoice),
        until(voice, invoice),
        how,
    ]));
    match picture {
        Some(png) => message.with(Attachment::Picture(Media::Png(png))),
        None => message,
    }
}

/// The gateway's own figures. Before it answered there is only the base amount.
fn amounts(voice: &Voice, invoice: &Invoice) -> String {
    let base = rupiah(invoice.base);
    let mut out = match invoice.order {
        Some(_) => say!(voice, "Harga: {base}", "Price: {base}"),
        None => say!(voice, "Jumlah: {base}", "Amount: {base}"),
    };
    if let Some(fee) = invoice.fee.map(rupiah) {
        out += &say!(voice, "\nBiaya: {fee}", "\nFee: {fee}");
    }
    if let Some(total) = invoice.total.map(rupiah) {
        out += &say!(voice, "\n<b>Total bayar: {total}</b>", "\n<b>Total to pay: {total}</b>");
    }
    out
}

fn until(voice: &Voice, invoice: &Invoice) -> String {
    let (at, time) = (voice.date(invoice.expires_at), invoice.expires_at - invoice.created_at);
    let time = match (time.num_minutes(), time.num_seconds()) {
        (..1, seconds) => say!(voice, "{seconds} detik", "{seconds} s"),
        (minutes, _) => say!(voice, "{minutes} menit", "{minutes} min"),
    };
    say!(
        voice,
        "⏰ Bayar sebelum <b>{at}</b> ({time} sejak dibuat).",
        "⏰ Pay before <b>{at}</b> ({time} from when it was made).",
    )
}

pub(super) fn refused(voice: &Voice, code: &str, order: Option<OrderId>) -> Message {
    let code = name(code);
    match order {
        Some(order) => {
            let again = press(say!(voice, "🔁 Coba lagi", "🔁 Try again"), Press::BuyAgain(order));
            Rows::new().row([again, to_products(voice)]).under(say!(
                voice,
                "😔 Maaf, QR untuk <b>{code}</b> belum bisa dibuat karena layanan pembayaran sedang \
                 terganggu. Tidak ada yang terpotong, dan pesananmu sudah dilepas.\n\n\
                 Coba lagi sebentar, atau bayar pakai <b>saldo</b>.",
                "😔 Sorry, the QR for <b>{code}</b> could not be made: the payment service is having \
                 trouble. Nothing was charged, and your order has been let go.\n\n\
                 Please try again shortly, or pay from your <b>balance</b>.",
            ))
        }
        None => {
            let again = open(say!(voice, "🔁 Coba lagi", "🔁 Try again"), View::Deposit);
            Rows::new().row([again]).under(say!(
                voice,
                "😔 Maaf, QR untuk isi saldo belum bisa dibuat karena layanan pembayaran sedang \
                 terganggu. Tidak ada yang terpotong. Coba lagi sebentar ya.",
                "😔 Sorry, the QR for your deposit could not be made: the payment service is having \
                 trouble. Nothing was charged. Please try again shortly.",
            ))
        }
    }
}

pub(super) fn expired(voice: &Voice, code: &str, deposit: bool) -> Message {
    let code = name(code);
    if deposit {
        return Rows::new().row([back(voice, View::Account)]).under(say!(
            voice,
            "⌛️ <b>Isi saldo {code} sudah tidak berlaku.</b>\n\n\
             Jangan pakai QR yang lama ya. Kalau kamu terlanjur membayar, tenang: uangnya otomatis \
             masuk ke saldomu.",
            "⌛️ <b>Deposit {code} is void.</b>\n\n\
             Please do not use the old QR any more. Should you have paid anyway, do not worry: the \
             money goes to your balance by itself.",
        ));
    }
    Rows::new().row([back(voice, View::Catalogue)]).under(say!(
        voice,
        "⌛️ <b>Invoice {code} sudah tidak berlaku.</b>\n\n\
         Waktunya habis dan barangnya kembali dijual. Jangan pakai QR yang lama ya.\n\n\
         Kalau kamu terlanjur membayar, tenang: selama barangnya masih ada, pesananmu tetap dikirim. \
         Kalau sudah habis, uangnya otomatis masuk ke saldomu.",
        "⌛️ <b>Invoice {code} is void.</b>\n\n\
         Its time ran out and the goods are back on sale. Please do not use the old QR any more.\n\n\
         Should you have paid anyway, do not worry: if the goods are still there, they are sent to \
         you. If they are gone, the money goes to your balance by itself.",
    ))
}

pub(super) fn cancelled(voice: &Voice, code: &str, deposit: bool) -> Message {
    let code = name(code);
    if deposit {
        return Rows::new().row([back(voice, View::Account)]).under(say!(
            voice,
            "❌ <b>Isi saldo {code} dibatalkan.</b>\n\n\
             Jangan pakai QR yang lama ya. Kalau terlanjur dibayar, uangnya tidak hilang: otomatis masuk ke saldomu.",
            "❌ <b>Deposit {code} is cancelled.</b>\n\n\
             Please do not use the old QR any more. Should it have been paid, nothing is lost: the money goes to your \
             balance by itself.",
        ));
    }
    Rows::new().row([to_products(voice)]).under(say!(
        voice,
        "❌ <b>Invoice {code} dibatalkan.</b>\n\n\
         Jangan pakai QR yang lama ya. Kalau terlanjur dibayar, uangnya tidak hilang: barangnya \
         dikirim kalau masih ada, atau masuk ke saldomu.",
        "❌ <b>Invoice {code} is cancelled.</b>\n\n\
         Please do not use the old QR any more. Should it have been paid, nothing is lost: the goods \
         are sent if still there, or the money goes to your balance.",
    ))
}

pub(super) fn order_expired(voice: &Voice, code: &str) -> Message {
    let code = name(code);
    Rows::new().row([to_products(voice)]).under(say!(
        voice,
        "⌛️ Pesanan <b>{code}</b> kedaluwarsa karena belum dibayar, jadi barangnya kembali dijual. \
         Kamu bisa memesannya lagi kapan saja. 😊",
        "⌛️ Order <b>{code}</b> expired unpaid, so its goods are back on sale. You are welcome to \
         order again at any time. 😊",
    ))
}
