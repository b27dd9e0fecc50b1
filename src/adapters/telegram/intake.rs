//! Updates as Telegram sends them, turned into what people did.
//!
//! Only the fields that the shop reads are looked at. teloxide's `Update` wants every part of a message
//! to be known to it: one new kind of formatting, or an odd media type, and it drops the words as well.

use crate::adapters::Malformed;
use crate::rules::ids::{ChatId, MessageId};
use crate::rules::incoming::{Incoming, Kind, Place, Sender};
use serde::Deserialize;
use serde_json::Value;

#[derive(Deserialize)]
struct Update {
    message: Option<Message>,
    callback_query: Option<Query>,
    my_chat_member: Option<Change>,
}

#[derive(Deserialize)]
struct Message {
    message_id: i64,
    chat: Chat,
    from: Option<User>,
    text: Option<String>,
    caption: Option<String>,
    #[serde(default)]
    photo: Vec<Size>,
    document: Option<Document>,
    reply_to_message: Option<Replied>,
}

#[derive(Deserialize)]
struct Replied {
    message_id: i64,
}

#[derive(Deserialize)]
struct Chat {
    id: i64,
    #[serde(rename = "type")]
    kind: String,
}

#[derive(Deserialize)]
struct User {
    id: i64,
    is_bot: bool,
    first_name: String,
    username: Option<String>,
    language_code: Option<String>,
}

#[derive(Deserialize)]
struct Size {
    file_id: String,
    width: u32,
    height: u32,
}

#[derive(Deserialize)]
struct Document {
    file_id: String,
    file_size: Option<u64>,
}

#[derive(Deserialize)]
struct Query {
    id: String,
    from: User,
    message: Option<Pressed>,
    data: Option<String>,
}

/// The message under a button, also when Telegram has forgotten the rest of it.
#[derive(Deserialize)]
struct Pressed {
    message_id: i64,
    chat: Chat,
}

#[derive(Deserialize)]
struct Change {
    chat: Chat,
    from: User,
    new_chat_member: Member,
}

#[derive(Deserialize)]
struct Member {
    status: String,
}

/// Reads the body of a webhook call: the update's number and, if a person did something that the shop
/// may care about, what. `None` wants no more than an acknowledgement.
///
/// # Errors
/// Only if there is no number to acknowledge.
pub fn parse(bytes: &[u8]) -> Result<(i64, Option<Incoming>), Malformed> {
    let update = serde_json::from_slice(bytes).map_err(|error| Malformed { why: error.to_string() })?;
    read(update)
}

/// The same for an update that was polled.
pub(super) fn read(mut update: Value) -> Result<(i64, Option<Incoming>), Malformed> {
    drop_nul(&mut update);
    let number = update.get("update_id").and_then(Value::as_i64);
    let number = number.ok_or_else(|| Malformed { why: "there is no update_id".into() })?;
    let incoming = Update::deserialize(update).ok().and_then(|update| incoming(number, update));
    Ok((number, incoming))
}

/// Removes NUL characters, which no text in PostgreSQL can hold.
fn drop_nul(value: &mut Value) {
    match value {
        Value::String(text) => text.retain(|symbol| symbol != '\0'),
        Value::Array(values) => values.iter_mut().for_each(drop_nul),
        Value::Object(fields) => fields.values_mut().for_each(drop_nul),
        _ => {}
    }
}

fn incoming(number: i64, update: Update) -> Option<Incoming> {
    let (from, place, kind) = match update {
        Update { message: Some(message), .. } => {
            (sender(message.from.as_ref()?)?, place(&message.chat), message_kind(message))
        }
        Update { callback_query: Some(query), .. } => {
            let place = query.message.as_ref().map_or(Place::Private, |message| place(&message.chat));
            (sender(&query.from)?, place, press(query))
        }
        Update { my_chat_member: Some(change), .. } => {
            (sender(&change.from)?, place(&change.chat), membership(&change))
        }
        _ => return None,
    };
    Some(Incoming { update: number, from, place, kind })
}

/// `None` for bots: that is also how Telegram shows anonymous admins and channels, whom nobody can name.
fn sender(user: &User) -> Option<Sender> {
    (!user.is_bot).then(|| Sender {
        chat: ChatId(user.id),
        username: user.username.clone(),
        first_name: user.first_name.clone(),
        language_code: user.language_code.clone(),
    })
}

fn place(chat: &Chat) -> Place {
    if chat.kind == "private" { Place::Private } else { Place::Group(ChatId(chat.id)) }
}

fn message_kind(message: Message) -> Kind {
    let message_id = MessageId(message.message_id);
    let reply_to = message.reply_to_message.map(|replied| MessageId(replied.message_id));
    let caption = message.caption;
    if let Some(text) = message.text {
        return Kind::Text { text, message_id, reply_to };
    }
    let area = |size: &Size| u64::from(size.width) * u64::from(size.height);
    if let Some(Size { file_id: file, .. }) = message.photo.into_iter().max_by_key(area) {
        return Kind::Picture { file, caption, message_id, reply_to };
    }
    if let Some(Document { file_id: file, file_size }) = message.document {
        let size_bytes = file_size.unwrap_or_default();
        return Kind::Document { file, size_bytes, caption, message_id, reply_to };
    }
    Kind::Other
}

fn press(query: Query) -> Kind {
    let message_id = query.message.map(|message| MessageId(message.message_id));
    Kind::Press { press_id: query.id, data: query.data.unwrap_or_default(), message_id }
}

/// In private this says whether the person blocked the bot; in groups it is none of the shop's business.
fn membership(change: &Change) -> Kind {
    match change.new_chat_member.status.as_str() {
        _ if place(&change.chat) != Place::Private => Kind::Other,
        "kicked" | "left" => Kind::Blocked,
        _ => Kind::Unblocked,
    }
}
