//! One process per shop: taking the lease, keeping it, and giving up at once when it is lost.

use crate::actors::metrics::Metrics;
use crate::fault::{Code, Fault};
use crate::store::Store;
use crate::store::model::{Leased, SignOfLife};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio::time::Instant;

/// Keeps the lease until it is released.
pub struct Keeper {
    store: Store,
    renewing: JoinHandle<()>,
}

/// Between two looks at a lease that somebody else holds.
const LOOK_EVERY: Duration = Duration::from_millis(250);

/// Takes the shop's lease. If another process holds it, waits to see whether that one is alive: a living one is
/// named and this process gives up; a dead one renews nothing for its whole term, by this process's own watch.
pub async fn take(
    store: Store,
    ttl: Duration,
    die: watch::Sender<Option<Fault>>,
    metrics: Arc<Metrics>,
) -> Result<(Store, Keeper), Fault> {
    let me = format!("process {} on {}", std::process::id(), host());
    let mut seen: Option<(SignOfLife, Instant)> = None;
    let epoch = loop {
        let silent = seen.filter(|(sign, since)| since.elapsed() >= sign.term);
        match store.ask_for_lease(&me, ttl, silent.map(|(sign, _)| sign)).await? {
            Leased::Taken { epoch } => break epoch,
            Leased::Held { holder, sign } => {
                let (first, _) = *seen.get_or_insert_with(|| {
                    log::info!(
                        "The lease of this shop is held by {holder}, which may be dead: waiting up to {} to see \
                         whether it still renews it.",
                        humantime::format_duration(Duration::from_millis(millis(sign.term)))
                    );
                    (sign, Instant::now())
                });
                if first != sign {
                    let detail = format!("{holder} runs this shop on this database.");
                    return Err(Fault::new(Code::LeaseHeld, detail));
                }
                tokio::time::sleep(LOOK_EVERY).await;
            }
        }
    };
    let store = store.with_epoch(epoch);
    let renewing = actix_rt::spawn(renew(store.clone(), ttl, die, metrics));
    Ok((store.clone(), Keeper { store, renewing }))
}

/// The term as it was asked for: the database adds microseconds to it.
fn millis(term: Duration) -> u64 {
    u64::try_from(term.as_millis()).unwrap_or(u64::MAX)
}

/// Renews three times within each term. Lost means: another process writes now, and this one never again.
async fn renew(store: Store, ttl: Duration, die: watch::Sender<Option<Fault>>, metrics: Arc<Metrics>) {
    loop {
        tokio::time::sleep(ttl / 3).await;
        match store.renew_lease(ttl).await {
            Ok(true) => {}
            Ok(false) => {
                let fault = Fault::new(Code::LeaseLost, "another process has taken this shop over.");
                metrics.fault("The shop stops", &fault);
                die.send_replace(Some(fault));
                return;
            }
            // Writes are refused by the database itself once the lease lapsed and was taken.
            Err(fault) => metrics.fault("The lease was not renewed", &fault),
        }
    }
}

impl Keeper {
    /// Lets the next process start at once.
    pub async fn release(self) {
        self.renewing.abort();
        if let Err(fault) = self.store.release_lease().await {
            log::warn!("The lease was not released and will lapse: {fault}");
        }
    }
}

fn host() -> String {
    let name = std::fs::read_to_string("/proc/sys/kernel/hostname").unwrap_or_default();
    if name.trim().is_empty() { "this machine".into() } else { name.trim().to_owned() }
}
