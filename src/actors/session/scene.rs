//! One update being handled: who did it, where to answer, and how.

use super::SessionDeps;
use crate::actors::messenger::messages::{LookForFacts, SendReply, SendReplyAndTell};
use crate::fault::Fault;
use crate::ports::Call;
use crate::rules::dialog::Question;
use crate::rules::dialog::notice::Notice;
use crate::rules::dialog::screen::Screen;
use crate::rules::ids::{ChatId, MessageId};
use crate::rules::people::Profile;
use crate::text::Voice;
use crate::text::message::{Keyboard, Message, Toast};
use std::sync::Arc;
use std::time::Duration;

/// Where and how to answer.
pub(super) struct Scene {
    pub deps: Arc<SessionDeps>,
    pub me: Profile,
    /// The chat that the update came from: private, or a group.
    pub chat: ChatId,
    /// Names the update in everything it causes.
    pub key: String,
    pub press: Option<Pressed>,
    /// What was searched for last.
    pub search: Option<String>,
    /// The answer did not fit: the question stays open.
    pub ask_again: Option<Question>,
    /// A QR follows in a message of its own.
    pub qr_on_its_way: bool,
}

/// How long a session waits to know which message it sent.
const SHOWN_WITHIN: Duration = Duration::from_secs(2);

/// The button that was pressed.
pub(super) struct Pressed {
    pub press_id: String,
    /// The message under which it is; taken by the first answer that changes it.
    pub message_id: Option<MessageId>,
    pub answered: bool,
}

/// How an effect ended. A fault cannot be dealt with here; the customer is told to try again.
pub(super) type Done = Result<(), Fault>;

impl Scene {
    pub fn voice(&self) -> Voice {
        Voice::new(self.me.language, self.deps.words.clone())
    }

    /// Shows a screen: in place of the pressed message, or as a new one.
    pub fn show(&mut self, screen: &Screen) {
        let message = self.voice().screen(screen, &self.me);
        self.present(message);
    }

    /// Like [`Self::show`], for a message that is ready.
    pub fn present(&mut self, message: Message) {
        let place = match message.keyboard {
            Keyboard::Reply(_) => None, // only a new message can bring it
            _ => self.press.as_mut().and_then(|press| press.message_id.take()),
        };
        let chat = self.chat;
        self.carry(match place {
            Some(message_id) => Call::Edit { chat, message_id, message },
            None => Call::Send { chat, message },
        });
    }

    /// Shows a screen that will soon be replaced, in message `place` or a new one, and returns its id, if known in
    /// time. Waits 2 s at most: a chat with a long queue must not hold up its session, and with it everybody's updates.
    pub async fn keep_showing(&mut self, screen: &Screen, place: Option<MessageId>) -> Option<MessageId> {
        let (chat, message) = (self.chat, self.voice().screen(screen, &self.me));
        if let Some(message_id) = place {
            self.carry(Call::Edit { chat, message_id, message });
            return place;
        }
        let call = Call::Send { chat, message };
        let shown = self.deps.messenger.ask(SendReplyAndTell { call });
        tokio::time::timeout(SHOWN_WITHIN, shown).await.ok()?.ok()?.ok()?
    }

    /// A short line: over the chat if a button was pressed, else as a message.
    pub fn tell(&mut self, notice: &Notice) {
        match &self.press {
            Some(press) if !press.answered => self.answer(self.voice().toast(notice)),
            _ => {
                let message = self.voice().screen(&Screen::Notice(notice.clone()), &self.me);
                self.carry(Call::Send { chat: self.chat, message });
            }
        }
    }

    /// Stops the button's spinning if nothing has done so yet.
    pub fn finish(&mut self) {
        self.answer(Toast::default());
    }

    fn answer(&mut self, toast: Toast) {
        if let Some(press) = self.press.as_mut().filter(|press| !press.answered) {
            press.answered = true;
            let press_id = press.press_id.clone();
            self.carry(Call::Answer { press_id, toast });
        }
    }

    /// Sends a reply, best effort: whoever misses a lost one presses again.
    pub fn carry(&self, call: Call) {
        self.deps.messenger.tell(SendReply { call });
    }

    /// Tells the messenger that a fact was queued for somebody.
    pub fn queued(&self) {
        self.deps.messenger.tell(LookForFacts);
    }
}
