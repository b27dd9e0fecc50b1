//! What a person tells the shop about themselves, and the admins.

use super::scene::{Done, Scene};
use crate::limits::MESSAGE_CHARS_MAX;
use crate::rules::dialog::screen::{Notice, Screen, StaffScreen};
use crate::rules::fact::{Audience, Fact, Person};
use crate::rules::ids::{MessageId, ProductNumber};
use crate::rules::people::{Profile, ProfileChange};
use crate::store::model::NewFact;

impl Scene {
    pub(super) async fn change_profile(&mut self, change: ProfileChange) -> Done {
        self.me = self.deps.store.change_profile(self.me.user, change, self.deps.clock.now()).await?;
        Ok(())
    }

    pub(super) async fn subscribe(&mut self, number: ProductNumber) -> Done {
        let display = self.deps.shelf.display();
        let Some(product) = display.product(number) else { return self.no_such_product() };
        self.deps.store.subscribe_restock(product.id, self.me.user, self.deps.clock.now()).await?;
        self.tell(&Notice::WillNotify { name: product.name.clone() });
        Ok(())
    }

    /// One message, perhaps with a picture, to all admins and whitelisted groups.
    pub(super) async fn message_staff(&mut self, text: String, picture: Option<String>) -> Done {
        let text: String = text.chars().take(MESSAGE_CHARS_MAX).collect();
        let fact = Fact::CustomerMessage { from: person(&self.me), text, picture };
        let fact = NewFact { audience: Audience::Staff, fact, subject: None };
        self.deps.store.enqueue(vec![fact], self.deps.clock.now()).await?;
        self.queued();
        self.show(&Screen::MessageSent);
        Ok(())
    }

    /// Staff replied to a message that stands for a customer. `false`: that message stands for nobody.
    pub(super) async fn answer_customer(
        &mut self,
        reply_to: MessageId,
        text: String,
    ) -> Result<bool, crate::fault::Fault> {
        let Some(user) = self.deps.store.support_thread(self.chat, reply_to).await? else { return Ok(false) };
        let Some(customer) = self.deps.store.profile(user).await? else { return Ok(false) };
        let text = text.chars().take(MESSAGE_CHARS_MAX).collect();
        let fact = NewFact {
            audience: Audience::Chat(customer.chat),
            fact: Fact::StaffReply { text },
            subject: None,
        };
        self.deps.store.enqueue(vec![fact], self.deps.clock.now()).await?;
        self.queued();
        self.show(&Screen::Staff(Box::new(StaffScreen::ReplySent { name: customer.name })));
        Ok(true)
    }
}

/// A person as staff are told of them.
pub(super) fn person(profile: &Profile) -> Person {
    Person {
        user: profile.user,
        chat: profile.chat,
        name: profile.name.clone(),
        username: profile.username.clone(),
    }
}
