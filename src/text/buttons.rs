//! Rows of buttons: written once, whatever the language.

use super::message::{Action, Button, Message};
use super::{Voice, codec};
use crate::rules::dialog::view::{Press, View};
use crate::rules::ids::ProductNumber;

/// A button that comes back as a press.
pub(super) fn press(label: impl Into<String>, press: Press) -> Button {
    Button { label: label.into(), action: Action::Press(codec::encode(&press)) }
}

/// A button that leads to another view.
pub(super) fn open(label: impl Into<String>, view: View) -> Button {
    press(label, Press::Open(view))
}

/// A button that opens a web page; nothing if a front end would not take the address.
pub(super) fn link(label: impl Into<String>, address: Option<&str>) -> Option<Button> {
    let address =
        address.filter(|address| ["https://", "http://"].iter().any(|kind| address.starts_with(kind)))?;
    Some(Button { label: label.into(), action: Action::Open(address.to_owned()) })
}

/// The way back to `view`.
pub(super) fn back(voice: &Voice, view: View) -> Button {
    open(say!(voice, "⬅️ Kembali", "⬅️ Back"), view)
}

/// The way on from a message that ends something.
pub(super) fn to_products(voice: &Voice) -> Button {
    open(say!(voice, "🛍 Lihat produk", "🛍 Browse products"), View::Catalogue)
}

pub(super) fn to_product(voice: &Voice, number: ProductNumber) -> Button {
    open(say!(voice, "📦 Buka produk", "📦 Open the product"), View::Product { number, quantity: 0 })
}

/// Leaves the question that is being asked.
pub(super) fn never_mind(voice: &Voice) -> Button {
    press(say!(voice, "✖️ Batal", "✖️ Never mind"), Press::StopAsking)
}

pub(super) fn to_movements(voice: &Voice) -> Button {
    open(say!(voice, "💸 Mutasi saldo", "💸 Movements"), View::Movements { page: 0 })
}

pub(super) fn to_orders(voice: &Voice) -> Button {
    open(say!(voice, "📜 Riwayat pesanan", "📜 Order history"), View::Orders { page: 0 })
}

pub(super) fn to_staff_menu(voice: &Voice) -> Button {
    open(say!(voice, "🛠 Menu admin", "🛠 Admin menu"), View::StaffMenu)
}

/// Rows of buttons as they are put together. Empty rows leave no gap.
#[derive(Default)]
pub(super) struct Rows(Vec<Vec<Button>>);

impl Rows {
    pub(super) fn new() -> Self {
        Self::default()
    }

    pub(super) fn row(mut self, buttons: impl IntoIterator<Item = Button>) -> Self {
        let row: Vec<Button> = buttons.into_iter().collect();
        if !row.is_empty() {
            self.0.push(row);
        }
        self
    }

    /// Many like buttons, `per_row` side by side.
    pub(super) fn grid(mut self, per_row: usize, buttons: impl IntoIterator<Item = Button>) -> Self {
        let mut buttons = buttons.into_iter().take(BUTTONS_MAX).peekable();
        while buttons.peek().is_some() {
            let row: Vec<Button> = buttons.by_ref().take(per_row).collect();
            self.0.push(row);
        }
        self
    }

    /// Back and next around `n/total`; nothing if there is one page only. Pages count from zero.
    pub(super) fn pages(self, page: u32, pages: u32, view: impl Fn(u32) -> View) -> Self {
        if pages <= 1 {
            return self;
        }
        let back = page.checked_sub(1).map(|to| open("⬅️", view(to.min(pages - 1))));
        let here = press(format!("{}/{pages}", page.min(pages - 1) + 1), Press::Nothing);
        let next = (page < pages - 1).then(|| open("➡️", view(page + 1)));
        self.row([back, Some(here), next].into_iter().flatten())
    }

    pub(super) fn under(self, body: impl Into<String>) -> Message {
        match self.0 {
            rows if rows.is_empty() => Message::new(body),
            rows => Message::new(body).with_buttons(rows),
        }
    }
}

/// Telegram takes 100 buttons under a message; the rest is left for paging and ways back.
const BUTTONS_MAX: usize = 88;

#[cfg(test)]
mod tests {
    use super::*;

    fn labels(rows: Rows) -> Vec<String> {
        rows.0.into_iter().flatten().map(|button| button.label).collect()
    }

    #[test]
    fn paging_leads_only_to_pages_that_exist() {
        let pages = |page, pages| labels(Rows::new().pages(page, pages, |page| View::Orders { page }));
        assert!(pages(0, 0).is_empty() && pages(0, 1).is_empty());
        assert_eq!(pages(0, 3), ["1/3", "➡️"]);
        assert_eq!(pages(1, 3), ["⬅️", "2/3", "➡️"]);
        assert_eq!(pages(2, 3), ["⬅️", "3/3"]);
        assert_eq!(pages(u32::MAX, 3), ["⬅️", "3/3"]);
    }

    #[test]
    fn a_grid_stays_below_what_a_front_end_carries() {
        let buttons = (0..300).map(|number| press(number.to_string(), Press::Nothing));
        assert_eq!(labels(Rows::new().grid(5, buttons)).len(), BUTTONS_MAX);
    }

    #[test]
    fn an_address_that_is_none_makes_no_button() {
        assert!(link("x", Some("javascript:alert(1)")).is_none() && link("x", None).is_none());
        assert!(link("x", Some("https://pay.example/1")).is_some());
    }
}
