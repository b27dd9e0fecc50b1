//! Every word a person reads, in Indonesian and in English.
//!
//! One screen, one small module under [`screens`]; one fact, one function under [`facts`]. A sentence is
//! written once per language, side by side, with `say!`: leaving a language out does not compile. Which
//! buttons a message has, and how long it may grow, is decided once for all languages.

use crate::rules::dialog::notice::Notice;
use crate::rules::dialog::screen::Screen;
use crate::rules::fact::Fact;
use crate::rules::ids::ProductNumber;
use crate::rules::invoice::Invoice;
use crate::rules::order::Order;
use crate::rules::people::{Language, Profile};
use chrono::{DateTime, Utc};
use message::{Keyboard, Message, Toast};
use std::sync::Arc;

/// One sentence in every language. Values are captured by name: `say!(voice, "Halo, {name}", "Hello, {name}")`.
macro_rules! say {
    ($voice:expr, $id:literal, $en:literal $(,)?) => {
        match $voice.language {
            $crate::rules::people::Language::Id => format!($id),
            $crate::rules::people::Language::En => format!($en),
        }
    };
}

mod buttons;
pub mod codec;
mod commands;
mod facts;
mod fit;
pub mod format;
pub mod labels;
pub mod message;
mod notice;
mod orders;
mod people;
mod qr;
mod screens;
#[cfg(test)]
mod tests;

pub use commands::commands;
pub use facts::goods::Goods;

/// What the words need to know about the shop.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ShopWords {
    pub name: String,
    /// The page that the welcome links to.
    pub documentation_url: Option<String>,
    /// All dates are shown in it.
    pub timezone: chrono_tz::Tz,
    /// Orders of more units than this arrive as a document.
    pub txt_document_from_units: u32,
}

/// A message to the staff in parts that fit one message each, together with who wrote it: every part is a fact of its
/// own, so that replying to any of them reaches the customer.
pub fn message_parts(text: &str, with_picture: bool) -> Vec<String> {
    let max = if with_picture { fit::CAPTION_MAX } else { fit::BODY_MAX } - facts::LETTER_FRAME_MAX;
    match fit::pieces(text, max) {
        parts if parts.is_empty() => vec![String::new()],
        parts => parts.into_iter().map(str::to_owned).collect(),
    }
}

/// The shop speaking to one person in their language. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Voice {
    pub language: Language,
    pub shop: Arc<ShopWords>,
}

impl Voice {
    pub fn new(language: Language, shop: Arc<ShopWords>) -> Self {
        Self { language, shop }
    }

    /// A screen for `me`, whose roles decide about some buttons.
    pub fn screen(&self, screen: &Screen, me: &Profile) -> Message {
        screens::message(self, screen, me)
    }

    /// A short answer over the chat; `alert` if it has to be read and closed.
    pub fn toast(&self, notice: &Notice) -> Toast {
        notice::toast(self, notice)
    }

    /// What tells somebody of a fact. The goods of [`Fact::GoodsReady`] and [`Fact::GoodsAgain`] are not in it:
    /// for those use [`Voice::goods`]; here they become a receipt with a button that asks for the goods.
    pub fn fact(&self, fact: &Fact) -> Vec<Message> {
        facts::messages(self, fact)
    }

    /// An order's goods, one entry of `lines` per product, with its receipt; then notes, then terms. `invoice`: the one
    /// that it was paid by, if any. `late`: it was paid after its expiry or cancellation. `again`: the customer asked
    /// for them once more.
    pub fn goods(
        &self,
        order: &Order,
        invoice: Option<&Invoice>,
        lines: &[Goods],
        late: bool,
        again: bool,
    ) -> Vec<Message> {
        facts::goods::messages(self, order, invoice, lines, late, again)
    }

    /// The buttons under the text field: the menu, up to 24 product numbers, and the staff's button.
    pub fn reply_keyboard(&self, numbers: &[ProductNumber], staff: bool) -> Keyboard {
        labels::keyboard(self.language, numbers, staff)
    }

    /// The same message, bringing the buttons under the text field along. Meant for [`Screen::Welcome`].
    pub fn with_menu(&self, message: Message, numbers: &[ProductNumber], staff: bool) -> Message {
        Message { keyboard: self.reply_keyboard(numbers, staff), ..message }
    }

    /// `21 Nov 2026 19.20 WIB`, in the shop's time zone.
    fn date(&self, at: DateTime<Utc>) -> String {
        format::date_time(at, self.shop.timezone, self.language)
    }

    /// A person's name, escaped.
    fn person(&self, name: &str) -> String {
        if name.trim().is_empty() { "Anonymous".to_owned() } else { format::name(name) }
    }
}
