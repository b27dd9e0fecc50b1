//! Whether the shop can serve: databases, actors, Telegram, gateway.

use super::actors::Actors;
use crate::actors::vitals::Vitals;
use crate::store::Store;
use crate::web::Readiness;
use futures_util::future::BoxFuture;
use std::sync::Arc;

/// Asks for the state of now.
pub type Ask = Arc<dyn Fn() -> BoxFuture<'static, Readiness> + Send + Sync>;

/// Telegram is given up on after so long without an answer; a poll takes half a minute.
const TELEGRAM_SILENT_SECONDS: u64 = 120;

/// The gateway does not count: without it people still pay from their balance.
pub fn of(actors: &Actors, store: &Store, vitals: &Arc<Vitals>) -> Ask {
    let (actors, store, vitals) = (actors.clone(), store.clone(), vitals.clone());
    Arc::new(move || {
        let (actors, store, vitals) = (actors.clone(), store.clone(), vitals.clone());
        Box::pin(async move {
            let databases = store.probe().await;
            let telegram = vitals.telegram_age_seconds();
            let mut ready = databases.is_ok() && telegram.is_some_and(|age| age <= TELEGRAM_SILENT_SECONDS);
            let mut parts = vec![
                (
                    "databases",
                    databases.map_or_else(|fault| fault.code.name().to_owned(), |()| "ok".to_owned()),
                ),
                ("telegram", age(telegram)),
                ("gateway", age(vitals.gateway_age_seconds())),
            ];
            for (name, alive) in actors.states() {
                ready &= alive;
                parts.push((name, if alive { "ok".into() } else { "being rebuilt".into() }));
            }
            Readiness { ready, parts }
        })
    })
}

fn age(seconds: Option<u64>) -> String {
    seconds.map_or_else(|| "not heard of yet".to_owned(), |age| format!("answered {age} s ago"))
}
