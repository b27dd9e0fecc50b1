//! What people do with their phones, and the fault switches.
//!
//! An `Err` says why a person could not do that; it is a mistake of the test or the page, never of the bot.

use serde_json::{Value, json};

use super::telegram::{BOT_USERNAME, html, mime_of, picture};
use super::world::State;
use super::{ChatMessage, Faults, Group, Kind, Person, Sandbox};

impl Sandbox {
    /// Adds a person, or changes one; they have not written to the bot yet.
    pub fn add_person(&self, person: Person) {
        self.world.change(|state| state.telegram.add_person(person));
    }

    /// Adds a group with the bot in it.
    pub fn add_group(&self, group: Group) {
        self.world.change(|state| state.telegram.add_group(group));
    }

    /// Writes to the bot in private; returns the id of the message.
    pub fn say(&self, user: i64, text: &str) -> Result<i64, String> {
        self.write(user, user, None, |message| set_words(message, text))
    }

    /// Writes in a group. The bot hears commands, mentions and replies to its own messages, as with privacy mode on.
    pub fn say_in_group(
        &self,
        group: i64,
        user: i64,
        text: &str,
        reply_to: Option<i64>,
    ) -> Result<i64, String> {
        self.write(group, user, reply_to, |message| set_words(message, text))
    }

    /// Answers a message, in private or in a group.
    pub fn reply(&self, user: i64, chat: i64, message_id: i64, text: &str) -> Result<i64, String> {
        self.write(chat, user, Some(message_id), |message| set_words(message, text))
    }

    /// Sends the built-in sample picture.
    pub fn send_photo(&self, user: i64, caption: &str) -> Result<i64, String> {
        self.send_photo_in(user, user, None, caption)
    }

    /// Sends the sample picture to any chat, also as a reply.
    pub fn send_photo_in(
        &self,
        chat: i64,
        user: i64,
        reply_to: Option<i64>,
        caption: &str,
    ) -> Result<i64, String> {
        let sample = super::control::sample_photo();
        let file = self.world.change(|state| {
            let (mime, size) = picture(&sample).unwrap_or_default();
            state.telegram.keep_file("photo", "photo.png", mime, size, sample)
        });
        self.write(chat, user, reply_to, |message| {
            set_words(message, caption);
            message.kind = Kind::Photo;
            message.file = Some(file);
        })
    }

    /// Sends a document.
    pub fn send_document(
        &self,
        user: i64,
        file_name: &str,
        bytes: &[u8],
        caption: &str,
    ) -> Result<i64, String> {
        self.send_document_in(user, user, None, (file_name, bytes), caption)
    }

    /// Sends a document to any chat, also as a reply.
    pub fn send_document_in(
        &self,
        chat: i64,
        user: i64,
        reply_to: Option<i64>,
        (file_name, bytes): (&str, &[u8]),
        caption: &str,
    ) -> Result<i64, String> {
        let file = self.world.change(|state| {
            state.telegram.keep_file("document", file_name, mime_of(file_name), (0, 0), bytes.to_vec())
        });
        self.write(chat, user, reply_to, |message| {
            set_words(message, caption);
            message.kind = Kind::Document;
            message.file = Some(file);
        })
    }

    /// Presses a button below a message; returns the id of the callback query.
    ///
    /// The button need not be there any more: a slow phone shows what was there before.
    pub fn press(
        &self,
        user: i64,
        chat: i64,
        message_id: i64,
        callback_data: &str,
    ) -> Result<String, String> {
        self.world.change(|state| {
            member(state, chat, user)?;
            let telegram = &mut state.telegram;
            let message = telegram.message(chat, message_id).cloned();
            let message = message.ok_or(format!("there is no message {message_id} in chat {chat}"))?;
            let id = rand::random_range(1_u64 << 60..1 << 62).to_string();
            let shown = match message.deleted {
                true => json!({"chat": telegram.chat_json(chat), "message_id": message_id, "date": 0}),
                false => telegram.message_json(&message),
            };
            let query = json!({
                "id": id, "from": telegram.user_json(user), "message": shown,
                "chat_instance": format!("{}", chat.wrapping_mul(7919)), "data": callback_data,
            });
            telegram.callbacks.insert(id.clone(), None);
            telegram.updates.push(chat, "callback_query", query);
            Ok(id)
        })
    }

    /// Deletes a message from the chat, as a person may in private.
    pub fn delete(&self, chat: i64, message_id: i64) -> Result<(), String> {
        self.world.change(|state| {
            let found =
                state.telegram.chats.get_mut(&chat).and_then(|chat| chat.messages.get_mut(&message_id));
            let message = found.ok_or(format!("there is no message {message_id} in chat {chat}"))?;
            message.deleted = true;
            Ok(())
        })
    }

    /// Blocks the bot; it is told by a `my_chat_member` update.
    pub fn block_bot(&self, user: i64) -> Result<(), String> {
        self.set_blocked(user, true)
    }

    /// Lets the bot write again.
    pub fn unblock_bot(&self, user: i64) -> Result<(), String> {
        self.set_blocked(user, false)
    }

    fn set_blocked(&self, user: i64, blocked: bool) -> Result<(), String> {
        self.world.change(|state| {
            let telegram = &mut state.telegram;
            let chat = telegram
                .chats
                .get_mut(&user)
                .filter(|_| user > 0)
                .ok_or(format!("there is no person {user}"))?;
            if chat.blocked == blocked || !chat.started {
                chat.blocked = blocked;
                return Ok(());
            }
            chat.blocked = blocked;
            let bot = telegram.bot_json();
            let (kicked, free) = (
                json!({"user": bot, "status": "kicked", "until_date": 0}),
                json!({"user": bot, "status": "member"}),
            );
            let (old, new) = if blocked { (free, kicked) } else { (kicked, free) };
            let change = json!({
                "chat": telegram.chat_json(user), "from": telegram.user_json(user),
                "date": chrono::Utc::now().timestamp(), "old_chat_member": old, "new_chat_member": new,
            });
            telegram.updates.push(user, "my_chat_member", change);
            Ok(())
        })
    }

    /// Delivers an update once more, although it was acknowledged.
    pub fn redeliver(&self, update_id: i64) -> Result<(), String> {
        self.world.change(|state| {
            let by_webhook = state.telegram.webhook.is_set();
            state.telegram.updates.redeliver(update_id, by_webhook)
        })
    }

    /// The id of the newest update, for [`Sandbox::redeliver`].
    pub fn last_update_id(&self) -> Option<i64> {
        self.world.read(|state| state.telegram.updates.last_id())
    }

    /// Whether batches of updates come newest first.
    pub fn deliver_out_of_order(&self, on: bool) {
        self.set_faults(|faults| faults.out_of_order = on);
    }

    /// Turns fault switches.
    pub fn set_faults(&self, turn: impl FnOnce(&mut Faults)) {
        self.world.change(|state| turn(&mut state.faults));
    }

    /// Forgets the bot's violations, after a test that provoked them.
    pub fn clear_violations(&self) {
        self.world.change(|state| state.violations.clear());
    }

    fn write(
        &self,
        chat: i64,
        user: i64,
        reply_to: Option<i64>,
        fill: impl FnOnce(&mut ChatMessage),
    ) -> Result<i64, String> {
        self.world.change(|state| {
            member(state, chat, user)?;
            let telegram = &mut state.telegram;
            let mut message = telegram.blank(chat, Some(user));
            fill(&mut message);
            message.reply_to = reply_to;
            let heard = chat > 0 || hears(state, &message);
            let telegram = &mut state.telegram;
            let content = telegram.message_json(&message);
            let keeper = telegram.chats.entry(chat).or_default();
            keeper.started = true;
            keeper.messages.insert(message.message_id, message.clone());
            if heard {
                telegram.updates.push(chat, "message", content);
            }
            Ok(message.message_id)
        })
    }
}

/// Whether `user` can write in `chat` now.
fn member(state: &State, chat: i64, user: i64) -> Result<(), String> {
    let telegram = &state.telegram;
    if !telegram.people.contains_key(&user) {
        return Err(format!("there is no person {user}"));
    }
    if chat != user && !telegram.groups.get(&chat).is_some_and(|group| group.members.contains(&user)) {
        return Err(format!("{user} is not in chat {chat}"));
    }
    match telegram.chats.get(&chat).is_some_and(|chat| chat.blocked) {
        true => Err(format!("{user} has blocked the bot; unblock it first")),
        false => Ok(()),
    }
}

/// What a bot in privacy mode gets to see of a group.
fn hears(state: &State, message: &ChatMessage) -> bool {
    let replied = message.reply_to.and_then(|id| state.telegram.message(message.chat, id));
    message.text.starts_with('/')
        || message.text.contains(&format!("@{BOT_USERNAME}"))
        || replied.is_some_and(|replied| replied.from_bot)
}

fn set_words(message: &mut ChatMessage, text: &str) {
    message.text = text.trim().to_owned();
    message.html = html::escape(&message.text);
    message.entities = command_entity(&message.text).into_iter().collect();
}

fn command_entity(text: &str) -> Option<Value> {
    let command = text.split_whitespace().next().filter(|word| word.len() > 1 && word.starts_with('/'))?;
    Some(json!({"type": "bot_command", "offset": 0, "length": command.encode_utf16().count()}))
}
