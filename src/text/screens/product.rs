//! A product's card: what it is, what it costs, how many, and the ways to buy.

use crate::rules::dialog::screen::ProductCard;
use crate::rules::dialog::view::{Press, View};
use crate::rules::people::Profile;
use crate::text::buttons::{Rows, back, open, press};
use crate::text::fit::{BODY_MAX, CAPTION_MAX};
use crate::text::format::{count, escape, name, rupiah};
use crate::text::message::{Attachment, Button, Media, Message, plain_length};
use crate::text::{Voice, fit};

pub(super) fn card(voice: &Voice, card: &ProductCard, me: &Profile) -> Message {
    let parts = [heading(voice, card), packages(voice, card), offer(voice, card)];
    let max = if card.picture.is_some() { CAPTION_MAX } else { BODY_MAX };
    let room = max.saturating_sub(parts.iter().map(|part| plain_length(part) + 2).sum());
    let [heading, packages, offer] = parts;
    let description = escape(&fit::cut(card.description.trim(), room));
    let rows = if can_be_bought(card) { buying(voice, card) } else { sold_out(voice, card) };
    let stock = View::StaffStock { number: card.number, page: 0 };
    let staff = me
        .roles
        .is_staff()
        .then(|| open(say!(voice, "👁 Isi stok (admin)", "👁 Stock content (admin)"), stock));
    let message = rows.row(staff).row([back(voice, View::Catalogue)]).under(fit::paragraphs([
        heading,
        description,
        packages,
        offer,
    ]));
    match &card.picture {
        Some(file) => message.with(Attachment::Picture(Media::Stored(file.clone()))),
        None => message,
    }
}

fn can_be_bought(card: &ProductCard) -> bool {
    card.stock > 0 && card.max > 0 && card.min <= card.max
}

fn heading(voice: &Voice, card: &ProductCard) -> String {
    let (number, name, category) = (card.number, name(&card.name), name(&card.category));
    let (price, stock, sold) = (price(card), count(card.stock), count(card.sold));
    say!(
        voice,
        "📦 <b>{number}. {name}</b>\n\n\
         💵 Harga: {price}\n\
         🗂 Kategori: {category}\n\
         📊 Stok: <b>{stock}</b> · Terjual: <b>{sold}</b>",
        "📦 <b>{number}. {name}</b>\n\n\
         💵 Price: {price}\n\
         🗂 Category: {category}\n\
         📊 Stock: <b>{stock}</b> · Sold: <b>{sold}</b>",
    )
}

fn price(card: &ProductCard) -> String {
    let own = rupiah(card.own_price);
    if card.own_price < card.list_price {
        format!("<s>{}</s> <b>{own}</b>", rupiah(card.list_price))
    } else {
        format!("<b>{own}</b>")
    }
}

fn packages(voice: &Voice, card: &ProductCard) -> String {
    if card.packages.is_empty() {
        return String::new();
    }
    let line = |(quantity, price, saving): &(u32, _, u32)| {
        let price = rupiah(*price);
        match saving {
            0 => format!("• {quantity} × → {price}"),
            saving => say!(
                voice,
                "• {quantity} × → {price} (hemat {saving}%)",
                "• {quantity} × → {price} (save {saving}%)",
            ),
        }
    };
    let title = say!(voice, "🎁 <b>Paket hemat</b>", "🎁 <b>Packages</b>");
    format!("{title}\n{}", fit::list(card.packages.iter().map(line), 400))
}

fn offer(voice: &Voice, card: &ProductCard) -> String {
    let (quantity, amount) = (card.quantity, rupiah(card.amount));
    if can_be_bought(card) {
        return say!(
            voice,
            "🧮 Jumlah: <b>{quantity}</b> → <b>{amount}</b>",
            "🧮 Quantity: <b>{quantity}</b> → <b>{amount}</b>",
        );
    }
    if card.stock > 0 {
        let min = card.min;
        return say!(
            voice,
            "😔 Stok tersisa kurang dari pembelian minimal ({min}).",
            "😔 Less is left than the smallest order ({min}).",
        );
    }
    say!(
        voice,
        "😔 <b>Stok sedang habis.</b> Mau dikabari begitu ada lagi?",
        "😔 <b>Sold out right now.</b> Shall we tell you when it is back?",
    )
}

fn buying(voice: &Voice, card: &ProductCard) -> Rows {
    let (number, quantity) = (card.number, card.quantity);
    let amount = rupiah(card.amount);
    let less = step(card, "➖", -1);
    let here = press(format!("× {quantity}"), Press::Nothing);
    let more = [("➕", 1), ("+2", 2), ("+5", 5), ("+10", 10)].map(|(label, by)| step(card, label, by));
    let [one_more, further @ ..] = more;
    let buy = say!(voice, "⚡️ Beli sekarang · {amount}", "⚡️ Buy now · {amount}");
    let add = say!(voice, "🛒 Masukkan keranjang", "🛒 Add to cart");
    Rows::new()
        .row([less, Some(here), one_more].into_iter().flatten())
        .row(further.into_iter().flatten())
        .row([press(buy, Press::BuyNow { number, quantity })])
        .row([press(add, Press::AddToCart { number, quantity }), cart(voice, card)])
}

/// A button that changes the quantity; none if nothing would change.
fn step(card: &ProductCard, label: &str, by: i64) -> Option<Button> {
    let bounded = (i64::from(card.quantity) + by).clamp(i64::from(card.min.max(1)), i64::from(card.max));
    let quantity = u32::try_from(bounded).ok().filter(|quantity| *quantity != card.quantity)?;
    Some(open(label, View::Product { number: card.number, quantity }))
}

fn sold_out(voice: &Voice, card: &ProductCard) -> Rows {
    let notify = say!(voice, "🔔 Kabari kalau sudah ada", "🔔 Tell me when it is back");
    Rows::new().row([press(notify, Press::NotifyRestock(card.number))]).row([cart(voice, card)])
}

fn cart(voice: &Voice, card: &ProductCard) -> Button {
    let units = card.in_cart;
    open(say!(voice, "🛒 Keranjang ({units})", "🛒 Cart ({units})"), View::Cart)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::tests::fixtures;

    /// Where the quantity buttons lead from `quantity`, if one to `max` can be bought.
    fn steps(quantity: u32, max: u32) -> Vec<u32> {
        let card = ProductCard { quantity, min: 1, max, ..fixtures::product_card() };
        let target = |by| step(&card, "", by).map(|button| fixtures::press_of(&button));
        let quantity = |press| match press {
            Some(Press::Open(View::Product { quantity, .. })) => quantity,
            other => panic!("{other:?}"),
        };
        [-1, 1, 2, 5, 10].into_iter().filter_map(target).map(quantity).collect()
    }

    #[test]
    fn quantity_buttons_stay_within_bounds_and_always_change_something() {
        let table: [(u32, u32, &[u32]); 6] = [
            (1, 1, &[]),
            (1, 2, &[2, 2, 2, 2]),
            (2, 2, &[1]),
            (3, 7, &[2, 4, 5, 7, 7]),
            (5, 99, &[4, 6, 7, 10, 15]),
            (u32::MAX, u32::MAX, &[u32::MAX - 1]),
        ];
        for (quantity, max, targets) in table {
            assert_eq!(steps(quantity, max), targets, "{quantity} of {max}");
        }
    }
}
