//! The PaymentActor: sole mover of orders, invoices and balances. It never waits for the gateway: a network call is a
//! task of its own, whose answer comes back as a message.

mod asking;
mod hints;
pub mod messages;
mod odd;
mod opening;
mod traffic;

use super::batch::{Committed, Kept, Queue, together_or_singly};
use super::messenger::MessengerActor;
use super::messenger::messages::LookForFacts;
use super::metrics::Metrics;
use super::rebirth::Guard;
use super::shelf::Shelf;
use super::stock::StockActor;
use super::stock::messages::{LookAgain, UnitsFreed, UnitsSold, UnitsTaken};
use super::vitals::Vitals;
use super::{Ids, Line};
use crate::clock::Clock;
use crate::fault::{Code, Fault};
use crate::ports::Gateway;
use crate::rules::ids::{InvoiceId, UserId};
use crate::rules::invoice::{AskRule, Cancelled, Paid, Settled};
use crate::rules::money::Rupiah;
use crate::store::Store;
use crate::store::model::{BalancePayment, Ended, Scarcity, TransferRequest, Transferred};
use crate::trip;
use actix::prelude::*;
use asking::Asked;
use hints::Hints;
use messages::*;
use odd::Odd;
use std::collections::HashMap;
use std::rc::Rc;
use std::sync::Arc;
use traffic::Traffic;

/// Orders ended in one transaction.
const ENDED_TOGETHER: i64 = 100;

/// Transactions in flight that pay from balances: while one waits for the disk, the next one's statements run, up to
/// the rows that both must change, which come last: see `store/sql/sale.rs`.
const PAYING_FLIGHTS: usize = 2;

/// What the PaymentActor works with.
#[derive(Clone)]
pub struct PaymentDeps {
    pub store: Store,
    pub gateway: Arc<dyn Gateway>,
    pub stock: Line<StockActor>,
    pub messenger: Line<MessengerActor>,
    pub shelf: Shelf,
    pub clock: Clock,
    pub ids: Ids,
    pub metrics: Arc<Metrics>,
    pub vitals: Arc<Vitals>,
    pub terms: PaymentTerms,
}

/// The shop's terms for paying.
#[derive(Debug, Clone)]
pub struct PaymentTerms {
    /// The project at the gateway; a hint for another one is not for us.
    pub project: String,
    pub expiry_seconds: i64,
    /// The smallest amount the gateway takes.
    pub minimum: Rupiah,
    /// Invoices that one customer may have opened within an hour and not paid.
    pub unpaid_per_hour: i64,
    pub ask: AskRule,
    /// How many failures of the gateway in a row it takes to tell the owners.
    pub failures_before_alert: u32,
    /// Whether late money is credited without the gateway's fee.
    pub late_credit_keeps_fee: bool,
    /// Callbacks that wait for the gateway at once: not the whole mailbox, which is for those who pay.
    pub callbacks_waiting_max: usize,
    /// The most payments in one transaction.
    pub batch: usize,
    /// Staff are told when a sale leaves this many units or fewer.
    pub low_stock_threshold: i64,
}

pub struct PaymentActor {
    deps: PaymentDeps,
    paying: Queue<PayFromBalance, UserId>,
    settling: Queue<SettleInvoice, InvoiceId>,
    /// Invoices asked about lately, so that a storm of hints leads to one question.
    asked: HashMap<InvoiceId, Asked>,
    hints: Rc<Hints>,
    odd: Rc<Odd>,
    traffic: Rc<Traffic>,
    _guard: Guard,
}

impl Actor for PaymentActor {
    type Context = Context<Self>;

    fn started(&mut self, context: &mut Self::Context) {
        context.set_mailbox_capacity(0); // bounded by the line
    }
}

// Handlers ----------------------------------------------------------------------------------

impl Handler<PayFromBalance> for PaymentActor {
    type Result = Kept<PayFromBalance>;

    fn handle(&mut self, request: PayFromBalance, context: &mut Self::Context) -> Self::Result {
        trip::point("payment.asked");
        if self.paying.begins_flight() {
            context.spawn(async {}.into_actor(self).map(|(), actor, context| actor.flush_paying(context)));
        }
        self.paying.keep(request)
    }
}

impl Handler<SettleInvoice> for PaymentActor {
    type Result = Kept<SettleInvoice>;

    fn handle(&mut self, request: SettleInvoice, context: &mut Self::Context) -> Self::Result {
        if self.settling.begins_flight() {
            context.spawn(async {}.into_actor(self).map(|(), actor, context| actor.flush_settling(context)));
        }
        self.settling.keep(request)
    }
}

impl Handler<CancelOrder> for PaymentActor {
    type Result = ResponseFuture<Result<Cancelled, Fault>>;

    fn handle(&mut self, request: CancelOrder, _: &mut Self::Context) -> Self::Result {
        let (deps, traffic) = (self.deps.clone(), Rc::clone(&self.traffic));
        Box::pin(async move {
            let cancel =
                async || deps.store.cancel_order(request.order, request.user, deps.clock.now()).await;
            let (outcome, ended) = match cancel().await {
                Err(fault) if fault.code == Code::DatabaseConflict => cancel().await, // paid or expired just now
                outcome => outcome,
            }
            .inspect_err(|_| deps.stock.inform(LookAgain))?;
            follow_endings(&deps, &traffic, ended.into_iter().collect());
            Ok(outcome)
        })
    }
}

impl Handler<CancelDeposit> for PaymentActor {
    type Result = ResponseFuture<Result<bool, Fault>>;

    fn handle(&mut self, request: CancelDeposit, _: &mut Self::Context) -> Self::Result {
        let (deps, traffic) = (self.deps.clone(), Rc::clone(&self.traffic));
        Box::pin(async move {
            let ended = deps.store.cancel_deposit(request.invoice, request.user, deps.clock.now()).await?;
            let cancelled = ended.is_some();
            follow_endings(&deps, &traffic, ended.into_iter().collect());
            Ok(cancelled)
        })
    }
}

impl Handler<ExpiryDue> for PaymentActor {
    type Result = ResponseFuture<()>;

    fn handle(&mut self, _: ExpiryDue, _: &mut Self::Context) -> Self::Result {
        let (deps, traffic) = (self.deps.clone(), Rc::clone(&self.traffic));
        Box::pin(async move {
            loop {
                match deps.store.expire_due(deps.clock.now(), ENDED_TOGETHER).await {
                    Ok(ended) if ended.len() as i64 >= ENDED_TOGETHER => {
                        follow_endings(&deps, &traffic, ended);
                    }
                    Ok(ended) => return follow_endings(&deps, &traffic, ended),
                    // Somebody paid or cancelled at the same time: the next round sees it.
                    Err(fault) if fault.code == Code::DatabaseConflict => {
                        return log::info!("Expiry looks again: {fault}");
                    }
                    Err(fault) => {
                        deps.stock.inform(LookAgain); // it may have been committed all the same
                        return deps.metrics.fault("Expiry was put off", &fault);
                    }
                }
            }
        })
    }
}

impl Handler<TransferBalance> for PaymentActor {
    type Result = ResponseFuture<Result<Transferred, Fault>>;

    fn handle(&mut self, request: TransferBalance, _: &mut Self::Context) -> Self::Result {
        let deps = self.deps.clone();
        Box::pin(async move {
            let now = deps.clock.now();
            let transfer = TransferRequest {
                id: deps.ids.next(now),
                key: request.key,
                user: request.user,
                chat: request.chat,
                amount: request.amount,
                note: request.note,
            };
            let outcome = deps.store.transfer(transfer, request.by, now).await?;
            trip::point("payment.transferred");
            deps.messenger.tell(LookForFacts);
            Ok(outcome)
        })
    }
}

impl Handler<ShowInvoice> for PaymentActor {
    type Result = ResponseFuture<Result<(), Fault>>;

    fn handle(&mut self, ShowInvoice(id): ShowInvoice, _: &mut Self::Context) -> Self::Result {
        let deps = self.deps.clone();
        Box::pin(async move {
            deps.store.show_invoice(id, deps.clock.now()).await?;
            deps.messenger.tell(LookForFacts);
            Ok(())
        })
    }
}

// Logic -------------------------------------------------------------------------------------

impl PaymentActor {
    pub fn new(deps: PaymentDeps, guard: Guard) -> Self {
        Self {
            paying: Queue::new(PAYING_FLIGHTS, |request| request.user),
            settling: Queue::new(1, |request| request.invoice),
            asked: HashMap::new(),
            hints: Rc::new(Hints::new(deps.terms.callbacks_waiting_max)),
            odd: Rc::default(),
            traffic: Rc::default(),
            deps,
            _guard: guard,
        }
    }

    fn flush_paying(&mut self, context: &mut Context<Self>) {
        let Some(batch) = self.paying.take(self.deps.terms.batch) else { return };
        self.deps.metrics.batch.with_label_values(&["payment"]).observe(batch.len() as f64);
        let (deps, traffic) = (self.deps.clone(), Rc::clone(&self.traffic));
        let requests = batch.iter().map(|(request, _)| *request).collect();
        context.spawn(async move { pay_batch(&deps, &traffic, requests).await }.into_actor(self).map(
            move |answers, actor, context| {
                actor.paying.done(&batch);
                for ((_, sender), answer) in batch.into_iter().zip(answers) {
                    let _ = sender.send(answer); // who stopped waiting sees the order's state
                }
                actor.flush_paying(context);
            },
        ));
    }

    fn flush_settling(&mut self, context: &mut Context<Self>) {
        let Some(batch) = self.settling.take(self.deps.terms.batch) else { return };
        self.deps.metrics.batch.with_label_values(&["payment"]).observe(batch.len() as f64);
        let deps = self.deps.clone();
        let requests: Vec<SettleInvoice> = batch.iter().map(|(request, _)| request.clone()).collect();
        context.spawn(async move { settle_batch(&deps, requests).await }.into_actor(self).map(
            move |answers, actor, context| {
                actor.settling.done(&batch);
                for ((_, sender), answer) in batch.into_iter().zip(answers) {
                    let _ = sender.send(answer); // the poller asks again for what nobody waited for
                }
                actor.flush_settling(context);
            },
        ));
    }
}

impl PaymentDeps {
    fn scarcity(&self) -> Scarcity {
        Scarcity { threshold: self.terms.low_stock_threshold, free: self.shelf.display().all_free() }
    }
}

async fn pay_batch(
    deps: &PaymentDeps,
    traffic: &Rc<Traffic>,
    requests: Vec<PayFromBalance>,
) -> Vec<Result<Paid, Fault>> {
    let requests: Vec<_> =
        requests.iter().map(|request| BalancePayment { order: request.order, user: request.user }).collect();
    let pay = async |requests: Vec<BalancePayment>| {
        deps.store.pay_from_balance(requests, deps.scarcity(), deps.clock.now()).await
    };
    answers(deps, together_or_singly(requests, pay).await, |done| {
        deps.messenger.tell(LookForFacts);
        deps.stock.inform(UnitsSold(done.sold));
        for (reference, base) in done.voided {
            traffic.cancel(deps, reference, base);
        }
        done.outcomes
    })
}

async fn settle_batch(deps: &PaymentDeps, requests: Vec<SettleInvoice>) -> Vec<Result<Settled, Fault>> {
    let settle = async |requests: Vec<SettleInvoice>| {
        let confirmed = requests.iter().map(|request| (request.invoice, request.origin)).collect();
        let keeps_fee = deps.terms.late_credit_keeps_fee;
        let settled = deps.store.settle(confirmed, keeps_fee, deps.scarcity(), deps.clock.now()).await?;
        trip::point("payment.settled");
        Ok(settled)
    };
    answers(deps, together_or_singly(requests, settle).await, |done| {
        deps.messenger.tell(LookForFacts);
        deps.stock.inform(UnitsTaken(done.taken));
        deps.stock.inform(UnitsSold(done.sold));
        done.outcomes
    })
}

/// An answer for each sender, after what follows a commit. A failed request may be committed all the same, if the
/// answer was lost: whoever asks again learns that from the order.
fn answers<D, T>(
    deps: &PaymentDeps,
    committed: Vec<Committed<D>>,
    follow: impl Fn(D) -> Vec<T>,
) -> Vec<Result<T, Fault>> {
    let mut answers = Vec::new();
    for part in committed {
        match part {
            Ok(done) => answers.extend(follow(done).into_iter().map(Ok)),
            Err((senders, fault)) => {
                deps.metrics.fault("A payment was not booked", &fault);
                deps.stock.inform(LookAgain);
                answers.extend((0..senders).map(|_| Err(fault.clone())));
            }
        }
    }
    answers
}

/// What follows endings once they are committed: units are on sale again, people are told, the gateway cancels the
/// invoices.
fn follow_endings(deps: &PaymentDeps, traffic: &Rc<Traffic>, ended: Vec<Ended>) {
    if ended.is_empty() {
        return;
    }
    deps.messenger.tell(LookForFacts);
    deps.stock.inform(UnitsFreed(ended.iter().flat_map(|ended| ended.freed.iter().copied()).collect()));
    for (_, reference, base) in ended.into_iter().filter_map(|ended| ended.invoice) {
        traffic.cancel(deps, reference, base);
    }
}
