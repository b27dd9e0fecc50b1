//! What actors need from outside, in the actors' own terms. Adapters make the outside fit this.

use crate::rules::ids::{ChatId, MessageId};
use crate::rules::invoice::Verdict;
use crate::rules::money::Rupiah;
use crate::text::message::{Message, Toast};
use chrono::{DateTime, Utc};
use futures_util::future::BoxFuture;
use std::time::Duration;

/// A payment gateway. Every call may be repeated: creating is find-or-create by reference.
pub trait Gateway: Send + Sync {
    /// The least time between two creations: it refuses those that come closer.
    fn creations_apart(&self) -> Duration;
    /// Makes the payment `reference` over `base` rupiah, or finds it if it exists.
    fn create(&self, reference: String, base: Rupiah) -> BoxFuture<'_, Result<Created, GatewayFault>>;
    /// Asks what became of it. The only word that counts about a payment.
    fn detail(&self, reference: String, base: Rupiah) -> BoxFuture<'_, Result<Verdict, GatewayFault>>;
    /// Asks the gateway to take no more money for it. It may do so all the same.
    fn cancel(&self, reference: String, base: Rupiah) -> BoxFuture<'_, Result<(), GatewayFault>>;
}

/// A payment as the gateway made it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Created {
    pub fee: Rupiah,
    /// What the customer pays: base and fee.
    pub total: Rupiah,
    /// The QRIS text.
    pub qr: String,
    pub checkout_url: String,
    pub expires_at: DateTime<Utc>,
}

/// Why the gateway did not answer as asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum GatewayFault {
    /// Unreachable, too slow, or broken: the effect may or may not have happened.
    Down(String),
    /// It wants us to slow down; the time is its own or a guess.
    Pace(Duration),
    /// It will never take this: our project, key or request is wrong.
    Refused(String),
}

/// A front end's way to its people. Nothing here is retried inside.
pub trait Messenger: Send + Sync {
    /// Carries out one call. `Some` message id when a message was made or changed.
    fn carry(&self, call: Call) -> BoxFuture<'_, Result<Option<MessageId>, SendFault>>;
    /// Fetches a file that somebody sent. Larger than `max_bytes`: refused.
    fn fetch(&self, file: String, max_bytes: u64) -> BoxFuture<'_, Result<Vec<u8>, SendFault>>;
}

/// One thing the messenger can do.
#[derive(Debug, Clone, PartialEq)]
pub enum Call {
    Send {
        chat: ChatId,
        message: Message,
    },
    /// Changes body and buttons. A message with a picture keeps its picture: its caption is changed.
    /// Repeating an edit is harmless: "not modified" counts as done.
    Edit {
        chat: ChatId,
        message_id: MessageId,
        message: Message,
    },
    Delete {
        chat: ChatId,
        message_id: MessageId,
    },
    /// Stops a pressed button's spinning.
    Answer {
        press_id: String,
        toast: Toast,
    },
}

impl Call {
    /// The chat it goes to; answers to presses belong to none.
    pub fn chat(&self) -> Option<ChatId> {
        match self {
            Self::Send { chat, .. } | Self::Edit { chat, .. } | Self::Delete { chat, .. } => Some(*chat),
            Self::Answer { .. } => None,
        }
    }
}

/// Why a call was not carried out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SendFault {
    /// Flood limit: not before this long.
    Wait(Duration),
    /// Unreachable, too slow, or broken: it may or may not have been sent.
    Down(String),
    /// The person blocked the bot, is deactivated, or the chat is unknown: trying again is useless.
    Gone(String),
    /// The group moved.
    Moved(ChatId),
    /// The message to edit or delete is not there (any more), or cannot be edited that way.
    NoSuchMessage,
    /// Refused as malformed: our bug, not to be repeated blindly.
    Refused(String),
}
