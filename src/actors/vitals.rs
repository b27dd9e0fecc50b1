//! When the outside was last heard of.

use chrono::{DateTime, Utc};
use std::sync::atomic::{AtomicI64, Ordering};

/// Last signs of life of Telegram and the gateway; zero: none yet.
#[derive(Debug, Default)]
pub struct Vitals {
    telegram_micros: AtomicI64,
    gateway_micros: AtomicI64,
}

impl Vitals {
    pub fn telegram_answered(&self, at: DateTime<Utc>) {
        self.telegram_micros.store(at.timestamp_micros(), Ordering::Relaxed);
    }

    pub fn gateway_answered(&self, at: DateTime<Utc>) {
        self.gateway_micros.store(at.timestamp_micros(), Ordering::Relaxed);
    }

    /// Seconds since Telegram last answered; `None`: it never did.
    pub fn telegram_age_seconds(&self, now: DateTime<Utc>) -> Option<i64> {
        age(&self.telegram_micros, now)
    }

    /// Seconds since the gateway last answered; `None`: it was not asked yet, or never answered.
    pub fn gateway_age_seconds(&self, now: DateTime<Utc>) -> Option<i64> {
        age(&self.gateway_micros, now)
    }
}

fn age(micros: &AtomicI64, now: DateTime<Utc>) -> Option<i64> {
    let at = micros.load(Ordering::Relaxed);
    (at != 0).then(|| (now.timestamp_micros() - at).max(0) / 1_000_000)
}
