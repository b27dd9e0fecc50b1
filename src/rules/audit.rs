//! Who changed what, for the audit log.

use super::ids::UserId;
use chrono::{DateTime, Utc};
use serde_json::Value;

/// Who caused a change, and where it came from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct By {
    /// `user:12`, `gateway`, `clock` or `operator`.
    pub actor: String,
    /// `telegram`, `webhook`, `poller`, `clock` or `console`.
    pub origin: &'static str,
}

impl By {
    pub fn user(user: UserId) -> Self {
        Self { actor: format!("user:{user}"), origin: "telegram" }
    }

    /// A payment that the gateway confirmed, and what made us ask.
    pub fn gateway(origin: &'static str) -> Self {
        Self { actor: "gateway".into(), origin }
    }

    pub fn clock() -> Self {
        Self { actor: "clock".into(), origin: "clock" }
    }

    pub fn operator() -> Self {
        Self { actor: "operator".into(), origin: "console" }
    }
}

/// One entry on its way to the audit database. Holds no goods, keys or tokens.
#[derive(Debug, Clone, PartialEq)]
pub struct AuditEntry {
    pub at: DateTime<Utc>,
    pub by: By,
    /// What was done, such as `order.paid`.
    pub action: &'static str,
    /// To what, such as `order:K7M3PXQ2`.
    pub target: String,
    pub before: Option<Value>,
    pub after: Option<Value>,
}
