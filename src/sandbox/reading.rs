//! What can be seen of the sandbox.

use std::time::Duration;

use super::{Call, CallbackAnswer, ChatMessage, Faults, Group, Person, Sandbox};

impl Sandbox {
    pub fn people(&self) -> Vec<Person> {
        self.world.read(|state| state.telegram.people.values().cloned().collect())
    }

    pub fn groups(&self) -> Vec<Group> {
        self.world.read(|state| state.telegram.groups.values().cloned().collect())
    }

    /// All messages of a chat in order, deleted ones marked as such.
    pub fn messages(&self, chat: i64) -> Vec<ChatMessage> {
        self.world.read(|state| {
            let chat = state.telegram.chats.get(&chat);
            chat.map(|chat| chat.messages.values().cloned().collect()).unwrap_or_default()
        })
    }

    /// The rows of the reply keyboard that a person sees now.
    pub fn reply_keyboard(&self, chat: i64) -> Option<Vec<Vec<String>>> {
        self.world.read(|state| state.telegram.chats.get(&chat)?.reply_keyboard.clone())
    }

    pub fn is_blocked(&self, user: i64) -> bool {
        self.world.read(|state| state.telegram.chats.get(&user).is_some_and(|chat| chat.blocked))
    }

    /// What the bot answered to a pressed button; `None` while the button still spins.
    pub fn callback_answer(&self, callback_id: &str) -> Option<CallbackAnswer> {
        self.world.read(|state| state.telegram.callbacks.get(callback_id).cloned().flatten())
    }

    /// Grows with every change of anything; see [`Sandbox::wait_change`].
    pub fn sequence(&self) -> u64 {
        self.world.sequence()
    }

    /// Waits until [`Sandbox::sequence`] passes `after`, or the time is over; returns the sequence then.
    pub async fn wait_change(&self, after: u64, timeout: Duration) -> u64 {
        self.world.wait_change(after, timeout).await
    }

    /// Updates the bot has not acknowledged.
    pub fn unacknowledged_updates(&self) -> usize {
        self.world.read(|state| state.telegram.updates.waiting.len())
    }

    /// Every call the bot made except `getUpdates`.
    pub fn calls(&self) -> Vec<Call> {
        self.world.read(|state| state.telegram.calls.clone())
    }

    pub fn faults(&self) -> Faults {
        self.world.read(|state| state.faults.clone())
    }

    /// What only a fault of the bot can have caused: refused calls, broken limits. Empty on a good day.
    pub fn violations(&self) -> Vec<String> {
        self.world.read(|state| state.violations.clone())
    }
}
