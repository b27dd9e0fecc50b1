//! What the command line asks for.

use super::App;
use crate::clock::Clock;
use crate::config::{self, Config, Database, Offline, Shop, Sources};
use crate::fault::{Code, Fault};
use crate::logging;
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

/// Connections for reading only: the server must have room for them beside those of a running shop.
const LOOKING: usize = 2;

/// Opens the databases for reading only.
pub(super) async fn look(shop: &Shop, database: &Database) -> Result<Store, Fault> {
    Store::look(StoreOptions { pool_size: LOOKING, ..store_options(shop, database) }).await
}

/// Names every row that breaks a rule of money, stock, orders or audit. Takes no lease, makes and writes nothing.
pub async fn verify(path: Option<&Path>) -> Result<Vec<String>, Fault> {
    let config: Offline = config::load(&Sources::of_process(path)?)?;
    let store = look(&config.shop, &config.database).await?;
    let broken = store.verify(Clock::default().now()).await?;
    Ok(broken.into_iter().map(|Broken { rule, row }| format!("{rule}: {row}")).collect())
}
