//! When Telegram says "slow down": whether that is about one chat or about the whole bot.

use crate::rules::ids::ChatId;
use chrono::{DateTime, TimeDelta, Utc};

/// Two chats told to wait within this time mean the bot.
const TOGETHER: TimeDelta = TimeDelta::seconds(1);
/// A wait longer than this also means the bot: no chat earns it by its own pace.
const LONG: TimeDelta = TimeDelta::seconds(30);
/// The longest pause of all facts. Single chats have been told to wait for hours, so after this long one call is tried
/// to find out whether others may go on.
const PAUSE_MAX: TimeDelta = TimeDelta::minutes(5);

/// A pause of all facts. From its beginning until a call that left during it goes through, calls leave one at a
/// time: replies at once, facts after the pause.
#[derive(Debug, Default)]
pub struct Flood {
    paused_until: Option<DateTime<Utc>>,
    last: Option<(ChatId, DateTime<Utc>)>,
}

impl Flood {
    /// With the pause that an earlier process left behind.
    pub fn restored(paused_until: Option<DateTime<Utc>>, now: DateTime<Utc>) -> Self {
        Self { paused_until: paused_until.map(|until| until.min(now + PAUSE_MAX)), last: None }
    }

    /// A chat was told to wait. `true`: the pause began or got longer.
    pub fn waited(&mut self, chat: ChatId, wait: TimeDelta, now: DateTime<Utc>) -> bool {
        let together = self.last.is_some_and(|(other, at)| other != chat && (now - at).abs() <= TOGETHER);
        self.last = Some((chat, now));
        let until = now + wait.min(PAUSE_MAX);
        let pauses = (together || wait > LONG) && self.paused_until.is_none_or(|known| known < until);
        if pauses {
            self.paused_until = Some(until);
        }
        pauses
    }

    /// A call that left during the pause went through. `true`: that ended it.
    pub fn passed(&mut self) -> bool {
        self.paused_until.take().is_some()
    }

    /// Until when facts wait; past until a call went through.
    pub fn paused_until(&self) -> Option<DateTime<Utc>> {
        self.paused_until
    }

    pub fn holds_facts(&self, now: DateTime<Utc>) -> bool {
        // A pause that is longer than any was begun on a clock that has gone back since.
        self.paused_until.is_some_and(|until| now < until && until - now <= PAUSE_MAX)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_hasty_chat_pauses_nobody_two_at_once_or_a_long_wait_pause_facts() {
        let start = DateTime::UNIX_EPOCH;
        /// The name; waits as (chat, seconds to wait, at millisecond); the pause's end in seconds.
        type Row = (&'static str, &'static [(i64, i64, i64)], Option<i64>);
        let table: [Row; 6] = [
            ("one chat", &[(1, 5, 0), (1, 5, 500)], None),
            ("two chats, far apart", &[(1, 5, 0), (2, 5, 2000)], None),
            ("two chats at once", &[(1, 5, 0), (2, 7, 1000)], Some(8)),
            ("a long wait", &[(1, 31, 0)], Some(31)),
            ("not so long a wait", &[(1, 30, 0)], None),
            ("a very long wait", &[(1, 86_400, 0)], Some(300)),
        ];
        for (name, waits, until) in table {
            let mut flood = Flood::default();
            for (chat, wait, at) in waits {
                flood.waited(ChatId(*chat), TimeDelta::seconds(*wait), start + TimeDelta::milliseconds(*at));
            }
            assert_eq!(flood.paused_until(), until.map(|until| start + TimeDelta::seconds(until)), "{name}");
        }
    }

    #[test]
    fn a_pause_holds_facts_and_ends_with_the_first_call_that_goes_through() {
        let start = DateTime::UNIX_EPOCH;
        let mut flood = Flood::restored(Some(start + TimeDelta::days(2)), start);
        assert!(flood.holds_facts(start));
        assert!(!flood.holds_facts(start + PAUSE_MAX));
        assert!(!flood.holds_facts(start - TimeDelta::days(1)), "the clock went back");
        assert!(flood.passed());
        assert!(!flood.passed());
        assert!(!flood.holds_facts(start));
    }
}
