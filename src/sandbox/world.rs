//! The one state behind all servers, and the counter that tells when it changed.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::runtime::Handle;
use tokio::sync::watch;

use super::Options;
use super::faults::Faults;
use super::pakasir::Pakasir;
use super::telegram::Telegram;

/// Everything that can change, under one lock that is never held across an await.
pub(super) struct State {
    pub telegram: Telegram,
    pub pakasir: Pakasir,
    pub faults: Faults,
    /// What only a fault of the bot can have caused.
    pub violations: Vec<String>,
}

pub(super) struct World {
    pub options: Options,
    /// The servers' own runtime: deliveries are spawned there, whoever causes them.
    pub runtime: Handle,
    /// For webhooks and callbacks; goes past any proxy of the environment.
    pub http: reqwest::Client,
    state: Mutex<State>,
    changes: watch::Sender<u64>,
}

impl World {
    pub fn new(options: Options, http: reqwest::Client) -> Self {
        let state = State {
            telegram: Telegram::new(&options),
            pakasir: Pakasir::new(&options),
            faults: Faults::default(),
            violations: Vec::new(),
        };
        World {
            options,
            runtime: Handle::current(),
            http,
            state: Mutex::new(state),
            changes: watch::Sender::new(0),
        }
    }

    pub fn read<R>(&self, look: impl FnOnce(&State) -> R) -> R {
        look(&self.lock())
    }

    /// Changes the state and wakes everybody who waits for that.
    pub fn change<R>(&self, act: impl FnOnce(&mut State) -> R) -> R {
        let result = act(&mut self.lock());
        self.changes.send_modify(|count| *count += 1);
        result
    }

    /// Changes what nobody waits for (limits, faults used up, deliveries in flight).
    pub fn change_quietly<R>(&self, act: impl FnOnce(&mut State) -> R) -> R {
        act(&mut self.lock())
    }

    pub fn sequence(&self) -> u64 {
        *self.changes.borrow()
    }

    pub fn watch(&self) -> watch::Receiver<u64> {
        self.changes.subscribe()
    }

    /// Waits until the counter passes `after` or the time is over; the counter then.
    pub async fn wait_change(&self, after: u64, timeout: Duration) -> u64 {
        let mut changes = self.watch();
        // Neither a time-out nor a closed channel is a fault: the caller sees the unchanged counter.
        let _ = tokio::time::timeout(timeout, changes.wait_for(|count| *count > after)).await;
        self.sequence()
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
