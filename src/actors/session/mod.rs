//! The SessionActor: one person, one thing at a time, in order. It loads itself when first needed and keeps
//! nothing that it cannot reload.

mod buying;
mod cart;
mod effects;
mod frequency;
pub mod messages;
mod people;
mod scene;
mod screens;
mod staff;
mod stocktaking;

use super::messenger::MessengerActor;
use super::metrics::Metrics;
use super::payment::PaymentActor;
use super::shelf::Shelf;
use super::stock::StockActor;
use super::totals::CountedTotals;
use super::{Ids, Line};
use crate::clock::Clock;
use crate::fault::{Code, Fault};
use crate::rules::dialog::State;
use crate::rules::fee::FeeRule;
use crate::rules::ids::{ChatId, InvoiceId, MessageId};
use crate::rules::money::Rupiah;
use crate::rules::people::{Language, Profile};
use crate::store::Store;
use crate::text::ShopWords;
use crate::vault::Vault;
use actix::prelude::*;
use chrono::{DateTime, TimeDelta, Utc};
use frequency::Frequency;
use futures_util::FutureExt;
use messages::{HandleUpdate, Handled};
use rust_decimal::Decimal;
use std::collections::HashMap;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;

/// What every SessionActor works with; one for all of them.
pub struct SessionDeps {
    pub store: Store,
    pub stock: Line<StockActor>,
    pub payment: Line<PaymentActor>,
    pub messenger: Line<MessengerActor>,
    pub shelf: Shelf,
    pub totals: CountedTotals,
    pub vault: Arc<Vault>,
    pub words: Arc<ShopWords>,
    pub clock: Clock,
    pub ids: Ids,
    pub metrics: Arc<Metrics>,
    pub terms: SessionTerms,
}

/// The shop's terms for conversations.
#[derive(Debug, Clone)]
pub struct SessionTerms {
    /// The front end this process speaks to, as identities name it.
    pub platform: &'static str,
    pub default_language: Language,
    /// A sticker before the welcome, by its id at the front end.
    pub sticker: Option<String>,
    /// After this long without a word, a conversation starts anew.
    pub lapse: TimeDelta,
    /// After this long without a word, the actor leaves memory.
    pub idle: Duration,
    pub page_size: u32,
    pub reseller_discount_percent: Decimal,
    pub fee: FeeRule,
    pub deposit_min: Rupiah,
    pub deposit_max: Rupiah,
    pub deposit_presets: Vec<Rupiah>,
    pub commands_per_minute: u32,
    /// For each order.
    pub status_checks_per_minute: u32,
}

impl SessionTerms {
    /// The deposit nearest to `amount` that is within the limits.
    fn deposit_within_limits(&self, amount: Rupiah) -> Rupiah {
        amount.min(self.deposit_max).max(self.deposit_min)
    }
}

pub struct SessionActor {
    deps: Arc<SessionDeps>,
    memory: Memory,
    /// A timer that every update restarts; when it fires, the actor leaves memory.
    idle: Option<SpawnHandle>,
}

/// What a session knows of its person. Empty parts are loaded when needed.
#[derive(Debug, Clone, Default)]
struct Memory {
    /// What they did lately.
    recent: Frequency,
    /// Which invoices they asked about lately.
    checks: HashMap<InvoiceId, Frequency>,
    profile: Option<Profile>,
    state: Option<State>,
    /// The button that had a QR made last, and when, so that a second tap makes no second QR.
    qr_press: Option<(QrPress, DateTime<Utc>)>,
}

/// A button by its message and its data.
type QrPress = (MessageId, String);

impl Actor for SessionActor {
    type Context = Context<Self>;

    fn started(&mut self, context: &mut Self::Context) {
        context.set_mailbox_capacity(0); // bounded by the supervisor
        self.deps.metrics.sessions.inc();
        self.rest_later(context);
    }

    fn stopped(&mut self, _: &mut Self::Context) {
        self.deps.metrics.sessions.dec();
    }
}

// Handlers ----------------------------------------------------------------------------------

impl Handler<HandleUpdate> for SessionActor {
    type Result = AtomicResponse<Self, Result<Handled, Fault>>;

    fn handle(&mut self, HandleUpdate(incoming): HandleUpdate, context: &mut Self::Context) -> Self::Result {
        self.rest_later(context);
        let (deps, memory) = (self.deps.clone(), std::mem::take(&mut self.memory));
        let work = AssertUnwindSafe(effects::handle(deps, memory, incoming)).catch_unwind();
        AtomicResponse::new(Box::pin(work.into_actor(self).map(|outcome, actor, _| match outcome {
            Ok((memory, result)) => {
                actor.memory = memory;
                result
            }
            // The memory is gone with the panic: the next update loads it again.
            Err(_) => {
                actor.deps.metrics.panics.with_label_values(&["session"]).inc();
                Err(Fault::new(Code::ActorDied, "a session panicked."))
            }
        })))
    }
}

// Logic -------------------------------------------------------------------------------------

impl SessionActor {
    /// A session of the person who is reached in `chat`; `state` if the supervisor has a newer one than the store.
    pub fn new(deps: Arc<SessionDeps>, state: Option<State>) -> Self {
        Self { deps, memory: Memory { state, ..Memory::default() }, idle: None }
    }

    fn rest_later(&mut self, context: &mut Context<Self>) {
        if let Some(idle) = self.idle.take() {
            context.cancel_future(idle);
        }
        self.idle = Some(context.run_later(self.deps.terms.idle, |_, context| context.stop()));
    }
}

/// The key that makes an effect of this update repeatable.
fn update_key(platform: &str, chat: ChatId, update: i64) -> String {
    format!("{platform}:{chat}:{update}")
}
