//! One process per shop: taking the lease, keeping it, and giving up at once when it is lost.

use super::holder::{self, Sight};
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

/// The time between two checks of a lease that somebody else holds.
const LOOK_EVERY: Duration = Duration::from_millis(250);

/// Takes the shop's lease. If another process holds it, waits to see whether that one is alive: a living one is named
/// and this process gives up. A dead one renews nothing for its whole term, by this process's own clock; one that is
/// certainly dead is not waited for. What it may still have under way at a server is fenced by the epoch.
pub async fn take(
    store: Store,
    ttl: Duration,
    die: watch::Sender<Option<Fault>>,
    metrics: Arc<Metrics>,
) -> Result<(Store, Keeper), Fault> {
    let me = holder::me();
    let (mut watch, mut said, mut dead) = (Watch::default(), Said::default(), None);
    let epoch = loop {
        match store.ask_for_lease(&me, ttl, dead).await {
            Ok(Leased::Taken { epoch }) => break epoch,
            Ok(Leased::Held { holder, sign }) => {
                let sight = holder::look(&holder);
                said.held(holder::name(&holder), sign, sight);
                match watch.look(sign, sight, Instant::now()) {
                    Verdict::Alive => {
                        let detail = format!("{} runs this shop on this database.", holder::name(&holder));
                        return Err(Fault::new(Code::LeaseHeld, detail));
                    }
                    Verdict::Dead => dead = Some(sign),
                    Verdict::Unknown => dead = None,
                }
            }
            Err(fault) if fault.code == Code::DatabaseLocked => {
                said.locked(&fault);
                watch.was_shut_out();
                dead = None;
            }
            Err(fault) => return Err(fault),
        }
        if dead.is_none() {
            tokio::time::sleep(LOOK_EVERY).await;
        }
    };
    let store = store.with_epoch(epoch);
    let renewing = actix_rt::spawn(renew(store.clone(), ttl, die, metrics));
    Ok((store.clone(), Keeper { store, renewing }))
}

/// What a newcomer has seen of the lease's holder.
#[derive(Default)]
struct Watch {
    /// The newest sign of life, and when it was first seen.
    seen: Option<(SignOfLife, Instant)>,
    changed: bool,
}

#[derive(Debug, PartialEq, Eq)]
enum Verdict {
    Unknown,
    Alive,
    Dead,
}

impl Watch {
    /// A second new sign proves life. The first one does so only for a holder that is seen: a server may finish the renewal
    /// of one that was killed meanwhile.
    fn look(&mut self, sign: SignOfLife, sight: Sight, now: Instant) -> Verdict {
        match self.seen {
            _ if sight == Sight::Gone => Verdict::Dead,
            Some((seen, since)) if seen == sign && now - since >= sign.term => Verdict::Dead,
            Some((seen, _)) if seen == sign => Verdict::Unknown,
            Some(_) if self.changed || sight == Sight::There => Verdict::Alive,
            seen => {
                self.changed = seen.is_some();
                self.seen = Some((sign, now));
                Verdict::Unknown
            }
        }
    }

    /// Takes note that nobody could write: that the lease was not renewed then says nothing of its holder.
    fn was_shut_out(&mut self) {
        self.seen = None;
    }
}

/// What has been logged about the waiting, each once.
#[derive(Default)]
struct Said {
    held: bool,
    gone: bool,
    locked: bool,
}

impl Said {
    fn held(&mut self, name: &str, sign: SignOfLife, sight: Sight) {
        let gone = sight == Sight::Gone;
        if gone && !std::mem::replace(&mut self.gone, true) {
            log::info!("The lease of this shop was left by {name}, which runs no more: taking it.");
        }
        if !gone && !std::mem::replace(&mut self.held, true) {
            log::info!(
                "The lease of this shop is held by {name}, which may be dead: waiting up to {} to see whether it still \
                 renews it.",
                humantime::format_duration(Duration::from_millis(millis(sign.term)))
            );
        }
    }

    fn locked(&mut self, fault: &Fault) {
        if !std::mem::replace(&mut self.locked, true) {
            log::warn!(
                "Another process holds the database and does not move: waiting until it does. {fault}"
            );
        }
    }
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

#[cfg(test)]
mod tests {
    use super::*;

    const TERM: Duration = Duration::from_secs(10);

    fn sign(renewed_at_micros: i64) -> SignOfLife {
        SignOfLife { epoch: 1, renewed_at_micros, term: TERM }
    }

    #[test]
    fn a_second_new_sign_proves_life_and_a_term_without_one_death() {
        use Verdict::{Alive, Dead, Unknown};
        // seconds, the sign that is seen then, what follows
        let table: [&[(u64, i64, Verdict)]; 4] = [
            &[(0, 1, Unknown), (9, 1, Unknown), (10, 1, Dead)],
            &[(0, 1, Unknown), (3, 2, Unknown), (6, 3, Alive)],
            // the server finished the dead one's renewal
            &[(0, 1, Unknown), (1, 2, Unknown), (10, 2, Unknown), (11, 2, Dead)],
            // another took it meanwhile, and lives
            &[(0, 1, Unknown), (10, 1, Dead), (10, 2, Unknown), (13, 3, Alive)],
        ];
        for looks in table {
            let (mut watch, begin) = (Watch::default(), Instant::now());
            for (second, seen, verdict) in looks {
                let now = begin + Duration::from_secs(*second);
                assert_eq!(
                    watch.look(sign(*seen), Sight::Unknown, now),
                    *verdict,
                    "at {second} of {looks:?}"
                );
            }
        }
    }

    #[test]
    fn who_is_certainly_gone_is_not_watched() {
        let (mut watch, now) = (Watch::default(), Instant::now());
        assert_eq!(watch.look(sign(1), Sight::Gone, now), Verdict::Dead);
        assert_eq!(watch.look(sign(2), Sight::Gone, now), Verdict::Dead, "its last renewal was on its way");
    }

    #[test]
    fn who_is_seen_and_renews_is_alive_and_who_is_paused_loses_the_lease_after_a_term() {
        for (sign_then, verdict) in [(2, Verdict::Alive), (1, Verdict::Dead)] {
            let (mut watch, begin) = (Watch::default(), Instant::now());
            assert_eq!(watch.look(sign(1), Sight::There, begin), Verdict::Unknown);
            assert_eq!(watch.look(sign(sign_then), Sight::There, begin + TERM), verdict);
        }
    }

    #[test]
    fn a_holder_that_could_not_write_is_watched_anew() {
        let (mut watch, begin) = (Watch::default(), Instant::now());
        assert_eq!(watch.look(sign(1), Sight::Unknown, begin), Verdict::Unknown);
        watch.was_shut_out();
        assert_eq!(watch.look(sign(1), Sight::Unknown, begin + TERM), Verdict::Unknown);
        assert_eq!(watch.look(sign(1), Sight::Unknown, begin + 2 * TERM), Verdict::Dead);
    }
}
