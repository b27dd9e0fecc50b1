//! Callbacks: somebody says that a payment happened, which proves nothing, so the gateway is asked. Whoever calls gets
//! an answer soon, however long the gateway takes: by then it is on disk that the question is still to be asked.

use super::asking::BETWEEN_ASKS;
use super::messages::{Checked, HintPayment, Hinted};
use super::traffic::PACE_MAX;
use super::{PaymentActor, PaymentDeps};
use crate::fault::Fault;
use crate::rules::audit::{AuditEntry, By};
use crate::rules::invoice::{Invoice, InvoiceState};
use actix::prelude::*;
use chrono::{DateTime, TimeDelta, Utc};
use futures_util::future::{LocalBoxFuture, ready};
use serde_json::json;
use std::cell::RefCell;
use std::rc::Rc;
use std::time::Duration;
use tokio::sync::Semaphore;
use tokio::time::{Instant, timeout};

/// How long a callback waits for what the gateway says.
const PATIENCE: Duration = Duration::from_secs(2);

/// What is left of an open invoice's time when the callback is noted at the latest: the note makes it longer.
const NOTED_BEFORE_EXPIRY: TimeDelta = TimeDelta::seconds(2);

/// Callbacks that do not fit are audited once in this time for each reason: anybody can send them.
const AUDITED_EVERY: TimeDelta = TimeDelta::seconds(60);

impl Handler<HintPayment> for PaymentActor {
    type Result = ResponseActFuture<Self, Result<Hinted, Fault>>;

    fn handle(&mut self, hint: HintPayment, _: &mut Self::Context) -> Self::Result {
        let (deps, hints) = (self.deps.clone(), Rc::clone(&self.hints));
        let work = async move {
            let found = deps.store.invoice_by_reference(hint.reference.clone()).await?;
            judge(&deps, &hints, &hint, found).await
        };
        Box::pin(work.into_actor(self).then(|judged, actor, context| {
            let asked = match judged {
                Ok(Judged::Ask(invoice)) => actor.ask_for_hint(*invoice, context),
                Ok(Judged::Drop(hinted)) => Box::pin(ready(Ok(hinted))),
                Err(fault) => Box::pin(ready(Err(fault))),
            };
            asked.into_actor(actor)
        }))
    }
}

impl PaymentActor {
    /// Asks the gateway. If nothing is settled soon, that it is to be asked again has to survive a crash.
    fn ask_for_hint(
        &mut self,
        invoice: Invoice,
        context: &mut Context<Self>,
    ) -> LocalBoxFuture<'static, Result<Hinted, Fault>> {
        let asking = self.check(&invoice, "webhook", context);
        let noted_until = self.asked.get(&invoice.id).map(|asked| Rc::clone(&asked.hint_noted_until));
        let (deps, hints) = (self.deps.clone(), Rc::clone(&self.hints));
        Box::pin(async move {
            let room = hints.room.try_acquire().ok();
            let left = invoice.expires_at - deps.clock.now();
            let patience = room.as_ref().map_or(Duration::ZERO, |_| patience(invoice.state, left));
            let wait = match timeout(patience, asking).await {
                Ok(Ok(Checked::Settled(_))) => return Ok(Hinted::Noted),
                Ok(Ok(Checked::Slowly { seconds })) => Duration::from_secs(seconds.unsigned_abs()),
                _ => BETWEEN_ASKS,
            };
            drop(room);
            let noted_until = noted_until.unwrap_or_default();
            let mut noted_until = noted_until.lock().await; // one of many writes
            if noted_until.is_none_or(|until| until <= Instant::now()) {
                let (now, wait) = (deps.clock.now(), wait.min(PACE_MAX));
                deps.store.note_hint(invoice.id, now + wait, now).await?;
                *noted_until = Some(Instant::now() + wait);
            }
            Ok(Hinted::Noted)
        })
    }
}

/// How long to wait for the gateway about an invoice that has so much time left.
fn patience(state: InvoiceState, left: TimeDelta) -> Duration {
    let left = (left - NOTED_BEFORE_EXPIRY).to_std().unwrap_or_default();
    if state.is_open() { left.min(PATIENCE) } else { PATIENCE }
}

/// What can be said about a hint before the gateway is asked.
enum Judged {
    Ask(Box<Invoice>),
    Drop(Hinted),
}

async fn judge(
    deps: &PaymentDeps,
    hints: &Hints,
    hint: &HintPayment,
    found: Option<Invoice>,
) -> Result<Judged, Fault> {
    let dropped = match &found {
        _ if hint.project != deps.terms.project => Hinted::OtherProject,
        None => Hinted::UnknownOrder,
        Some(invoice) if invoice.base != hint.amount => Hinted::OtherAmount,
        Some(invoice) if invoice.state == InvoiceState::Settled => return Ok(Judged::Drop(Hinted::Noted)),
        Some(invoice) => return Ok(Judged::Ask(Box::new(invoice.clone()))),
    };
    if let Some(unwritten) = hints.misfit(dropped, deps.clock.now()) {
        let target = found.map_or_else(|| "unknown".into(), |invoice| invoice.code);
        let entry = AuditEntry {
            at: deps.clock.now(),
            by: By { actor: "stranger".into(), origin: "webhook" },
            action: "callback.dropped",
            target: format!("invoice:{target}"),
            before: None,
            after: Some(json!({ "why": format!("{dropped:?}"), "unwritten": unwritten })),
        };
        let noted = deps.store.note(entry, Vec::new(), deps.clock.now()).await;
        noted.inspect_err(|_| hints.forget(dropped))?;
    }
    Ok(Judged::Drop(dropped))
}

/// What is remembered of callbacks.
pub(super) struct Hints {
    /// For those that wait for the gateway.
    room: Semaphore,
    /// Of those that did not fit: when each reason was audited last, and how many have come since.
    misfits: RefCell<Vec<(Hinted, DateTime<Utc>, u64)>>,
}

impl Hints {
    pub fn new(waiting_max: usize) -> Self {
        Self { room: Semaphore::new(waiting_max), misfits: RefCell::default() }
    }

    /// How many misfits of this kind came unwritten before this one, if it is to be audited.
    fn misfit(&self, why: Hinted, now: DateTime<Utc>) -> Option<u64> {
        let mut misfits = self.misfits.borrow_mut();
        let Some((_, at, unwritten)) = misfits.iter_mut().find(|(reason, ..)| *reason == why) else {
            misfits.push((why, now, 0));
            return Some(0);
        };
        // abs: a clock that was set back must not stop the audit
        if (now - *at).abs() < AUDITED_EVERY {
            *unwritten += 1;
            return None;
        }
        *at = now;
        Some(std::mem::take(unwritten))
    }

    /// The next misfit of this kind is audited.
    fn forget(&self, why: Hinted) {
        self.misfits.borrow_mut().retain(|(reason, ..)| *reason != why);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_callback_is_noted_before_its_invoice_ends() {
        for (state, left_millis, patience_millis) in [
            (InvoiceState::Open, 600_000, 2_000),
            (InvoiceState::Open, 3_500, 1_500),
            (InvoiceState::Opening, 2_100, 100),
            (InvoiceState::Open, 1_000, 0),
            (InvoiceState::Open, -1_000, 0), // it is about to expire
            (InvoiceState::Expired, -1_000, 2_000),
        ] {
            let patience = patience(state, TimeDelta::milliseconds(left_millis));
            assert_eq!(patience, Duration::from_millis(patience_millis), "{state:?} {left_millis}");
        }
    }
}
