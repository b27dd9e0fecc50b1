//! What Telegram's refusals mean to us.

use super::PollFault;
use crate::fault::{Code, Fault};
use crate::ports::SendFault;
use crate::rules::ids::ChatId;
use std::time::Duration;

/// Why a call had no result.
#[derive(Debug)]
pub(super) enum Trouble {
    /// Telegram answered, and said no.
    Refused(Refusal),
    /// No answer, or one that is not Telegram's: the call may or may not have been carried out.
    Down(String),
}

/// A no, as Telegram words it.
#[derive(Debug)]
pub(super) struct Refusal {
    pub code: u16,
    pub description: String,
    pub retry_after_seconds: Option<u64>,
    pub migrate_to: Option<i64>,
}

/// The edit would change nothing: it was done before.
pub(super) const NOT_MODIFIED: &[&str] = &["message is not modified"];
/// The message has a picture or a document: its words are a caption.
pub(super) const NO_TEXT: &[&str] = &["there is no text in the message to edit"];
/// There is nothing to delete (any more).
pub(super) const NOTHING_TO_DELETE: &[&str] = &["message to delete not found", "message_id_invalid"];
/// The press was answered before, or nobody waits for the answer any more (about 30 s).
pub(super) const PRESS_OVER: &[&str] = &["query is too old", "query_id_invalid"];

const NO_SUCH_MESSAGE: &[&str] = &[
    "message to edit not found",
    "message to delete not found",
    "message can't be edited",
    "message can't be deleted",
    "message_id_invalid",
    "there is no text in the message",
    "there is no caption in the message",
];

/// What says that a chat is gone, besides every 403.
const GONE: &[&str] = &[
    "chat not found",
    "user not found",
    "peer_id_invalid",
    "user is deactivated",
    "group is deactivated",
    "bot was kicked",
    "can't initiate conversation",
    "not enough rights to send",
    "have no rights to send",
    "need administrator rights in the channel",
    "chat_write_forbidden",
    "chat_restricted",
];

/// When Telegram says "slow down" but not for how long.
const WAIT_DEFAULT: Duration = Duration::from_secs(5);

impl Refusal {
    /// Whether Telegram said one of these, in whatever case and with whatever around it.
    pub fn says(&self, words: &[&str]) -> bool {
        let said = self.description.to_lowercase();
        words.iter().any(|word| said.contains(word))
    }

    fn wait(&self) -> Duration {
        self.retry_after_seconds.map_or(WAIT_DEFAULT, Duration::from_secs)
    }

    /// 404 is what a token of the wrong shape gets.
    fn is_about_the_token(&self) -> bool {
        matches!(self.code, 401 | 404)
    }
}

impl Trouble {
    pub fn says(&self, words: &[&str]) -> bool {
        matches!(self, Self::Refused(refusal) if refusal.says(words))
    }
}

impl std::fmt::Display for Refusal {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} {}", self.code, self.description)
    }
}

impl From<Trouble> for SendFault {
    fn from(trouble: Trouble) -> Self {
        let refusal = match trouble {
            Trouble::Down(why) => return Self::Down(why),
            Trouble::Refused(refusal) => refusal,
        };
        if let Some(chat) = refusal.migrate_to {
            return Self::Moved(ChatId(chat));
        }
        match refusal.code {
            429 => Self::Wait(refusal.wait()),
            500.. => Self::Down(refusal.to_string()),
            403 => Self::Gone(refusal.description),
            _ if refusal.says(GONE) => Self::Gone(refusal.description),
            _ if refusal.says(NO_SUCH_MESSAGE) => Self::NoSuchMessage,
            // Nothing is wrong with the message: it waits until somebody corrects the token.
            _ if refusal.is_about_the_token() => {
                Self::Down(format!("Telegram does not take the token: {refusal}"))
            }
            _ => Self::Refused(refusal.description),
        }
    }
}

impl From<Trouble> for PollFault {
    fn from(trouble: Trouble) -> Self {
        match trouble {
            Trouble::Down(why) => Self::Down(why),
            Trouble::Refused(refusal) if refusal.is_about_the_token() => Self::Unauthorized,
            Trouble::Refused(refusal) => match refusal.code {
                409 => Self::Conflict,
                429 => Self::Wait(refusal.wait()),
                _ => Self::Down(refusal.to_string()),
            },
        }
    }
}

impl From<Trouble> for Fault {
    fn from(trouble: Trouble) -> Self {
        match trouble {
            Trouble::Down(why) => Self::new(Code::TelegramDown, format!("{why}.")),
            Trouble::Refused(refusal) => {
                let code = match refusal.code {
                    _ if refusal.is_about_the_token() => Code::TelegramToken,
                    409 => Code::TelegramConflict,
                    429 | 500.. => Code::TelegramDown,
                    _ => Code::TelegramRefused,
                };
                Self::new(code, format!("Telegram answered {refusal}."))
            }
        }
    }
}
