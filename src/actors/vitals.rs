//! When the outside was last heard from, by a clock that nobody can set.

use std::sync::Mutex;
use tokio::time::Instant;

/// Last signs of life of Telegram and the gateway.
#[derive(Debug, Default)]
pub struct Vitals {
    telegram: Mutex<Option<Instant>>,
    gateway: Mutex<Option<Instant>>,
}

impl Vitals {
    pub fn telegram_answered(&self) {
        note(&self.telegram);
    }

    pub fn gateway_answered(&self) {
        note(&self.gateway);
    }

    /// Seconds since Telegram last answered; `None`: it never did.
    pub fn telegram_age_seconds(&self) -> Option<u64> {
        age(&self.telegram)
    }

    /// Seconds since the gateway last answered; `None`: it was not asked yet, or never answered.
    pub fn gateway_age_seconds(&self) -> Option<u64> {
        age(&self.gateway)
    }
}

fn note(heard: &Mutex<Option<Instant>>) {
    if let Ok(mut heard) = heard.lock() {
        *heard = Some(Instant::now());
    }
}

fn age(heard: &Mutex<Option<Instant>>) -> Option<u64> {
    heard.lock().ok()?.map(|at| at.elapsed().as_secs())
}
