//! Editing and deleting.

use serde_json::json;

use super::Telegram;
use super::keyboard::Markup;
use super::params::Params;
use super::refusal::{Answer, Refusal};
use super::send::{check_caption, check_text, read_words, with_words, words};
use crate::sandbox::{ChatMessage, Kind};

impl Telegram {
    pub(super) fn edit(&mut self, method: &str, params: &Params) -> Answer {
        let chat = params.required("chat_id", "chat_id is empty")?;
        let id = params.required("message_id", "message identifier is not specified")?;
        self.open_chat(chat)?;
        let before = self.editable(chat, id)?;
        let rows = Markup::inline_only(params)?;
        let mut after = match method {
            "editmessagetext" => edited_text(before.clone(), params)?,
            "editmessagecaption" => edited_caption(before.clone(), params)?,
            "editmessagemedia" => self.edited_media(before.clone(), params)?,
            _ => before.clone(),
        };
        after.inline_keyboard = rows;
        if after == before {
            return Err(Refusal::not_modified());
        }
        after.edited += 1;
        self.open_chat(chat)?.messages.insert(id, after.clone());
        Ok(self.message_json(&after))
    }

    /// The message, if Telegram lets a bot edit it.
    fn editable(&self, chat: i64, id: i64) -> Result<ChatMessage, Refusal> {
        let gone = "message to edit not found";
        let message = self.message(chat, id).cloned().ok_or_else(|| Refusal::bug(gone))?;
        if message.deleted {
            return Err(Refusal::life(gone));
        }
        // A message that brought a reply keyboard can never be edited.
        if !message.from_bot || message.reply_keyboard.is_some() {
            return Err(Refusal::bug("message can't be edited"));
        }
        Ok(message)
    }

    fn edited_media(&mut self, mut message: ChatMessage, params: &Params) -> Result<ChatMessage, Refusal> {
        let media = params.json("media", "media")?.ok_or_else(|| Refusal::bug("media is not specified"))?;
        let text = |name: &str| media[name].as_str().unwrap_or_default();
        message.kind = match text("type") {
            "photo" => Kind::Photo,
            "document" => Kind::Document,
            _ => return Err(Refusal::bug("can't parse InputMedia: this sandbox knows photo and document")),
        };
        let words = read_words(text("caption"), media["parse_mode"].as_str())?;
        check_caption(&words)?;
        let file = params.attached(text("media")).ok_or_else(|| Refusal::bug("media not found"))?;
        message.file = Some(self.accept_file(message.kind, file)?);
        Ok(with_words(message, words))
    }

    pub(super) fn delete_message(&mut self, params: &Params) -> Answer {
        let chat = params.required("chat_id", "chat_id is empty")?;
        let id = params.required("message_id", "message identifier is not specified")?;
        let messages = &mut self.open_chat(chat)?.messages;
        match messages.get_mut(&id) {
            None => Err(Refusal::bug("message to delete not found")),
            Some(message) if message.deleted => Err(Refusal::life("message to delete not found")),
            Some(message) => {
                message.deleted = true;
                Ok(json!(true))
            }
        }
    }

    /// Those that are not there are skipped, as at Telegram.
    pub(super) fn delete_messages(&mut self, params: &Params) -> Answer {
        let chat = params.required("chat_id", "chat_id is empty")?;
        let ids = params.json("message_ids", "message identifiers")?;
        let ids = ids.as_ref().and_then(|ids| ids.as_array()).filter(|ids| (1..=100).contains(&ids.len()));
        let ids = ids.ok_or_else(|| Refusal::bug("message identifiers are not specified"))?;
        let messages = &mut self.open_chat(chat)?.messages;
        for id in ids.iter().filter_map(|id| id.as_i64()) {
            if let Some(message) = messages.get_mut(&id) {
                message.deleted = true;
            }
        }
        Ok(json!(true))
    }
}

fn edited_text(message: ChatMessage, params: &Params) -> Result<ChatMessage, Refusal> {
    if message.kind != Kind::Text {
        // A bot that edits cannot know what kind of message it was on another day.
        return Err(Refusal::life("there is no text in the message to edit"));
    }
    let words = words(params, "text")?;
    check_text(params, &words, "MESSAGE_TOO_LONG")?;
    Ok(with_words(message, words))
}

fn edited_caption(message: ChatMessage, params: &Params) -> Result<ChatMessage, Refusal> {
    if !matches!(message.kind, Kind::Photo | Kind::Document) {
        return Err(Refusal::bug("there is no caption in the message to edit"));
    }
    let words = words(params, "caption")?;
    check_caption(&words)?;
    Ok(with_words(message, words))
}
