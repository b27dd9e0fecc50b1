//! What a SessionActor is told. Only the supervisor speaks to it.

use crate::fault::Fault;
use crate::rules::ids::UserId;
use crate::rules::incoming::Incoming;
use actix::Message;

/// Handle what the person did, to its end. Effects carry keys: a repeat changes nothing.
#[derive(Debug, Clone, Message)]
#[rtype(result = "Result<Handled, Fault>")]
pub struct HandleUpdate(pub Incoming);

/// An update was handled.
#[derive(Debug, Clone, Default)]
pub struct Handled {
    /// The conversation's state if it changed, for the supervisor to write down later.
    pub state: Option<(UserId, serde_json::Value)>,
}
