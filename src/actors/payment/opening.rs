//! Opening invoices at the gateway.

use super::messages::OpenInvoice;
use super::traffic::{PACE_MAX, Traffic};
use super::{PaymentActor, PaymentDeps, follow_endings};
use crate::actors::messenger::messages::LookForFacts;
use crate::actors::stock::messages::LookAgain;
use crate::fault::{Code, Fault};
use crate::ports::{Created, GatewayFault};
use crate::rules::ids::InvoiceId;
use crate::rules::invoice::{Invoice, InvoiceState, Opened};
use crate::store::model::{InvoiceFigures, InvoiceRequest};
use crate::trip;
use actix::prelude::*;
use std::rc::Rc;
use std::time::Duration;

/// Waits between attempts to have an invoice made. The call may be repeated: it finds what it made before.
const ATTEMPTS: [Duration; 3] = [Duration::ZERO, Duration::from_secs(1), Duration::from_secs(3)];

/// How often to wait for a gateway that asks for a slower pace.
const PATIENCE: u32 = 20;

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
                open_at_gateway(&actor.deps, &actor.traffic, invoice.clone());
            }
            outcome
        }))
    }
}

/// Asks the gateway to make an invoice, in a task of its own, so that the actor goes on. If the task ends before the
/// answer is stored, the gateway is asked again when the invoice is due.
pub(super) fn open_at_gateway(deps: &PaymentDeps, traffic: &Rc<Traffic>, invoice: Invoice) {
    let Some(making) = traffic.begins_making(invoice.id) else { return };
    let (deps, traffic) = (deps.clone(), Rc::clone(traffic));
    actix_rt::spawn(async move {
        match create(&deps, &traffic, &invoice).await {
            Some(Ok(created)) => opened(&deps, &traffic, invoice, created).await,
            Some(Err(why)) => refused(&deps, &traffic, &invoice, &why).await,
            None => {}
        }
        drop(making);
    });
}

/// `None`: nobody waits for this invoice any more, so its turn goes to others.
async fn create(
    deps: &PaymentDeps,
    traffic: &Traffic,
    invoice: &Invoice,
) -> Option<Result<Created, GatewayFault>> {
    let mut last = GatewayFault::Down("it was never asked".into());
    let (mut patience, mut is_first) = (PATIENCE, true);
    for wait in ATTEMPTS {
        tokio::time::sleep(wait).await;
        loop {
            let wanted = async || !has_ended(deps, invoice.id).await;
            let apart = deps.gateway.creations_apart();
            let has_turn = match std::mem::take(&mut is_first) {
                true => traffic.turns.take(apart, wanted).await,
                false => traffic.turns.take_again(apart, wanted).await,
            };
            if !has_turn {
                return None;
            }
            let answer = deps.gateway.create(invoice.reference.clone(), invoice.base).await;
            traffic.streak.note(deps, answer.as_ref().err()).await;
            trip::point("payment.created");
            match answer {
                Ok(created) => return Some(Ok(created)),
                Err(GatewayFault::Pace(wait)) if patience > 0 => {
                    patience -= 1;
                    traffic.turns.pause(wait.min(PACE_MAX));
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

async fn opened(deps: &PaymentDeps, traffic: &Rc<Traffic>, invoice: Invoice, created: Created) {
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
            traffic.cancel(deps, invoice.reference, invoice.base);
        }
        // It stays "opening", and is asked for again when it is due.
        Err(fault) => deps.metrics.fault("The gateway's answer was not stored", &fault),
    }
}

async fn refused(deps: &PaymentDeps, traffic: &Rc<Traffic>, invoice: &Invoice, why: &GatewayFault) {
    deps.metrics.fault(&format!("Invoice {} was not made", invoice.code), &as_fault(why));
    match deps.store.refuse_invoice(invoice.id, deps.clock.now()).await {
        Ok(ended) => follow_endings(deps, traffic, ended.into_iter().collect()),
        Err(fault) => {
            deps.stock.inform(LookAgain); // it may have been stored all the same
            deps.metrics.fault("A refused invoice was not stored", &fault);
        }
    }
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
