//! What the sandbox is made of, as tests and the page see it.

use std::net::{Ipv4Addr, SocketAddr};

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// How a sandbox is set up. Port 0 picks a free port.
#[derive(Clone, Debug)]
pub struct Options {
    /// Where the Bot API, the control API and the page listen.
    pub bot_bind: SocketAddr,
    /// Where the Pakasir stand-in listens.
    pub pakasir_bind: SocketAddr,
    /// The only bot token that is let in.
    pub token: String,
    /// The only Pakasir project that exists.
    pub project: String,
    /// The key of that project.
    pub api_key: String,
    pub people: Vec<Person>,
    pub groups: Vec<Group>,
    /// Life of a QRIS invoice at the gateway, in seconds.
    pub invoice_expiry_seconds: i64,
}

impl Default for Options {
    fn default() -> Self {
        let loopback = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
        Options {
            bot_bind: loopback,
            pakasir_bind: loopback,
            token: "100200300:sandbox-token-that-opens-nothing".into(),
            project: "sandbox-shop".into(),
            api_key: "sandbox-key-that-opens-nothing".into(),
            people: vec![
                Person::new(1001, "Budi", Some("budi"), "Customer"),
                Person::new(1002, "Sari", None, "Customer"),
                Person::new(2001, "Rina", Some("rina_store"), "Reseller"),
                Person::new(9001, "Andi", Some("andi_admin"), "Admin"),
            ],
            groups: vec![Group { id: -1_001_234, title: "Shop staff".into(), members: vec![9001] }],
            invoice_expiry_seconds: 600,
        }
    }
}

/// Somebody with a phone.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Person {
    pub id: i64,
    pub first_name: String,
    #[serde(default)]
    pub username: Option<String>,
    #[serde(default)]
    pub language_code: Option<String>,
    /// Shown on the page only ("Customer", "Admin"); the bot never sees it.
    #[serde(default)]
    pub role_label: String,
}

impl Person {
    /// A person whose phone speaks Indonesian.
    pub fn new(id: i64, first_name: &str, username: Option<&str>, role_label: &str) -> Self {
        Person {
            id,
            first_name: first_name.into(),
            username: username.map(Into::into),
            language_code: Some("id".into()),
            role_label: role_label.into(),
        }
    }
}

/// A group the bot is a member of. Ids from -100… downward are supergroups, as at Telegram.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Group {
    pub id: i64,
    pub title: String,
    #[serde(default)]
    pub members: Vec<i64>,
}

/// What a message carries besides its words.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    Text,
    Photo,
    Document,
    Sticker,
}

/// A button below a message (or, without data and URL, of a reply keyboard).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Button {
    pub text: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub callback_data: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
}

/// A file in a message.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Attachment {
    pub file_id: String,
    pub name: String,
    pub mime: String,
    /// Width and height in pixels; zero where there is no picture.
    pub size: (u32, u32),
    #[serde(skip)]
    pub bytes: Vec<u8>,
}

/// A message in a chat, from the bot or from a person.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ChatMessage {
    pub message_id: i64,
    pub chat: i64,
    pub from_bot: bool,
    /// The person who wrote it; `None` for the bot.
    pub from_user: Option<i64>,
    pub kind: Kind,
    /// Text or caption as sent, in Telegram's HTML.
    pub html: String,
    /// Text or caption as a person reads it.
    pub text: String,
    /// Formatting as the Bot API reports it (UTF-16 offsets).
    #[serde(skip)]
    pub entities: Vec<Value>,
    pub inline_keyboard: Vec<Vec<Button>>,
    /// The reply keyboard this message brought; empty rows mean it took the keyboard away.
    pub reply_keyboard: Option<Vec<Vec<String>>>,
    pub file: Option<Attachment>,
    pub reply_to: Option<i64>,
    pub deleted: bool,
    pub edited: u32,
    pub date: DateTime<Utc>,
}

/// What the bot answered to a pressed button.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct CallbackAnswer {
    pub text: Option<String>,
    pub alert: bool,
}

/// A call the bot made, for asserts on pacing.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Call {
    /// The method's name in lower case.
    pub method: String,
    pub chat: Option<i64>,
    pub at: DateTime<Utc>,
    /// The HTTP status it was answered with; 0 when the answer was lost on purpose.
    pub status: u16,
}
