//! What became of facts, to be written down: collected while a write is under way, then written together.

use super::{MessengerDeps, PAUSED_UNTIL};
use crate::fault::{Fault, Retry};
use crate::rules::ids::{ChatId, FactId};
use crate::store::model::{NewFact, SendOutcome};
use serde_json::Value;

/// What the next write puts on disk.
#[derive(Debug, Default)]
pub struct Findings {
    pub outcomes: Vec<(FactId, SendOutcome)>,
    pub troubles: Vec<NewFact>,
    /// Chats whose person blocked the bot or is gone.
    pub unreachable: Vec<ChatId>,
    /// Until when facts pause, as the setting keeps it.
    pub pause: Option<Value>,
}

/// How far a write got. What is left over is written again, so that nothing is forgotten.
#[derive(Debug, Default)]
pub struct Written {
    /// Facts whose outcome is on disk.
    pub facts: Vec<FactId>,
    pub left: Findings,
    pub fault: Option<Fault>,
}

impl Findings {
    pub fn is_empty(&self) -> bool {
        self.outcomes.is_empty()
            && self.troubles.is_empty()
            && self.unreachable.is_empty()
            && self.pause.is_none()
    }

    /// Puts back what a write left over; newer findings come after it and a newer pause replaces it.
    pub fn put_back(&mut self, mut left: Self) {
        left.outcomes.append(&mut self.outcomes);
        left.troubles.append(&mut self.troubles);
        left.unreachable.append(&mut self.unreachable);
        left.pause = self.pause.take().or(left.pause);
        *self = left;
    }

    /// Writes all of it. One part failing does not keep another from being written.
    pub async fn write(self, deps: &MessengerDeps) -> Written {
        let (store, now) = (&deps.store, deps.clock.now());
        let mut written = Written::default();
        written.record(deps, self.outcomes).await;
        if !self.troubles.is_empty()
            && let Err(fault) = store.enqueue(self.troubles.clone(), now).await
        {
            written.left.troubles = self.troubles;
            written.fault = Some(fault);
        }
        for chat in self.unreachable {
            if let Err(fault) = store.set_unreachable(chat, true, now).await {
                written.left.unreachable.push(chat);
                written.fault = Some(fault);
            }
        }
        if let Some(pause) = self.pause
            && let Err(fault) = store.set_setting(PAUSED_UNTIL.to_owned(), pause.clone(), now).await
        {
            written.left.pause = Some(pause);
            written.fault = Some(fault);
        }
        written
    }
}

impl Written {
    /// Records outcomes together; if the database refuses them, one by one, so that a bad one fails alone.
    async fn record(&mut self, deps: &MessengerDeps, outcomes: Vec<(FactId, SendOutcome)>) {
        if outcomes.is_empty() {
            return;
        }
        deps.metrics.batch.with_label_values(&["messenger"]).observe(outcomes.len() as f64);
        let Err(fault) = deps.store.record_sends(outcomes.clone(), deps.clock.now()).await else {
            self.facts.extend(outcomes.iter().map(|(fact, _)| *fact));
            return;
        };
        if outcomes.len() == 1 || fault.code.retry() == Retry::Later {
            self.left.outcomes = outcomes;
            self.fault = Some(fault);
            return;
        }
        log::warn!("What became of {} facts is written one by one: {fault}", outcomes.len());
        for (fact, outcome) in outcomes {
            match deps.store.record_sends(vec![(fact, outcome.clone())], deps.clock.now()).await {
                Ok(()) => self.facts.push(fact),
                Err(error) => {
                    self.left.outcomes.push((fact, outcome));
                    self.fault = Some(error);
                }
            }
        }
    }
}
