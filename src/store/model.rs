//! What goes in and out of the store that is not already a word of the rules.

use crate::rules::fact::{Audience, Fact};
use crate::rules::ids::{ChatId, FactId, MessageId, OrderId, ProductId, ProductNumber, UnitId, UserId};
use crate::rules::money::Rupiah;
use crate::rules::order::{Reserved, Wanted};
use crate::rules::people::{Language, Role};
use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};
use serde_json::Value;

mod books;
mod payment;

pub use books::*;
pub use payment::*;

// People ------------------------------------------------------------------------------------

/// Somebody the shop has not met.
#[derive(Debug, Clone)]
pub struct Newcomer {
    pub platform: &'static str,
    /// The person's id at the platform; also the chat they are reached in.
    pub chat: ChatId,
    pub username: Option<String>,
    pub name: String,
    pub language: Language,
    /// Six random digits. If they are taken already, the operation ends in a conflict and is tried with others.
    pub bank_id: String,
}

/// A role that the configuration gives to a person of the platform.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Seat {
    pub chat: ChatId,
    pub role: Role,
    /// Six random digits for those whom the shop has not met.
    pub bank_id: u32,
}

/// Figures of the welcome.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Totals {
    pub customers: i64,
    pub completed_orders: i64,
}

/// One of the customers who bought most.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TopBuyer {
    pub name: String,
    pub spent: Rupiah,
}

// Stock -------------------------------------------------------------------------------------

/// A unit's encrypted content, and the fingerprint by which its duplicates are found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SealedUnit {
    pub ciphertext: Vec<u8>,
    pub key_id: String,
    pub fingerprint: Vec<u8>,
}

/// How adding a product ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AddedProduct {
    Added { id: ProductId, number: ProductNumber },
    NumberTaken { number: ProductNumber, by: String },
}

/// What became of the units offered, by their position in the request.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct AddedUnits {
    pub added: Vec<UnitId>,
    pub duplicates: Vec<usize>,
}

/// A unit as staff see it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnitRow {
    pub id: UnitId,
    /// `free`, `reserved`, `sold` or `burned`.
    pub state: String,
    pub order_code: Option<String>,
    pub sealed: SealedUnit,
}

/// What a paid order delivers, line by line, still sealed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GoodsLine {
    pub product: ProductId,
    pub name: String,
    pub quantity: u32,
    /// As many, unless somebody damaged the database.
    pub units: Vec<SealedUnit>,
    pub note: Option<String>,
    pub terms: Option<String>,
}

/// One customer's request in a batch of reservations.
#[derive(Debug, Clone)]
pub struct ReserveRequest {
    /// Names the press that asked, so that asking twice finds the same order.
    pub key: String,
    pub user: UserId,
    pub chat: ChatId,
    pub wanted: Vec<Wanted>,
    /// A fresh id and code for the order, in case it comes to one.
    pub order: OrderId,
    pub code: String,
    /// Units that memory believes to be free. Only a suggestion: the statement decides.
    pub suggested: Vec<(ProductId, UnitId)>,
}

/// The shop's terms for reservations.
#[derive(Debug, Clone)]
pub struct ReservePolicy {
    pub expiry_seconds: i64,
    pub open_orders_max: i64,
    /// This many expired orders within an hour make a customer wait for `cooldown`.
    pub expired_before_cooldown: usize,
    pub cooldown: TimeDelta,
    pub reseller_discount_percent: rust_decimal::Decimal,
}

/// How a batch of reservations ended.
#[derive(Debug, Clone, Default)]
pub struct ReserveDone {
    /// One for each request, in order.
    pub outcomes: Vec<Reserved>,
    /// Units that are reserved now.
    pub taken: Vec<(ProductId, UnitId)>,
    /// Suggested units that turned out not to be free.
    pub stale: Vec<UnitId>,
}

// Queues ------------------------------------------------------------------------------------

/// A fact to be queued.
#[derive(Debug, Clone, PartialEq)]
pub struct NewFact {
    pub audience: Audience,
    pub fact: Fact,
    /// What it is about, see the outbox table: `goods:<order id>`, `invoice:<id>`.
    pub subject: Option<String>,
}

/// A fact that is due to be sent to one chat, leased to us.
#[derive(Debug, Clone, PartialEq)]
pub struct DueFact {
    pub id: FactId,
    pub chat: ChatId,
    pub fact: Fact,
    /// The language of the person behind the chat; `None` for groups, which are told in the shop's own.
    pub language: Option<Language>,
    /// How often it was taken before.
    pub attempts: i64,
}

/// What became of sending a fact.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SendOutcome {
    Sent(Option<MessageId>),
    Retry {
        at: DateTime<Utc>,
        why: String,
    },
    Undeliverable {
        why: String,
    },
    /// Its group has another id now, under which it gets the fact.
    Moved {
        to: ChatId,
    },
}

/// Who has something to do now.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Due {
    pub expiry: bool,
    pub poll: bool,
    pub facts: bool,
    pub audit: bool,
}

/// Where forgetting goes on: after this fact, and after the session of this user.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ForgetFrom {
    pub fact: i64,
    pub session: i64,
}

impl ForgetFrom {
    pub const START: Self = Self { fact: i64::MIN, session: i64::MIN };
}

/// What a portion of forgetting came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Forgot {
    pub rows: usize,
    /// None: nothing old is left.
    pub next: Option<ForgetFrom>,
}

/// How asking for the shop's lease ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Leased {
    Taken {
        epoch: i64,
    },
    /// Held by another process.
    Held {
        holder: String,
        sign: SignOfLife,
    },
}

/// What a lease's holder last wrote. A holder that writes nothing new for as long as `term` is dead.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SignOfLife {
    pub epoch: i64,
    pub renewed_at_micros: i64,
    pub term: std::time::Duration,
}

/// A row of the audit queue, or of the audit log once it has a place in the chain.
#[derive(Debug, Clone, PartialEq)]
pub struct AuditRow {
    pub event_id: i64,
    pub at: DateTime<Utc>,
    pub actor: String,
    pub action: String,
    pub target: String,
    pub before: Option<Value>,
    pub after: Option<Value>,
    pub origin: String,
}

/// The newest entry of the audit log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Head {
    pub seq: i64,
    pub hash: String,
}

/// What reading the whole audit chain showed.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Chain {
    pub events: i64,
    /// Each entry that is not as it was written: its number and what is wrong.
    pub broken: Vec<(i64, String)>,
    pub tally: Tally,
}
