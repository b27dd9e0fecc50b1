//! Chats with their messages, and how the Bot API shows them.

use std::collections::BTreeMap;

use chrono::Utc;
use serde_json::{Value, json};

use super::Telegram;
use super::refusal::Refusal;
use crate::sandbox::{Attachment, ChatMessage, Kind, Person};

/// A private chat or a group.
#[derive(Debug, Default)]
pub(in crate::sandbox) struct Chat {
    /// The person wrote to the bot at least once (groups: always).
    pub started: bool,
    pub blocked: bool,
    pub messages: BTreeMap<i64, ChatMessage>,
    pub reply_keyboard: Option<Vec<Vec<String>>>,
    last_message_id: i64,
}

impl Telegram {
    /// The chat, if the bot may write there now.
    pub(super) fn open_chat(&mut self, chat: i64) -> Result<&mut Chat, Refusal> {
        match self.chats.get_mut(&chat) {
            Some(found) if found.blocked => {
                Err(Refusal::plain(403, "Forbidden: bot was blocked by the user"))
            }
            Some(found) if found.started => Ok(found),
            _ => Err(Refusal::life("chat not found")),
        }
    }

    /// Message ids grow over all private chats and small groups together, in a supergroup on their own.
    pub fn next_message_id(&mut self, chat: i64) -> i64 {
        if is_supergroup(chat) {
            let chat = self.chats.entry(chat).or_default();
            chat.last_message_id += 1;
            return chat.last_message_id;
        }
        self.last_message_id += 1;
        self.last_message_id
    }

    /// An empty message of `chat` with the next id.
    pub fn blank(&mut self, chat: i64, from_user: Option<i64>) -> ChatMessage {
        ChatMessage {
            message_id: self.next_message_id(chat),
            chat,
            from_bot: from_user.is_none(),
            from_user,
            kind: Kind::Text,
            html: String::new(),
            text: String::new(),
            entities: Vec::new(),
            inline_keyboard: Vec::new(),
            reply_keyboard: None,
            file: None,
            reply_to: None,
            deleted: false,
            edited: 0,
            date: Utc::now(),
        }
    }

    pub fn message(&self, chat: i64, message_id: i64) -> Option<&ChatMessage> {
        self.chats.get(&chat)?.messages.get(&message_id)
    }

    /// Keeps a file so that its id can be sent again and downloaded.
    pub fn keep_file(
        &mut self,
        what: &str,
        name: &str,
        mime: &str,
        size: (u32, u32),
        bytes: Vec<u8>,
    ) -> Attachment {
        let file_id = format!("SANDBOX-{what}-{}", self.files.len() + 1);
        let file = Attachment { file_id: file_id.clone(), name: name.into(), mime: mime.into(), size, bytes };
        self.files.insert(file_id, file.clone());
        file
    }

    /// The message as the Bot API shows it.
    pub fn message_json(&self, message: &ChatMessage) -> Value {
        self.message_json_deep(message, true)
    }

    fn message_json_deep(&self, message: &ChatMessage, with_reply: bool) -> Value {
        let mut out = json!({
            "message_id": message.message_id,
            "date": message.date.timestamp(),
            "chat": self.chat_json(message.chat),
            "from": match message.from_user { Some(user) => self.user_json(user), None => self.bot_json() },
        });
        let (words, entities) = match message.kind {
            Kind::Text => ("text", "entities"),
            _ => ("caption", "caption_entities"),
        };
        if !message.text.is_empty() {
            out[words] = json!(message.text);
            if !message.entities.is_empty() {
                out[entities] = json!(message.entities);
            }
        }
        if let Some(file) = &message.file {
            out[media_name(message.kind)] = media_json(message.kind, file);
        }
        if !message.inline_keyboard.is_empty() {
            out["reply_markup"] = json!({"inline_keyboard": message.inline_keyboard});
        }
        if message.edited > 0 {
            out["edit_date"] = json!(Utc::now().timestamp());
        }
        let replied = message.reply_to.filter(|_| with_reply);
        if let Some(replied) = replied.and_then(|id| self.message(message.chat, id)) {
            out["reply_to_message"] = self.message_json_deep(replied, false);
        }
        out
    }

    pub fn chat_json(&self, chat: i64) -> Value {
        match (self.groups.get(&chat), self.people.get(&chat)) {
            (Some(group), _) if is_supergroup(chat) => {
                json!({"id": chat, "type": "supergroup", "title": group.title})
            }
            (Some(group), _) => json!({"id": chat, "type": "group", "title": group.title}),
            (None, Some(person)) => {
                let mut out = json!({"id": chat, "type": "private", "first_name": person.first_name});
                set_some(&mut out, "username", &person.username);
                out
            }
            (None, None) => json!({"id": chat, "type": "private", "first_name": ""}),
        }
    }

    pub fn user_json(&self, user: i64) -> Value {
        let nobody = Person::new(user, "", None, "");
        let person = self.people.get(&user).unwrap_or(&nobody);
        let mut out = json!({"id": user, "is_bot": false, "first_name": person.first_name});
        set_some(&mut out, "username", &person.username);
        set_some(&mut out, "language_code", &person.language_code);
        out
    }

    pub fn bot_json(&self) -> Value {
        json!({"id": self.bot_id, "is_bot": true, "first_name": "Sandbox Shop", "username": super::BOT_USERNAME})
    }
}

pub(super) fn is_supergroup(chat: i64) -> bool {
    chat.to_string().starts_with("-100")
}

fn set_some(out: &mut Value, name: &str, value: &Option<String>) {
    if let Some(value) = value {
        out[name] = json!(value);
    }
}

fn media_name(kind: Kind) -> &'static str {
    match kind {
        Kind::Photo => "photo",
        Kind::Sticker => "sticker",
        Kind::Document | Kind::Text => "document",
    }
}

fn media_json(kind: Kind, file: &Attachment) -> Value {
    let unique = format!("u{}", file.file_id);
    let (width, height) = file.size;
    let size = file.bytes.len();
    match kind {
        Kind::Photo => json!([{
            "file_id": file.file_id, "file_unique_id": unique, "file_size": size, "width": width, "height": height,
        }]),
        Kind::Sticker => json!({
            "file_id": file.file_id, "file_unique_id": unique, "file_size": size, "width": 512, "height": 512,
            "type": "regular", "is_animated": false, "is_video": false, "emoji": "👋",
        }),
        Kind::Document | Kind::Text => json!({
            "file_id": file.file_id, "file_unique_id": unique, "file_size": size,
            "file_name": file.name, "mime_type": file.mime,
        }),
    }
}
