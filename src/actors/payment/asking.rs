//! Asking the gateway what became of a payment: for a customer, for a callback, and of our own accord.

use super::messages::{CheckInvoice, Checked, HintPayment, Hinted, PollDue, SettleInvoice};
use super::opening::{PACE_MAX, as_fault, open_at_gateway};
use super::{PaymentActor, PaymentDeps};
use crate::fault::{Code, Fault};
use crate::ports::GatewayFault;
use crate::rules::audit::{AuditEntry, By};
use crate::rules::ids::InvoiceId;
use crate::rules::invoice::{Invoice, InvoiceState, Settled, Verdict};
use crate::rules::money::Rupiah;
use crate::store::model::DueInvoice;
use crate::trip;
use actix::prelude::*;
use chrono::TimeDelta;
use futures_util::FutureExt;
use futures_util::future::{LocalBoxFuture, Shared};
use serde_json::json;
use std::panic::AssertUnwindSafe;
use std::rc::Rc;
use std::time::Duration;
use tokio::time::Instant;

/// The gateway allows one question per payment in about this time.
const BETWEEN_ASKS: Duration = Duration::from_secs(4);

/// The least wait after a question that was not answered.
const AGAIN_AFTER: TimeDelta = TimeDelta::seconds(BETWEEN_ASKS.as_secs() as i64);

/// Invoices asked about in one round of polling.
const POLLED_TOGETHER: i64 = 50;

/// What asking the gateway showed, shared by all who asked at the same time.
type Answer = Result<Checked, Fault>;

/// A question to the gateway that is under way or was answered lately.
pub(super) struct Asked {
    at: Instant,
    /// A customer got this answer.
    seen: bool,
    answer: Shared<LocalBoxFuture<'static, Answer>>,
}

impl Handler<CheckInvoice> for PaymentActor {
    type Result = ResponseActFuture<Self, Result<Checked, Fault>>;

    fn handle(&mut self, request: CheckInvoice, _: &mut Self::Context) -> Self::Result {
        let store = self.deps.store.clone();
        let work = async move { store.invoice(request.invoice).await };
        Box::pin(work.into_actor(self).then(move |found, actor, context| {
            let answer = match found {
                Ok(Some(invoice)) if invoice.user == request.user => actor.look(&invoice, context),
                Ok(_) => async { Ok(Checked::Unknown) }.boxed_local().shared(),
                Err(fault) => async move { Err(fault) }.boxed_local().shared(),
            };
            answer.into_actor(actor)
        }))
    }
}

impl Handler<HintPayment> for PaymentActor {
    type Result = ResponseActFuture<Self, Result<Hinted, Fault>>;

    fn handle(&mut self, hint: HintPayment, _: &mut Self::Context) -> Self::Result {
        let deps = self.deps.clone();
        let work = async move {
            let found = deps.store.invoice_by_reference(hint.reference.clone()).await?;
            judge_hint(&deps, &hint, found).await
        };
        Box::pin(work.into_actor(self).then(|judged, actor, context| {
            let asked = match &judged {
                Ok(Judged::Ask(invoice)) => Some(actor.check(invoice, "webhook", context)),
                _ => None,
            };
            let deps = actor.deps.clone();
            async move {
                match (judged?, asked) {
                    (Judged::Ask(invoice), Some(asked)) => {
                        // If nothing was settled at once, it has to survive a crash that the gateway is to be asked
                        // soon.
                        let wait = match asked.await {
                            Ok(Checked::Settled(_)) => return Ok(Hinted::Noted),
                            Ok(Checked::Slowly { seconds }) => Duration::from_secs(seconds.unsigned_abs()),
                            _ => BETWEEN_ASKS,
                        };
                        let now = deps.clock.now();
                        deps.store.note_hint(invoice.id, now + wait.min(PACE_MAX), now).await?;
                        Ok(Hinted::Noted)
                    }
                    (Judged::Drop(hinted), _) => Ok(hinted),
                    (Judged::Ask(_), None) => Ok(Hinted::Noted),
                }
            }
            .into_actor(actor)
        }))
    }
}

impl Handler<PollDue> for PaymentActor {
    type Result = ResponseActFuture<Self, ()>;

    fn handle(&mut self, _: PollDue, _: &mut Self::Context) -> Self::Result {
        let deps = self.deps.clone();
        let work = async move {
            deps.store.take_due_invoices(deps.terms.ask, deps.clock.now(), POLLED_TOGETHER).await
        };
        Box::pin(work.into_actor(self).map(|due, actor, context| match due {
            Ok(due) => due.into_iter().for_each(|due| actor.follow_up(due, context)),
            Err(fault) => actor.deps.metrics.fault("Open invoices could not be read", &fault),
        }))
    }
}

/// What can be said about a hint before the gateway is asked.
enum Judged {
    Ask(Box<Invoice>),
    Drop(Hinted),
}

async fn judge_hint(deps: &PaymentDeps, hint: &HintPayment, found: Option<Invoice>) -> Result<Judged, Fault> {
    let dropped = match &found {
        _ if hint.project != deps.terms.project => Hinted::OtherProject,
        None => Hinted::UnknownOrder,
        Some(invoice) if invoice.base != hint.amount => Hinted::OtherAmount,
        Some(invoice) if invoice.state == InvoiceState::Settled => return Ok(Judged::Drop(Hinted::Noted)),
        Some(invoice) => return Ok(Judged::Ask(Box::new(invoice.clone()))),
    };
    let entry = AuditEntry {
        at: deps.clock.now(),
        by: By { actor: "stranger".into(), origin: "webhook" },
        action: "callback.dropped",
        target: found.map_or_else(|| "invoice:unknown".into(), |invoice| format!("invoice:{}", invoice.code)),
        before: None,
        after: Some(json!({ "why": format!("{dropped:?}") })),
    };
    deps.store.note(entry, Vec::new(), deps.clock.now()).await?;
    Ok(Judged::Drop(dropped))
}

impl PaymentActor {
    /// Asks about an invoice that is due, or for one that never came to be.
    fn follow_up(&mut self, due: DueInvoice, context: &mut Context<Self>) {
        let DueInvoice { invoice, is_last, again_at } = due;
        if invoice.state == InvoiceState::Opening {
            return open_at_gateway(&self.deps, &self.streak, &self.making, invoice);
        }
        let deps = self.deps.clone();
        let asked = self.check(&invoice, "poller", context);
        actix_rt::spawn(async move {
            let (store, now) = (&deps.store, deps.clock.now());
            let noted = match asked.await {
                Ok(Checked::Slowly { seconds }) => {
                    store.unanswered(invoice.id, now + TimeDelta::seconds(seconds)).await
                }
                // `Err` includes: paid, but booking failed.
                Ok(Checked::GatewayDown) | Err(_) => {
                    store.unanswered(invoice.id, now + deps.terms.ask.interval.max(AGAIN_AFTER)).await
                }
                Ok(Checked::StillUnpaid) if is_last => store.asked_out(invoice.id, again_at).await,
                Ok(Checked::StillUnpaid | Checked::Unclear | Checked::Settled(_) | Checked::Unknown) => {
                    Ok(())
                }
            };
            if let Err(fault) = noted {
                deps.metrics.fault("An invoice is asked about later than it should be", &fault);
            }
        });
    }

    /// Asks for a customer. The first time, an answer that was found a moment ago of our own accord is as good.
    fn look(
        &mut self,
        invoice: &Invoice,
        context: &mut Context<Self>,
    ) -> Shared<LocalBoxFuture<'static, Answer>> {
        let fresh =
            self.asked.get(&invoice.id).filter(|asked| !asked.seen && asked.at.elapsed() < BETWEEN_ASKS);
        let answer = match fresh {
            Some(asked) => asked.answer.clone(),
            None => self.check(invoice, "poller", context),
        };
        if let Some(asked) = self.asked.get_mut(&invoice.id) {
            asked.seen = true;
        }
        answer
    }

    /// Asks about one invoice, unless it is settled, or was asked about a moment ago.
    fn check(
        &mut self,
        invoice: &Invoice,
        origin: &'static str,
        context: &mut Context<Self>,
    ) -> Shared<LocalBoxFuture<'static, Answer>> {
        if invoice.state == InvoiceState::Settled {
            return async { Ok(Checked::Settled(Settled::AlreadySettled)) }.boxed_local().shared();
        }
        self.question(invoice.id, invoice.reference.clone(), invoice.base, origin, context)
    }

    fn question(
        &mut self,
        invoice: InvoiceId,
        reference: String,
        base: Rupiah,
        origin: &'static str,
        context: &mut Context<Self>,
    ) -> Shared<LocalBoxFuture<'static, Answer>> {
        self.asked.retain(|_, asked| asked.at.elapsed() < BETWEEN_ASKS || asked.answer.peek().is_none());
        if let Some(asked) = self.asked.get(&invoice) {
            return match asked.answer.peek() {
                None => asked.answer.clone(),
                Some(_) => {
                    let seconds = BETWEEN_ASKS.saturating_sub(asked.at.elapsed()).as_secs() as i64 + 1;
                    async move { Ok(Checked::Slowly { seconds }) }.boxed_local().shared()
                }
            };
        }
        let (deps, streak, door) = (self.deps.clone(), Rc::clone(&self.streak), context.address());
        let odd = Rc::clone(&self.odd);
        let work = async move {
            let verdict = deps.gateway.detail(reference.clone(), base).await;
            trip::point("payment.told");
            streak.note(&deps, verdict.as_ref().err()).await;
            match verdict {
                Ok(Verdict::Completed) => match door.send(SettleInvoice { invoice, origin }).await {
                    Ok(settled) => settled.map(Checked::Settled),
                    Err(_) => Err(Fault::new(Code::ActorDied, "the payment actor died before it settled.")),
                },
                Ok(Verdict::Pending | Verdict::Void | Verdict::Unknown) => Ok(Checked::StillUnpaid),
                Ok(Verdict::Mismatch(difference)) => {
                    odd.note(&deps, invoice, &reference, base, &difference.to_string()).await;
                    Ok(Checked::StillUnpaid)
                }
                Ok(Verdict::Unclear(words)) => {
                    odd.note(&deps, invoice, &reference, base, &words).await;
                    Ok(Checked::Unclear)
                }
                Err(GatewayFault::Pace(wait)) => Ok(Checked::Slowly { seconds: wait.as_secs() as i64 }),
                Err(why) => {
                    deps.metrics.fault("The gateway did not say what became of a payment", &as_fault(&why));
                    Ok(Checked::GatewayDown)
                }
            }
        };
        // A panic in here would pass to whoever awaits the answer next, which is the actor itself.
        let work = AssertUnwindSafe(work).catch_unwind().map(|answer| {
            answer.unwrap_or_else(|_| Err(Fault::new(Code::ActorDied, "asking the gateway panicked.")))
        });
        let answer = work.boxed_local().shared();
        self.asked.insert(invoice, Asked { at: Instant::now(), seen: false, answer: answer.clone() });
        actix_rt::spawn(answer.clone().map(|_| ()));
        answer
    }
}
