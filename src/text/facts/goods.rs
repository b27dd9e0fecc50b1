//! The messages that bring customers what they bought.

use crate::rules::invoice::Invoice;
use crate::rules::order::Order;
use crate::text::buttons::Rows;
use crate::text::fit::BODY_MAX;
use crate::text::format::{escape, name};
use crate::text::message::{Attachment, Message, plain_length};
use crate::text::{Voice, fit, orders};
use std::fmt;

/// One product of an order with the units that are the customer's now.
#[derive(Clone, PartialEq, Eq)]
pub struct Goods {
    pub name: String,
    pub units: Vec<String>,
    /// Sent after the goods.
    pub note: Option<String>,
    pub terms: Option<String>,
}

/// Goods never reach a log, not even by way of a debug print.
impl fmt::Debug for Goods {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Goods({}, {} units)", self.name, self.units.len())
    }
}

pub(in crate::text) fn messages(
    voice: &Voice,
    order: &Order,
    invoice: Option<&Invoice>,
    lines: &[Goods],
    late: bool,
    again: bool,
) -> Vec<Message> {
    let receipt = receipt(voice, order, invoice);
    let goods = if lines.iter().all(|line| line.units.is_empty()) {
        receipt_only(voice, order, receipt)
    } else {
        let head = head(voice, order, late, again);
        match copyable(voice, &head, lines, &receipt) {
            Some(body) => Message::new(body),
            None => document(voice, order, head, lines, receipt),
        }
    };
    let note = say!(voice, "📝 <b>Catatan</b>", "📝 <b>Note</b>");
    let terms = say!(voice, "📜 <b>Syarat &amp; ketentuan</b>", "📜 <b>Terms</b>");
    let notes = after(lines, &note, |line| line.note.as_deref());
    let terms = after(lines, &terms, |line| line.terms.as_deref());
    [goods].into_iter().chain(notes.into_iter().chain(terms).map(Message::new)).collect()
}

fn head(voice: &Voice, order: &Order, late: bool, again: bool) -> String {
    let code = name(&order.code);
    if again {
        return say!(
            voice,
            "📦 <b>Ini barangmu lagi</b> ({code})",
            "📦 <b>Here are your goods again</b> ({code})"
        );
    }
    if late {
        return say!(
            voice,
            "🎉 <b>Pembayaranmu untuk {code} sudah kami terima!</b>\n\
             Datangnya memang setelah pesanannya ditutup, tapi barangnya masih ada. Ini dia, terima kasih \
             ya! 🙏",
            "🎉 <b>Your payment for {code} has arrived!</b>\n\
             It came after the order was closed, but the goods were still there. Here they are, thank \
             you! 🙏",
        );
    }
    say!(
        voice,
        "🎉 <b>Pembayaran {code} berhasil!</b>\nIni barangmu, terima kasih sudah belanja! 🙏",
        "🎉 <b>Payment for {code} received!</b>\nHere are your goods, thank you for shopping! 🙏",
    )
}

fn receipt(voice: &Voice, order: &Order, invoice: Option<&Invoice>) -> String {
    let code = name(&order.code);
    let title = say!(voice, "🧾 <b>Struk</b> <code>{code}</code>", "🧾 <b>Receipt</b> <code>{code}</code>");
    let at = order.paid_at.map(|at| voice.date(at)).unwrap_or_default();
    let method = order.method.map(|method| orders::method(voice, method)).unwrap_or_default();
    let how = [at, method].into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" · ");
    let paid = orders::paid_with_fee(voice, order, invoice);
    let sums = orders::summary(voice, order, RECEIPT_LINES_MAX);
    fit::paragraphs([title, [sums, paid].join("\n").trim_end().to_owned(), how])
}

/// How long a receipt's lines may be, so that head and sums fit into a document's caption.
const RECEIPT_LINES_MAX: usize = 500;

/// Goods that can be copied by a tap, if they fit one message.
fn copyable(voice: &Voice, head: &str, lines: &[Goods], receipt: &str) -> Option<String> {
    let units: usize = lines.iter().map(|line| line.units.len()).sum();
    if units > voice.shop.txt_document_from_units as usize {
        return None;
    }
    let product = |line: &Goods| {
        let units = line.units.iter().map(|unit| format!("<code>{}</code>", escape(unit)));
        format!("📦 <b>{}</b>\n{}", name(&line.name), units.collect::<Vec<_>>().join("\n"))
    };
    let goods: Vec<String> = lines.iter().filter(|line| !line.units.is_empty()).map(product).collect();
    let body = fit::paragraphs([head.to_owned(), goods.join("\n\n"), receipt.to_owned()]);
    (plain_length(&body) <= BODY_MAX).then_some(body)
}

fn document(voice: &Voice, order: &Order, head: String, lines: &[Goods], receipt: String) -> Message {
    let hint = say!(voice, "📎 Barangmu ada di dokumen ini.", "📎 Your goods are in this document.");
    let caption = fit::paragraphs([head, hint, receipt]);
    let with_units: Vec<&Goods> = lines.iter().filter(|line| !line.units.is_empty()).collect();
    let (file, content) = match with_units.as_slice() {
        [only] => (file_name(&order.code, Some(&only.name)), only.units.join("\n")),
        several => {
            let section = |line: &&Goods| format!("# {}\n{}", line.name, line.units.join("\n"));
            (file_name(&order.code, None), several.iter().map(section).collect::<Vec<_>>().join("\n\n"))
        }
    };
    let content = (content + "\n").into_bytes().into();
    Message::new(caption).with(Attachment::Document { name: file, content })
}

/// `K7M3PXQ2-netflix.txt`, in characters that every system takes.
fn file_name(code: &str, product: Option<&str>) -> String {
    let slug = |text: &str| {
        let safe: String = text.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '-' }).collect();
        let words = safe.split('-').filter(|word| !word.is_empty());
        words.collect::<Vec<_>>().join("-").chars().take(FILE_NAME_PART_MAX).collect::<String>()
    };
    let product = product.map(|product| slug(&product.to_lowercase())).filter(|product| !product.is_empty());
    match product {
        Some(product) => format!("{}-{}.txt", slug(code), product.trim_end_matches('-')),
        None => format!("{}.txt", slug(code)),
    }
}

const FILE_NAME_PART_MAX: usize = 40;

/// A receipt with the way to the goods.
fn receipt_only(voice: &Voice, order: &Order, receipt: String) -> Message {
    let head = say!(
        voice,
        "📦 <b>Barangmu siap.</b> Tekan tombol di bawah untuk menerimanya.",
        "📦 <b>Your goods are ready.</b> Press the button below to receive them.",
    );
    orders::afterwards(voice, order, Rows::new()).under(fit::paragraphs([head, receipt]))
}

/// What follows the goods: one block per product, in as few messages as possible.
fn after(lines: &[Goods], title: &str, text: impl Fn(&Goods) -> Option<&str>) -> Vec<String> {
    let blocks = lines.iter().flat_map(|line| {
        let head = format!("{title} · {}", name(&line.name));
        let room = BODY_MAX - plain_length(&head) - 1;
        let pieces = fit::pieces(text(line).unwrap_or_default(), room);
        pieces.into_iter().map(|piece| format!("{head}\n{}", escape(piece))).collect::<Vec<_>>()
    });
    fit::pack(blocks, "\n\n")
}
