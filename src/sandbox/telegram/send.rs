//! Sending: messages, photos, documents, stickers, copies.

use serde_json::{Value, json};

use super::Telegram;
use super::html::{self, Formatted};
use super::keyboard::Markup;
use super::params::{FileParam, Params};
use super::refusal::{Answer, Refusal};
use crate::sandbox::{Attachment, ChatMessage, Kind};

pub(super) const MAX_TEXT: usize = 4096;
pub(super) const MAX_CAPTION: usize = 1024;
const MAX_PHOTO: usize = 10 * 1024 * 1024;
const MAX_DOCUMENT: usize = 50 * 1024 * 1024;

/// Words of a message in both forms.
pub(super) struct Words {
    pub html: String,
    pub parsed: Formatted,
}

impl Telegram {
    /// Any of the send methods: the call is checked in full, then counted against the limits, then the message is put
    /// into the chat.
    pub(super) fn send(&mut self, method: &str, params: &Params, limits: bool) -> Answer {
        let chat = params.required("chat_id", "chat_id is empty")?;
        self.open_chat(chat)?;
        let markup = Markup::read(params)?;
        let reply_to = self.replied(chat, params)?;
        let mut message = match method {
            "sendmessage" => {
                let words = words(params, "text")?;
                check_text(params, &words, "message is too long")?;
                with_words(self.blank(chat, None), words)
            }
            "copymessage" | "forwardmessage" => self.copied(chat, method, params)?,
            _ => self.media(chat, method, params)?,
        };
        if limits {
            self.flood.pass(chat)?;
        }
        message.reply_to = reply_to;
        let keeper = self.open_chat(chat)?;
        match markup {
            Markup::Inline(rows) => message.inline_keyboard = rows,
            Markup::Reply(rows) => {
                keeper.reply_keyboard = Some(rows.clone()).filter(|rows| !rows.is_empty());
                message.reply_keyboard = Some(rows);
            }
            Markup::None | Markup::ForceReply => {}
        }
        keeper.messages.insert(message.message_id, message.clone());
        if method == "copymessage" {
            return Ok(json!({"message_id": message.message_id}));
        }
        let mut shown = self.message_json(&message);
        if method == "forwardmessage" {
            shown["forward_origin"] = self.origin(params);
        }
        Ok(shown)
    }

    fn media(&mut self, chat: i64, method: &str, params: &Params) -> Result<ChatMessage, Refusal> {
        let (kind, field) = match method {
            "sendphoto" => (Kind::Photo, "photo"),
            "sendsticker" => (Kind::Sticker, "sticker"),
            _ => (Kind::Document, "document"),
        };
        let file =
            params.file(field).ok_or_else(|| Refusal::bug(format!("there is no {field} in the request")))?;
        let words = words(params, "caption")?;
        check_caption(&words)?;
        let file = self.accept_file(kind, file)?;
        let mut message = with_words(self.blank(chat, None), words);
        message.kind = kind;
        message.file = Some(file);
        Ok(message)
    }

    /// Takes an upload in, or finds the file that an id names.
    pub(super) fn accept_file(&mut self, kind: Kind, file: FileParam) -> Result<Attachment, Refusal> {
        let (name, bytes) = match file {
            FileParam::Upload { name, bytes } => (name, bytes),
            // A sticker from Telegram's own sets: nobody here has its picture.
            FileParam::Id(id) if kind == Kind::Sticker && id.starts_with("CAAC") => {
                return Ok(self.keep_file("sticker", "sticker.webp", "image/webp", (512, 512), Vec::new()));
            }
            FileParam::Id(id) => {
                let known = self.files.get(&id).cloned();
                return known.ok_or_else(|| Refusal::bug("wrong file identifier/HTTP URL specified"));
            }
        };
        let largest = if kind == Kind::Photo { MAX_PHOTO } else { MAX_DOCUMENT };
        if bytes.is_empty() {
            return Err(Refusal::bug("file must be non-empty"));
        }
        if bytes.len() > largest {
            return Err(Refusal { ours: true, ..Refusal::plain(413, "Request Entity Too Large") });
        }
        let picture = picture(&bytes);
        match (kind, picture) {
            (Kind::Photo, None) => Err(Refusal::bug("IMAGE_PROCESS_FAILED")),
            (Kind::Photo, Some((mime, size))) => Ok(self.keep_file("photo", &name, mime, size, bytes)),
            (Kind::Sticker, _) => Ok(self.keep_file("sticker", &name, "image/webp", (512, 512), bytes)),
            _ => Ok(self.keep_file("document", &name, mime_of(&name), (0, 0), bytes)),
        }
    }

    fn copied(&mut self, chat: i64, method: &str, params: &Params) -> Result<ChatMessage, Refusal> {
        let from = params.required("from_chat_id", "chat_id is empty")?;
        let id = params.required("message_id", "message identifier is not specified")?;
        let verb = if method == "copymessage" { "copy" } else { "forward" };
        let source = self.message(from, id).filter(|message| !message.deleted).cloned();
        let source = source.ok_or_else(|| Refusal::life(format!("message to {verb} not found")))?;
        let mut copy = self.blank(chat, None);
        (copy.kind, copy.html, copy.text) = (source.kind, source.html, source.text);
        (copy.entities, copy.file) = (source.entities, source.file);
        if method == "copymessage" && params.text("caption").is_some() {
            let words = words(params, "caption")?;
            check_caption(&words)?;
            copy = with_words(copy, words);
        }
        Ok(copy)
    }

    fn origin(&self, params: &Params) -> Value {
        let source = params.number("from_chat_id").zip(params.number("message_id"));
        let source = source.and_then(|(chat, id)| self.message(chat, id));
        let user = match source.and_then(|message| message.from_user) {
            Some(user) => self.user_json(user),
            None => self.bot_json(),
        };
        json!({"type": "user", "sender_user": user, "date": source.map_or(0, |message| message.date.timestamp())})
    }

    fn replied(&self, chat: i64, params: &Params) -> Result<Option<i64>, Refusal> {
        let asked = params.json("reply_parameters", "reply parameters")?.unwrap_or_default();
        let Some(id) = asked["message_id"].as_i64().or_else(|| params.number("reply_to_message_id")) else {
            return Ok(None);
        };
        let lenient =
            asked["allow_sending_without_reply"] == json!(true) || params.flag("allow_sending_without_reply");
        match self.message(chat, id) {
            Some(message) if !message.deleted => Ok(Some(id)),
            _ if lenient => Ok(None),
            _ => Err(Refusal::life("message to be replied not found")),
        }
    }
}

/// The words in `field`, read by the call's parse mode.
pub(super) fn words(params: &Params, field: &str) -> Result<Words, Refusal> {
    read_words(&params.text(field).unwrap_or_default(), params.text("parse_mode").as_deref())
}

pub(super) fn read_words(raw: &str, parse_mode: Option<&str>) -> Result<Words, Refusal> {
    match parse_mode.map(str::to_ascii_lowercase).as_deref() {
        Some("html") => {
            let parsed =
                html::parse(raw).map_err(|why| Refusal::bug(format!("can't parse entities: {why}")))?;
            Ok(Words { html: raw.into(), parsed })
        }
        None | Some("") => {
            let text = raw.trim().to_owned();
            Ok(Words { html: html::escape(&text), parsed: Formatted { text, entities: Vec::new() } })
        }
        Some(_) => Err(Refusal::bug("unsupported parse_mode (this sandbox reads HTML only)")),
    }
}

pub(super) fn check_text(params: &Params, words: &Words, too_long: &str) -> Result<(), Refusal> {
    if params.text("text").unwrap_or_default().is_empty() {
        return Err(Refusal::bug("message text is empty"));
    }
    match html::length(&words.parsed.text) {
        0 => Err(Refusal::bug("text must be non-empty")),
        length if length > MAX_TEXT => Err(Refusal::bug(too_long)),
        _ => Ok(()),
    }
}

pub(super) fn check_caption(words: &Words) -> Result<(), Refusal> {
    match html::length(&words.parsed.text) > MAX_CAPTION {
        true => Err(Refusal::bug("message caption is too long")),
        false => Ok(()),
    }
}

pub(super) fn with_words(mut message: ChatMessage, words: Words) -> ChatMessage {
    message.html = words.html;
    message.text = words.parsed.text;
    message.entities = words.parsed.entities;
    message
}

/// The type and size of a picture that Telegram would take as a photo.
pub(in crate::sandbox) fn picture(bytes: &[u8]) -> Option<(&'static str, (u32, u32))> {
    let word = |at: usize| Some(u32::from_be_bytes(bytes.get(at..at + 4)?.try_into().ok()?));
    match bytes {
        [0x89, b'P', b'N', b'G', ..] => Some(("image/png", (word(16)?, word(20)?))),
        [0xff, 0xd8, 0xff, ..] => Some(("image/jpeg", (800, 600))),
        [b'G', b'I', b'F', b'8', ..] => Some(("image/gif", (800, 600))),
        [b'R', b'I', b'F', b'F', _, _, _, _, b'W', b'E', b'B', b'P', ..] => Some(("image/webp", (512, 512))),
        _ => None,
    }
}

pub(in crate::sandbox) fn mime_of(name: &str) -> &'static str {
    match name.rsplit('.').next().unwrap_or_default().to_ascii_lowercase().as_str() {
        "txt" | "log" => "text/plain",
        "csv" => "text/csv",
        "json" => "application/json",
        "pdf" => "application/pdf",
        "zip" => "application/zip",
        "png" => "image/png",
        "jpg" | "jpeg" => "image/jpeg",
        _ => "application/octet-stream",
    }
}
