//! The whole sandbox as the page draws it.

use actix_web::HttpResponse;
use serde_json::{Map, Value, json};

use super::Slot;
use crate::sandbox::{ChatMessage, Sandbox};

/// How much of each chat the page gets.
const LAST_MESSAGES: usize = 80;

pub(super) async fn all(slot: Slot) -> HttpResponse {
    super::with(&slot, |sandbox| {
        // Read first: a change in between is then told once more rather than missed.
        let sequence = sandbox.sequence();
        HttpResponse::Ok().json(json!({
            "sequence": sequence,
            "people": sandbox.people(),
            "groups": sandbox.groups(),
            "chats": chats(sandbox),
            "invoices": sandbox.invoices(),
            "callbacks_sent": sandbox.callbacks_sent(),
            "faults": sandbox.faults(),
            "violations": sandbox.violations(),
            "unacknowledged_updates": sandbox.unacknowledged_updates(),
        }))
    })
}

fn chats(sandbox: &Sandbox) -> Map<String, Value> {
    let people = sandbox.people().into_iter().map(|person| person.id);
    let ids = people.chain(sandbox.groups().into_iter().map(|group| group.id));
    ids.map(|id| (id.to_string(), chat(sandbox, id))).collect()
}

fn chat(sandbox: &Sandbox, id: i64) -> Value {
    let mut messages: Vec<ChatMessage> =
        sandbox.messages(id).into_iter().filter(|message| !message.deleted).collect();
    let surplus = messages.len().saturating_sub(LAST_MESSAGES);
    messages.drain(..surplus);
    json!({
        "messages": messages,
        "reply_keyboard": sandbox.reply_keyboard(id),
        "blocked": sandbox.is_blocked(id),
    })
}
