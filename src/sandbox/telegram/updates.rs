//! Updates waiting for the bot, and long polling.

use std::collections::VecDeque;
use std::time::Duration;

use serde_json::{Value, json};
use tokio::time::Instant;

use super::params::Params;
use super::refusal::{Answer, Refusal};
use crate::sandbox::world::{State, World};

const MAX_BATCH: i64 = 100;
const MAX_POLL_SECONDS: i64 = 50;
/// Kinds that are delivered only to a bot that names them.
const ON_REQUEST: [&str; 3] = ["chat_member", "message_reaction", "message_reaction_count"];

/// Something that happened in a chat.
#[derive(Clone, Debug)]
pub(in crate::sandbox) struct Update {
    pub id: i64,
    pub chat: i64,
    pub body: Value,
}

/// The queue; an update leaves it only when acknowledged.
pub(in crate::sandbox) struct Updates {
    pub waiting: VecDeque<Update>,
    /// Given once more to the poller, whatever it acknowledged.
    again: Vec<Update>,
    /// Everything there ever was, for redelivery on demand.
    all: Vec<Update>,
    last_batch: Vec<Update>,
    allowed: Vec<String>,
    next_id: i64,
    /// Counts `getUpdates` calls: a newer one ends the older.
    polls: u64,
}

impl Updates {
    pub fn new() -> Self {
        Updates {
            waiting: VecDeque::new(),
            again: Vec::new(),
            all: Vec::new(),
            last_batch: Vec::new(),
            allowed: Vec::new(),
            next_id: rand::random_range(100_000_000..900_000_000),
            polls: 0,
        }
    }

    /// Queues an update of `kind`; its id, or `None` when the bot did not ask for that kind.
    pub fn push(&mut self, chat: i64, kind: &str, content: Value) -> Option<i64> {
        let wanted = match self.allowed.is_empty() {
            true => !ON_REQUEST.contains(&kind),
            false => self.allowed.iter().any(|allowed| allowed == kind),
        };
        if !wanted {
            return None;
        }
        let id = self.next_id;
        self.next_id += 1;
        let update = Update { id, chat, body: json!({"update_id": id, kind: content}) };
        self.all.push(update.clone());
        self.waiting.push_back(update);
        Some(id)
    }

    /// Delivers an old update once more.
    pub fn redeliver(&mut self, id: i64, by_webhook: bool) -> Result<(), String> {
        let old = self.all.iter().find(|update| update.id == id).cloned();
        let old = old.ok_or(format!("there was no update {id}"))?;
        match by_webhook {
            true => self.waiting.push_back(old),
            false => self.again.push(old),
        }
        Ok(())
    }

    pub fn last_id(&self) -> Option<i64> {
        self.all.last().map(|update| update.id)
    }

    /// Remembers the kinds asked for; a call that names none keeps the kinds of before.
    pub(super) fn allow(&mut self, params: &Params) -> Result<(), Refusal> {
        if let Some(kinds) = params.json("allowed_updates", "allowed updates")? {
            let kinds =
                kinds.as_array().ok_or_else(|| Refusal::bug("can't parse allowed updates JSON object"))?;
            self.allowed = kinds.iter().filter_map(|kind| kind.as_str().map(str::to_owned)).collect();
        }
        Ok(())
    }

    pub fn allowed(&self) -> &[String] {
        &self.allowed
    }

    fn acknowledge(&mut self, offset: i64) {
        match offset {
            0 => {}
            1.. => self.waiting.retain(|update| update.id >= offset),
            // A negative offset keeps only that many newest updates.
            _ => {
                let surplus = self.waiting.len().saturating_sub(offset.unsigned_abs() as usize);
                self.waiting.drain(..surplus);
            }
        }
    }

    fn batch(&mut self, limit: usize) -> Vec<Update> {
        let mut batch: Vec<Update> = self.again.drain(..).collect();
        batch.extend(self.waiting.iter().cloned());
        batch.truncate(limit);
        batch
    }
}

/// `getUpdates`: waits until there is something, a newer poll, or the time is over.
pub(super) async fn get(world: &World, params: &Params) -> Answer {
    let limit = params.number("limit").unwrap_or(MAX_BATCH).clamp(1, MAX_BATCH) as usize;
    let wait = params.number("timeout").unwrap_or(0).clamp(0, MAX_POLL_SECONDS);
    let deadline = Instant::now() + Duration::from_secs(wait.unsigned_abs());
    let mut changes = world.watch();
    let poll = world.change(|state| begin(state, params))?;
    loop {
        changes.borrow_and_update();
        if let Some(result) = world.change_quietly(|state| look(state, poll, limit)) {
            return result.map(Value::Array);
        }
        let woken = tokio::time::timeout_at(deadline, changes.changed()).await;
        if woken.is_err() {
            return Ok(json!([]));
        }
    }
}

fn begin(state: &mut State, params: &Params) -> Result<u64, Refusal> {
    if state.telegram.webhook.is_set() {
        return Err(Refusal {
            ours: true,
            ..Refusal::plain(
                409,
                "Conflict: can't use getUpdates method while webhook is active; use deleteWebhook to delete the \
                 webhook first",
            )
        });
    }
    let updates = &mut state.telegram.updates;
    updates.allow(params)?;
    updates.acknowledge(params.number("offset").unwrap_or(0));
    if state.faults.repeated_batches > 0 && !updates.last_batch.is_empty() {
        state.faults.repeated_batches -= 1;
        updates.again.append(&mut updates.last_batch);
    }
    updates.polls += 1;
    Ok(updates.polls)
}

fn look(state: &mut State, poll: u64, limit: usize) -> Option<Result<Vec<Value>, Refusal>> {
    let updates = &mut state.telegram.updates;
    if updates.polls != poll {
        let words = "Conflict: terminated by other getUpdates request; make sure that only one bot instance is running";
        return Some(Err(Refusal::plain(409, words)));
    }
    let mut batch = updates.batch(limit);
    if batch.is_empty() {
        return None;
    }
    updates.last_batch.clone_from(&batch);
    if state.faults.out_of_order {
        batch.reverse();
    }
    Some(Ok(batch.into_iter().map(|update| update.body).collect()))
}
