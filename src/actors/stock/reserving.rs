//! Committing a batch of reservations.

use super::StockDeps;
use crate::actors::batch::is_worth_singly;
use crate::fault::Fault;
use crate::rules::order::Reserved;
use crate::store::model::{ReserveDone, ReserveRequest};

/// What a batch came to, whichever way it was committed.
pub struct Outcome {
    pub answers: Vec<Result<Reserved, Fault>>,
    pub done: ReserveDone,
    /// Whether it is unknown what became of some suggestions; they are found again when the database is.
    pub failed: bool,
}

/// Commits a batch together; if that fails, each request alone, so that a bad one fails alone.
pub async fn reserve(deps: &StockDeps, requests: Vec<ReserveRequest>) -> Outcome {
    let together = deps.store.reserve(requests.clone(), deps.policy.clone(), deps.clock.now()).await;
    let mut outcome = Outcome { answers: Vec::new(), done: ReserveDone::default(), failed: false };
    match together {
        Ok(done) => outcome.add(done),
        Err(fault) if !is_worth_singly(&fault) => {
            deps.metrics.fault("A batch of reservations failed", &fault);
            outcome.failed = true;
            outcome.answers = requests.iter().map(|_| Err(fault.clone())).collect();
        }
        Err(fault) => {
            log::warn!("A batch of {} reservations is tried one by one: {fault}", requests.len());
            for request in requests {
                match deps.store.reserve(vec![request], deps.policy.clone(), deps.clock.now()).await {
                    Ok(done) => outcome.add(done),
                    Err(fault) => {
                        deps.metrics.fault("A reservation failed", &fault);
                        outcome.failed = true;
                        outcome.answers.push(Err(fault));
                    }
                }
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
