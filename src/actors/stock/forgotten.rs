//! A reservation's commit does not wait for the disk, so that a database server that dies may forget the newest ones.
//! Nobody has paid for them; but memory would keep their units from being sold.

use super::StockActor;
use crate::fault::{Code, Fault};
use crate::rules::ids::OrderId;
use actix::prelude::*;
use std::collections::VecDeque;
use std::time::Duration;
use tokio::time::Instant;

/// By then a commit is on the disk: PostgreSQL takes three times its `wal_writer_delay` at the most, which is 0.6 s.
const KEPT_AFTER: Duration = Duration::from_secs(2);

/// One order of each transaction that the database may still forget, and since when.
#[derive(Default)]
pub struct Young {
    orders: VecDeque<(Instant, OrderId)>,
    watched: bool,
}

impl StockActor {
    /// Takes note of a transaction by one of its orders, to check later whether it was kept.
    pub(super) fn watch(&mut self, order: OrderId, context: &mut Context<Self>) {
        self.young.orders.push_back((Instant::now(), order));
        if !self.young.watched {
            self.young.watched = true;
            context.run_later(KEPT_AFTER, Self::look_for_forgotten);
        }
    }

    fn look_for_forgotten(&mut self, context: &mut Context<Self>) {
        let old = self.young.orders.partition_point(|(since, _)| since.elapsed() >= KEPT_AFTER);
        let orders: Vec<OrderId> = self.young.orders.drain(..old).map(|(_, order)| order).collect();
        let store = self.deps.store.clone();
        let work = async move { store.are_known(orders).await };
        context.spawn(work.into_actor(self).map(|known, actor, context| {
            if known != Ok(true) {
                let lost = || Fault::new(Code::DatabaseDown, "the database died and forgot reservations.");
                actor.deps.metrics.fault("Free units are read again", &known.err().unwrap_or_else(lost));
                actor.reload_later(context);
            }
            actor.young.watched = !actor.young.orders.is_empty();
            if actor.young.watched {
                context.run_later(KEPT_AFTER, Self::look_for_forgotten);
            }
        }));
    }
}
