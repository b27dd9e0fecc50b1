//! Somebody with a phone: says, presses, sees.

use crate::world::PATIENCE;
use quickcart::sandbox::{Attachment, CallbackAnswer, ChatMessage, Sandbox};
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::time::Duration;

/// A person in one of their chats with the bot. What they see is what changed since they last did something.
pub struct Someone {
    pub id: i64,
    sandbox: Sandbox,
    chat: i64,
    /// How often each message had been edited when they last did something.
    known: RefCell<BTreeMap<i64, u32>>,
}

/// What a pressed button answered.
#[derive(Debug)]
pub struct Toast(pub CallbackAnswer);

impl Toast {
    #[track_caller]
    pub fn says(&self, words: &str) {
        let text = self.0.text.as_deref().unwrap_or_default();
        assert!(text.contains(words), "the button answered {text:?}, not {words:?}");
    }
}

impl Someone {
    pub fn new(sandbox: &Sandbox, id: i64) -> Self {
        Self { id, sandbox: sandbox.clone(), chat: id, known: RefCell::default() }
    }

    /// The same person in a group.
    pub fn in_group(&self, group: i64) -> Self {
        Self { chat: group, ..Self::new(&self.sandbox, self.id) }
    }

    pub fn sandbox(&self) -> &Sandbox {
        &self.sandbox
    }

    // Doing ---------------------------------------------------------------------------------

    /// Types a text and waits until the bot has handled it.
    pub async fn says(&self, text: &str) -> i64 {
        let message = self.types(text);
        self.is_heard().await;
        message
    }

    /// Types a text and waits for nothing.
    pub fn types(&self, text: &str) -> i64 {
        self.looks_away();
        match self.chat {
            group if group < 0 => self.sandbox.say_in_group(group, self.id, text, None).unwrap(),
            _ => self.sandbox.say(self.id, text).unwrap(),
        }
    }

    pub async fn replies(&self, to: &ChatMessage, text: &str) {
        self.looks_away();
        self.sandbox.reply(self.id, to.chat, to.message_id, text).unwrap();
        self.is_heard().await;
    }

    pub async fn replies_with_photo(&self, to: &ChatMessage, caption: &str) {
        self.looks_away();
        self.sandbox.send_photo_in(to.chat, self.id, Some(to.message_id), caption).unwrap();
        self.is_heard().await;
    }

    pub async fn replies_with_document(&self, to: &ChatMessage, caption: &str) {
        self.looks_away();
        let document = ("bukti.pdf", b"a".as_slice());
        self.sandbox.send_document_in(to.chat, self.id, Some(to.message_id), document, caption).unwrap();
        self.is_heard().await;
    }

    pub async fn sends_photo(&self, caption: &str) {
        self.looks_away();
        self.sandbox.send_photo(self.id, caption).unwrap();
        self.is_heard().await;
    }

    pub async fn sends_document(&self, name: &str, content: &str, caption: &str) {
        self.looks_away();
        self.sandbox.send_document(self.id, name, content.as_bytes(), caption).unwrap();
        self.is_heard().await;
    }

    /// Presses a button that they see, by a part of its label; waits for what it answers.
    pub async fn presses(&self, label: &str) -> Toast {
        let found = self
            .wait(&format!("a button {label:?}"), || {
                self.news()
                    .into_iter()
                    .rev()
                    .find_map(|message| Some((message.message_id, button(&message, label)?)))
            })
            .await;
        self.presses_data(found.0, &found.1).await
    }

    /// Presses a button under a message that may be old.
    pub async fn presses_under(&self, message: &ChatMessage, label: &str) -> Toast {
        let data = button(message, label);
        let data = data.unwrap_or_else(|| panic!("no button {label:?} under {:?}", message.text));
        self.presses_data(message.message_id, &data).await
    }

    pub async fn presses_data(&self, message_id: i64, data: &str) -> Toast {
        let press = self.taps(message_id, data);
        self.is_answered(&press).await
    }

    /// Presses and waits for nothing; the press, for [`Self::is_answered`].
    pub fn taps(&self, message_id: i64, data: &str) -> String {
        self.looks_only_at(message_id);
        self.sandbox.press(self.id, self.chat, message_id, data).unwrap()
    }

    /// Waits until the button stops spinning and the press is handled.
    pub async fn is_answered(&self, press: &str) -> Toast {
        let what = format!("an answer to press {press}");
        let answer = self.wait(&what, || self.sandbox.callback_answer(press)).await;
        self.is_heard().await;
        Toast(answer)
    }

    async fn is_heard(&self) {
        self.wait("that it is heard", || (self.sandbox.unacknowledged_updates() == 0).then_some(())).await;
    }

    /// From here on they see only what is new, and what changes in the message that they press a button of: an answer
    /// to something earlier may still be on its way to another one.
    pub fn looks_away(&self) {
        self.looks_only_at(0);
    }

    fn looks_only_at(&self, pressed: i64) {
        let known = |message: &ChatMessage| {
            let edited = if message.message_id == pressed { message.edited } else { u32::MAX };
            (message.message_id, edited)
        };
        *self.known.borrow_mut() = self.all().iter().map(known).collect();
    }

    // Seeing --------------------------------------------------------------------------------

    /// Waits for a message of the bot, new or edited, with these words.
    pub async fn sees(&self, words: &str) -> ChatMessage {
        let what = format!("{words:?}");
        self.wait(&what, || self.news().into_iter().rev().find(|message| message.text.contains(words))).await
    }

    /// Waits for a document with these words in its caption; its content.
    pub async fn gets_document(&self, words: &str) -> (Attachment, String) {
        let message = self.sees(words).await;
        let file = message.file.unwrap_or_else(|| panic!("no document: {:?}", message.text));
        let content = String::from_utf8(file.bytes.clone()).unwrap();
        (file, content)
    }

    /// Waits until a message is gone from the chat.
    pub async fn misses(&self, message: &ChatMessage) {
        self.wait(&format!("the end of {:?}", message.text), || {
            let now = self.all();
            now.iter().all(|other| other.message_id != message.message_id || other.deleted).then_some(())
        })
        .await;
    }

    /// What the bot wrote or edited since they last did something.
    pub fn news(&self) -> Vec<ChatMessage> {
        let known = self.known.borrow();
        let is_new = |message: &ChatMessage| {
            known.get(&message.message_id).is_none_or(|edited| *edited < message.edited)
        };
        self.all()
            .into_iter()
            .filter(|message| message.from_bot && !message.deleted && is_new(message))
            .collect()
    }

    /// Everything in the chat, deleted messages included.
    pub fn all(&self) -> Vec<ChatMessage> {
        self.sandbox.messages(self.chat)
    }

    /// How many messages of the bot in the chat have these words now.
    pub fn counts(&self, words: &str) -> usize {
        let by_bot = |message: &&ChatMessage| message.from_bot && !message.deleted;
        self.all().iter().filter(by_bot).filter(|message| message.text.contains(words)).count()
    }

    /// A bot that answers nothing cannot be waited for: the next question is answered first, and alone.
    pub async fn is_met_with_silence(&self, text: &str) {
        let before = self.all().len();
        self.types(text);
        self.sandbox.say(self.id, "/lang").unwrap();
        self.wait("an answer to /lang", || {
            self.news().into_iter().find(|message| message.text.contains("bahasa apa"))
        })
        .await;
        let answers: Vec<String> = self.all()[before..]
            .iter()
            .filter(|message| message.from_bot)
            .map(|message| message.text.clone())
            .collect();
        assert_eq!(answers.len(), 1, "{text:?} was answered: {answers:?}");
    }

    async fn wait<T>(&self, what: &str, find: impl Fn() -> Option<T>) -> T {
        let end = tokio::time::Instant::now() + PATIENCE;
        loop {
            let sequence = self.sandbox.sequence();
            if let Some(found) = find() {
                return found;
            }
            let left = end.saturating_duration_since(tokio::time::Instant::now());
            assert!(
                left > Duration::ZERO,
                "{} never saw {what}\n{}",
                self.id,
                transcript(&self.sandbox, self.chat)
            );
            self.sandbox.wait_change(sequence, left).await;
        }
    }
}

/// The data of a button whose label has these words.
pub fn button(message: &ChatMessage, label: &str) -> Option<String> {
    let mut buttons = message.inline_keyboard.iter().flatten();
    buttons.find(|button| button.text.contains(label))?.callback_data.clone()
}

/// Labels of all buttons under a message.
pub fn labels(message: &ChatMessage) -> Vec<&str> {
    message.inline_keyboard.iter().flatten().map(|button| button.text.as_str()).collect()
}

/// A chat as it stands, for the report of a failure.
pub fn transcript(sandbox: &Sandbox, chat: i64) -> String {
    let mut out = format!("--- chat {chat}\n");
    for message in sandbox.messages(chat) {
        let who = if message.from_bot { "bot" } else { "  >" };
        let gone = if message.deleted { " (deleted)" } else { "" };
        let text: String = message.text.chars().take(600).collect();
        out += &format!("#{} {who}{gone} {:?} {text:?}", message.message_id, message.kind);
        out += &format!(" {:?}\n", labels(&message));
    }
    out
}
