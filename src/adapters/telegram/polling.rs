//! Asking for updates, for shops that cannot be reached from outside.

use super::{Telegram, intake};
use crate::rules::incoming::Incoming;
use serde_json::{Value, json};
use std::time::Duration;

/// Why there are no updates.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PollFault {
    /// Another program polls with this token, or a webhook is set.
    Conflict,
    /// Telegram does not take the token.
    Unauthorized,
    /// Flood limit: not before this long.
    Wait(Duration),
    /// Unreachable, too slow, or broken.
    Down(String),
}

/// What we ask Telegram to tell us; also for the webhook.
pub(super) const ALLOWED: [&str; 3] = ["message", "callback_query", "my_chat_member"];

/// How long request and answer may travel, on top of Telegram's own waiting.
const SLACK: Duration = Duration::from_secs(10);

impl Telegram {
    /// Waits up to `timeout_seconds` for updates from number `offset` on, at most `limit` (1 to 100).
    /// Asking for an offset tells Telegram to forget everything before it: move it only after handling.
    /// Each comes with its number, and with `None` where there is nothing for the shop in it.
    pub async fn updates(
        &self,
        offset: i64,
        timeout_seconds: u32,
        limit: u8,
    ) -> Result<Vec<(i64, Option<Incoming>)>, PollFault> {
        let parameters = json!({
            "offset": offset, "timeout": timeout_seconds, "limit": limit, "allowed_updates": ALLOWED,
        });
        let patience = Duration::from_secs(timeout_seconds.into()) + SLACK;
        let updates: Vec<Value> = self.wire.ask("getUpdates", &parameters, patience).await?;
        // Without a number there is nothing to acknowledge: such an update can only be passed over.
        Ok(updates.into_iter().filter_map(|update| intake::read(update).ok()).collect())
    }
}
