//! The actors, started so that each finds those it asks.

use super::PLATFORM;
use crate::actors::audit::AuditActor;
use crate::actors::audit::messages::ShipAudit;
use crate::actors::messenger::messages::DrainMessenger;
use crate::actors::messenger::{MessengerActor, MessengerDeps, MessengerSettings};
use crate::actors::metrics::Metrics;
use crate::actors::payment::{PaymentActor, PaymentDeps, PaymentTerms};
use crate::actors::scheduler::{Scheduler, SchedulerDeps};
use crate::actors::session::{SessionDeps, SessionTerms};
use crate::actors::shelf::Shelf;
use crate::actors::stock::{StockActor, StockDeps};
use crate::actors::supervisor::messages::SaveDue;
use crate::actors::supervisor::{Supervisor, SupervisorDeps};
use crate::actors::totals::CountedTotals;
use crate::actors::vitals::Vitals;
use crate::actors::{Backoff, Ids, Line, Stopping, keep_alive};
use crate::clock::Clock;
use crate::config::Config;
use crate::limits::{CHAT_BURST, FACT_LEASE, SENDS_IN_FLIGHT_MAX, UPDATES_IN_FLIGHT_MAX};
use crate::ports::{Gateway, Messenger};
use crate::rules::fee::FeeRule;
use crate::rules::invoice::AskRule;
use crate::store::Store;
use crate::store::model::ReservePolicy;
use crate::text::ShopWords;
use crate::vault::Vault;
use chrono::TimeDelta;
use std::sync::Arc;
use std::time::Duration;

/// What actors are made of.
pub struct Parts {
    pub store: Store,
    pub vault: Arc<Vault>,
    pub clock: Clock,
    pub metrics: Arc<Metrics>,
    pub vitals: Arc<Vitals>,
    pub stopping: Stopping,
    pub gateway: Arc<dyn Gateway>,
    pub messenger: Arc<dyn Messenger>,
}

/// Lines to all actors.
#[derive(Clone)]
pub struct Actors {
    pub supervisor: Line<Supervisor>,
    pub stock: Line<StockActor>,
    pub payment: Line<PaymentActor>,
    pub audit: Line<AuditActor>,
    pub messenger: Line<MessengerActor>,
    pub scheduler: Line<Scheduler>,
    pub shelf: Shelf,
}

/// Only tests send messages to the scheduler.
const SCHEDULER_MAILBOX: usize = 16;

impl Actors {
    /// Starts the actors, those that are asked before those that ask, and waits until each has loaded what it needs.
    pub async fn start(config: &Config, parts: Parts) -> Self {
        let starter = Starter { config, parts: &parts, ids: Ids::default(), shelf: Shelf::default() };
        let messenger = starter.messenger();
        let stock = starter.stock();
        let payment = starter.payment(&stock, &messenger);
        let audit = starter.audit();
        let supervisor = starter.supervisor(&stock, &payment, &messenger);
        let scheduler = starter.scheduler(&payment, &messenger, &audit);
        let shelf = starter.shelf;
        let actors = Self { supervisor, stock, payment, audit, messenger, scheduler, shelf };
        while !actors.all_alive() {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        actors
    }

    fn all_alive(&self) -> bool {
        self.states().iter().all(|(_, alive)| *alive)
    }

    /// Each actor's name and whether it lives.
    pub fn states(&self) -> [(&'static str, bool); 6] {
        [
            ("supervisor", self.supervisor.is_alive()),
            ("stock", self.stock.is_alive()),
            ("payment", self.payment.is_alive()),
            ("audit", self.audit.is_alive()),
            ("messenger", self.messenger.is_alive()),
            ("scheduler", self.scheduler.is_alive()),
        ]
    }

    /// Lets everything under way come to its end: sessions, then orders and payments, then what they queued.
    pub async fn drain(&self, within: Duration) {
        let work = async {
            self.supervisor.drained(within).await;
            self.stock.drained(within).await;
            self.payment.drained(within).await;
            let _ = self.supervisor.ask(SaveDue).await; // a dead one saved nothing and has nothing
            let _ = self.messenger.ask(DrainMessenger).await; // facts left over are on disk
            let _ = self.audit.ask(ShipAudit).await; // likewise
        };
        if tokio::time::timeout(within, work).await.is_err() {
            log::warn!("Not everything came to its end within {} s.", within.as_secs());
        }
    }
}

struct Starter<'a> {
    config: &'a Config,
    parts: &'a Parts,
    ids: Ids,
    shelf: Shelf,
}

impl Starter<'_> {
    fn backoff(&self) -> Backoff {
        let supervision = &self.config.actors.supervision;
        Backoff { first: supervision.backoff_first, max: supervision.backoff_max }
    }

    fn keep<A, F>(&self, name: &'static str, mailbox: usize, build: F) -> Line<A>
    where
        A: actix::Actor<Context = actix::Context<A>>,
        F: AsyncFn(crate::actors::Guard) -> Result<A, crate::fault::Fault> + 'static,
    {
        let (metrics, stopping) = (self.parts.metrics.clone(), self.parts.stopping.clone());
        keep_alive(name, mailbox, self.backoff(), metrics, stopping, build)
    }

    fn words(&self) -> Arc<ShopWords> {
        let shop = &self.config.shop;
        Arc::new(ShopWords {
            name: shop.name.clone(),
            documentation_url: shop.documentation_url.as_ref().map(ToString::to_string),
            timezone: shop.timezone,
            txt_document_from_units: self.config.catalogue.txt_document_above_units,
        })
    }

    fn messenger(&self) -> Line<MessengerActor> {
        let settings = &self.config.actors.messenger;
        let deps = MessengerDeps {
            store: self.parts.store.clone(),
            port: self.parts.messenger.clone(),
            vault: self.parts.vault.clone(),
            words: self.words(),
            default_language: self.config.shop.language,
            clock: self.parts.clock.clone(),
            metrics: self.parts.metrics.clone(),
            settings: MessengerSettings {
                rate_per_second: settings.rate,
                chat_interval: settings.chat_interval,
                chat_burst: CHAT_BURST,
                group_per_minute: settings.group_per_minute,
                in_flight_max: SENDS_IN_FLIGHT_MAX,
                replies_max: settings.mailbox,
                staff_batch: self.config.notices.staff_batch,
                lease: FACT_LEASE,
            },
        };
        self.keep("messenger", settings.mailbox, async move |guard| {
            MessengerActor::load(deps.clone(), guard).await
        })
    }

    fn stock(&self) -> Line<StockActor> {
        let (payment, settings) = (&self.config.payment, &self.config.actors.stock);
        let deps = StockDeps {
            store: self.parts.store.clone(),
            shelf: self.shelf.clone(),
            vault: self.parts.vault.clone(),
            clock: self.parts.clock.clone(),
            ids: self.ids.clone(),
            metrics: self.parts.metrics.clone(),
            policy: ReservePolicy {
                expiry_seconds: seconds(payment.expiry),
                open_orders_max: i64::from(payment.open_orders_per_customer),
                expired_before_cooldown: payment.expired_orders_before_cooldown as usize,
                cooldown: delta(payment.cooldown),
                reseller_discount_percent: self.config.catalogue.reseller_discount_percent,
            },
            batch: settings.batch,
        };
        self.keep("stock", settings.mailbox, async move |guard| StockActor::load(deps.clone(), guard).await)
    }

    fn payment(&self, stock: &Line<StockActor>, messenger: &Line<MessengerActor>) -> Line<PaymentActor> {
        let (payment, settings) = (&self.config.payment, &self.config.actors.payment);
        let deps = PaymentDeps {
            store: self.parts.store.clone(),
            gateway: self.parts.gateway.clone(),
            stock: stock.clone(),
            messenger: messenger.clone(),
            shelf: self.shelf.clone(),
            clock: self.parts.clock.clone(),
            ids: self.ids.clone(),
            metrics: self.parts.metrics.clone(),
            vitals: self.parts.vitals.clone(),
            terms: PaymentTerms {
                project: self.config.pakasir.project.clone(),
                expiry_seconds: seconds(payment.expiry),
                minimum: payment.min_total,
                unpaid_per_hour: i64::from(self.config.limits.unpaid_invoices_per_hour),
                ask: AskRule {
                    interval: delta(payment.poll_interval),
                    late_window: delta(payment.late_window),
                },
                failures_before_alert: payment.gateway_failures_before_alert,
                late_credit_keeps_fee: payment.late_credit_keeps_fee,
                callbacks_waiting_max: (settings.mailbox / 4).max(1),
                batch: settings.batch,
                low_stock_threshold: i64::from(self.config.catalogue.low_stock_threshold),
            },
        };
        self.keep("payment", settings.mailbox, async move |guard| Ok(PaymentActor::new(deps.clone(), guard)))
    }

    fn audit(&self) -> Line<AuditActor> {
        let (store, metrics) = (self.parts.store.clone(), self.parts.metrics.clone());
        let settings = &self.config.actors.audit;
        let batch = settings.batch;
        self.keep("audit", settings.mailbox, async move |guard| {
            Ok(AuditActor::new(store.clone(), metrics.clone(), batch, guard))
        })
    }

    fn supervisor(
        &self,
        stock: &Line<StockActor>,
        payment: &Line<PaymentActor>,
        messenger: &Line<MessengerActor>,
    ) -> Line<Supervisor> {
        let session = Arc::new(SessionDeps {
            store: self.parts.store.clone(),
            stock: stock.clone(),
            payment: payment.clone(),
            messenger: messenger.clone(),
            shelf: self.shelf.clone(),
            totals: CountedTotals::default(),
            vault: self.parts.vault.clone(),
            words: self.words(),
            clock: self.parts.clock.clone(),
            ids: self.ids.clone(),
            metrics: self.parts.metrics.clone(),
            terms: self.session_terms(),
        });
        let deps = SupervisorDeps {
            session,
            session_mailbox: self.config.actors.session.mailbox,
            poison_tries: self.config.actors.supervision.poison_tries,
        };
        self.keep("supervisor", UPDATES_IN_FLIGHT_MAX, async move |guard| {
            Supervisor::load(deps.clone(), guard).await
        })
    }

    fn session_terms(&self) -> SessionTerms {
        let (config, payment) = (self.config, &self.config.payment);
        SessionTerms {
            platform: PLATFORM,
            default_language: config.shop.language,
            sticker: config.shop.welcome_sticker.clone(),
            lapse: delta(config.session.ttl),
            idle: config.actors.session.idle,
            page_size: config.catalogue.page_size,
            reseller_discount_percent: config.catalogue.reseller_discount_percent,
            fee: FeeRule { percent: payment.fee_percent, flat: payment.fee_flat },
            deposit_min: config.deposit.min,
            deposit_max: config.deposit.max,
            deposit_presets: config.deposit.presets.clone(),
            commands_per_minute: config.limits.commands_per_minute,
            status_checks_per_minute: config.limits.status_checks_per_minute,
        }
    }

    fn scheduler(
        &self,
        payment: &Line<PaymentActor>,
        messenger: &Line<MessengerActor>,
        audit: &Line<AuditActor>,
    ) -> Line<Scheduler> {
        let deps = SchedulerDeps {
            store: self.parts.store.clone(),
            payment: payment.clone(),
            messenger: messenger.clone(),
            audit: audit.clone(),
            clock: self.parts.clock.clone(),
            metrics: self.parts.metrics.clone(),
            stopping: self.parts.stopping.clone(),
        };
        self.keep("scheduler", SCHEDULER_MAILBOX, async move |guard| Ok(Scheduler::new(deps.clone(), guard)))
    }
}

fn seconds(duration: Duration) -> i64 {
    i64::try_from(duration.as_secs()).unwrap_or(i64::MAX)
}

fn delta(duration: Duration) -> TimeDelta {
    TimeDelta::from_std(duration).unwrap_or(TimeDelta::MAX)
}
