//! The traffic with the gateway: invoices are made one after the other at its pace, cancellations leave a few at a
//! time, and failures in a row are counted.

use super::PaymentDeps;
use super::opening::as_fault;
use crate::actors::messenger::messages::LookForFacts;
use crate::fault::Code;
use crate::ports::GatewayFault;
use crate::rules::fact::{Audience, Fact};
use crate::rules::ids::InvoiceId;
use crate::rules::money::Rupiah;
use crate::store::model::NewFact;
use std::cell::{Cell, RefCell};
use std::collections::HashSet;
use std::rc::Rc;
use std::time::Duration;
use tokio::sync::{Mutex, Semaphore};
use tokio::time::{Instant, sleep, sleep_until};

/// The longest pause of the gateway's that is waited for at once.
pub(super) const PACE_MAX: Duration = Duration::from_secs(10);

/// Cancellations under way at once: a gateway that hangs must not gather thousands of connections.
const CANCELLING_MAX: usize = 8;

/// Shared by the actor and the tasks that call the gateway.
pub(super) struct Traffic {
    pub streak: Streak,
    pub turns: Turns,
    making: RefCell<HashSet<InvoiceId>>,
    cancelling: Semaphore,
}

impl Default for Traffic {
    fn default() -> Self {
        Self {
            streak: Streak::default(),
            turns: Turns::default(),
            making: RefCell::default(),
            cancelling: Semaphore::new(CANCELLING_MAX),
        }
    }
}

/// An invoice that is being made, until this is dropped.
pub(super) struct Making(Rc<Traffic>, InvoiceId);

impl Drop for Making {
    fn drop(&mut self) {
        self.0.making.borrow_mut().remove(&self.1);
    }
}

impl Traffic {
    /// `None`: it is being made already. A crowd would grow the longer it waits.
    pub fn begins_making(self: &Rc<Self>, invoice: InvoiceId) -> Option<Making> {
        self.making.borrow_mut().insert(invoice).then(|| Making(Rc::clone(self), invoice))
    }

    /// Asks the gateway to take no more money, once more if it wants a pause. Whether it did shows in the polling of
    /// void invoices; one that was paid a moment ago it may refuse to cancel, which the same polling finds out.
    pub fn cancel(self: &Rc<Self>, deps: &PaymentDeps, reference: String, base: Rupiah) {
        let (traffic, deps) = (Rc::clone(self), deps.clone());
        actix_rt::spawn(async move {
            let _room = traffic.cancelling.acquire().await;
            let mut answer = deps.gateway.cancel(reference.clone(), base).await;
            if let Err(GatewayFault::Pace(wait)) = answer {
                sleep(wait.min(PACE_MAX)).await;
                answer = deps.gateway.cancel(reference, base).await;
            }
            match answer {
                Ok(()) => {}
                Err(GatewayFault::Refused(why)) => {
                    log::info!(
                        "A payment was not cancelled, perhaps because it was paid a moment ago: {why}."
                    );
                }
                Err(why) => log::warn!("The gateway did not cancel a payment: {}", as_fault(&why)),
            }
        });
    }
}

/// Those who wait to have an invoice made: first come, first served.
pub(super) struct Turns {
    /// Held by whoever is first.
    first: Mutex<()>,
    open_at: Cell<Instant>,
}

impl Default for Turns {
    fn default() -> Self {
        Self { first: Mutex::default(), open_at: Cell::new(Instant::now()) }
    }
}

impl Turns {
    /// Waits for a turn; the next one is not before `apart` is over. `false`: it had to wait and is not `wanted` any
    /// more, so the turn goes to whoever is next.
    pub async fn take(&self, apart: Duration, wanted: impl AsyncFnOnce() -> bool) -> bool {
        let come_at = Instant::now();
        let _first = self.first.lock().await;
        // again: it may have been paused meanwhile
        while self.open_at.get() > Instant::now() {
            sleep_until(self.open_at.get()).await;
        }
        if come_at.elapsed() > apart && !wanted().await {
            return false;
        }
        self.open_at.set(Instant::now() + apart);
        true
    }

    /// Nobody's turn comes before this time is over.
    pub fn pause(&self, wait: Duration) {
        self.open_at.set(self.open_at.get().max(Instant::now() + wait));
    }
}

/// Failures of the gateway in a row: owners hear of it once, and once more when it is over.
#[derive(Default)]
pub(super) struct Streak {
    failures: Cell<u32>,
    /// What they were told of.
    told: Cell<Option<Code>>,
}

impl Streak {
    /// Whether the last call failed.
    pub fn is_on(&self) -> bool {
        self.failures.get() > 0
    }

    pub async fn note(&self, deps: &PaymentDeps, fault: Option<&GatewayFault>) {
        if !matches!(fault, Some(GatewayFault::Down(_))) {
            deps.vitals.gateway_answered();
        }
        let fact = match fault {
            Some(GatewayFault::Pace(_)) => return,
            Some(fault) => {
                self.failures.set(self.failures.get().saturating_add(1));
                let fault = as_fault(fault);
                if self.failures.get() < deps.terms.failures_before_alert || self.told.get().is_some() {
                    return;
                }
                self.told.set(Some(fault.code));
                Fact::Trouble { fault: fault.code.name().into(), detail: fault.detail }
            }
            None => {
                self.failures.set(0);
                let Some(told) = self.told.take() else { return };
                Fact::TroubleOver { fault: told.name().into() }
            }
        };
        let fact = NewFact { audience: Audience::Owners, fact, subject: None };
        match deps.store.enqueue(vec![fact], deps.clock.now()).await {
            Ok(()) => deps.messenger.tell(LookForFacts),
            Err(fault) => deps.metrics.fault("Owners could not be told of the gateway", &fault),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures_util::future::join_all;

    const APART: Duration = Duration::from_millis(200);

    #[actix_rt::test]
    async fn turns_come_in_order_and_apart_and_who_is_not_wanted_any_more_costs_no_time() {
        let (turns, served) = (Turns::default(), RefCell::new(Vec::new()));
        let begun = Instant::now();
        // the first does not wait, so nobody asks whether it is still wanted
        join_all((0..6).map(async |number| {
            if turns.take(APART, async || number % 2 == 1).await {
                served.borrow_mut().push((number, begun.elapsed()));
            }
        }))
        .await;
        let numbers: Vec<usize> = served.borrow().iter().map(|(number, _)| *number).collect();
        assert_eq!(numbers, [0, 1, 3, 5]);
        let last = served.borrow()[3].1;
        assert!(last >= APART * 3 && last < APART * 5, "{:?}", served.borrow());
    }

    #[actix_rt::test]
    async fn a_pause_holds_also_who_is_waiting() {
        let turns = Turns::default();
        assert!(turns.take(APART, async || true).await);
        let begun = Instant::now();
        let second = turns.take(APART, async || true);
        let pause = async { turns.pause(APART * 3) };
        assert!(futures_util::join!(second, pause).0);
        assert!(begun.elapsed() >= APART * 3);
    }
}
