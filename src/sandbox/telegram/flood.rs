//! Telegram's limits on what a bot sends: per private chat, per group, over all.

use std::collections::{HashMap, VecDeque};
use std::time::{Duration, Instant};

use super::refusal::Refusal;
use crate::sandbox::pace::Bucket;

const PER_SECOND_OVERALL: usize = 30;
const PRIVATE: (f64, f64) = (1.0, 3.0);
const GROUP: (f64, f64) = (20.0 / 60.0, 20.0);

/// Counts what was sent. Exceeding the overall limit is always the bot's own fault; exceeding a chat's can be a hasty
/// person's.
#[derive(Debug, Default)]
pub(super) struct Flood {
    chats: HashMap<i64, Bucket>,
    last_second: VecDeque<Instant>,
}

impl Flood {
    /// Lets one message to `chat` pass, or says how long to wait.
    pub fn pass(&mut self, chat: i64) -> Result<(), Refusal> {
        let now = Instant::now();
        while self.last_second.front().is_some_and(|at| now.duration_since(*at) >= Duration::from_secs(1)) {
            self.last_second.pop_front();
        }
        if self.last_second.len() >= PER_SECOND_OVERALL {
            return Err(Refusal::flood(1, true));
        }
        let (rate, burst) = if chat < 0 { GROUP } else { PRIVATE };
        let bucket = self.chats.entry(chat).or_insert_with(|| Bucket::new(rate, burst));
        bucket.take().map_err(|wait| Refusal::flood((wait.ceil() as u32).max(1), false))?;
        self.last_second.push_back(now);
        Ok(())
    }
}
