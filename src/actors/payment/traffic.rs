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
    /// Whether the last question about a payment got no answer.
    pub is_silent: Cell<bool>,
    pub turns: Turns,
    making: RefCell<HashSet<InvoiceId>>,
    cancelling: Semaphore,
}

impl Default for Traffic {
    fn default() -> Self {
        Self {
            streak: Streak::default(),
            is_silent: Cell::default(),
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
    /// Waits for a turn behind all others; the next one is not before `apart` is over. `false`: by then it was not
    /// `wanted` any more, and the turn goes to whoever is next.
    pub async fn take(&self, apart: Duration, wanted: impl AsyncFn() -> bool) -> bool {
        let _first = self.first.lock().await;
        self.take_again(apart, wanted).await
    }

    /// The same for whom the gateway sent away: it is not left behind all others a second time.
    pub async fn take_again(&self, apart: Duration, wanted: impl AsyncFn() -> bool) -> bool {
        loop {
            sleep_until(self.open_at.get()).await;
            if !wanted().await {
                return false;
            }
            // it may have been paused meanwhile
            if self.open_at.get() <= Instant::now() {
                self.open_at.set(Instant::now() + apart);
                return true;
            }
        }
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
        join_all((1..=6).map(async |number| {
            if turns.take(APART, async || number % 2 == 1).await {
                served.borrow_mut().push((number, begun.elapsed()));
            }
        }))
        .await;
        let numbers: Vec<usize> = served.borrow().iter().map(|(number, _)| *number).collect();
        assert_eq!(numbers, [1, 3, 5]);
        let last = served.borrow()[2].1;
        assert!(last >= APART * 2 && last < APART * 4, "{:?}", served.borrow());
    }

    #[actix_rt::test]
    async fn a_pause_holds_whoever_is_next_even_at_the_last_moment() {
        let turns = Turns::default();
        let begun = Instant::now();
        let looked = Cell::new(0);
        let wanted = async || {
            if looked.replace(looked.get() + 1) == 0 {
                turns.pause(APART);
            }
            true
        };
        assert!(turns.take(APART, wanted).await);
        assert!(begun.elapsed() >= APART && looked.get() == 2);
    }

    #[actix_rt::test]
    async fn whoever_was_sent_away_does_not_wait_behind_all_others_again() {
        let (turns, served) = (Turns::default(), RefCell::new(Vec::new()));
        let sent_away = async {
            assert!(turns.take(APART, async || true).await);
            assert!(turns.take_again(APART, async || true).await);
            served.borrow_mut().push(0);
        };
        let others = join_all((1..=4).map(async |number| {
            assert!(turns.take(APART, async || true).await);
            served.borrow_mut().push(number);
        }));
        futures_util::join!(sent_away, others);
        let place = served.borrow().iter().position(|number| *number == 0);
        assert!(place.is_some_and(|place| place <= 2), "{served:?}");
    }
}
