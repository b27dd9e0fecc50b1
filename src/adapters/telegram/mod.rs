//! Telegram: our calls as Bot API calls, its updates as [`Incoming`](crate::rules::incoming::Incoming).

mod faults;
mod intake;
mod polling;
mod render;
mod setup;
mod wire;

pub use intake::parse;
pub use polling::PollFault;
pub use setup::{Me, WebhookInfo};

use crate::fault::Fault;
use crate::ports::{Call, Messenger, SendFault};
use crate::rules::ids::{ChatId, MessageId};
use crate::text::message::{Attachment, Keyboard, Media, Message, Toast, plain_length};
use faults::Trouble;
use futures_util::future::BoxFuture;
use serde::{Deserialize, Serialize, de::IgnoredAny};
use std::sync::Arc;
use teloxide_core::payloads::setters::*;
use teloxide_core::payloads::{
    AnswerCallbackQuery, DeleteMessage, EditMessageCaption, EditMessageText, SendDocument, SendMessage,
    SendPhoto, SendSticker,
};
use teloxide_core::requests::Payload;
use teloxide_core::types::{CallbackQueryId, FileId, InputFile, ParseMode, ReplyMarkup};
use wire::{Patience, Wire};

/// A bot at Telegram. Clones share connections. It holds the token and is therefore not printable.
#[derive(Clone)]
pub struct Telegram {
    wire: Arc<Wire>,
}

/// All we need to know of a message that was sent.
#[derive(Deserialize)]
struct Sent {
    message_id: i64,
}

impl Telegram {
    /// Asks nobody yet: see [`Telegram::me`]. The process must have installed a TLS provider before.
    ///
    /// # Errors
    /// `telegram-token` if the token cannot be one, `config-invalid` if the address is none.
    pub fn new(token: &str, api_url: &str) -> Result<Self, Fault> {
        Self::with_patience(token, api_url, Patience::USUAL)
    }

    fn with_patience(token: &str, api_url: &str, patience: Patience) -> Result<Self, Fault> {
        Ok(Self { wire: Arc::new(Wire::new(token, api_url, patience)?) })
    }

    /// Sends a message; its id is that of the last piece, which carries the buttons.
    async fn send(&self, chat: ChatId, message: &Message) -> Result<MessageId, SendFault> {
        let markup = render::markup(&message.keyboard)?;
        let Some(attachment) = &message.attachment else {
            return self.send_text(chat, &message.body, markup).await;
        };
        if render::fits_caption(attachment, &message.body) {
            return self.send_attachment(chat, attachment, &message.body, markup).await;
        }
        self.send_attachment(chat, attachment, "", None).await?;
        self.send_text(chat, &message.body, markup).await
    }

    async fn send_text(
        &self,
        chat: ChatId,
        body: &str,
        markup: Option<ReplyMarkup>,
    ) -> Result<MessageId, SendFault> {
        let length = plain_length(body);
        if length > render::TEXT_MAX {
            return Err(SendFault::Refused(format!("the text has {length} characters")));
        }
        let mut payload = SendMessage::new(recipient(chat), body)
            .parse_mode(ParseMode::Html)
            .link_preview_options(render::no_preview());
        payload.reply_markup = markup;
        self.sent(&payload).await
    }

    async fn send_attachment(
        &self,
        chat: ChatId,
        attachment: &Attachment,
        caption: &str,
        markup: Option<ReplyMarkup>,
    ) -> Result<MessageId, SendFault> {
        let chat = recipient(chat);
        let caption = Some(caption).filter(|caption| !caption.is_empty()).map(str::to_owned);
        let parse_mode = caption.as_ref().map(|_| ParseMode::Html);
        match attachment {
            Attachment::Picture(media) => {
                let mut payload = SendPhoto::new(chat, stored(media));
                (payload.caption, payload.parse_mode, payload.reply_markup) = (caption, parse_mode, markup);
                match media {
                    Media::Stored(_) => self.sent(&payload).await,
                    Media::Png(bytes) => self.uploaded(&payload, "photo", "picture.png", bytes).await,
                }
            }
            Attachment::Document { name, content } => {
                let mut payload = SendDocument::new(chat, InputFile::memory(Vec::new()));
                (payload.caption, payload.parse_mode, payload.reply_markup) = (caption, parse_mode, markup);
                self.uploaded(&payload, "document", name, content).await
            }
            Attachment::Sticker(file) => {
                let mut payload = SendSticker::new(chat, InputFile::file_id(FileId(file.clone())));
                payload.reply_markup = markup;
                self.sent(&payload).await
            }
        }
    }

    /// Changes text and buttons in place; what no edit can do is sent as a new message.
    async fn edit(&self, chat: ChatId, id: MessageId, message: &Message) -> Result<MessageId, SendFault> {
        let markup = match &message.keyboard {
            _ if message.attachment.is_some() => return self.replace(chat, id, message).await,
            Keyboard::Reply(_) => return self.replace(chat, id, message).await,
            Keyboard::None => None,
            Keyboard::Inline(rows) => Some(render::inline(rows)?),
        };
        let mut text = EditMessageText::new(recipient(chat), render::message_id(id)?, &message.body)
            .parse_mode(ParseMode::Html)
            .link_preview_options(render::no_preview());
        text.reply_markup.clone_from(&markup);
        match self.wire.call::<_, IgnoredAny>(&text).await {
            Err(trouble) if trouble.says(faults::NO_TEXT) => {}
            other => return edited(other, id),
        }
        if plain_length(&message.body) > render::CAPTION_MAX {
            return self.replace(chat, id, message).await;
        }
        let mut caption = EditMessageCaption::new(recipient(chat), render::message_id(id)?)
            .caption(&message.body)
            .parse_mode(ParseMode::Html);
        caption.reply_markup = markup;
        edited(self.wire.call::<_, IgnoredAny>(&caption).await, id)
    }

    /// Sends the new message before it deletes the old one, so that one is always there; an old one that stays is only
    /// untidy.
    async fn replace(&self, chat: ChatId, old: MessageId, message: &Message) -> Result<MessageId, SendFault> {
        let new = self.send(chat, message).await?;
        self.delete(chat, old).await.ok();
        Ok(new)
    }

    async fn delete(&self, chat: ChatId, id: MessageId) -> Result<(), SendFault> {
        let payload = DeleteMessage::new(recipient(chat), render::message_id(id)?);
        done(self.wire.call::<_, IgnoredAny>(&payload).await, faults::NOTHING_TO_DELETE)
    }

    async fn answer(&self, press_id: String, toast: Toast) -> Result<(), SendFault> {
        let mut payload = AnswerCallbackQuery::new(CallbackQueryId(press_id)).show_alert(toast.alert);
        payload.text = toast.text;
        done(self.wire.call::<_, IgnoredAny>(&payload).await, faults::PRESS_OVER)
    }

    async fn sent(&self, payload: &(impl Payload + Serialize)) -> Result<MessageId, SendFault> {
        let sent: Sent = self.wire.call(payload).await?;
        Ok(MessageId(sent.message_id))
    }

    async fn uploaded(
        &self,
        payload: &(impl Payload + Serialize),
        field: &'static str,
        name: &str,
        content: &[u8],
    ) -> Result<MessageId, SendFault> {
        let sent: Sent = self.wire.upload(payload, field, name, content).await?;
        Ok(MessageId(sent.message_id))
    }
}

impl Messenger for Telegram {
    fn carry(&self, call: Call) -> BoxFuture<'_, Result<Option<MessageId>, SendFault>> {
        Box::pin(async move {
            match call {
                Call::Send { chat, message } => self.send(chat, &message).await.map(Some),
                Call::Edit { chat, message_id, message } => {
                    self.edit(chat, message_id, &message).await.map(Some)
                }
                Call::Delete { chat, message_id } => self.delete(chat, message_id).await.map(|()| None),
                Call::Answer { press_id, toast } => self.answer(press_id, toast).await.map(|()| None),
            }
        })
    }

    fn fetch(&self, file: String, max_bytes: u64) -> BoxFuture<'_, Result<Vec<u8>, SendFault>> {
        let max_bytes = usize::try_from(max_bytes).unwrap_or(usize::MAX);
        Box::pin(async move { self.file(&file, max_bytes).await })
    }
}

fn recipient(chat: ChatId) -> teloxide_core::types::ChatId {
    teloxide_core::types::ChatId(chat.0)
}

/// A picture that Telegram keeps, by its id; our own bytes travel beside the payload.
fn stored(media: &Media) -> InputFile {
    match media {
        Media::Stored(file) => InputFile::file_id(FileId(file.clone())),
        Media::Png(_) => InputFile::memory(Vec::new()),
    }
}

fn edited<T>(outcome: Result<T, Trouble>, id: MessageId) -> Result<MessageId, SendFault> {
    done(outcome, faults::NOT_MODIFIED).map(|()| id)
}

/// Success, also when Telegram says it was done before.
fn done<T>(outcome: Result<T, Trouble>, done_before: &[&str]) -> Result<(), SendFault> {
    match outcome {
        Ok(_) => Ok(()),
        Err(trouble) if trouble.says(done_before) => Ok(()),
        Err(trouble) => Err(trouble.into()),
    }
}

#[cfg(test)]
mod tests;
