//! Help, how to order, and writing to the admins.

use crate::rules::dialog::view::View;
use crate::text::buttons::{Rows, never_mind, open, to_products, to_staff_menu};
use crate::text::format::name;
use crate::text::message::Message;
use crate::text::{Voice, commands, fit};

pub(super) fn how_to_order(voice: &Voice) -> Message {
    let shop = name(&voice.shop.name);
    let help = open(say!(voice, "❓ Bantuan", "❓ Help"), View::Help);
    Rows::new().row([to_products(voice), help]).under(say!(
        voice,
        "📖 <b>Cara belanja di {shop}</b>\n\n\
         1️⃣ Buka <b>LIST PRODUK</b>, ketik nomor produk, atau tulis namanya.\n\
         2️⃣ Atur jumlahnya, lalu <b>Beli sekarang</b> atau masukkan keranjang.\n\
         3️⃣ Bayar pakai <b>QRIS</b> (scan QR dengan aplikasi bank atau e-wallet) atau <b>SALDO</b>.\n\
         4️⃣ Barang dikirim otomatis ke chat ini. Selesai! 🎉\n\n\
         💡 Barang yang sudah dibeli bisa dikirim ulang kapan saja lewat <b>AKUN</b> → Pesanan.",
        "📖 <b>How to order at {shop}</b>\n\n\
         1️⃣ Open <b>PRODUCTS</b>, type a product's number, or write its name.\n\
         2️⃣ Set the quantity, then <b>Buy now</b> or add it to your cart.\n\
         3️⃣ Pay by <b>QRIS</b> (scan the QR with a bank or wallet app) or from your <b>BALANCE</b>.\n\
         4️⃣ Your goods arrive in this chat by themselves. Done! 🎉\n\n\
         💡 What you bought can be sent again at any time: <b>ACCOUNT</b> → Orders.",
    ))
}

pub(super) fn help(voice: &Voice, staff: bool) -> Message {
    let title = say!(voice, "❓ <b>Bantuan</b>", "❓ <b>Help</b>");
    let command = |(command, words): (&str, String)| format!("/{command} · {words}");
    let list = fit::list(commands(voice.language, staff).into_iter().map(command), 3_000);
    let hint = say!(
        voice,
        "Ketik nomor produk untuk membukanya, atau tulis apa saja untuk mencari. Ada kendala? Kirim \
         pesan ke admin lewat /pesan. 🤗",
        "Type a product's number to open it, or write anything to search. Any trouble? Write to the \
         admins with /pesan. 🤗",
    );
    let how = open(say!(voice, "📖 Cara belanja", "📖 How to order"), View::HowToOrder);
    let staff = staff.then(|| to_staff_menu(voice));
    Rows::new().row([to_products(voice), how]).row(staff).under(fit::paragraphs([title, list, hint]))
}

pub(super) fn ask_message(voice: &Voice) -> Message {
    Rows::new().row([never_mind(voice)]).under(say!(
        voice,
        "💬 <b>Tulis pesanmu untuk admin.</b>\n\n\
         Satu pesan, boleh disertai satu foto. Jawabannya dikirim ke chat ini.",
        "💬 <b>Write your message to the admins.</b>\n\n\
         One message, with a photo if you like. The answer comes to this chat.",
    ))
}

pub(super) fn message_sent(voice: &Voice) -> Message {
    Rows::new().row([to_products(voice)]).under(say!(
        voice,
        "✅ Pesanmu sudah diteruskan ke admin. Jawabannya dikirim ke chat ini, ditunggu ya! 🙏",
        "✅ Your message was passed on to the admins. The answer will come to this chat. 🙏",
    ))
}
