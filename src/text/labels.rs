//! The buttons under the text field. Pressing one types its label, so the labels are also read here.

use super::message::Keyboard;
use crate::rules::dialog::view::MenuButton;
use crate::rules::ids::ProductNumber;
use crate::rules::people::Language;

const NUMBERS_MAX: usize = 24;
const NUMBERS_PER_ROW: usize = 8;

fn label(button: MenuButton, language: Language) -> &'static str {
    match (button, language) {
        (MenuButton::Catalogue, Language::Id) => "🛍 LIST PRODUK",
        (MenuButton::Catalogue, Language::En) => "🛍 PRODUCTS",
        (MenuButton::Stock, Language::Id) => "📦 STOK",
        (MenuButton::Stock, Language::En) => "📦 STOCK",
        (MenuButton::Account, Language::Id) => "👤 AKUN",
        (MenuButton::Account, Language::En) => "👤 ACCOUNT",
        (MenuButton::Message, Language::Id) => "💬 KIRIM PESAN",
        (MenuButton::Message, Language::En) => "💬 SEND MESSAGE",
        (MenuButton::Staff, Language::Id) => "🛠 MENU ADMIN",
        (MenuButton::Staff, Language::En) => "🛠 ADMIN MENU",
    }
}

const BUTTONS: [MenuButton; 5] =
    [MenuButton::Catalogue, MenuButton::Stock, MenuButton::Account, MenuButton::Message, MenuButton::Staff];

/// The button that a typed text is the label of, in any language: an old keyboard stays on the screen when somebody
/// changes the language. The emoji before the words may be missing, and capitals do not matter.
pub fn menu_button(text: &str) -> Option<MenuButton> {
    let typed = words(text);
    BUTTONS.into_iter().find(|button| {
        [Language::Id, Language::En].iter().any(|language| words(label(*button, *language)) == typed)
    })
}

fn words(text: &str) -> String {
    text.trim_matches(|symbol: char| !symbol.is_alphanumeric() && symbol != '/').to_uppercase()
}

pub(super) fn keyboard(language: Language, numbers: &[ProductNumber], staff: bool) -> Keyboard {
    let row = |buttons: &[MenuButton]| -> Vec<String> {
        buttons.iter().map(|button| label(*button, language).to_owned()).collect()
    };
    let mut rows = vec![
        row(&[MenuButton::Catalogue, MenuButton::Stock]),
        row(&[MenuButton::Account, MenuButton::Message]),
    ];
    let numbers = &numbers[..numbers.len().min(NUMBERS_MAX)];
    rows.extend(numbers.chunks(NUMBERS_PER_ROW).map(|row| row.iter().map(ToString::to_string).collect()));
    if staff {
        rows.push(row(&[MenuButton::Staff]));
    }
    Keyboard::Reply(rows)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_of_both_languages_are_recognised() {
        for button in BUTTONS {
            for language in [Language::Id, Language::En] {
                assert_eq!(menu_button(label(button, language)), Some(button));
            }
        }
        assert_eq!(menu_button("list produk"), Some(MenuButton::Catalogue));
        assert_eq!(menu_button("STOK"), Some(MenuButton::Stock));
    }

    #[test]
    fn other_words_are_no_button() {
        for text in ["", "🛍", "7", "akun netflix", "LIST", "/stok", "_"] {
            assert_eq!(menu_button(text), None, "{text}");
        }
    }

    #[test]
    fn numbers_stand_eight_a_row_and_end_at_twenty_four() {
        let numbers: Vec<_> = (1..=30).map(ProductNumber).collect();
        let Keyboard::Reply(rows) = keyboard(Language::Id, &numbers, true) else { panic!() };
        assert_eq!(rows.iter().map(Vec::len).collect::<Vec<_>>(), [2, 2, 8, 8, 8, 1]);
        assert_eq!((rows[2][0].as_str(), rows[4][7].as_str()), ("1", "24"));
        let Keyboard::Reply(rows) = keyboard(Language::En, &[], false) else { panic!() };
        assert_eq!(rows, [["🛍 PRODUCTS", "📦 STOCK"], ["👤 ACCOUNT", "💬 SEND MESSAGE"]]);
    }
}
