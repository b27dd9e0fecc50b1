//! The StockActor: sole reserver of units. It keeps the ids of free units in memory, so that a reservation
//! names its units without searching; the database's statement still decides.

mod catalogue;
mod forgotten;
mod memory;
pub mod messages;
mod reserving;

use super::Ids;
use super::batch::{Kept, Pending, Queue};
use super::metrics::Metrics;
use super::rebirth::Guard;
use super::shelf::Shelf;
use crate::clock::Clock;
use crate::fault::Fault;
use crate::rules::ids::{OrderId, ProductId, UnitId, UserId};
use crate::rules::order::Reserved;
use crate::store::Store;
use crate::store::model::{AddedProduct, AddedUnits, ReservePolicy, ReserveRequest};
use crate::trip;
use crate::vault::Vault;
use actix::prelude::*;
use catalogue::{Catalogue, Reader};
use forgotten::Young;
use memory::FreeUnits;
use messages::*;
use reserving::{Outcome, reserve};
use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

/// How long after a start, or a doubt, free units and catalogue are read again.
const RELOAD_AFTER: Duration = Duration::from_secs(1);

/// How often they are read again anyway: an event may have been lost unnoticed. Ten thousand units take some 20 ms.
const RELOAD_EVERY: Duration = Duration::from_secs(300);

/// What the StockActor works with.
#[derive(Clone)]
pub struct StockDeps {
    pub store: Store,
    pub shelf: Shelf,
    pub vault: Arc<Vault>,
    pub clock: Clock,
    pub ids: Ids,
    pub metrics: Arc<Metrics>,
    pub policy: ReservePolicy,
    /// The most requests in one transaction.
    pub batch: usize,
}

pub struct StockActor {
    deps: StockDeps,
    reader: Reader,
    /// The reading whose catalogue is shown.
    published: u64,
    free: FreeUnits,
    reload_waits: bool,
    queue: Queue<ReserveUnits, UserId>,
    young: Young,
    _guard: Guard,
}

impl Actor for StockActor {
    type Context = Context<Self>;

    fn started(&mut self, context: &mut Self::Context) {
        context.set_mailbox_capacity(0); // bounded by the line
        self.reload_later(context); // what was freed while it was being built
        context.run_interval(RELOAD_EVERY, Self::reload_later);
    }
}

// Handlers ----------------------------------------------------------------------------------

impl Handler<ReserveUnits> for StockActor {
    type Result = Kept<ReserveUnits>;

    fn handle(&mut self, request: ReserveUnits, context: &mut Self::Context) -> Self::Result {
        trip::point("stock.asked");
        if self.queue.begins_flight() {
            // Runs once this poll has emptied the mailbox: all that is there goes into one transaction.
            context.spawn(async {}.into_actor(self).map(|(), actor, context| actor.flush(context)));
        }
        self.queue.keep(request)
    }
}

impl Handler<AddProduct> for StockActor {
    type Result = ResponseActFuture<Self, Result<AddedProduct, Fault>>;

    fn handle(&mut self, request: AddProduct, _: &mut Self::Context) -> Self::Result {
        let (deps, reader) = (self.deps.clone(), self.reader.clone());
        let work = async move {
            let AddProduct { key, product, by } = request;
            let added = deps.store.add_product(key, product, by, deps.clock.now()).await?;
            Ok((added, reader.catalogue().await?))
        };
        Box::pin(work.into_actor(self).map(|result: Result<_, Fault>, actor, context| {
            // The product may have been added all the same, and must then be found.
            let (added, catalogue) = result.inspect_err(|_| actor.reload_later(context))?;
            actor.publish(catalogue);
            Ok(added)
        }))
    }
}

impl Handler<FurnishProduct> for StockActor {
    type Result = ResponseActFuture<Self, Result<(), Fault>>;

    fn handle(&mut self, request: FurnishProduct, _: &mut Self::Context) -> Self::Result {
        let (deps, reader) = (self.deps.clone(), self.reader.clone());
        let work = async move {
            let now = deps.clock.now();
            deps.store.furnish_product(request.product, request.furnishing, request.by, now).await?;
            reader.catalogue().await
        };
        Box::pin(work.into_actor(self).map(|result, actor, context| {
            let catalogue = result.inspect_err(|_| actor.reload_later(context))?;
            actor.publish(catalogue);
            Ok(())
        }))
    }
}

impl Handler<AddUnits> for StockActor {
    type Result = ResponseActFuture<Self, Result<Option<AddedUnits>, Fault>>;

    fn handle(&mut self, request: AddUnits, _: &mut Self::Context) -> Self::Result {
        let deps = self.deps.clone();
        Box::pin(add_units(deps, request).into_actor(self).map(|result, actor, context| {
            // They may be there all the same: then adding them once more finds duplicates.
            let added = result.inspect_err(|_| actor.reload_later(context))?;
            Ok(added.map(|(product, added)| {
                actor.put_back(added.added.iter().map(|unit| (product, *unit)).collect(), context);
                added
            }))
        }))
    }
}

impl Handler<UnitsFreed> for StockActor {
    type Result = ();

    fn handle(&mut self, UnitsFreed(units): UnitsFreed, context: &mut Self::Context) {
        self.put_back(units, context);
    }
}

impl Handler<UnitsTaken> for StockActor {
    type Result = ();

    fn handle(&mut self, UnitsTaken(units): UnitsTaken, _: &mut Self::Context) {
        for (product, unit) in units {
            self.free.remove(product, unit);
            self.count(product);
        }
    }
}

impl Handler<LookAgain> for StockActor {
    type Result = ();

    fn handle(&mut self, _: LookAgain, context: &mut Self::Context) {
        self.reload_later(context);
    }
}

impl Handler<UnitsSold> for StockActor {
    type Result = ();

    fn handle(&mut self, UnitsSold(sold): UnitsSold, _: &mut Self::Context) {
        let display = self.deps.shelf.display();
        sold.into_iter().for_each(|(product, units)| display.add_sold(product, units));
    }
}

// Logic -------------------------------------------------------------------------------------

impl StockActor {
    /// Reads the catalogue and the free units. The shelf shows them from then on.
    pub async fn load(deps: StockDeps, guard: Guard) -> Result<Self, Fault> {
        let mut free = FreeUnits::default();
        for (product, unit) in deps.store.free_units().await? {
            free.add(product, unit);
        }
        let reader = Reader::new(deps.store.clone());
        let catalogue = reader.catalogue().await?;
        let mut actor = Self {
            deps,
            reader,
            published: 0,
            free,
            reload_waits: false,
            queue: Queue::new(1, |request| request.user),
            young: Young::default(),
            _guard: guard,
        };
        actor.publish(catalogue);
        Ok(actor)
    }

    /// Shows a catalogue, unless one is shown whose reading began later.
    fn publish(&mut self, catalogue: Catalogue) {
        if catalogue.reading > self.published {
            self.published = catalogue.reading;
            self.deps.shelf.replace(catalogue.products, |product| self.free.count(product));
        }
    }

    fn flush(&mut self, context: &mut Context<Self>) {
        let Some(batch) = self.queue.take(self.deps.batch) else { return };
        self.deps.metrics.batch.with_label_values(&["stock"]).observe(batch.len() as f64);
        let requests: Vec<_> = batch.iter().map(|(request, _)| self.prepare(request)).collect();
        let deps = self.deps.clone();
        let work = async move {
            let outcome = reserve(&deps, requests.clone()).await;
            trip::point("stock.reserved");
            (requests, outcome)
        };
        context.spawn(work.into_actor(self).map(move |(requests, outcome), actor, context| {
            actor.settle_batch(batch, &requests, outcome, context);
            actor.flush(context);
        }));
    }

    /// Suggests the units for an order, so that no two orders of a batch name the same unit.
    fn prepare(&mut self, request: &ReserveUnits) -> ReserveRequest {
        let mut suggested = Vec::new();
        for wanted in &request.wanted {
            let picked = self.free.pick(wanted.product, wanted.quantity);
            suggested.extend(picked.into_iter().map(|unit| (wanted.product, unit)));
        }
        let now = self.deps.clock.now();
        ReserveRequest {
            key: request.key.clone(),
            user: request.user,
            chat: request.chat,
            wanted: request.wanted.clone(),
            order: OrderId(self.deps.ids.next(now)),
            code: self.deps.ids.code(),
            suggested,
        }
    }

    fn settle_batch(
        &mut self,
        batch: Vec<Pending<ReserveUnits>>,
        requests: &[ReserveRequest],
        outcome: Outcome,
        context: &mut Context<Self>,
    ) {
        self.queue.done(&batch);
        if let Some(order) = newest(requests, &outcome.answers) {
            self.watch(order, context);
        }
        if outcome.failed {
            self.reload_later(context);
        } else {
            let stale: BTreeSet<UnitId> = outcome.done.stale.iter().copied().collect();
            let suggested = requests.iter().flat_map(|request| &request.suggested);
            self.learn(suggested.filter(|(_, unit)| !stale.contains(unit)).copied().collect(), context);
        }
        outcome.done.taken.iter().for_each(|(product, unit)| self.free.remove(*product, *unit));
        let touched: BTreeSet<ProductId> =
            requests.iter().flat_map(|request| request.wanted.iter().map(|wanted| wanted.product)).collect();
        for product in touched {
            self.count(product);
        }
        for ((_, sender), answer) in batch.into_iter().zip(outcome.answers) {
            let _ = sender.send(answer); // a sender that stopped waiting asks again with its key
        }
    }

    /// After a failed transaction nobody knows what it changed: the store is read again, soon.
    fn reload_later(&mut self, context: &mut Context<Self>) {
        if !std::mem::replace(&mut self.reload_waits, true) {
            context.run_later(RELOAD_AFTER, Self::reload);
        }
    }

    fn reload(&mut self, context: &mut Context<Self>) {
        self.reload_waits = false;
        if self.free.is_reading() {
            return self.reload_later(context); // the reading under way may be older than the doubt
        }
        self.free.begin_reading();
        let (store, reader) = (self.deps.store.clone(), self.reader.clone());
        let work = async move { (store.free_units().await, reader.catalogue().await) };
        context.spawn(work.into_actor(self).map(|(units, catalogue), actor, context| {
            if let Some(fault) = units.as_ref().err().or(catalogue.as_ref().err()) {
                actor.deps.metrics.fault("Free units or the catalogue could not be read", fault);
                actor.reload_later(context);
            }
            actor.free.end_reading(units.ok());
            catalogue.into_iter().for_each(|catalogue| actor.publish(catalogue));
            actor.free.products().into_iter().for_each(|product| actor.count(product));
        }));
    }

    fn put_back(&mut self, units: Vec<(ProductId, UnitId)>, context: &mut Context<Self>) {
        for product in self.learn(units, context) {
            self.count(product);
        }
    }

    /// Takes note of free units, asks the store where that is doubtful, and returns their products.
    fn learn(&mut self, units: Vec<(ProductId, UnitId)>, context: &mut Context<Self>) -> BTreeSet<ProductId> {
        let (mut touched, mut doubtful) = (BTreeSet::new(), false);
        for (product, unit) in units {
            doubtful |= self.free.add(product, unit);
            touched.insert(product);
        }
        if doubtful {
            self.reload_later(context);
        }
        touched
    }

    fn count(&self, product: ProductId) {
        self.deps.shelf.display().set_free(product, self.free.count(product));
    }
}

/// The last order that was written just now, not found as an earlier one of the same press.
fn newest(requests: &[ReserveRequest], answers: &[Result<Reserved, Fault>]) -> Option<OrderId> {
    let new = |(request, answer): (&ReserveRequest, &Result<Reserved, Fault>)| match answer {
        Ok(Reserved::Held(order)) if order.id == request.order => Some(order.id),
        _ => None,
    };
    requests.iter().zip(answers).rev().find_map(new)
}

async fn add_units(deps: StockDeps, request: AddUnits) -> Result<Option<(ProductId, AddedUnits)>, Fault> {
    let Some(product) = deps.shelf.display().product(request.number).map(|product| product.id) else {
        return Ok(None);
    };
    let mut sealed = Vec::with_capacity(request.contents.len());
    for content in &request.contents {
        sealed.push(deps.vault.seal(product, content)?);
    }
    let added = deps.store.add_units(product, sealed, request.by, deps.clock.now()).await?;
    Ok(Some((product, added)))
}
