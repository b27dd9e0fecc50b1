//! Every screen, notice and fact, in both languages: as people read it, and within what a front end carries.

/// Names every kind once: without one the match does not compile, and a test asks each for its fixture.
macro_rules! kinds {
    ($function:ident, $all:ident, $of:ident: $($kind:ident => $name:literal,)+) => {
        fn $function(of: &$of) -> &'static str {
            match of { $($of::$kind { .. } => $name,)+ }
        }
        const $all: &[&str] = &[$($name,)+];
    };
}

mod codec;
mod facts;
pub(super) mod fixtures;
mod goods;
mod html;
mod screens;

use super::message::{Action, Attachment, Keyboard, Media, Message};
use super::{ShopWords, Voice};
use crate::rules::dialog::view::Press;
use crate::rules::people::Language;
use fixtures::Sample;
use std::fmt::Write;
use std::sync::Arc;

const LANGUAGES: [Language; 2] = [Language::Id, Language::En];

pub(super) fn voice(language: Language, sample: &Sample) -> Voice {
    let shop = ShopWords {
        name: sample.shop.clone(),
        documentation_url: Some("https://shop.example/?a=1&b=\"2\"".into()),
        timezone: chrono_tz::Tz::Asia__Jakarta,
        txt_document_from_units: 10,
    };
    Voice::new(language, Arc::new(shop))
}

/// Everything about a message that a person notices, with where its buttons lead.
fn shown(message: &Message) -> String {
    let mut out = match &message.attachment {
        None => String::new(),
        Some(Attachment::Picture(Media::Png(bytes))) => {
            let picture = image::load_from_memory(bytes).unwrap();
            format!("(picture, {} × {})\n", picture.width(), picture.height())
        }
        Some(Attachment::Picture(Media::Stored(file))) => format!("(stored picture {file})\n"),
        Some(Attachment::Document { name, content }) => {
            format!("(document {name})\n{}(end of document)\n", String::from_utf8_lossy(content))
        }
        Some(Attachment::Sticker(file)) => format!("(sticker {file})\n"),
    };
    out += &message.body;
    match &message.keyboard {
        Keyboard::None => {}
        Keyboard::Reply(rows) => rows.iter().for_each(|row| write!(out, "\n{row:?}").unwrap()),
        Keyboard::Inline(rows) => {
            for row in rows {
                let buttons = row.iter().map(|button| match &button.action {
                    Action::Press(data) => format!("[{} → {data}]", button.label),
                    Action::Open(address) => format!("[{} ⇗ {address}]", button.label),
                });
                write!(out, "\n{}", buttons.collect::<Vec<_>>().join(" ")).unwrap();
            }
        }
    }
    out
}

/// Compares with the file of this name under `snapshots/`.
fn assert_reads(name: &str, texts: &[String]) {
    let mut settings = insta::Settings::clone_current();
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    settings.bind(|| insta::assert_snapshot!(name, texts.join("\n\n────────\n\n")));
}

/// What a front end would refuse or a person could not read.
fn assert_sound(message: &Message) {
    let read = html::read(&message.body).unwrap_or_else(|problem| panic!("{problem} in {}", message.body));
    assert!(!read.trim().is_empty(), "an empty body");
    assert!(!read.contains("&amp;") && !read.contains("&lt;"), "escaped twice: {read}");
    let length = super::message::plain_length(&message.body);
    assert_eq!(length, read.encode_utf16().count(), "{read}");
    let max = if message.attachment.is_some() { 1_024 } else { 4_096 };
    assert!(length <= max, "{length} of {max}: {read}");
    if let Keyboard::Inline(rows) = &message.keyboard {
        let count = rows.iter().map(Vec::len).sum::<usize>();
        assert!(count <= 100, "{count} buttons: {read}");
        assert!(rows.iter().all(|row| (1..=8).contains(&row.len())), "{read}");
        rows.iter().flatten().for_each(assert_sound_button);
    }
}

fn assert_sound_button(button: &super::message::Button) {
    assert!(!button.label.trim().is_empty() && button.label.chars().count() <= 64, "{:?}", button.label);
    match &button.action {
        Action::Press(data) => {
            assert!((1..=64).contains(&data.len()), "{data}");
            assert!(super::codec::decode(data).is_some(), "{data}");
        }
        Action::Open(address) => assert!(address.starts_with("https://"), "{address}"),
    }
}

/// Where the buttons of a message lead, in order.
fn presses(message: &Message) -> Vec<Option<Press>> {
    match &message.keyboard {
        Keyboard::Inline(rows) => rows.iter().flatten().map(fixtures::press_of).collect(),
        Keyboard::None | Keyboard::Reply(_) => Vec::new(),
    }
}

/// The same buttons in both languages, but other words.
fn assert_same_in_both(id: &[Message], en: &[Message]) {
    assert_eq!(id.len(), en.len());
    for (id, en) in id.iter().zip(en) {
        assert_eq!(presses(id), presses(en), "{}", id.body);
        assert_ne!(id.body, en.body);
        assert_eq!(id.attachment.is_some(), en.attachment.is_some(), "{}", id.body);
    }
}
