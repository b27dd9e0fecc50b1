//! How fast messages may go: pure arithmetic over times that the caller passes in.

use super::MessengerSettings;
use crate::rules::ids::ChatId;
use std::time::Duration;
use tokio::time::Instant;

/// What Telegram takes from one bot in any second, over all chats.
const BOT_PER_SECOND: u32 = 30;
/// What a group may get at once from rest.
const GROUP_BURST: u32 = 5;

/// A sustained rate, and what may go at once from rest.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pace {
    interval: Duration,
    burst: u32,
}

impl Pace {
    /// Over all chats. The burst takes half of what the rate leaves of Telegram's limit; the other half is for the
    /// network, which may bunch up what was sent evenly. A rate far beyond that limit (a server of one's own) may send
    /// ten milliseconds' worth at once, since timers are no finer than one.
    pub fn of_bot(settings: &MessengerSettings) -> Self {
        let rate = settings.rate_per_second.max(1);
        let burst = (BOT_PER_SECOND.saturating_sub(rate) / 2).max(rate / 100).max(1);
        Self { interval: Duration::from_micros(1_000_000_u64.div_ceil(rate.into())), burst }
    }

    /// Between two messages, after the burst.
    pub fn interval(self) -> Duration {
        self.interval
    }

    /// To one chat. Groups (negative ids) never get more than their number in any minute, the burst included.
    pub fn of_chat(settings: &MessengerSettings, chat: ChatId) -> Self {
        if chat.0 > 0 {
            return Self { interval: settings.chat_interval, burst: settings.chat_burst.max(1) };
        }
        let per_minute = settings.group_per_minute.max(1);
        let burst = per_minute.min(GROUP_BURST);
        Self {
            interval: Duration::from_millis(60_000_u64.div_ceil((per_minute - (burst - 1)).into())),
            burst,
        }
    }
}

/// A token bucket, kept as the time at which it is full again.
#[derive(Debug, Clone, Copy)]
pub struct Bucket {
    full_at: Instant,
}

impl Bucket {
    pub fn full(now: Instant) -> Self {
        Self { full_at: now }
    }

    /// When the next one may go: `now`, or later.
    pub fn opens_at(self, pace: Pace, now: Instant) -> Instant {
        let missing = self.full_at.saturating_duration_since(now);
        now + missing.saturating_sub(pace.interval * (pace.burst - 1))
    }

    pub fn take(&mut self, pace: Pace, now: Instant) {
        self.full_at = self.full_at.max(now) + pace.interval;
    }

    pub fn full_at(self) -> Instant {
        self.full_at
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::actors::messenger::tests::settings;

    /// Sends as early as allowed; answers when each went, in milliseconds.
    fn times(pace: Pace, count: usize) -> Vec<u128> {
        let start = Instant::now();
        let (mut bucket, mut now) = (Bucket::full(start), start);
        let mut times = Vec::new();
        for _ in 0..count {
            now = bucket.opens_at(pace, now);
            bucket.take(pace, now);
            times.push((now - start).as_millis());
        }
        times
    }

    #[test]
    fn a_burst_goes_at_once_and_then_the_rate_holds() {
        let table: [(&str, Pace, &[u128]); 5] = [
            ("private", Pace::of_chat(&settings(), ChatId(1)), &[0, 0, 0, 1000, 2000, 3000]),
            ("group", Pace::of_chat(&settings(), ChatId(-1)), &[0, 0, 0, 0, 0, 3750, 7500]),
            (
                "bot, 20 a second",
                Pace { interval: Duration::from_millis(50), burst: 5 },
                &[0, 0, 0, 0, 0, 50, 100],
            ),
            ("no burst", Pace { interval: Duration::from_secs(1), burst: 1 }, &[0, 1000, 2000]),
            ("no limit", Pace { interval: Duration::ZERO, burst: 1 }, &[0, 0, 0]),
        ];
        for (name, pace, expected) in table {
            assert_eq!(times(pace, expected.len()), expected, "{name}");
        }
    }

    #[test]
    fn a_bucket_refills_while_nothing_is_sent() {
        let pace = Pace { interval: Duration::from_secs(1), burst: 3 };
        let start = Instant::now();
        let mut bucket = Bucket::full(start);
        (0..3).for_each(|_| bucket.take(pace, start));
        let table = [(0, 1000), (999, 1), (1000, 0), (2500, 0), (60_000, 0)]; // after, still to wait: milliseconds
        for (after, wait) in table {
            let now = start + Duration::from_millis(after);
            assert_eq!(bucket.opens_at(pace, now) - now, Duration::from_millis(wait), "after {after} ms");
        }
        assert_eq!(bucket.full_at() - start, Duration::from_secs(3));
    }

    #[test]
    fn no_second_of_the_bot_and_no_minute_of_a_group_exceeds_telegrams_limit() {
        let most = |times: &[u128], window: u128| {
            times
                .iter()
                .map(|from| times.iter().filter(|at| (*from..from + window).contains(at)).count())
                .max()
        };
        for rate_per_second in 1..=30 {
            let pace = Pace::of_bot(&MessengerSettings { rate_per_second, ..settings() });
            assert!(most(&times(pace, 200), 1000) <= Some(30), "{rate_per_second} a second");
        }
        for group_per_minute in 1..=20 {
            let pace = Pace::of_chat(&MessengerSettings { group_per_minute, ..settings() }, ChatId(-1));
            assert!(
                most(&times(pace, 100), 60_000) <= Some(group_per_minute as usize),
                "{group_per_minute} a minute"
            );
        }
    }
}
