//! What waits to be sent, and what becomes of it call by call.

use super::render::Step;
use crate::limits::FACT_WAIT_MAX;
use crate::ports::{Call, SendFault};
use crate::rules::fact::Fact;
use crate::rules::ids::{ChatId, FactId, MessageId};
use crate::store::model::{DueFact, SendOutcome};
use chrono::{DateTime, TimeDelta, Utc};
use std::collections::VecDeque;
use std::time::Duration;
use tokio::sync::oneshot;
use tokio::time::Instant;

/// How a call ended.
pub type Carried = Result<Option<MessageId>, SendFault>;

/// Something to send to one chat.
pub enum Job {
    Reply(Reply),
    Fact(FactJob),
}

/// An answer to a press, best effort.
pub struct Reply {
    pub call: Call,
    /// Since when it waits.
    pub since: Instant,
    /// How many attempts ended without anybody knowing whether it arrived.
    pub lost: u32,
    /// Who waits for it to be sent or given up, if anybody does.
    pub waiter: Option<oneshot::Sender<Carried>>,
}

/// How long a reply is kept: nobody remembers what an older one answers, and its press can no longer be answered.
const REPLY_KEPT: Duration = Duration::from_secs(30);

impl Reply {
    /// Whether it has waited too long to be worth sending.
    pub fn is_late(&self, now: Instant) -> bool {
        now.saturating_duration_since(self.since) > REPLY_KEPT
    }
}

/// A fact on its way; in memory until what became of it is on disk.
pub struct FactJob {
    pub id: FactId,
    pub chat: ChatId,
    /// See [`Fact::name`].
    pub name: &'static str,
    /// How often it was taken before.
    pub attempts: i64,
    /// Whether owners are told if it fails; not if the fact itself reports a failure to them.
    pub complains: bool,
    steps: VecDeque<Step>,
    pub past: Past,
}

/// What is remembered of a fact between its attempts, so that it goes on where it was.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Past {
    /// Calls that are done.
    pub done: usize,
    /// The first message that was sent.
    pub message: Option<MessageId>,
    pub refused: i64,
    pub panicked: i64,
    /// Whether owners know that its goods cannot be decrypted.
    pub told: bool,
}

/// Where a fact stands after a call.
#[derive(Debug, PartialEq)]
pub enum Progress {
    Next,
    Sent(Option<MessageId>),
    Failed(SendFault),
}

impl FactJob {
    pub fn new(due: &DueFact, steps: Vec<Step>, past: Past) -> Self {
        let complains = !matches!(due.fact, Fact::Trouble { .. } | Fact::TroubleOver { .. });
        let steps = steps.into_iter().skip(past.done).collect();
        Self {
            id: due.id,
            chat: due.chat,
            name: due.fact.name(),
            attempts: due.attempts,
            complains,
            steps,
            past,
        }
    }

    /// The next call.
    pub fn call(&self) -> Option<Call> {
        self.steps.front().map(|step| step.call.clone())
    }

    /// Takes note of how the next call ended.
    pub fn carried(&mut self, carried: Carried) -> Progress {
        let Some(step) = self.steps.front_mut() else { return self.progress() };
        let sends = matches!(step.call, Call::Send { .. });
        match carried {
            Ok(message) if sends => self.past.message = self.past.message.or(message),
            Ok(_) => {}
            Err(SendFault::NoSuchMessage | SendFault::Refused(_)) if !sends => {
                if let Some(call) = step.instead.take() {
                    step.call = call;
                    return Progress::Next;
                }
            }
            Err(fault) => return Progress::Failed(fault),
        }
        self.steps.pop_front();
        self.past.done += 1;
        self.progress()
    }

    pub fn progress(&self) -> Progress {
        if self.steps.is_empty() { Progress::Sent(self.past.message) } else { Progress::Next }
    }
}

/// Seconds before the next attempt, by attempts made; the last one for all further.
const BACKOFF_SECONDS: [u64; 7] = [1, 2, 5, 10, 30, 60, 300];

/// How long to wait after so many failures. It never ends: what was paid for is delivered some day.
pub fn backoff(failures: i64) -> Duration {
    let step = usize::try_from(failures).unwrap_or_default().min(BACKOFF_SECONDS.len() - 1);
    Duration::from_secs(BACKOFF_SECONDS[step])
}

/// Tries a fact again after `wait`, or after [`FACT_WAIT_MAX`] if that is sooner: it may then have to wait on.
pub fn retry(now: DateTime<Utc>, wait: Duration, why: impl Into<String>) -> SendOutcome {
    let wait = TimeDelta::from_std(wait.min(FACT_WAIT_MAX)).unwrap_or_default();
    SendOutcome::Retry { at: now + wait, why: why.into() }
}
