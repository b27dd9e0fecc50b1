//! What the AuditActor is told.

use actix::Message;

/// Carry what waits. The answer comes when nothing waits any more, or a database is down.
#[derive(Debug, Clone, Copy, Message)]
#[rtype(result = "()")]
pub struct ShipAudit;
