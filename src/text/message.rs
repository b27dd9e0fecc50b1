//! What a front end can carry: a body, buttons, perhaps a picture or a document.

use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// A message, ready to leave. The body is HTML of the small kind Telegram knows.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Message {
    pub body: String,
    pub keyboard: Keyboard,
    pub attachment: Option<Attachment>,
}

/// Buttons under a message.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Keyboard {
    #[default]
    None,
    /// Buttons that belong to the message.
    Inline(Vec<Vec<Button>>),
    /// Buttons that replace the person's keyboard; pressing one types its label.
    Reply(Vec<Vec<String>>),
}

/// A button of a message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Button {
    pub label: String,
    pub action: Action,
}

/// What a button does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Action {
    /// Comes back as a press with this data; at most 64 bytes.
    Press(String),
    Open(String),
}

/// What goes along with a message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Attachment {
    Picture(Media),
    Document { name: String, content: Arc<[u8]> },
    Sticker(String),
}

/// A picture: bytes of our own, or one that the front end already keeps.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Media {
    Png(Arc<[u8]>),
    Stored(String),
}

impl Message {
    pub fn new(body: impl Into<String>) -> Self {
        Self { body: body.into(), ..Self::default() }
    }

    pub fn with_buttons(mut self, rows: Vec<Vec<Button>>) -> Self {
        self.keyboard = Keyboard::Inline(rows);
        self
    }

    pub fn with(mut self, attachment: Attachment) -> Self {
        self.attachment = Some(attachment);
        self
    }
}

/// A wordless or short answer to a press.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Toast {
    pub text: Option<String>,
    /// Shown as a dialog that must be closed.
    pub alert: bool,
}

/// How long a person sees this HTML to be, in UTF-16 units: tags count nothing, `&amp;` one.
pub fn plain_length(html: &str) -> usize {
    let mut length = 0;
    let mut hidden_until = None;
    for symbol in html.chars() {
        match (hidden_until, symbol) {
            (Some(end), _) if symbol == end => hidden_until = None,
            (Some(_), _) => {}
            (None, '<') => hidden_until = Some('>'),
            (None, '&') => {
                hidden_until = Some(';');
                length += 1;
            }
            (None, _) => length += symbol.len_utf16(),
        }
    }
    length
}
