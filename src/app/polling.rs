//! Polling: asks Telegram for updates and has them handled. The offset of the next request acknowledges what was
//! handled.

use crate::actors::Line;
use crate::actors::supervisor::Supervisor;
use crate::actors::supervisor::messages::{Route, Routed};
use crate::actors::vitals::Vitals;
use crate::adapters::telegram::{PollFault, Telegram};
use crate::fault::{Code, Fault};
use crate::rules::incoming::Incoming;
use futures_util::future::join_all;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{mpsc, watch};
use tokio::time::{Instant, sleep_until, timeout};

/// How long Telegram may wait for an update before it answers with none.
const POLL_SECONDS: u32 = 25;

/// The most updates in one answer.
const POLLED_TOGETHER: u8 = 100;

/// How long updates may take before the next poll is sent anyway. Also the least time between polls that bring nothing
/// new, as when an update found no room or Telegram answers at once.
const ATTENDED: Duration = Duration::from_millis(200);

/// The longest wait between polls while no update can be handled, as when the database is away.
const REST_MAX: Duration = Duration::from_secs(5);

/// How long updates at hand are waited for when the shop stops. Telegram repeats what is handled later.
const STOPPED_WITHIN: Duration = Duration::from_secs(2);

const PAUSE_MAX: Duration = Duration::from_secs(30);

pub struct Poller {
    pub telegram: Telegram,
    pub supervisor: Line<Supervisor>,
    pub vitals: Arc<Vitals>,
}

/// Updates whose handling came to its end.
type Endings = mpsc::Receiver<(i64, Routed)>;

impl Poller {
    /// Polls until it is told to stop.
    pub async fn run(self, mut stopped: watch::Receiver<bool>) {
        let (mut updates, mut pause, mut rest) = (Unacknowledged::default(), ATTENDED, ATTENDED);
        let (ended, mut endings) = mpsc::channel(usize::from(POLLED_TOGETHER));
        let mut is_blocked = true; // there may be an old webhook
        while !*stopped.borrow() {
            if is_blocked {
                tokio::select! {
                    () = self.remove_webhook() => is_blocked = false,
                    _ = stopped.changed() => break,
                }
            }
            let until = Instant::now() + ATTENDED;
            let polled = tokio::select! {
                polled = self.telegram.updates(updates.offset, POLL_SECONDS, POLLED_TOGETHER) => polled,
                _ = stopped.changed() => break,
            };
            let until = match polled {
                Ok(polled) => {
                    pause = ATTENDED;
                    self.vitals.telegram_answered();
                    let new = updates.take_new(polled);
                    let until = if new.is_empty() { until } else { Instant::now() + rest };
                    self.route(new, ended.clone());
                    until
                }
                Err(fault) => {
                    is_blocked = fault == PollFault::Conflict;
                    let until = Instant::now() + wait_after(&fault, pause);
                    pause = (pause * 2).min(PAUSE_MAX);
                    until
                }
            };
            tokio::select! {
                () = updates.attend(&mut endings, until) => {}
                _ = stopped.changed() => {}
            }
            rest = updates.rest_after(rest);
        }
        let all = async {
            while updates.is_any_under_way() {
                updates.note(endings.recv().await);
            }
        };
        let _ = timeout(STOPPED_WITHIN, all).await; // what is not handled by then comes again
        self.acknowledge(updates.offset).await;
    }

    /// Hands updates on at once; their sessions keep each person's in order.
    fn route(&self, updates: Vec<(i64, Option<Incoming>)>, ended: mpsc::Sender<(i64, Routed)>) {
        let supervisor = self.supervisor.clone();
        actix_rt::spawn(async move {
            join_all(updates.into_iter().map(async |(id, incoming)| {
                let routed = match incoming {
                    Some(incoming) => supervisor.ask(Route(incoming)).await.unwrap_or(Routed::Busy),
                    None => Routed::Done,
                };
                let _ = ended.send((id, routed)).await; // nobody listens once the shop has stopped
            }))
            .await;
        });
    }

    /// Polling is only possible without a webhook.
    async fn remove_webhook(&self) {
        if let Err(fault) = self.telegram.delete_webhook().await {
            log::warn!("An old webhook may still be set: {fault}");
        }
    }

    /// Tells Telegram what was handled last, before the process ends.
    async fn acknowledge(&self, offset: i64) {
        if offset > 0
            && let Err(fault) = self.telegram.updates(offset, 0, 1).await
        {
            log::warn!("The last updates will come again: {fault:?}");
        }
    }
}

/// Updates not yet acknowledged. Telegram takes one number, up to which all are handled; while one is slow it delivers
/// those behind it again.
#[derive(Default)]
struct Unacknowledged {
    offset: i64,
    updates: BTreeMap<i64, Stage>,
    /// Whether any failed, or did not, since that was asked last.
    any_failed: bool,
    any_served: bool,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Stage {
    UnderWay,
    Handled,
    /// Not now: it has to come again.
    Later,
}

impl Unacknowledged {
    /// Picks out the updates that are not being handled already.
    fn take_new(&mut self, polled: Vec<(i64, Option<Incoming>)>) -> Vec<(i64, Option<Incoming>)> {
        let mut new = polled;
        new.retain(|(id, _)| self.updates.get(id).is_none_or(|stage| *stage == Stage::Later));
        self.updates.extend(new.iter().map(|(id, _)| (*id, Stage::UnderWay)));
        new
    }

    /// Takes note of updates whose handling ends, up to a deadline, or until all are handled.
    async fn attend(&mut self, endings: &mut Endings, until: Instant) {
        loop {
            tokio::select! {
                biased;
                ended = endings.recv() => self.note(ended),
                () = sleep_until(until) => return,
            }
            if self.updates.is_empty() {
                return;
            }
        }
    }

    fn note(&mut self, ended: Option<(i64, Routed)>) {
        let Some((id, routed)) = ended else { return };
        self.updates.insert(id, if routed.is_final() { Stage::Handled } else { Stage::Later });
        self.any_failed |= routed == Routed::Failed;
        self.any_served |= routed != Routed::Failed;
        while let Some(first) = self.updates.first_entry().filter(|first| *first.get() == Stage::Handled) {
            self.offset = first.remove_entry().0 + 1;
        }
    }

    /// How long to wait for the next updates, having waited `rest`: longer while all that ends fails.
    fn rest_after(&mut self, rest: Duration) -> Duration {
        match (std::mem::take(&mut self.any_served), std::mem::take(&mut self.any_failed)) {
            (true, _) => ATTENDED,
            (false, true) => (rest * 2).min(REST_MAX),
            (false, false) => rest,
        }
    }

    fn is_any_under_way(&self) -> bool {
        self.updates.values().any(|stage| *stage == Stage::UnderWay)
    }
}

/// How long to wait after a failed poll. The operator sees each kind once per wait.
fn wait_after(fault: &PollFault, pause: Duration) -> Duration {
    let (fault, wait) = match fault {
        PollFault::Conflict => {
            let detail = "another program polls with this token, or a webhook is set.";
            (Fault::new(Code::TelegramConflict, detail), pause.max(Duration::from_secs(3)))
        }
        PollFault::Unauthorized => {
            (Fault::new(Code::TelegramToken, "Telegram refuses the token now."), PAUSE_MAX)
        }
        PollFault::Wait(wait) => return *wait,
        PollFault::Down(why) => (Fault::new(Code::TelegramDown, format!("{why}.")), pause),
    };
    log::error!("No updates for now: {fault}");
    wait
}

#[cfg(test)]
mod tests {
    use super::*;

    fn new(updates: &mut Unacknowledged, polled: &[i64]) -> Vec<i64> {
        let polled = polled.iter().map(|id| (*id, None)).collect();
        updates.take_new(polled).into_iter().map(|(id, _)| id).collect()
    }

    #[test]
    fn the_offset_stays_before_what_is_not_handled_and_nothing_is_handed_on_twice() {
        let mut updates = Unacknowledged::default();
        assert_eq!(new(&mut updates, &[7, 5, 6]), [7, 5, 6]);
        updates.note(Some((7, Routed::Done)));
        updates.note(Some((6, Routed::Busy)));
        assert_eq!((updates.offset, new(&mut updates, &[5, 6, 7, 8])), (0, vec![6, 8]));
        updates.note(Some((5, Routed::Done)));
        assert_eq!(updates.offset, 6);
        updates.note(Some((8, Routed::Done)));
        assert!(updates.is_any_under_way());
        updates.note(Some((6, Routed::Done)));
        assert_eq!((updates.offset, updates.is_any_under_way()), (9, false));
    }

    #[test]
    fn while_all_that_is_tried_fails_polls_come_further_apart() {
        let mut updates = Unacknowledged::default();
        new(&mut updates, &[1, 2]);
        let mut rest = ATTENDED;
        let ended = [(1, Routed::Failed), (2, Routed::Failed)];
        for (ended, rest_millis) in [
            (&ended[..], 400),
            (&[], 400), // they take their time to fail
            (&ended, 800),
            (&ended, 1_600),
            (&ended, 3_200),
            (&ended, 5_000),
            (&ended, 5_000),
            // one customer's mailbox is full, which slows nobody else down
            (&[(1, Routed::Failed), (2, Routed::Busy)], 200),
            (&ended, 400),
            (&[(2, Routed::Done)], 200),
        ] {
            ended.iter().for_each(|ended| updates.note(Some(*ended)));
            rest = updates.rest_after(rest);
            assert_eq!(rest, Duration::from_millis(rest_millis), "{ended:?}");
        }
    }

    #[actix_rt::test]
    async fn one_that_takes_long_is_not_waited_for_and_when_all_are_handled_nothing_is() {
        let (ended, mut endings) = mpsc::channel(9);
        let mut updates = Unacknowledged::default();
        new(&mut updates, &[1, 2]);
        ended.send((1, Routed::Done)).await.unwrap();
        updates.attend(&mut endings, Instant::now()).await;
        updates.attend(&mut endings, Instant::now()).await;
        assert_eq!(updates.offset, 2);
        ended.send((2, Routed::Done)).await.unwrap();
        updates.attend(&mut endings, Instant::now() + Duration::from_secs(3600)).await;
        assert_eq!(updates.offset, 3);
    }
}
