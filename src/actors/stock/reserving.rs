//! Committing a batch of reservations.

use super::StockDeps;
use crate::actors::batch::together_or_singly;
use crate::fault::Fault;
use crate::rules::order::Reserved;
use crate::store::model::{ReserveDone, ReserveRequest};

/// What a batch came to, whichever way it was committed.
pub struct Outcome {
    pub answers: Vec<Result<Reserved, Fault>>,
    pub done: ReserveDone,
    /// Whether it is unknown what became of some suggestions; they are read again once the database answers.
    pub failed: bool,
}

/// Commits a batch.
pub async fn reserve(deps: &StockDeps, requests: Vec<ReserveRequest>) -> Outcome {
    let reserve = async |requests| deps.store.reserve(requests, deps.policy.clone(), deps.clock.now()).await;
    let mut outcome = Outcome { answers: Vec::new(), done: ReserveDone::default(), failed: false };
    for part in together_or_singly(requests, reserve).await {
        match part {
            Ok(done) => outcome.add(done),
            Err((senders, fault)) => {
                deps.metrics.fault("A reservation failed", &fault);
                outcome.failed = true;
                outcome.answers.extend((0..senders).map(|_| Err(fault.clone())));
            }
        }
    }
    outcome
}

impl Outcome {
    fn add(&mut self, done: ReserveDone) {
        self.answers.extend(done.outcomes.into_iter().map(Ok));
        self.done.taken.extend(done.taken);
        self.done.stale.extend(done.stale);
    }
}
