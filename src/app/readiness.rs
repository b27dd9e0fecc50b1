//! Whether the shop can serve: databases, actors, Telegram, gateway.

use super::actors::Actors;
use crate::actors::vitals::Vitals;
use crate::fault::{Code, Fault};
use crate::store::Store;
use crate::web::Readiness;
use futures_util::future::BoxFuture;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

/// Asks for the present state.
pub type Ask = Arc<dyn Fn() -> BoxFuture<'static, Readiness> + Send + Sync>;

/// Telegram counts as unreachable after this long without an answer; a poll takes half a minute.
const TELEGRAM_SILENT_SECONDS: u64 = 120;

/// A database that says nothing for this long counts as down; whoever asks does not wait longer.
const DATABASE_SILENT: Duration = Duration::from_secs(5);

/// The gateway does not count: without it people still pay from their balance. What changed since it was last asked goes
/// to the log, with its causes.
pub fn of(actors: &Actors, store: &Store, vitals: &Arc<Vitals>) -> Ask {
    let (actors, store, vitals) = (actors.clone(), store.clone(), vitals.clone());
    let was_ready = Arc::new(AtomicBool::new(true));
    Arc::new(move || {
        let (actors, store, vitals) = (actors.clone(), store.clone(), vitals.clone());
        let was_ready = was_ready.clone();
        Box::pin(async move {
            let databases = probe(&store).await;
            let telegram = vitals.telegram_age_seconds();
            let mut ready = databases.is_ok() && telegram.is_some_and(|age| age <= TELEGRAM_SILENT_SECONDS);
            let why = databases.as_ref().err().map(ToString::to_string).unwrap_or_default();
            let databases = databases.map_or_else(|fault| fault.code.name().to_owned(), |()| "ok".to_owned());
            let mut parts = vec![
                ("databases", databases),
                ("telegram", age(telegram)),
                ("gateway", age(vitals.gateway_age_seconds())),
            ];
            for (name, alive) in actors.states() {
                ready &= alive;
                parts.push((name, if alive { "ok".into() } else { "being rebuilt".into() }));
            }
            if was_ready.swap(ready, Ordering::Relaxed) != ready {
                let ready = if ready { "is ready again" } else { "is not ready" };
                log::warn!("The shop {ready}: {parts:?}. {why}");
            }
            Readiness { ready, parts }
        })
    })
}

async fn probe(store: &Store) -> Result<(), Fault> {
    let silent = || Fault::new(Code::DatabaseDown, "no answer within 5 s.");
    tokio::time::timeout(DATABASE_SILENT, store.probe()).await.unwrap_or_else(|_| Err(silent()))
}

fn age(seconds: Option<u64>) -> String {
    seconds.map_or_else(|| "not heard of yet".to_owned(), |age| format!("answered {age} s ago"))
}
