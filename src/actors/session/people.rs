//! What a person tells the shop about themselves, and the admins.

use super::scene::{Done, Scene};
use crate::rules::dialog::notice::Notice;
use crate::rules::dialog::screen::{Screen, StaffScreen};
use crate::rules::fact::{Audience, Fact, Person};
use crate::rules::ids::{ProductNumber, UserId};
use crate::rules::people::{Profile, ProfileChange};
use crate::store::model::NewFact;
use crate::text::message_parts;

impl Scene {
    pub(super) async fn change_profile(&mut self, change: ProfileChange) -> Done {
        self.me = self.deps.store.change_profile(self.me.user, change, self.deps.clock.now()).await?;
        Ok(())
    }

    pub(super) async fn subscribe(&mut self, number: ProductNumber) -> Done {
        let display = self.deps.shelf.display();
        let Some(product) = display.product(number) else { return self.no_such_product() };
        if display.free(product.id) > 0 {
            return self.product(number, 1).await; // an old button: the product is in stock again
        }
        self.deps.store.subscribe_restock(product.id, self.me.user, self.deps.clock.now()).await?;
        self.tell(&Notice::WillNotify { name: product.name.clone() });
        Ok(())
    }

    /// One message, perhaps with a picture, to all admins and whitelisted groups.
    pub(super) async fn message_staff(&mut self, text: String, mut picture: Option<String>) -> Done {
        let (parts, from) = (message_parts(&text, picture.is_some()), person(&self.me));
        let fact = |text| NewFact {
            audience: Audience::Staff,
            fact: Fact::CustomerMessage { from: from.clone(), text, picture: picture.take() },
            subject: None,
        };
        let facts = parts.into_iter().map(fact).collect();
        self.deps.store.enqueue(facts, self.deps.clock.now()).await?;
        self.queued();
        self.show(&Screen::MessageSent);
        Ok(())
    }

    /// Staff replied to a message that stands for this customer.
    pub(super) async fn answer_customer(
        &mut self,
        customer: UserId,
        text: String,
        picture: Option<String>,
    ) -> Done {
        let Some(customer) = self.deps.store.profile(customer).await? else {
            self.tell(&Notice::NotUnderstood);
            return Ok(());
        };
        let fact = NewFact {
            audience: Audience::Chat(customer.chat),
            fact: Fact::StaffReply { text, picture },
            subject: None,
        };
        self.deps.store.enqueue(vec![fact], self.deps.clock.now()).await?;
        self.queued();
        self.staff(StaffScreen::ReplySent { name: customer.name })
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
