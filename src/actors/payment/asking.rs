//! Asking the gateway what became of a payment: for a customer, for a callback (`hints`), and of our own accord.

use super::messages::{CheckInvoice, Checked, PollDue, SettleInvoice};
use super::odd::Odd;
use super::opening::{as_fault, open_at_gateway};
use super::traffic::Traffic;
use super::{PaymentActor, PaymentDeps};
use crate::fault::{Code, Fault};
use crate::ports::GatewayFault;
use crate::rules::invoice::{Invoice, InvoiceState, Settled, Verdict};
use crate::store::model::DueInvoice;
use crate::trip;
use actix::prelude::*;
use chrono::TimeDelta;
use futures_util::FutureExt;
use futures_util::future::{LocalBoxFuture, Shared};
use std::panic::AssertUnwindSafe;
use std::rc::Rc;
use std::time::Duration;
use tokio::sync::Mutex;
use tokio::time::Instant;

/// The gateway allows one question per payment in about this time.
pub(super) const BETWEEN_ASKS: Duration = Duration::from_secs(4);

/// The least wait after a question that was not answered, and the wait if somebody says that the invoice is paid.
const AGAIN_AFTER: TimeDelta = TimeDelta::seconds(BETWEEN_ASKS.as_secs() as i64);

/// Invoices asked about in one round of polling, and while the gateway is silent: one answer shows that it is back.
const POLLED_TOGETHER: i64 = 50;
const POLLED_WHILE_SILENT: i64 = 5;

/// What asking the gateway showed, shared by all who asked at the same time.
type Answer = Result<Checked, Fault>;
pub(super) type Asking = Shared<LocalBoxFuture<'static, Answer>>;

/// A question to the gateway that is under way or was answered lately.
pub(super) struct Asked {
    at: Instant,
    /// A customer got this answer.
    seen: bool,
    answer: Asking,
    /// Until then it is on disk that the gateway is asked again, since somebody said that the invoice is paid.
    pub hint_noted_until: Rc<Mutex<Option<Instant>>>,
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

impl Handler<PollDue> for PaymentActor {
    type Result = ResponseActFuture<Self, ()>;

    fn handle(&mut self, _: PollDue, _: &mut Self::Context) -> Self::Result {
        let deps = self.deps.clone();
        let limit = if self.traffic.is_silent.get() { POLLED_WHILE_SILENT } else { POLLED_TOGETHER };
        let work = async move { deps.store.take_due_invoices(deps.terms.ask, deps.clock.now(), limit).await };
        Box::pin(work.into_actor(self).map(|due, actor, context| match due {
            Ok(due) => due.into_iter().for_each(|due| actor.follow_up(due, context)),
            Err(fault) => actor.deps.metrics.fault("Open invoices could not be read", &fault),
        }))
    }
}

impl PaymentActor {
    /// Asks about an invoice that is due, or for one that never came to be.
    fn follow_up(&mut self, due: DueInvoice, context: &mut Context<Self>) {
        let DueInvoice { invoice, is_last, is_hinted, again_at } = due;
        if invoice.state == InvoiceState::Opening {
            return open_at_gateway(&self.deps, &self.traffic, invoice);
        }
        let deps = self.deps.clone();
        let is_under_way = self.asked.get(&invoice.id).is_some_and(|asked| asked.answer.peek().is_none());
        let asked = self.check(&invoice, "poller", context);
        actix_rt::spawn(async move {
            let answer = asked.await;
            let (store, now) = (&deps.store, deps.clock.now());
            let noted = match answer {
                Ok(Checked::Slowly { seconds }) => {
                    store.unanswered(invoice.id, again_at, now + TimeDelta::seconds(seconds)).await
                }
                // the money may have come after that question had been answered
                Ok(Checked::StillUnpaid) if is_under_way => {
                    store.unanswered(invoice.id, again_at, now + AGAIN_AFTER).await
                }
                // a void one that nobody says is paid keeps the time it was given
                Ok(Checked::GatewayDown) if !invoice.state.is_open() && !is_hinted => {
                    store.unanswered(invoice.id, again_at, again_at).await
                }
                // `Err` includes: paid, but booking failed.
                Ok(Checked::GatewayDown) | Err(_) => {
                    // whoever has paid is waiting
                    let wait = if is_hinted { AGAIN_AFTER } else { deps.terms.ask.interval.max(AGAIN_AFTER) };
                    store.unanswered(invoice.id, again_at, now + wait).await
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
    fn look(&mut self, invoice: &Invoice, context: &mut Context<Self>) -> Asking {
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
    pub(super) fn check(
        &mut self,
        invoice: &Invoice,
        origin: &'static str,
        context: &mut Context<Self>,
    ) -> Asking {
        if invoice.state == InvoiceState::Settled {
            return async { Ok(Checked::Settled(Settled::AlreadySettled)) }.boxed_local().shared();
        }
        self.asked.retain(|_, asked| asked.at.elapsed() < BETWEEN_ASKS || asked.answer.peek().is_none());
        if let Some(asked) = self.asked.get(&invoice.id) {
            return match asked.answer.peek() {
                None => asked.answer.clone(),
                Some(_) => {
                    let seconds = BETWEEN_ASKS.saturating_sub(asked.at.elapsed()).as_secs() as i64 + 1;
                    async move { Ok(Checked::Slowly { seconds }) }.boxed_local().shared()
                }
            };
        }
        let question = Question {
            deps: self.deps.clone(),
            traffic: Rc::clone(&self.traffic),
            odd: Rc::clone(&self.odd),
            door: context.address(),
            invoice: invoice.clone(),
            origin,
        };
        // A panic in here would pass to whoever awaits the answer next, which is the actor itself.
        let work = AssertUnwindSafe(question.put()).catch_unwind().map(|answer| {
            answer.unwrap_or_else(|_| Err(Fault::new(Code::ActorDied, "asking the gateway panicked.")))
        });
        let answer = work.boxed_local().shared();
        let asked = Asked {
            at: Instant::now(),
            seen: false,
            answer: answer.clone(),
            hint_noted_until: Rc::default(),
        };
        self.asked.insert(invoice.id, asked);
        actix_rt::spawn(answer.clone().map(|_| ()));
        answer
    }
}

/// A question to the gateway about one invoice.
struct Question {
    deps: PaymentDeps,
    traffic: Rc<Traffic>,
    odd: Rc<Odd>,
    /// The actor's, which settles.
    door: Addr<PaymentActor>,
    invoice: Invoice,
    origin: &'static str,
}

impl Question {
    async fn put(self) -> Answer {
        let Self { deps, traffic, odd, door, invoice, origin } = self;
        let verdict = deps.gateway.detail(invoice.reference.clone(), invoice.base).await;
        trip::point("payment.told");
        traffic.is_silent.set(matches!(verdict, Err(GatewayFault::Down(_))));
        traffic.streak.note(&deps, verdict.as_ref().err()).await;
        match verdict {
            Ok(Verdict::Completed) => match door.send(SettleInvoice { invoice: invoice.id, origin }).await {
                Ok(settled) => settled.map(Checked::Settled),
                Err(_) => Err(Fault::new(Code::ActorDied, "the payment actor died before it settled.")),
            },
            Ok(Verdict::Pending | Verdict::Void | Verdict::Unknown) => Ok(Checked::StillUnpaid),
            Ok(Verdict::Mismatch(difference)) => {
                odd.note(&deps, &invoice, &difference.to_string()).await;
                Ok(Checked::StillUnpaid)
            }
            Ok(Verdict::Unclear(words)) => {
                odd.note(&deps, &invoice, &words).await;
                Ok(Checked::Unclear)
            }
            Err(GatewayFault::Pace(wait)) => Ok(Checked::Slowly { seconds: wait.as_secs() as i64 }),
            Err(why) => {
                deps.metrics.fault("The gateway did not say what became of a payment", &as_fault(&why));
                Ok(Checked::GatewayDown)
            }
        }
    }
}
