//! Products and their units, as staff see them.

use crate::rules::dialog::screen::UnitLine;
use crate::rules::dialog::view::View;
use crate::rules::ids::ProductNumber;
use crate::rules::money::Rupiah;
use crate::text::buttons::{Rows, open, to_product, to_staff_menu};
use crate::text::format::{count, escape, name, rupiah};
use crate::text::message::Message;
use crate::text::{Voice, fit};

pub(super) fn product_added(
    voice: &Voice,
    number: ProductNumber,
    product: &str,
    price: Rupiah,
    category: &str,
) -> Message {
    let (product, category, price) = (name(product), name(category), rupiah(price));
    about(voice, number).under(say!(
        voice,
        "✅ Produk <b>{number}. {product}</b> ditambahkan.\n\
         💵 {price} · 🗂 {category}\n\n\
         Isi stoknya: <code>/addstock {number}|…</code>, atau kirim dokumen <code>.txt</code> dengan \
         keterangan <code>/addstock {number}</code>.",
        "✅ Product <b>{number}. {product}</b> is added.\n\
         💵 {price} · 🗂 {category}\n\n\
         Fill its stock: <code>/addstock {number}|…</code>, or send a <code>.txt</code> document with \
         the caption <code>/addstock {number}</code>.",
    ))
}

pub(super) fn number_taken(voice: &Voice, number: ProductNumber, by: &str) -> Message {
    let by = name(by);
    about(voice, number).under(say!(
        voice,
        "⚠️ Nomor <b>{number}</b> sudah dipakai <b>{by}</b>. Tidak ada yang berubah. Pakai nomor lain, \
         atau <code>-</code> untuk nomor kosong terkecil.",
        "⚠️ Number <b>{number}</b> belongs to <b>{by}</b> already. Nothing was changed. Take another, \
         or <code>-</code> for the smallest free one.",
    ))
}

pub(super) fn no_such_product(voice: &Voice, number: ProductNumber) -> Message {
    Message::new(say!(
        voice,
        "🔍 Tidak ada produk dengan nomor <b>{number}</b>.",
        "🔍 There is no product with the number <b>{number}</b>.",
    ))
}

pub(super) fn units_added(
    voice: &Voice,
    (number, product): (ProductNumber, &str),
    added: u32,
    duplicates: &[u32],
    stock: i64,
) -> Message {
    let (product, stock) = (name(product), count(stock));
    let done = say!(
        voice,
        "📥 <b>{added}</b> unit masuk ke <b>{number}. {product}</b>. Stok sekarang: <b>{stock}</b>.",
        "📥 <b>{added}</b> units went into <b>{number}. {product}</b>. In stock now: <b>{stock}</b>.",
    );
    about(voice, number).under(fit::paragraphs([done, skipped(voice, duplicates)]))
}

fn skipped(voice: &Voice, duplicates: &[u32]) -> String {
    const NAMED_MAX: usize = 100;
    let all = duplicates.len();
    let named: Vec<String> = duplicates.iter().take(NAMED_MAX).map(ToString::to_string).collect();
    let more = if all > NAMED_MAX { format!(", … +{}", all - NAMED_MAX) } else { String::new() };
    let places = named.join(", ") + &more;
    match all {
        0 => String::new(),
        _ => say!(
            voice,
            "♻️ {all} dilewati karena sudah pernah ada, unit ke: {places}",
            "♻️ {all} left out because they were there before, units no.: {places}",
        ),
    }
}

pub(super) fn units_in_progress(voice: &Voice, done: u32, all: u32) -> Message {
    let percent = u64::from(done) * 100 / u64::from(all.max(1));
    Message::new(say!(
        voice,
        "⏳ Memasukkan stok… {done} dari {all} ({percent}%)",
        "⏳ Adding stock… {done} of {all} ({percent}%)",
    ))
}

/// The one place where staff read goods: every content is escaped, and cut so that the page fits one message.
pub(super) fn units(
    voice: &Voice,
    (number, product): (ProductNumber, &str),
    lines: &[UnitLine],
    total: i64,
    (page, pages): (u32, u32),
) -> Message {
    let room = (ROOM / lines.len().max(1)).saturating_sub(LINE_AROUND_CONTENT);
    let line = |line: &UnitLine| {
        let (id, content) = (line.id, escape(&fit::cut(&line.content, room.max(8))));
        let order = line.order_code.as_ref().map(|code| format!(" · {}", name(code))).unwrap_or_default();
        format!("{id} · {}{order}\n<code>{content}</code>", unit_state(voice, &line.state))
    };
    let (product, total) = (name(product), count(total));
    let title = say!(
        voice,
        "👁 <b>{number}. {product}</b>\nUnit: <b>{total}</b>",
        "👁 <b>{number}. {product}</b>\nUnits: <b>{total}</b>",
    );
    let body = match lines {
        [] => say!(voice, "Belum ada stok.", "No stock yet."),
        lines => fit::list(lines.iter().map(line), ROOM),
    };
    Rows::new()
        .pages(page, pages, |page| View::StaffStock { number, page })
        .row([to_product(voice, number), to_staff_menu(voice)])
        .under(fit::paragraphs([title, body]))
}

const ROOM: usize = 3_700;
/// Id, state and order code beside a unit's content.
const LINE_AROUND_CONTENT: usize = 60;

fn unit_state(voice: &Voice, state: &str) -> String {
    match state {
        "free" => say!(voice, "🟢 tersedia", "🟢 free"),
        "reserved" => say!(voice, "🟡 dipesan", "🟡 reserved"),
        "sold" => say!(voice, "🔴 terjual", "🔴 sold"),
        "burned" => say!(voice, "⚫️ hangus", "⚫️ burned"),
        other => name(other),
    }
}

pub(super) fn bad_document(voice: &Voice, max_kilobytes: u64) -> Message {
    Message::new(say!(
        voice,
        "⚠️ Dokumennya harus berupa teks, paling besar {max_kilobytes} KB, satu unit per baris.",
        "⚠️ The document has to be plain text, {max_kilobytes} KB at most, one unit a line.",
    ))
}

/// Buttons to the product and its units.
fn about(voice: &Voice, number: ProductNumber) -> Rows {
    let units = say!(voice, "👁 Isi stok", "👁 Stock content");
    let units = open(units, View::StaffStock { number, page: 0 });
    Rows::new().row([to_product(voice, number), units])
}
