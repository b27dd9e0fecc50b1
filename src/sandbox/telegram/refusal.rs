//! How a call is refused, in the real service's words.

use serde_json::{Value, json};

/// A refused call.
#[derive(Debug)]
pub(super) struct Refusal {
    pub status: u16,
    pub description: String,
    pub retry_after: Option<u32>,
    /// Only a fault of the bot can cause it: it is kept as a violation.
    pub ours: bool,
}

pub(super) type Answer = Result<Value, Refusal>;

impl Refusal {
    /// A request that a correct bot never makes.
    pub fn bug(words: impl std::fmt::Display) -> Self {
        Refusal { status: 400, description: format!("Bad Request: {words}"), retry_after: None, ours: true }
    }

    /// A refusal that life brings (a chat that is gone, a message that somebody deleted).
    pub fn life(words: impl std::fmt::Display) -> Self {
        Refusal { ours: false, ..Refusal::bug(words) }
    }

    /// Any other status, with the whole description.
    pub fn plain(status: u16, description: &str) -> Self {
        Refusal { status, description: description.into(), retry_after: None, ours: false }
    }

    pub fn flood(seconds: u32, ours: bool) -> Self {
        let description = format!("Too Many Requests: retry after {seconds}");
        Refusal { status: 429, description, retry_after: Some(seconds), ours }
    }

    pub fn not_modified() -> Self {
        Refusal::life(
            "message is not modified: specified new message content and reply markup are exactly the same \
             as a current content and reply markup of the message",
        )
    }

    pub fn body(&self) -> Value {
        let mut body = json!({"ok": false, "error_code": self.status, "description": self.description});
        if let Some(seconds) = self.retry_after {
            body["parameters"] = json!({"retry_after": seconds});
        }
        body
    }
}
