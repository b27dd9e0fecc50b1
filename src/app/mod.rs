//! The only place that builds and wires things: configuration → store → adapters → actors → web, in this
//! order, and stopped in the reverse one.

mod actors;
pub mod commands;
pub mod demo;
pub mod doctor;
mod holder;
mod intake;
mod key;
mod lease;
mod polling;
mod readiness;

use crate::actors::metrics::Metrics;
use crate::actors::vitals::Vitals;
use crate::adapters::pakasir::Pakasir;
use crate::adapters::telegram::Telegram;
use crate::clock::Clock;
use crate::config::{Config, ExposeSecret, Mode};
use crate::fault::{Code, Fault};
use crate::limits::CONNECTIONS_MAX;
use crate::rules::ids::ChatId;
use crate::rules::people::{Language, Role};
use crate::store::Store;
use crate::store::model::Seat;
use crate::text;
use crate::vault::Vault;
use crate::web::{self, WebDeps, WebSettings};
use actors::Actors;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use tokio::sync::watch;
use tokio::task::JoinHandle;

/// The front end of this process, as identities name it.
const PLATFORM: &str = "telegram";

/// A running shop.
pub struct App {
    pub clock: Clock,
    pub metrics: Arc<Metrics>,
    /// Where HTTP is listened on; the port may have been chosen by the system.
    pub address: SocketAddr,
    pub actors: Actors,
    pub store: Store,
    doors: Doors,
    lease: lease::Keeper,
    inside: Inside,
    fatal: watch::Receiver<Option<Fault>>,
}

impl App {
    /// Starts everything. On return updates are taken and HTTP answers. A start that fails gives the lease back, so
    /// that the next one need not wait for it.
    pub async fn start(config: &Config, clock: Clock) -> Result<Self, Fault> {
        install_tls();
        let metrics = Arc::new(Metrics::new()?);
        let (die, fatal) = watch::channel(None);
        let telegram =
            Telegram::new(config.telegram.token.expose_secret(), config.telegram.api_url.as_str())?;
        let gateway = gateway(config)?;
        let vitals = Arc::new(Vitals::default());
        greet(&telegram, &vitals).await?;
        let store = Store::open(commands::store_options(&config.shop, &config.database)).await?;
        let (store, lease) = lease::take(store, config.database.lease, die, metrics.clone()).await?;
        let vault = match prepare(config, &store, &clock).await {
            Ok(vault) => Arc::new(vault),
            Err(fault) => return Err(give_up(lease, fault).await),
        };
        let parts = actors::Parts {
            store: store.clone(),
            vault,
            clock: clock.clone(),
            metrics: metrics.clone(),
            vitals: vitals.clone(),
            stopping: Arc::new(AtomicBool::new(false)),
            gateway: Arc::new(gateway),
            messenger: Arc::new(telegram.clone()),
        };
        let inside = Inside::start(config, parts).await;
        let doors = match inside.open(config, telegram, &store, &metrics, vitals).await {
            Ok(doors) => doors,
            Err(fault) => {
                inside.close().await;
                return Err(give_up(lease, fault).await);
            }
        };
        let (actors, address) = (inside.actors.clone(), doors.edge.address);
        log::info!("Shop {} is open; HTTP on {address}.", config.shop.id);
        Ok(Self { clock, metrics, address, actors, store, doors, lease, inside, fatal })
    }

    /// Waits until the shop cannot go on, which is a fault.
    pub async fn failed(&mut self) -> Fault {
        loop {
            if let Some(fault) = self.fatal.borrow_and_update().clone() {
                return fault;
            }
            if self.fatal.changed().await.is_err() {
                return Fault::new(Code::LeaseLost, "the lease's keeper is gone.");
            }
        }
    }

    /// Stops in order: no new updates, then what is under way, then the lease. Takes the configured time at most.
    pub async fn stop(self) {
        log::info!("The shop is closing.");
        self.doors.offering.abort();
        self.doors.intake.stop().await;
        self.doors.edge.handle.stop(true).await;
        self.inside.close().await;
        self.lease.release().await;
        log::info!("The shop is closed.");
    }
}

/// Everything through which the outside reaches the shop.
struct Doors {
    edge: web::Edge,
    intake: intake::Intake,
    /// Tells Telegram the lists of commands, which may take its time.
    offering: JoinHandle<()>,
}

/// The actors, which have to come to their end before the lease goes to anybody else.
struct Inside {
    actors: Actors,
    stopping: Arc<AtomicBool>,
    drain: std::time::Duration,
}

impl Inside {
    async fn start(config: &Config, parts: actors::Parts) -> Self {
        let stopping = parts.stopping.clone();
        let actors = Actors::start(config, parts).await;
        Self { actors, stopping, drain: config.actors.supervision.drain }
    }

    /// Lets callbacks and updates in.
    async fn open(
        &self,
        config: &Config,
        telegram: Telegram,
        store: &Store,
        metrics: &Arc<Metrics>,
        vitals: Arc<Vitals>,
    ) -> Result<Doors, Fault> {
        let readiness = readiness::of(&self.actors, store, &vitals);
        let edge = web::listen(&web_settings(config), web_deps(config, &self.actors, metrics, readiness))?;
        match intake::start(config, telegram.clone(), &self.actors, vitals).await {
            Ok(intake) => {
                // A call for each of the staff, up to 10 s each: updates do not wait for that.
                let offering = actix_rt::spawn(offer_commands(command_lists(config), telegram));
                Ok(Doors { edge, intake, offering })
            }
            Err(fault) => {
                edge.handle.stop(true).await;
                Err(fault)
            }
        }
    }

    async fn close(&self) {
        self.actors.drain(self.drain).await;
        self.stopping.store(true, Ordering::Relaxed);
        self.actors.audit.drained(self.drain).await; // the lease does not guard the audit database
    }
}

/// What the lease allows and the actors need.
async fn prepare(config: &Config, store: &Store, clock: &Clock) -> Result<Vault, Fault> {
    let vault = key::unlock(&config.database, store, clock).await?;
    store.seat_staff(PLATFORM, configured_seats(config), clock.now()).await?;
    Ok(vault)
}

/// Ends a start that cannot go on.
async fn give_up(lease: lease::Keeper, fault: Fault) -> Fault {
    lease.release().await;
    fault
}

/// One TLS provider for everything that speaks HTTPS. A second call finds it installed.
pub fn install_tls() {
    let _ = rustls::crypto::ring::default_provider().install_default();
}

/// A wrong token is a fault. A Telegram that cannot be reached is none: the shop starts and goes on asking.
async fn greet(telegram: &Telegram, vitals: &Vitals) -> Result<(), Fault> {
    match telegram.me().await {
        Ok(me) => {
            vitals.telegram_answered();
            log::info!("Telegram knows the bot as {}.", me.username);
            Ok(())
        }
        Err(fault) if fault.code == Code::TelegramToken => Err(fault),
        Err(fault) => {
            log::error!("{fault} The shop starts anyway and goes on asking.");
            Ok(())
        }
    }
}

fn gateway(config: &Config) -> Result<Pakasir, Fault> {
    let pakasir = &config.pakasir;
    Pakasir::new(
        pakasir.base_url.as_str(),
        &pakasir.project,
        pakasir.api_key.expose_secret(),
        pakasir.timeout,
    )
}

/// Whom the configuration names as staff.
fn configured_seats(config: &Config) -> Vec<Seat> {
    let telegram = &config.telegram;
    let mut seats = seats_for(&telegram.admin_ids, Role::Admin);
    seats.extend(seats_for(&telegram.owner_ids, Role::Owner));
    seats
}

fn seats_for(chats: &[i64], role: Role) -> Vec<Seat> {
    let ids = crate::actors::Ids::default();
    chats.iter().map(|chat| Seat { chat: ChatId(*chat), role, bank_id: ids.bank_id() }).collect()
}

/// What Telegram shows to whom while somebody types.
struct CommandList {
    language: Option<Language>,
    chat: Option<ChatId>,
    commands: Vec<(&'static str, String)>,
}

/// Staff's commands stand in staff's chats only.
fn command_lists(config: &Config) -> Vec<CommandList> {
    let staff = config.telegram.admin_ids.iter().chain(&config.telegram.owner_ids);
    let everybody =
        [None, Some(Language::Id), Some(Language::En)].into_iter().map(|language| (language, None));
    let lists = everybody.chain(staff.map(|id| (None, Some(ChatId(*id)))));
    let list = |(language, chat): (Option<Language>, Option<ChatId>)| {
        let commands = text::commands(language.unwrap_or(config.shop.language), chat.is_some());
        CommandList { language, chat, commands }
    };
    lists.map(list).collect()
}

async fn offer_commands(lists: Vec<CommandList>, telegram: Telegram) {
    for CommandList { language, chat, commands } in lists {
        let commands: Vec<(&str, &str)> =
            commands.iter().map(|(name, does)| (*name, does.as_str())).collect();
        if let Err(fault) = telegram.set_commands(&commands, language, chat).await {
            // An admin who never wrote to the bot has no chat yet: the next start will do.
            log::debug!("A command list was not set: {fault}");
        }
    }
}

fn web_settings(config: &Config) -> WebSettings {
    let http = &config.http;
    WebSettings {
        bind: http.bind,
        base_path: http.base_path.clone(),
        workers: http.workers,
        connections_max: CONNECTIONS_MAX,
        body_bytes_max: usize::try_from(http.body_limit.as_u64()).unwrap_or(usize::MAX),
        request_timeout: http.client_request_timeout,
        disconnect_timeout: http.client_disconnect_timeout,
        keep_alive: http.keep_alive,
        requests_per_address_per_minute: http.requests_per_address_per_minute,
    }
}

fn web_deps(config: &Config, actors: &Actors, metrics: &Arc<Metrics>, readiness: readiness::Ask) -> WebDeps {
    let secret = |secret: &Option<crate::config::SecretString>| {
        secret.as_ref().map(|secret| secret.expose_secret().to_owned())
    };
    let webhook = config.telegram.mode == Mode::Webhook;
    WebDeps {
        supervisor: actors.supervisor.clone(),
        payment: actors.payment.clone(),
        metrics: metrics.clone(),
        telegram_secret: secret(&config.telegram.webhook_secret).filter(|_| webhook),
        pakasir_secret: secret(&config.pakasir.webhook_path_secret),
        readiness,
    }
}
