//! Opening invoices at the gateway, and noticing when it is down.

use super::messages::OpenInvoice;
use super::{PaymentActor, PaymentDeps, follow_endings};
use crate::actors::messenger::messages::LookForFacts;
use crate::actors::stock::messages::LookAgain;
use crate::fault::{Code, Fault};
use crate::ports::{Created, GatewayFault};
use crate::rules::fact::{Audience, Fact};
use crate::rules::ids::InvoiceId;
use crate::rules::invoice::{Invoice, InvoiceState, Opened};
use crate::rules::money::Rupiah;
use crate::store::model::{InvoiceFigures, InvoiceRequest, NewFact};
use crate::trip;
use actix::prelude::*;
use std::cell::{Cell, RefCell};
use std::collections::HashSet;
use std::rc::Rc;
use std::time::Duration;

/// Waits between attempts to have an invoice made. The call may be repeated: it finds what it made before.
const ATTEMPTS: [Duration; 3] = [Duration::ZERO, Duration::from_secs(1), Duration::from_secs(3)];

/// How often to wait for a gateway that asks for a slower pace.
const PATIENCE: u32 = 20;

/// The longest pause of the gateway's that is waited for at once.
pub(super) const PACE_MAX: Duration = Duration::from_secs(10);

impl Handler<OpenInvoice> for PaymentActor {
    type Result = ResponseActFuture<Self, Result<Opened, Fault>>;

    fn handle(&mut self, request: OpenInvoice, _: &mut Self::Context) -> Self::Result {
        let deps = self.deps.clone();
        let now = deps.clock.now();
        let request = InvoiceRequest {
            id: InvoiceId(deps.ids.next(now)),
            user: request.user,
            chat: request.chat,
            pays: request.pays,
            key: request.key,
            waiting: request.waiting,
            expiry_seconds: deps.terms.expiry_seconds,
            ask_at: now + deps.terms.ask.interval,
            minimum: deps.terms.minimum,
            unpaid_per_hour: deps.terms.unpaid_per_hour,
        };
        let fresh = request.id;
        let work = async move {
            match deps.store.open_invoice(request.clone(), now).await {
                // Its order was paid, cancelled or expired just now: the answer says so.
                Err(fault) if fault.code == Code::DatabaseConflict => {
                    deps.store.open_invoice(request, now).await
                }
                outcome => outcome,
            }
        };
        trip::point("payment.invoiced");
        Box::pin(work.into_actor(self).map(move |outcome, actor, _| {
            // A repeated request finds an invoice that is being opened already.
            if let Ok(Opened::Opening(invoice)) = &outcome
                && invoice.id == fresh
            {
                open_at_gateway(&actor.deps, &actor.streak, &actor.making, invoice.clone());
            }
            outcome
        }))
    }
}

/// Invoices that are being made just now.
pub(super) type Making = Rc<RefCell<HashSet<InvoiceId>>>;

/// Takes an invoice off the list however its making ends.
struct Made(Making, InvoiceId);

impl Drop for Made {
    fn drop(&mut self) {
        self.0.borrow_mut().remove(&self.1);
    }
}

/// Asks the gateway to make an invoice, in a task of its own, so that the actor goes on. If the task ends before the
/// answer is stored, the gateway is asked again when the invoice is due. An invoice that waits for its turn at the
/// gateway is not queued a second time: a crowd would grow the longer it waits.
pub(super) fn open_at_gateway(deps: &PaymentDeps, streak: &Rc<Streak>, making: &Making, invoice: Invoice) {
    if !making.borrow_mut().insert(invoice.id) {
        return;
    }
    let made = Made(Rc::clone(making), invoice.id);
    let (deps, streak) = (deps.clone(), Rc::clone(streak));
    actix_rt::spawn(async move {
        match create(&deps, &streak, &invoice).await {
            Some(Ok(created)) => opened(&deps, invoice, created).await,
            Some(Err(why)) => refused(&deps, &invoice, &why).await,
            None => {}
        }
        drop(made);
    });
}

/// `None`: nobody waits for this invoice any more, so its turn goes to others.
async fn create(
    deps: &PaymentDeps,
    streak: &Streak,
    invoice: &Invoice,
) -> Option<Result<Created, GatewayFault>> {
    let mut last = GatewayFault::Down("it was never asked".into());
    let mut patience = PATIENCE;
    for wait in ATTEMPTS {
        tokio::time::sleep(wait).await;
        loop {
            let answer = deps.gateway.create(invoice.reference.clone(), invoice.base).await;
            streak.note(deps, answer.as_ref().err()).await;
            trip::point("payment.created");
            match answer {
                Ok(created) => return Some(Ok(created)),
                Err(GatewayFault::Pace(wait)) if patience > 0 => {
                    patience -= 1;
                    tokio::time::sleep(wait.min(PACE_MAX)).await;
                    if has_ended(deps, invoice.id).await {
                        return None;
                    }
                }
                Err(GatewayFault::Refused(why)) => return Some(Err(GatewayFault::Refused(why))),
                Err(why) => {
                    last = why;
                    break;
                }
            }
        }
    }
    Some(Err(last))
}

async fn has_ended(deps: &PaymentDeps, invoice: InvoiceId) -> bool {
    let known = deps.store.invoice(invoice).await;
    matches!(known, Ok(Some(invoice)) if invoice.state != InvoiceState::Opening)
}

async fn opened(deps: &PaymentDeps, invoice: Invoice, created: Created) {
    let now = deps.clock.now();
    let figures = InvoiceFigures {
        fee: created.fee,
        total: created.total,
        qr: created.qr,
        checkout_url: created.checkout_url,
        expires_at: created.expires_at,
        ask_at: now + deps.terms.ask.interval,
    };
    match deps.store.invoice_opened(invoice.id, figures, now).await {
        Ok(InvoiceState::Opening) => {
            trip::point("payment.opened");
            deps.messenger.tell(LookForFacts);
        }
        // Asked for twice: the other answer was stored.
        Ok(InvoiceState::Open | InvoiceState::Settled) => {}
        // Ended while the gateway was asked.
        Ok(InvoiceState::Expired | InvoiceState::Cancelled | InvoiceState::Refused) => {
            drop_at_gateway(deps, invoice.reference, invoice.base);
        }
        // It stays "opening", and is asked for again when it is due.
        Err(fault) => deps.metrics.fault("The gateway's answer was not stored", &fault),
    }
}

async fn refused(deps: &PaymentDeps, invoice: &Invoice, why: &GatewayFault) {
    deps.metrics.fault(&format!("Invoice {} was not made", invoice.code), &as_fault(why));
    match deps.store.refuse_invoice(invoice.id, deps.clock.now()).await {
        Ok(ended) => follow_endings(deps, ended.into_iter().collect()),
        Err(fault) => {
            deps.stock.inform(LookAgain); // it may have been stored all the same
            deps.metrics.fault("A refused invoice was not stored", &fault);
        }
    }
}

/// Asks the gateway to take no more money, once more if it wants a pause. Whether it did shows in the polling of void
/// invoices; one that was paid a moment ago it may refuse to cancel, which the same polling finds out.
pub(super) fn drop_at_gateway(deps: &PaymentDeps, reference: String, base: Rupiah) {
    let deps = deps.clone();
    actix_rt::spawn(async move {
        let mut answer = deps.gateway.cancel(reference.clone(), base).await;
        if let Err(GatewayFault::Pace(wait)) = answer {
            tokio::time::sleep(wait.min(PACE_MAX)).await;
            answer = deps.gateway.cancel(reference, base).await;
        }
        match answer {
            Ok(()) => {}
            Err(GatewayFault::Refused(why)) => {
                log::info!("A payment was not cancelled, perhaps because it was paid a moment ago: {why}.");
            }
            Err(why) => log::warn!("The gateway did not cancel a payment: {}", as_fault(&why)),
        }
    });
}

pub(super) fn as_fault(why: &GatewayFault) -> Fault {
    match why {
        GatewayFault::Down(detail) => Fault::new(Code::GatewayDown, format!("{detail}.")),
        GatewayFault::Pace(wait) => {
            Fault::new(Code::GatewayDown, format!("it wants a pause of {} s.", wait.as_secs()))
        }
        GatewayFault::Refused(detail) => Fault::new(Code::GatewayRefused, format!("{detail}.")),
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
