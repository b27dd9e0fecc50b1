//! What the Messenger is asked and told.

use crate::ports::{Call, SendFault};
use crate::rules::ids::MessageId;
use actix::Message;

/// Say something to somebody, best effort: `tell` it. If it cannot be said soon, the customer presses again.
#[derive(Message)]
#[rtype(result = "()")]
pub struct SendReply {
    pub call: Call,
}

/// Like [`SendReply`], for a caller who needs the message's id. Answered when it is sent or given up.
#[derive(Message)]
#[rtype(result = "Result<Option<MessageId>, SendFault>")]
pub struct SendReplyAndTell {
    pub call: Call,
}

/// Facts may be due: something was committed, or time has passed.
#[derive(Debug, Message)]
#[rtype(result = "()")]
pub struct LookForFacts;

/// Finish before the process stops. Answered when no reply is left, nothing is half sent, and all that became of
/// facts is on disk; facts not yet begun are given back. The next [`LookForFacts`] starts sending again.
#[derive(Debug, Message)]
#[rtype(result = "()")]
pub struct DrainMessenger;

/// Fetch a file that somebody sent; a larger one is refused.
#[derive(Debug, Message)]
#[rtype(result = "Result<Vec<u8>, SendFault>")]
pub struct FetchFile {
    pub file: String,
    pub max_bytes: u64,
}
