//! When the store forgets what is old: a minute after the start, so that a shop which never runs for an hour does it
//! too, and each hour from then on. It takes one portion a tick, so that the question what is due never waits for long.

use super::SchedulerDeps;
use crate::limits::FORGOTTEN_AT_ONCE_MAX;
use crate::store::model::ForgetFrom;
use chrono::TimeDelta;

/// In ticks.
const FIRST: u64 = 60;
const EVERY: u64 = 3600;

/// How long seen updates and sent facts are kept: Telegram repeats an update for a day at the most.
const KEPT: TimeDelta = TimeDelta::hours(72);

#[derive(Default)]
pub struct Forgetting {
    ticks: u64,
    /// Where it goes on, while it is under way.
    pub from: Option<ForgetFrom>,
}

impl Forgetting {
    /// Counts one more tick and answers where a portion is to be forgotten from, if one is due.
    pub fn tick(&mut self) -> Option<ForgetFrom> {
        self.ticks += 1;
        if self.ticks % EVERY == FIRST {
            self.from = self.from.or(Some(ForgetFrom::START));
        }
        self.from
    }
}

/// Forgets a portion and returns where the next one begins. After a fault it is tried again in an hour.
pub async fn portion(deps: &SchedulerDeps, from: ForgetFrom) -> Option<ForgetFrom> {
    let old = deps.clock.now() - KEPT;
    match deps.store.forget_before(old, from, FORGOTTEN_AT_ONCE_MAX).await {
        Ok(forgot) => forgot.next,
        Err(fault) => {
            deps.metrics.fault("Old rows were not forgotten", &fault);
            None
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_begins_a_minute_after_the_start_and_each_hour_and_goes_on_until_nothing_is_left() {
        let mut forgetting = Forgetting::default();
        let mut begun = Vec::new();
        for tick in 1..=3 * 3600 {
            let Some(from) = forgetting.tick() else { continue };
            begun.push((tick, from == ForgetFrom::START));
            // there are two portions
            let behind = ForgetFrom { fact: 7, session: 7 };
            forgetting.from = (from == ForgetFrom::START).then_some(behind);
        }
        let rounds = [60, 3660, 7260].map(|tick| [(tick, true), (tick + 1, false)]);
        assert_eq!(begun, rounds.concat());
    }

    #[test]
    fn what_takes_longer_than_an_hour_goes_on_where_it_is() {
        let mut forgetting = Forgetting::default();
        let far = ForgetFrom { fact: 9, session: 9 };
        for _ in 1..EVERY + FIRST {
            forgetting.tick();
            forgetting.from = Some(far);
        }
        assert_eq!(forgetting.tick(), Some(far));
    }
}
