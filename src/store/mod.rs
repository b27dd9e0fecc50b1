//! The only room with SQL. [`Store`] lists every operation there is, one line each; the statements are in
//! `sql`, one file per aggregate, compiled once for PostgreSQL and once for SQLite.
//!
//! `write` operations are one transaction each and are refused once the shop's lease is lost, `hot` ones too;
//! `read` operations never wait for a writer.

mod db;
mod error;
mod lease;
mod lite;
mod live;
mod pg;
mod schema;
mod setup;
mod statement;
mod types;
mod verify;

pub mod model;

use crate::fault::Fault;
use crate::rules::audit::{AuditEntry, By};
use crate::rules::catalogue::{Furnishing, NewProduct, Product};
use crate::rules::fact::Person;
use crate::rules::ids::{ChatId, FactId, InvoiceId, MessageId, OrderId, ProductId, UnitId, UserId};
use crate::rules::invoice::{AskRule, Cancelled, Invoice, InvoiceState, Opened};
use crate::rules::money::Rupiah;
use crate::rules::order::{Order, OrderState};
use crate::rules::people::{Profile, ProfileChange, UserRef};
use chrono::{DateTime, Utc};
use db::{Db, dispatch, on_runtime};
use model::*;
pub use setup::StoreOptions;
use std::sync::Arc;

/// Which shop, and under which lease. Handed to every statement.
#[derive(Debug, Clone)]
pub struct Scope {
    pub shop: String,
    /// The lease's epoch; zero before there is one, which no write passes.
    pub epoch: i64,
}

/// The shop's two databases. Cheap to clone.
#[derive(Clone)]
pub struct Store {
    main: Db,
    audit: Db,
    scope: Arc<Scope>,
}

/// Declares operations: the doc, then `read`, `write` or `hot`, name, arguments, answer, and the file in `sql`.
macro_rules! operations {
    ($database:ident: $($(#[$doc:meta])* $mode:ident $name:ident($($arg:ident: $kind:ty),*) -> $answer:ty = $file:ident;)+) => {
        impl Store {$(
            $(#[$doc])*
            pub async fn $name(&self, $($arg: $kind),*) -> Result<$answer, Fault> {
                let (database, scope) = (self.$database.clone(), self.scope.clone());
                on_runtime(async move {
                    dispatch!(database, $mode, |sql, c| operations!(@$mode $database sql, c, scope, $file::$name($($arg),*)))
                })
                .await
            }
        )+}
    };
    (@read $database:ident $sql:ident, $c:ident, $scope:ident, $file:ident::$name:ident($($arg:ident),*)) => {
        $sql::$file::$name($c, &$scope, $($arg),*).await
    };
    (@hot main $sql:ident, $c:ident, $scope:ident, $file:ident::$name:ident($($arg:ident),*)) => {
        $sql::hot($c, async |c, opening| $sql::$file::$name(c, &$scope, opening, $($arg),*).await).await
    };
    (@write main $sql:ident, $c:ident, $scope:ident, $file:ident::$name:ident($($arg:ident),*)) => {
        $sql::fenced($c, &$scope, async |c| $sql::$file::$name(c, &$scope, $($arg),*).await).await
    };
    (@write audit $sql:ident, $c:ident, $scope:ident, $file:ident::$name:ident($($arg:ident),*)) => {
        $sql::transaction($c, async |c| $sql::$file::$name(c, &$scope, $($arg),*).await).await
    };
}

operations! { main:
    // people
    /// The person behind an id of a platform, if the shop has met them.
    read profile_by_chat(platform: &'static str, chat: ChatId) -> Option<Profile> = people;
    read profile(user: UserId) -> Option<Profile> = people;
    /// By chat id, username or bank id.
    read find_person(who: UserRef) -> Option<Profile> = people;
    /// Writes down somebody new to the platform or to this shop, or their changed username.
    write enroll(newcomer: Newcomer, at: DateTime<Utc>) -> Profile = people;
    write change_profile(user: UserId, change: ProfileChange, at: DateTime<Utc>) -> Profile = people;
    /// Gives the configured ids their roles, enrolling those never seen, and takes the roles from all others. Changes
    /// are audited.
    write seat_staff(platform: &'static str, seats: Vec<Seat>, at: DateTime<Utc>) -> () = staff;
    /// Set when the person blocked the bot, cleared when they are heard of again.
    write set_unreachable(chat: ChatId, unreachable: bool, at: DateTime<Utc>) -> () = people;
    read totals() -> Totals = figures;
    read top_buyers(limit: i64) -> Vec<TopBuyer> = figures;
    /// Whether notices go to this chat from now on; `false` in the answer: it was so before.
    write whitelist(chat: ChatId, on: bool, by: By, at: DateTime<Utc>) -> bool = staff;
    /// Private chats of admins, then whitelisted groups.
    read staff_chats() -> Vec<ChatId> = staff;

    // sessions and carts
    read session(user: UserId) -> Option<(serde_json::Value, DateTime<Utc>)> = sessions;
    write save_sessions(states: Vec<(UserId, serde_json::Value)>, at: DateTime<Utc>) -> () = sessions;
    /// In the order the products were put in.
    read cart(user: UserId) -> Vec<(ProductId, u32)> = sessions;
    /// Zero takes the product out.
    write put_in_cart(key: String, user: UserId, product: ProductId, quantity: u32, at: DateTime<Utc>) -> u32 = sessions;
    write empty_cart(user: UserId) -> () = sessions;

    // catalogue and stock
    /// All living products, by number.
    read catalogue() -> Vec<Product> = catalogue;
    write add_product(key: String, product: NewProduct, by: By, at: DateTime<Utc>) -> AddedProduct = catalogue;
    write furnish_product(product: ProductId, furnishing: Furnishing, by: By, at: DateTime<Utc>) -> () = furnish;
    /// Free units of living products, oldest first: what the stock actor keeps in memory.
    read free_units() -> Vec<(ProductId, UnitId)> = stock;
    /// Adds units in one transaction; arms the low-stock notice again; has those who wait for the product told.
    write add_units(product: ProductId, units: Vec<SealedUnit>, by: By, at: DateTime<Utc>) -> AddedUnits = stock;
    read units_of(product: ProductId, offset: i64, limit: i64) -> Page<UnitRow> = goods;
    /// The sold units of a paid order, by line.
    read goods_of(order: OrderId) -> Vec<GoodsLine> = goods;
    /// `false`: they were waiting already.
    write subscribe_restock(product: ProductId, user: UserId, at: DateTime<Utc>) -> bool = restocks;

    // queues
    write enqueue(facts: Vec<NewFact>, at: DateTime<Utc>) -> () = outbox;
    /// Takes what is due for single chats, oldest first, under a lease of `lease_seconds`.
    write take_due_facts(at: DateTime<Utc>, limit: i64, lease_seconds: i64) -> Vec<DueFact> = outbox;
    /// Turns due notices for staff and owners into one message per chat; answers how many were turned.
    write fan_out_notices(at: DateTime<Utc>) -> i64 = notices;
    /// Whether a product is on sale again and not all who waited for it have been told.
    read restock_waits() -> bool = restocks;
    /// Queues facts for the first of those who wait for a product that is on sale again, until `unsent_max` facts wait
    /// for chats. `false`: nobody is left to tell, or so many wait already.
    write announce_restock(at: DateTime<Utc>, unsent_max: i64) -> bool = restocks;
    /// Writes down what became of facts, with what follows: a sent delivery delivers its order.
    write record_sends(outcomes: Vec<(FactId, SendOutcome)>, at: DateTime<Utc>) -> () = sends;
    /// When the next fact or restock is due: not after `at` if it is now.
    read next_fact_due(at: DateTime<Utc>) -> Option<DateTime<Utc>> = outbox;
    /// Messages that were sent about a subject.
    read messages_about(subject: String) -> Vec<(ChatId, MessageId)> = outbox;
    /// The customer whom a staff chat's message stands for.
    read support_thread(chat: ChatId, message: MessageId) -> Option<UserId> = sends;
    /// Keys of outside events seen since then, oldest first; of very many the newest.
    read seen_since(at: DateTime<Utc>, limit: i64) -> Vec<String> = inbox;
    write mark_seen(keys: Vec<String>, at: DateTime<Utc>) -> () = inbox;
    /// Sets an event aside as unhandleable and tells the owners.
    write set_aside(key: String, why: String, at: DateTime<Utc>) -> () = inbox;
    /// Forgets a portion of the seen keys, sent facts and lapsed sessions from before then: up to `limit` rows of each.
    write forget_before(at: DateTime<Utc>, from: ForgetFrom, limit: i64) -> Forgot = forget;
    read setting(key: String) -> Option<serde_json::Value> = settings;
    write set_setting(key: String, value: serde_json::Value, at: DateTime<Utc>) -> () = settings;
    /// The oldest entries that the audit database must still learn. A commit that waits for the disk, like that of
    /// every write, comes first: otherwise an entry that a dying server forgot would be in the log, and its number
    /// would be given again.
    write audit_waiting(limit: i64) -> Vec<AuditRow> = audit;
    /// Removes entries that the audit database has, and keeps how far it is.
    write audit_shipped(event_ids: Vec<i64>, head: Head, at: DateTime<Utc>) -> () = audit;
}

operations! { main:
    // orders
    /// Reserves units for a batch of different customers. The shop's hottest operation: see `sql/reserve.rs`.
    hot reserve(requests: Vec<ReserveRequest>, policy: ReservePolicy, at: DateTime<Utc>) -> ReserveDone = reserve;
    read order(id: OrderId) -> Option<Order> = orders;
    /// Whether all of these orders exist.
    read are_known(ids: Vec<OrderId>) -> bool = orders;
    read order_by_code(code: String) -> Option<(Order, Person)> = orders;
    /// Newest first.
    read orders_of(user: UserId, offset: i64, limit: i64) -> Page<Order> = orders;
    /// Newest first, of one state or of all.
    read orders_in(state: Option<OrderState>, offset: i64, limit: i64) -> Page<(Order, Person)> = orders;
    /// How many orders a customer has paid in this shop, and for how much.
    read bought_in_all(user: UserId) -> (i64, Rupiah) = orders;
    /// Expires what is due, oldest first.
    write expire_due(at: DateTime<Utc>, limit: i64) -> Vec<Ended> = endings;
    write cancel_order(id: OrderId, user: UserId, at: DateTime<Utc>) -> (Cancelled, Option<Ended>) = endings;
    write cancel_deposit(id: InvoiceId, user: UserId, at: DateTime<Utc>) -> Option<Ended> = endings;

    // payment
    /// Writes down that the gateway is to be asked. The same press, or order, finds its invoice.
    write open_invoice(request: InvoiceRequest, at: DateTime<Utc>) -> Opened = invoices;
    /// The gateway made it: the QR is queued. Answers the state it was found in: only one that was opening is open now.
    write invoice_opened(id: InvoiceId, figures: InvoiceFigures, at: DateTime<Utc>) -> InvoiceState = invoices;
    /// The gateway would not make it: its order ends, its customer is told.
    write refuse_invoice(id: InvoiceId, at: DateTime<Utc>) -> Option<Ended> = endings;
    /// Sends the QR of an open invoice once more.
    write show_invoice(id: InvoiceId, at: DateTime<Utc>) -> () = invoices;
    /// Invoices that the gateway is to be asked about now; when to ask next is written before anybody asks.
    write take_due_invoices(rule: AskRule, at: DateTime<Utc>, limit: i64) -> Vec<DueInvoice> = asking;
    /// Stops asking about a void invoice, unless its due time has changed from `again_at`.
    write asked_out(id: InvoiceId, again_at: DateTime<Utc>) -> () = asking;
    /// Sets when the gateway is asked about an unsettled invoice.
    write note_hint(id: InvoiceId, ask_at: DateTime<Utc>, at: DateTime<Utc>) -> () = asking;
    /// Takes back one question that was not answered, and asks again at `at`, unless its due time has changed from
    /// `again_at`.
    write unanswered(id: InvoiceId, again_at: DateTime<Utc>, at: DateTime<Utc>) -> () = asking;
    read invoice(id: InvoiceId) -> Option<Invoice> = invoice_rows;
    read invoice_of_order(order: OrderId) -> Option<Invoice> = invoice_rows;
    read invoice_by_reference(reference: String) -> Option<Invoice> = invoice_rows;
    /// Settles invoices that the gateway confirmed; the one transaction that crosses all tables.
    /// Each comes with who had it asked. `keeps_fee`: money whose goods are gone is credited without the gateway's fee.
    write settle(confirmed: Vec<(InvoiceId, &'static str)>, keeps_fee: bool, scarcity: Scarcity, at: DateTime<Utc>) -> SettledBatch = settling;
    hot pay_from_balance(requests: Vec<BalancePayment>, scarcity: Scarcity, at: DateTime<Utc>) -> PaidBatch = paying;
    /// Changes a balance by hand; the same key changes it once.
    write transfer(request: TransferRequest, by: By, at: DateTime<Utc>) -> Transferred = ledger;
    read balance(user: UserId) -> Rupiah = ledger;
    /// Newest first.
    read movements_of(user: UserId, offset: i64, limit: i64) -> Page<Movement> = ledger;

    // what is due
    /// Which actors have something to do now.
    read due(at: DateTime<Utc>) -> Due = due;
    /// Has the database count the rows of tables that have grown a lot.
    read count_rows() -> () = statistics;
    /// Reads the shop's books at one moment; see [`Store::verify`].
    read verify_books(sent_kept_since: DateTime<Utc>) -> Books = verify;
    /// Queues an audit entry that stands for itself, with what people are told of it.
    write note(entry: AuditEntry, facts: Vec<NewFact>, at: DateTime<Utc>) -> () = audit;
}

operations! { audit:
    /// Appends entries to the shop's chain; those it has already are skipped.
    write append_audit(rows: Vec<AuditRow>) -> Head = audit_log;
    /// Reads the whole chain and recomputes every hash. It must reach what is known to have been `carried_over`.
    read verify_audit(carried_over: Option<Head>, waiting: Vec<AuditRow>) -> Chain = audit_log;
}
