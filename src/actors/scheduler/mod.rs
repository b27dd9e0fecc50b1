//! The scheduler: once a second it asks the store what is due and tells the actors that have to do it. It decides
//! nothing: a late or missing tick only delays, an extra one changes nothing. It also has old rows forgotten and the
//! rows of grown tables counted.

mod forgetting;

use super::Line;
use super::audit::AuditActor;
use super::audit::messages::ShipAudit;
use super::messenger::MessengerActor;
use super::messenger::messages::LookForFacts;
use super::metrics::Metrics;
use super::payment::PaymentActor;
use super::payment::messages::{ExpiryDue, PollDue};
use super::rebirth::{Guard, Stopping};
use crate::clock::Clock;
use crate::fault::Fault;
use crate::store::Store;
use actix::dev::ToEnvelope;
use actix::prelude::*;
use forgetting::Forgetting;
use std::cell::Cell;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

const TICK: Duration = Duration::from_secs(1);

/// What the scheduler works with.
#[derive(Clone)]
pub struct SchedulerDeps {
    pub store: Store,
    pub payment: Line<PaymentActor>,
    pub messenger: Line<MessengerActor>,
    pub audit: Line<AuditActor>,
    pub clock: Clock,
    pub metrics: Arc<Metrics>,
    pub stopping: Stopping,
}

/// Ask the store what is due. Tests send it after moving the clock.
#[derive(Debug, Clone, Copy, Message)]
#[rtype(result = "()")]
pub struct TickDue;

pub struct Scheduler {
    deps: SchedulerDeps,
    pokes: Pokes,
    forgetting: Forgetting,
    _guard: Guard,
}

/// What is under way: an actor that is slow is not given the same work a second time.
#[derive(Clone, Default)]
struct Pokes {
    expiry: Rc<Cell<bool>>,
    poll: Rc<Cell<bool>>,
    facts: Rc<Cell<bool>>,
    audit: Rc<Cell<bool>>,
    counting: Rc<Cell<bool>>,
}

impl Actor for Scheduler {
    type Context = Context<Self>;

    fn started(&mut self, context: &mut Self::Context) {
        tick(self, context);
    }
}

/// Asks what is due, and asks again a second after that is done.
fn tick(actor: &mut Scheduler, context: &mut Context<Scheduler>) {
    if actor.deps.stopping.load(Ordering::Relaxed) {
        return;
    }
    let (deps, pokes, from) = (actor.deps.clone(), actor.pokes.clone(), actor.forgetting.tick());
    let work = async move {
        look(&deps, &pokes).await;
        let store = deps.store.clone();
        once(&pokes.counting, async move {
            if let Err(fault) = store.count_rows().await {
                log::warn!("Grown tables were not counted: {fault}");
            }
        });
        match from {
            Some(from) => forgetting::portion(&deps, from).await,
            None => None,
        }
    };
    context.spawn(work.into_actor(actor).map(|next, actor, context| {
        actor.forgetting.from = next;
        context.run_later(TICK, tick);
    }));
}

impl Handler<TickDue> for Scheduler {
    type Result = ResponseFuture<()>;

    fn handle(&mut self, _: TickDue, _: &mut Self::Context) -> Self::Result {
        let (deps, pokes) = (self.deps.clone(), self.pokes.clone());
        Box::pin(async move { look(&deps, &pokes).await })
    }
}

impl Scheduler {
    pub fn new(deps: SchedulerDeps, guard: Guard) -> Self {
        Self { deps, pokes: Pokes::default(), forgetting: Forgetting::default(), _guard: guard }
    }
}

async fn look(deps: &SchedulerDeps, pokes: &Pokes) {
    let due = match deps.store.due(deps.clock.now()).await {
        Ok(due) => due,
        Err(fault) => return deps.metrics.fault("What is due could not be read", &fault),
    };
    if deps.stopping.load(Ordering::Relaxed) {
        return; // the others were waited for already
    }
    if due.expiry {
        poke(&deps.payment, ExpiryDue, &pokes.expiry);
    }
    if due.poll {
        poke(&deps.payment, PollDue, &pokes.poll);
    }
    if due.facts {
        poke(&deps.messenger, LookForFacts, &pokes.facts);
    }
    if due.audit {
        poke(&deps.audit, ShipAudit, &pokes.audit);
    }
}

/// Has an actor do something, unless it is doing it already.
fn poke<A, M>(line: &Line<A>, message: M, under_way: &Rc<Cell<bool>>)
where
    A: Actor<Context = Context<A>> + Handler<M>,
    M: Message<Result = ()> + Send + 'static,
    Context<A>: ToEnvelope<A, M>,
{
    let line = line.clone();
    once(under_way, async move {
        if let Err(why) = line.ask(message).await {
            log::warn!("Something due waits for the next look: {}", Fault::from(why));
        }
    });
}

/// Does something as a task of its own, unless it is under way already.
fn once(under_way: &Rc<Cell<bool>>, work: impl Future<Output = ()> + 'static) {
    if under_way.replace(true) {
        return;
    }
    let under_way = Rc::clone(under_way);
    actix_rt::spawn(async move {
        work.await;
        under_way.set(false);
    });
}
