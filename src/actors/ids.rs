//! Fresh ids and codes for rows that must be named before they are written.

use crate::rules::ids;
use rand::RngCore;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

/// Hands out ids that grow with time, see [`ids::first_at`], with a counter that starts at random. Shared by all actors
/// of a process; another process on the same database would have to draw the same number in the same millisecond, and
/// the primary key would then refuse its row.
#[derive(Clone, Default)]
pub struct Ids {
    last: Arc<AtomicI64>,
}

impl Ids {
    pub fn next(&self, now: chrono::DateTime<chrono::Utc>) -> i64 {
        let random = i64::from(rand::rng().next_u32() & 0x3_FFFF);
        let fresh = ids::first_at(now) | random;
        let before =
            self.last.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |last| Some(fresh.max(last + 1)));
        before.map_or(fresh, |last| fresh.max(last + 1))
    }

    /// A code for people.
    pub fn code(&self) -> String {
        ids::code(rand::rng().next_u64())
    }

    /// Six digits for a bank id.
    pub fn bank_id(&self) -> u32 {
        rand::rng().next_u32() % 1_000_000
    }
}
