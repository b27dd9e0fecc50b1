//! What people do to the shop, whatever front end they use.

use super::ids::{ChatId, MessageId};
use serde::{Deserialize, Serialize};

/// One thing that a person did.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Incoming {
    /// The front end's number for it. It may come again, and numbers may start anew after a quiet week.
    pub update: i64,
    pub from: Sender,
    pub place: Place,
    pub kind: Kind,
}

/// Who did it, as the front end knows them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sender {
    /// Their private chat with the bot, also when they act in a group.
    pub chat: ChatId,
    /// Without the `@`, as they write it.
    pub username: Option<String>,
    pub first_name: String,
    /// Such as `id` or `en-US`.
    pub language_code: Option<String>,
}

/// Where they did it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Place {
    /// Alone with the bot.
    Private,
    Group(ChatId),
}

/// What they did.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Kind {
    /// Typed something: a command, a button of the reply keyboard, or words.
    Text { text: String, message_id: MessageId, reply_to: Option<MessageId> },
    /// Sent a picture. `file` names its largest size at the front end.
    Picture { file: String, caption: Option<String>, message_id: MessageId, reply_to: Option<MessageId> },
    Document {
        file: String,
        size_bytes: u64,
        caption: Option<String>,
        message_id: MessageId,
        reply_to: Option<MessageId>,
    },
    /// Pressed a button under a message. `None` as message: it is not known any more.
    Press { press_id: String, data: String, message_id: Option<MessageId> },
    /// Blocked the bot.
    Blocked,
    /// Came back after blocking it, or started it for the first time.
    Unblocked,
    /// Anything the shop has no use for: a sticker, a voice message, somebody joining a group.
    Other,
}
