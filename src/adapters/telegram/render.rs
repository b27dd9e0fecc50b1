//! Our messages in Telegram's terms.

use crate::ports::SendFault;
use crate::rules::ids::MessageId;
use crate::text::message::{Action, Attachment, Button, Keyboard, plain_length};
use reqwest::Url;
use teloxide_core::types;

/// The longest text and caption, as [`plain_length`] counts.
pub(super) const TEXT_MAX: usize = 4096;
pub(super) const CAPTION_MAX: usize = 1024;

/// Whether the body can go along with the attachment as its caption.
pub(super) fn fits_caption(attachment: &Attachment, body: &str) -> bool {
    match attachment {
        Attachment::Sticker(_) => body.is_empty(),
        Attachment::Picture(_) | Attachment::Document { .. } => plain_length(body) <= CAPTION_MAX,
    }
}

pub(super) fn markup(keyboard: &Keyboard) -> Result<Option<types::ReplyMarkup>, SendFault> {
    Ok(match keyboard {
        Keyboard::None => None,
        Keyboard::Inline(rows) => Some(inline(rows)?.into()),
        Keyboard::Reply(rows) => {
            let rows = rows.iter().map(|row| row.iter().map(types::KeyboardButton::new));
            Some(types::KeyboardMarkup::new(rows).resize_keyboard().persistent().into())
        }
    })
}

pub(super) fn inline(rows: &[Vec<Button>]) -> Result<types::InlineKeyboardMarkup, SendFault> {
    let rows: Result<Vec<Vec<_>>, _> = rows.iter().map(|row| row.iter().map(button).collect()).collect();
    Ok(types::InlineKeyboardMarkup::new(rows?))
}

fn button(button: &Button) -> Result<types::InlineKeyboardButton, SendFault> {
    let label = button.label.clone();
    match &button.action {
        Action::Press(data) => Ok(types::InlineKeyboardButton::callback(label, data.clone())),
        Action::Open(address) => match Url::parse(address) {
            Ok(url) => Ok(types::InlineKeyboardButton::url(label, url)),
            Err(error) => Err(SendFault::Refused(format!("the address of the button {label:?}: {error}"))),
        },
    }
}

/// Telegram's message ids have 32 bits; nothing else was ever sent.
pub(super) fn message_id(id: MessageId) -> Result<types::MessageId, SendFault> {
    i32::try_from(id.0).map(types::MessageId).map_err(|_| SendFault::NoSuchMessage)
}

pub(super) fn no_preview() -> types::LinkPreviewOptions {
    types::LinkPreviewOptions {
        is_disabled: true,
        url: None,
        prefer_small_media: false,
        prefer_large_media: false,
        show_above_text: false,
    }
}
