//! What the AuditActor is told.

use actix::Message;

/// Carry the waiting entries. The answer comes when none is left, or a database is down.
#[derive(Debug, Clone, Copy, Message)]
#[rtype(result = "()")]
pub struct ShipAudit;
