//! How often something happened within the last minute.

use chrono::{DateTime, TimeDelta, Utc};
use std::collections::VecDeque;

const WINDOW: TimeDelta = TimeDelta::minutes(1);

/// Moments within a sliding minute.
#[derive(Debug, Clone, Default)]
pub(super) struct Frequency {
    moments: VecDeque<DateTime<Utc>>,
}

impl Frequency {
    /// Counts one more unless there were `max` already; then answers in how many seconds there is room.
    pub fn admit(&mut self, now: DateTime<Utc>, max: u32) -> Result<(), i64> {
        // A clock that went back must not lock anybody out.
        self.moments.retain(|at| now - *at < WINDOW && *at <= now);
        match self.moments.front() {
            Some(first) if self.moments.len() >= max as usize => {
                Err((*first + WINDOW - now).num_seconds().max(0) + 1)
            }
            _ => {
                self.moments.push_back(now);
                Ok(())
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_minute_slides() {
        let start = DateTime::<Utc>::UNIX_EPOCH;
        let mut frequency = Frequency::default();
        let table = [
            (0, Ok(())),
            (10, Ok(())),
            (59, Err(2)),
            (60, Ok(())),
            (61, Err(10)),
            (70, Ok(())),
            (-500, Ok(())),
        ];
        for (second, outcome) in table {
            assert_eq!(frequency.admit(start + TimeDelta::seconds(second), 2), outcome, "{second}");
        }
    }
}
