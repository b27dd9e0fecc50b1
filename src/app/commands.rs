//! What the command line asks for.

use super::{App, gateway, install_tls, key};
use crate::adapters::telegram::Telegram;
use crate::clock::Clock;
use crate::config::{self, Config, Database, ExposeSecret, Mode, Offline, Shop, Sources};
use crate::fault::{Code, Fault};
use crate::logging;
use crate::ports::{Gateway, GatewayFault};
use crate::rules::money::Rupiah;
use crate::store::model::Broken;
use crate::store::{Store, StoreOptions};
use std::path::Path;
use tokio::signal::unix::{SignalKind, signal};

/// Runs the shop until it is told to stop, or cannot go on.
pub async fn run(path: Option<&Path>) -> Result<(), Fault> {
    let sources = Sources::of_process(path)?;
    let config: Config = config::load(&sources)?;
    logging::start(&config.log, &service(&config.shop.id), config.shop.timezone)?;
    for note in sources.notes() {
        log::warn!("{note}");
    }
    let app = App::start(&config, Clock::default()).await?;
    until_told(app).await
}

/// Waits for SIGTERM, SIGINT, or a fault that ends the shop; then stops it in order.
pub async fn until_told(mut app: App) -> Result<(), Fault> {
    let unusable = |error| Fault::new(Code::FileUnusable, format!("signals cannot be heard ({error})."));
    let mut terminate = signal(SignalKind::terminate()).map_err(unusable)?;
    let mut interrupt = signal(SignalKind::interrupt()).map_err(unusable)?;
    let failed = tokio::select! {
        _ = terminate.recv() => None,
        _ = interrupt.recv() => None,
        fault = app.failed() => Some(fault),
    };
    app.stop().await;
    failed.map_or(Ok(()), Err)
}

/// Brings both databases to this version and says what was done.
pub async fn migrate(path: Option<&Path>) -> Result<String, Fault> {
    let config: Offline = config::load(&Sources::of_process(path)?)?;
    let applied = Store::migrate(config.database.url.expose(), config.database.audit_url.expose()).await?;
    Ok(match applied.as_slice() {
        [] => "Both databases are up to date.".to_owned(),
        applied => format!("Applied: {}.", applied.join(", ")),
    })
}

pub(super) fn service(shop: &str) -> String {
    format!("quickcart-{shop}")
}

pub(super) fn store_options(shop: &Shop, database: &Database) -> StoreOptions {
    StoreOptions {
        main_url: database.url.expose().to_owned(),
        audit_url: database.audit_url.expose().to_owned(),
        pool_size: database.pool_size as usize,
        shop: shop.id.clone(),
        shop_name: shop.name.clone(),
    }
}

/// Connections for a look: beside those of a running shop they must find room, too.
const LOOKING: usize = 2;

/// Opens the databases for looking only.
async fn look(shop: &Shop, database: &Database) -> Result<Store, Fault> {
    Store::look(StoreOptions { pool_size: LOOKING, ..store_options(shop, database) }).await
}

/// Names every row that breaks a rule of money, stock, orders or audit. Takes no lease, makes and writes nothing.
pub async fn verify(path: Option<&Path>) -> Result<Vec<String>, Fault> {
    let config: Offline = config::load(&Sources::of_process(path)?)?;
    let store = look(&config.shop, &config.database).await?;
    let broken = store.verify(Clock::default().now()).await?;
    Ok(broken.into_iter().map(|Broken { rule, row }| format!("{rule}: {row}")).collect())
}

/// One thing the doctor looked at.
pub struct Finding {
    pub part: &'static str,
    pub outcome: Result<String, Fault>,
}

/// Looks at everything a shop needs. Changes nothing.
pub async fn doctor(path: Option<&Path>) -> Vec<Finding> {
    install_tls();
    let sources = Sources::of_process(path).and_then(|sources| config::load::<Config>(&sources));
    let config = match sources {
        Ok(config) => config,
        Err(problems) => return vec![Finding { part: "configuration", outcome: Err(problems.into()) }],
    };
    let mut findings =
        vec![Finding { part: "configuration", outcome: Ok(format!("shop {}", config.shop.id)) }];
    findings.push(Finding { part: "telegram", outcome: look_at_telegram(&config).await });
    findings.push(Finding { part: "gateway", outcome: look_at_gateway(&config).await });
    let store = match look(&config.shop, &config.database).await {
        Ok(store) => Ok(Some(store)),
        Err(fault) if fault.code == Code::NoShopYet => Ok(None),
        Err(fault) => Err(fault),
    };
    findings.push(Finding { part: "databases", outcome: look_at_store(&store).await });
    if let Ok(store) = &store {
        let outcome = key::look(&config.database, store.as_ref()).await;
        findings.push(Finding { part: "encryption key", outcome });
    }
    findings
}

async fn look_at_telegram(config: &Config) -> Result<String, Fault> {
    let telegram = Telegram::new(config.telegram.token.expose_secret(), config.telegram.api_url.as_str())?;
    let me = telegram.me().await?;
    let webhook = telegram.webhook_info().await?;
    match config.telegram.mode {
        Mode::Polling => Ok(format!("{} by polling", me.username)),
        Mode::Webhook => match webhook.last_error {
            None => Ok(format!("{} by webhook, {} updates waiting", me.username, webhook.pending)),
            Some(error) => {
                let detail = format!("Telegram could not deliver to the webhook ({error}).");
                Err(Fault::new(Code::TelegramDown, detail))
            }
        },
    }
}

/// Asks about a payment that nobody made: that needs the right project and key, and moves nothing.
async fn look_at_gateway(config: &Config) -> Result<String, Fault> {
    match gateway(config)?.detail("doctor-looks".into(), Rupiah(1000)).await {
        Ok(_) | Err(GatewayFault::Pace(_)) => Ok(format!("project {} is known", config.pakasir.project)),
        Err(GatewayFault::Down(why)) => Err(Fault::new(Code::GatewayDown, format!("{why}."))),
        Err(GatewayFault::Refused(why)) => Err(Fault::new(Code::GatewayRefused, format!("{why}."))),
    }
}

/// Where there is no shop yet, there is nothing to cure: people look before they start it for the first time.
async fn look_at_store(store: &Result<Option<Store>, Fault>) -> Result<String, Fault> {
    let Some(store) = store.as_ref().map_err(Clone::clone)? else {
        return Ok("no shop in them yet; what is missing is made at the first start".into());
    };
    store.probe().await?;
    let totals = store.totals().await?;
    Ok(format!("{} customers, {} completed orders", totals.customers, totals.completed_orders))
}
