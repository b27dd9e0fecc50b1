//! What the Supervisor is asked.

use crate::rules::incoming::Incoming;
use actix::Message;

/// Have an update handled by its person's session. The answer comes when it is: only then may the front end
/// be told that it arrived.
#[derive(Debug, Clone, Message)]
#[rtype(result = "Routed")]
pub struct Route(pub Incoming);

/// What became of an update.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Routed {
    Done,
    /// It was handled before.
    Seen,
    /// It killed its session again and again; the owners have been told.
    SetAside,
    /// Not now: its session is full. It has to come again.
    Busy,
    /// Not now: the database is down. It has to come again.
    Failed,
}

impl Routed {
    /// Whether the front end may forget the update.
    pub fn is_final(self) -> bool {
        !matches!(self, Self::Busy | Self::Failed)
    }
}

/// Write down the conversations that are not written yet.
#[derive(Debug, Clone, Copy, Message)]
#[rtype(result = "()")]
pub struct SaveDue;
