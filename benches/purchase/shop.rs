//! A shop without its edges: store, StockActor, PaymentActor, a Messenger that sends to nobody.

#[path = "../../tests/road/crew.rs"]
mod crew;
#[path = "../../tests/store/history.rs"]
mod history;

use crew::{Crew, Pace, add_product, enrol, messenger, vault};
use diesel::connection::{Connection, SimpleConnection};
use diesel_async::{AsyncConnection, AsyncPgConnection, SimpleAsyncConnection};
use quickcart::actors::Ids;
use quickcart::actors::payment::messages::PayFromBalance;
use quickcart::actors::shelf::Shelf;
use quickcart::actors::stock::messages::ReserveUnits;
use quickcart::clock::Clock;
use quickcart::rules::audit::By;
use quickcart::rules::ids::{ChatId, ProductId, UserId};
use quickcart::rules::invoice::Paid;
use quickcart::rules::money::Rupiah;
use quickcart::rules::order::{Reserved, Wanted};
use quickcart::store::model::Leased;
use quickcart::store::{Store, StoreOptions};
use quickcart::vault::Vault;
use std::cell::Cell;
use std::time::Duration;
use tokio::time::Instant;

const UNITS_TOGETHER: usize = 5_000;
pub const PRICE: i64 = 10;
/// As in `config.toml`.
const BATCH: usize = 32;

pub struct Shop {
    pub url: String,
    pub product: ProductId,
    /// Just as hot, and sold by the way that is compared: neither way takes units that the other believes to be free.
    pub other_product: ProductId,
    pub users: Vec<UserId>,
    pub ids: Ids,
    pub clock: Clock,
    grouped: Crew,
    single: Crew,
    presses: Cell<u64>,
}

impl Shop {
    /// Opens the shop in a fresh database with two products, `units` of each, and customers who can pay for ever. Its
    /// Messenger tells nobody, `sends_per_second`.
    pub async fn open(url: &str, customers: usize, units: usize, sends_per_second: u32) -> Self {
        let clock = Clock::default();
        let folder = tempfile::tempdir().expect("a folder for the audit log").keep();
        let options = StoreOptions {
            main_url: url.to_owned(),
            audit_url: format!("sqlite://{}", folder.join("audit.db").display()),
            pool_size: 16,
            shop: "bench".into(),
            shop_name: "Bench".into(),
        };
        let store = Store::open(options).await.expect("the database opens");
        let leased = store.ask_for_lease("bench", Duration::from_secs(3600), None).await.expect("a lease");
        let Leased::Taken { epoch } = leased else { panic!("the database is not fresh: {leased:?}") };
        let store = store.with_epoch(epoch);
        let mut users = Vec::new();
        for chat in 1..=customers as i64 {
            users.push(enrol(&store, &clock, chat).await);
        }
        let vault = vault();
        let product = fill(&store, &clock, &vault, "Hot", units).await;
        let other_product = fill(&store, &clock, &vault, "Other", units).await;
        let ids = Ids::default();
        let pace = Pace {
            sends_per_second,
            chat_interval: Duration::from_secs(28) / sends_per_second,
            staff_batch: Duration::from_secs(10),
        };
        let messenger = messenger(&store, &clock, pace, vault);
        let grouped = Crew::awake(&store, &clock, &ids, Shelf::default(), &messenger, BATCH).await;
        let single = Crew::awake(&store, &clock, &ids, Shelf::default(), &messenger, 1).await;
        let (url, presses) = (url.to_owned(), Cell::new(0));
        Self { url, product, other_product, users, ids, clock, grouped, single, presses }
    }

    /// Gives the shop a past of `sold` units, orders and customers, and has the database count its rows, as the
    /// Scheduler, which is missing here, would: a database that believes its tables empty chooses any index.
    pub async fn remembers(&self, sold: i64) {
        let (begun, now) = (Instant::now(), self.clock.now());
        match self.url.strip_prefix("sqlite://") {
            Some(file) => {
                let past = history::history(false, "bench", self.product.0, sold, now);
                let mut c = diesel::SqliteConnection::establish(file).expect("the database opens");
                c.batch_execute(&past).expect("a past");
            }
            None => {
                let past = history::history(true, "bench", self.product.0, sold, now);
                let mut c = AsyncPgConnection::establish(&self.url).await.expect("the database answers");
                for statement in [past.as_str(), "VACUUM ANALYZE", "CHECKPOINT"] {
                    c.batch_execute(statement).await.expect("a past");
                }
            }
        }
        println!("{sold} sold: written in {:.0?}", begun.elapsed());
    }

    /// Reserves one unit and pays it from the balance: two messages, as the session sends them.
    pub async fn buy_through_actors(&self, customer: usize) {
        self.buy(&self.grouped, self.product, customer).await;
    }

    /// The same through actors that make a transaction of each message.
    pub async fn buy_one_by_one(&self, customer: usize) {
        self.buy(&self.single, self.other_product, customer).await;
    }

    async fn buy(&self, crew: &Crew, product: ProductId, customer: usize) {
        let user = self.users[customer];
        self.presses.set(self.presses.get() + 1);
        let wanted = vec![Wanted { product, quantity: 1 }];
        let key = format!("bench:{}", self.presses.get());
        let request = ReserveUnits { key, user, chat: ChatId(user.0), wanted };
        let reserved = crew.stock.ask(request).await.expect("stock answers").expect("the database answers");
        let Reserved::Held(order) = reserved else { panic!("not held: {reserved:?}") };
        let paid = crew.payment.ask(PayFromBalance { order: order.id, user }).await;
        let paid = paid.expect("payment answers").expect("the database answers");
        assert!(matches!(paid, Paid::Paid { .. }), "not paid: {paid:?}");
    }
}

/// A product with so many units.
async fn fill(store: &Store, clock: &Clock, vault: &Vault, name: &str, units: usize) -> ProductId {
    let id = add_product(store, clock, name, Rupiah(PRICE)).await;
    for part in 0..units / UNITS_TOGETHER {
        let unit = |place: usize| {
            let content = format!("{name} {}", part * UNITS_TOGETHER + place);
            vault.seal(id, &content).expect("a sealed unit")
        };
        let units = (0..UNITS_TOGETHER).map(unit).collect();
        store.add_units(id, units, By::operator(), clock.now()).await.expect("units");
    }
    id
}
