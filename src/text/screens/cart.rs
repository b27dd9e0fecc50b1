//! The cart: several products that become one order.

use crate::rules::dialog::screen::CartLine;
use crate::rules::dialog::view::{Press, View};
use crate::rules::money::Rupiah;
use crate::text::buttons::{Rows, open, press, to_products};
use crate::text::format::{count, name, rupiah};
use crate::text::message::{Button, Message};
use crate::text::{Voice, fit};

/// Four buttons a line: with more lines the keyboard would pass 100 buttons.
const LINES_WITH_BUTTONS: usize = 22;

pub(super) fn cart(voice: &Voice, lines: &[CartLine], total: Rupiah) -> Message {
    if lines.is_empty() {
        return Rows::new().row([to_products(voice)]).under(say!(
            voice,
            "🛒 <b>Keranjang</b>\n\nMasih kosong nih. Yuk, cari yang kamu suka!",
            "🛒 <b>Cart</b>\n\nStill empty. Let us find something you like!",
        ));
    }
    let total = rupiah(total);
    let title = say!(voice, "🛒 <b>Keranjang</b>", "🛒 <b>Cart</b>");
    let list = fit::list(lines.iter().map(|cart_line| line(voice, cart_line)), 3_600);
    let sum = say!(voice, "<b>Total: {total}</b>", "<b>Total: {total}</b>");
    let checkout = say!(voice, "✅ Checkout · {total}", "✅ Checkout · {total}");
    let shopping = say!(voice, "🛍 Lanjut belanja", "🛍 Keep shopping");
    let empty = say!(voice, "🗑 Kosongkan", "🗑 Empty the cart");
    let rows = lines.iter().take(LINES_WITH_BUTTONS).fold(Rows::new(), |rows, line| rows.row(changes(line)));
    rows.row([press(checkout, Press::CheckoutCart)])
        .row([open(shopping, View::Catalogue), press(empty, Press::EmptyCart)])
        .under(fit::paragraphs([title, list, sum]))
}

fn line(voice: &Voice, line: &CartLine) -> String {
    let (number, name) = (line.number, name(&line.name));
    let (quantity, amount, stock) = (line.quantity, rupiah(line.amount), count(line.stock));
    let warning = if line.stock >= i64::from(quantity) {
        String::new()
    } else if line.stock > 0 {
        say!(voice, "\n     ⚠️ tinggal {stock}", "\n     ⚠️ only {stock} left")
    } else {
        say!(voice, "\n     ⚠️ sedang habis", "\n     ⚠️ sold out")
    };
    format!("<b>{number}. {name}</b>\n     × {quantity} = {amount}{warning}")
}

/// Buttons for fewer, the product itself, more, and taking it out. "Fewer" drops to the stock left at once, "more"
/// never exceeds it.
fn changes(line: &CartLine) -> impl Iterator<Item = Button> {
    let (number, quantity) = (line.number, line.quantity);
    let set = |label: &str, quantity| press(label, Press::CartQuantity { number, quantity });
    let left = u32::try_from(line.stock.max(1)).unwrap_or(u32::MAX);
    let less = (quantity > 1).then(|| set("➖", (quantity - 1).min(left)));
    let here = open(format!("{number}. × {quantity}"), View::Product { number, quantity: 0 });
    let more = (quantity < left).then(|| set("➕", quantity.saturating_add(1)));
    [less, Some(here), more, Some(set("🗑", 0))].into_iter().flatten()
}
