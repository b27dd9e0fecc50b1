//! The engine room: how much each actor holds and does at once. The defaults suit a shop with thousands of
//! customers; every key names the metric that says when to change it.

use crate::config::key::{Clash, section, tree};
use std::time::Duration;

tree! {
    /// All actors.
    pub struct Actors {
        session: SessionActor,
        stock: StockActor,
        payment: PaymentActor,
        audit: AuditActor,
        messenger: MessengerActor,
        supervision: Supervision,
    }
}

section! {
    /// One actor for each customer who is active: menus, cart, checkout.
    pub struct SessionActor at "actors.session" {
        /// Presses of one customer that may wait; more are answered "busy".
        /// Raise it when quickcart_mailbox_busy_total{actor="session"} grows while nobody floods.
        /// Metric: quickcart_mailbox_depth{actor="session"}.
        mailbox: usize = 32, in 1..=10000;
        /// After how long without a press the actor leaves memory (about 1 KB each); the next press loads it again.
        /// What it knows of the last minute's presses goes with it: with less than a minute, `limits` hold less.
        /// Raise it when customers come back soon and the database is the bottleneck.
        /// Metric: quickcart_sessions_alive.
        idle: Duration = "15m", in "1s"..="24h";
    }
}

section! {
    /// The one that reserves and releases units.
    pub struct StockActor at "actors.stock", fits stock_fits {
        /// Reservations that may wait; more are answered "busy, try again".
        /// Raise it when quickcart_mailbox_busy_total{actor="stock"} grows during a sale.
        /// Metric: quickcart_mailbox_depth{actor="stock"}.
        mailbox: usize = 1024, in 1..=100000;
        /// Most reservations written in one transaction. It never waits to fill up. A smaller mailbox makes the default
        /// smaller.
        /// Raise it when quickcart_batch_size{actor="stock"} stays at this number and the disk is slow; larger batches
        /// leave reserving and paying less to do at the same time.
        /// Metric: quickcart_batch_size{actor="stock"}.
        batch: usize = 32 within mailbox, in 1..=1000;
    }
}

section! {
    /// The one that moves orders, invoices and balances.
    pub struct PaymentActor at "actors.payment", fits payment_fits {
        /// Payments and callbacks that may wait; more are answered "busy", callbacks 503 (the gateway is asked later).
        /// Raise it when quickcart_mailbox_busy_total{actor="payment"} grows.
        /// Metric: quickcart_mailbox_depth{actor="payment"}.
        mailbox: usize = 1024, in 1..=100000;
        /// Most payments written in one transaction. It never waits to fill up. A smaller mailbox makes the default
        /// smaller.
        /// Raise it when quickcart_batch_size{actor="payment"} stays at this number and the disk is slow.
        /// Metric: quickcart_batch_size{actor="payment"}.
        batch: usize = 32 within mailbox, in 1..=1000;
    }
}

section! {
    /// The one that carries audit entries into the audit database.
    pub struct AuditActor at "actors.audit", fits audit_fits {
        /// Calls to look for new entries that may wait. The entries are on disk, so none is lost when it is full.
        /// Raise it when quickcart_mailbox_busy_total{actor="audit"} grows.
        /// Metric: quickcart_mailbox_depth{actor="audit"}.
        mailbox: usize = 1024, in 1..=100000;
        /// Most entries written in one transaction. A smaller mailbox makes the default smaller.
        /// Raise it when entries come faster than they are carried over.
        /// Metric: quickcart_batch_size{actor="audit"}.
        batch: usize = 256 within mailbox, in 1..=1000;
    }
}

section! {
    /// The only one that sends to Telegram.
    pub struct MessengerActor at "actors.messenger" {
        /// Messages in memory that may wait. Goods and receipts wait on disk besides and are never dropped. Replies behind
        /// more than ten seconds' worth of `rate` are turned away before that.
        /// Raise it when quickcart_mailbox_busy_total{actor="messenger"} grows while quickcart_mailbox_depth{actor="messenger"}
        /// is near it.
        /// Metric: quickcart_mailbox_depth{actor="messenger"}.
        mailbox: usize = 4096, in 1..=100000;
        /// Messages a second over all chats. Telegram allows 30, and lowers that without notice. More is only for a
        /// Bot API server of one's own (`telegram.api_url`).
        /// Lower it when Telegram answers 429 often.
        /// Metric: quickcart_sends_total{outcome="waited"}.
        rate: u32 = 28, in 1..=10000;
        /// Least time between two messages to the same person, of which three may go at once after a rest.
        /// Raise it when single chats are answered 429.
        /// Metric: quickcart_sends_total{outcome="waited"}.
        chat_interval: Duration = "1s", in "0s"..="1m";
        /// Messages a minute to the same group.
        /// Lower it when groups are answered 429.
        /// Metric: quickcart_sends_total{outcome="waited"}.
        group_per_minute: u32 = 20, in 1..=60;
    }
}

section! {
    /// What happens when an actor fails, and how the process stops.
    pub struct Supervision at "actors.supervision", fits supervision_fits {
        /// How long after its first failure an actor is started again; each further failure doubles it. A smaller
        /// `backoff_max` makes the default smaller.
        /// Raise it when a failing database is hammered by restarts.
        /// Metric: quickcart_actor_restarts_total.
        backoff_first: Duration = "100ms" within backoff_max, in "1ms"..="1m";
        /// The longest such pause.
        /// Lower it when a shop should come back sooner after a long outage.
        /// Metric: quickcart_actor_restarts_total.
        backoff_max: Duration = "30s", in "1ms"..="10m";
        /// How often an update may kill its session before it is set aside and the owner told.
        /// Raise it when updates are set aside for faults that pass.
        /// Metric: quickcart_updates_total{ending="set_aside"}.
        poison_tries: u32 = 3, in 1..=100;
        /// How long the process, told to stop, finishes what is under way.
        /// Raise it when stops are cut short, and the container's own limit with it.
        /// Metric: quickcart_mailbox_depth at the stop.
        drain: Duration = "10s", in "0s"..="5m";
    }
}

fn stock_fits(stock: &StockActor) -> Vec<Clash> {
    batch_fits("actors.stock.batch", stock.batch, stock.mailbox)
}

fn payment_fits(payment: &PaymentActor) -> Vec<Clash> {
    batch_fits("actors.payment.batch", payment.batch, payment.mailbox)
}

fn audit_fits(audit: &AuditActor) -> Vec<Clash> {
    batch_fits("actors.audit.batch", audit.batch, audit.mailbox)
}

fn batch_fits(path: &'static str, batch: usize, mailbox: usize) -> Vec<Clash> {
    let fault = format!("is {batch}, more than the mailbox of {mailbox} can hold");
    let clash = || Clash { path, fault, right: mailbox.to_string() };
    (batch > mailbox).then(clash).into_iter().collect()
}

fn supervision_fits(supervision: &Supervision) -> Vec<Clash> {
    let Supervision { backoff_first, backoff_max, .. } = supervision;
    let clash = || Clash {
        path: "actors.supervision.backoff_first",
        fault: "is longer than actors.supervision.backoff_max".into(),
        right: humantime::format_duration(*backoff_max).to_string(),
    };
    (backoff_first > backoff_max).then(clash).into_iter().collect()
}
