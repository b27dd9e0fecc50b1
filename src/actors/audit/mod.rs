//! The AuditActor: carries audit entries from the main database's queue into the audit database, in batches,
//! each chained by hash to the one before. Carrying one twice changes nothing.

pub mod messages;

use super::metrics::Metrics;
use super::rebirth::Guard;
use crate::fault::Fault;
use crate::store::Store;
use crate::trip;
use actix::prelude::*;
use messages::ShipAudit;
use std::sync::Arc;

pub struct AuditActor {
    store: Store,
    metrics: Arc<Metrics>,
    /// The most entries in one transaction.
    batch: i64,
    _guard: Guard,
}

impl Actor for AuditActor {
    type Context = Context<Self>;

    fn started(&mut self, context: &mut Self::Context) {
        context.set_mailbox_capacity(0); // bounded by the line
    }
}

impl Handler<ShipAudit> for AuditActor {
    /// In order and one at a time: two carriers of one actor would only race for the same place in the chain.
    type Result = AtomicResponse<Self, ()>;

    fn handle(&mut self, _: ShipAudit, _: &mut Self::Context) -> Self::Result {
        trip::point("audit.asked");
        let (store, metrics, batch) = (self.store.clone(), self.metrics.clone(), self.batch);
        let work = async move {
            if let Err(fault) = ship(&store, &metrics, batch).await {
                metrics.fault("Audit entries wait in the main database", &fault);
            }
        };
        AtomicResponse::new(Box::pin(work.into_actor(self)))
    }
}

impl AuditActor {
    pub fn new(store: Store, metrics: Arc<Metrics>, batch: usize, guard: Guard) -> Self {
        Self { store, metrics, batch: batch as i64, _guard: guard }
    }
}

/// Writes entries to the audit database before it removes them from the queue: a crash in between carries them twice.
async fn ship(store: &Store, metrics: &Metrics, batch: i64) -> Result<(), Fault> {
    loop {
        let waiting = store.audit_waiting(batch).await?;
        let Some(newest) = waiting.last().map(|row| row.at) else { return Ok(()) };
        metrics.batch.with_label_values(&["audit"]).observe(waiting.len() as f64);
        let ids = waiting.iter().map(|row| row.event_id).collect();
        let head = store.append_audit(waiting).await?;
        trip::point("audit.appended");
        store.audit_shipped(ids, head, newest).await?;
    }
}
