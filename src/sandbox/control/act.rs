//! The one route for everything that changes something: `POST /sandbox/api/act` with `{"act": "say", …}`.

use actix_web::{HttpResponse, web};
use serde::Deserialize;
use serde_json::{Value, json};

use super::Slot;
use crate::sandbox::{CallbackFaults, Group, PayOptions, Person, Sandbox};

/// What can be asked for; the fields are those of the methods of [`Sandbox`].
#[derive(Deserialize)]
#[serde(tag = "act", rename_all = "snake_case", deny_unknown_fields)]
pub(super) enum Act {
    AddPerson {
        person: Person,
    },
    AddGroup {
        group: Group,
    },
    Say {
        user: i64,
        chat: Option<i64>,
        text: String,
        reply_to: Option<i64>,
    },
    Photo {
        user: i64,
        chat: Option<i64>,
        caption: String,
        reply_to: Option<i64>,
    },
    Document {
        user: i64,
        chat: Option<i64>,
        name: String,
        text: String,
        caption: String,
        reply_to: Option<i64>,
    },
    Press {
        user: i64,
        chat: i64,
        message_id: i64,
        data: String,
    },
    Delete {
        chat: i64,
        message_id: i64,
    },
    Block {
        user: i64,
    },
    Unblock {
        user: i64,
    },
    Redeliver {
        update_id: Option<i64>,
    },
    CallbackUrl {
        url: Option<String>,
    },
    Pay {
        order_id: String,
        #[serde(default)]
        options: PayOptions,
    },
    Expire {
        order_id: String,
    },
    SendCallback {
        order_id: String,
        #[serde(default)]
        faults: CallbackFaults,
    },
    ClearViolations,
}

/// Answers `{"result": …}`, or 400 with `{"error": "why not"}`.
pub(super) async fn run(slot: Slot, act: web::Json<Act>) -> HttpResponse {
    super::with(&slot, |sandbox| match apply(sandbox, act.into_inner()) {
        Ok(result) => HttpResponse::Ok().json(json!({"result": result})),
        Err(why) => HttpResponse::BadRequest().json(json!({"error": why})),
    })
}

fn apply(sandbox: &Sandbox, act: Act) -> Result<Value, String> {
    let done = |()| Value::Bool(true);
    match act {
        Act::AddPerson { person } => {
            sandbox.add_person(person);
            Ok(done(()))
        }
        Act::AddGroup { group } => {
            sandbox.add_group(group);
            Ok(done(()))
        }
        Act::Say { user, chat, text, reply_to: Some(replied) } => {
            sandbox.reply(user, chat.unwrap_or(user), replied, &text).map(Value::from)
        }
        Act::Say { user, chat: Some(chat), text, .. } if chat != user => {
            sandbox.say_in_group(chat, user, &text, None).map(Value::from)
        }
        Act::Say { user, text, .. } => sandbox.say(user, &text).map(Value::from),
        Act::Photo { user, chat, caption, reply_to } => {
            sandbox.send_photo_in(chat.unwrap_or(user), user, reply_to, &caption).map(Value::from)
        }
        Act::Document { user, chat, name, text, caption, reply_to } => {
            let document = (name.as_str(), text.as_bytes());
            sandbox
                .send_document_in(chat.unwrap_or(user), user, reply_to, document, &caption)
                .map(Value::from)
        }
        Act::Press { user, chat, message_id, data } => {
            sandbox.press(user, chat, message_id, &data).map(Value::from)
        }
        Act::Delete { chat, message_id } => sandbox.delete(chat, message_id).map(done),
        Act::Block { user } => sandbox.block_bot(user).map(done),
        Act::Unblock { user } => sandbox.unblock_bot(user).map(done),
        Act::Redeliver { update_id } => {
            let id = update_id.or_else(|| sandbox.last_update_id()).ok_or("there was no update yet")?;
            sandbox.redeliver(id).map(done)
        }
        Act::CallbackUrl { url } => {
            sandbox.set_callback_url(url.as_deref());
            Ok(done(()))
        }
        Act::Pay { order_id, options } => sandbox.pay(&order_id, options).map(done),
        Act::Expire { order_id } => sandbox.expire(&order_id).map(done),
        Act::SendCallback { order_id, faults } => sandbox.send_callback(&order_id, &faults).map(done),
        Act::ClearViolations => {
            sandbox.clear_violations();
            Ok(done(()))
        }
    }
}
