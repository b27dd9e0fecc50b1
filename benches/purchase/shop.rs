//! A shop without its edges: store, StockActor, PaymentActor, a Messenger that sends to nobody.

#[path = "../../tests/store/history.rs"]
mod history;

use diesel::connection::{Connection, SimpleConnection};
use diesel_async::{AsyncConnection, AsyncPgConnection, SimpleAsyncConnection};
use futures_util::future::BoxFuture;
use quickcart::actors::messenger::{MessengerActor, MessengerDeps, MessengerSettings};
use quickcart::actors::metrics::Metrics;
use quickcart::actors::payment::messages::PayFromBalance;
use quickcart::actors::payment::{PaymentActor, PaymentDeps, PaymentTerms};
use quickcart::actors::shelf::Shelf;
use quickcart::actors::stock::messages::ReserveUnits;
use quickcart::actors::stock::{StockActor, StockDeps};
use quickcart::actors::vitals::Vitals;
use quickcart::actors::{Backoff, Guard, Ids, Line, keep_alive};
use quickcart::clock::Clock;
use quickcart::fault::Fault;
use quickcart::ports::{Call, Created, Gateway, GatewayFault, Messenger, SendFault};
use quickcart::rules::audit::By;
use quickcart::rules::catalogue::NewProduct;
use quickcart::rules::ids::{ChatId, MessageId, ProductId, UserId};
use quickcart::rules::invoice::{AskRule, Paid, Verdict};
use quickcart::rules::money::Rupiah;
use quickcart::rules::order::{Reserved, Wanted};
use quickcart::rules::people::Language;
use quickcart::store::model::*;
use quickcart::store::{Store, StoreOptions};
use quickcart::text::ShopWords;
use quickcart::vault::{Vault, fresh_key};
use std::cell::Cell;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::Instant;

const UNITS_TOGETHER: usize = 5_000;
const PRICE: i64 = 10;
/// As in `config.toml`.
const BATCH: usize = 32;
const BACKOFF: Backoff = Backoff { first: Duration::from_millis(10), max: Duration::from_secs(1) };

pub struct Shop {
    pub url: String,
    pub product: ProductId,
    /// Just as hot, and sold by the other way: neither takes units that the other knows to be free.
    pub other_product: ProductId,
    pub users: Vec<UserId>,
    pub ids: Ids,
    pub clock: Clock,
    grouped: Doors,
    single: Doors,
    presses: Cell<u64>,
}

type Doors = (Line<StockActor>, Line<PaymentActor>);

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
        let users = enrol(&store, &clock, customers).await;
        let product = fill(&store, &clock, "Hot", units).await;
        let other_product = fill(&store, &clock, "Other", units).await;
        let ids = Ids::default();
        let messenger = messenger(&store, &clock, sends_per_second);
        let grouped = doors(&store, &clock, &ids, &messenger, BATCH).await;
        let single = doors(&store, &clock, &ids, &messenger, 1).await;
        let (url, presses) = (url.to_owned(), Cell::new(0));
        Self { url, product, other_product, users, ids, clock, grouped, single, presses }
    }

    /// Gives it a past of so many sold units, orders and customers, and lets the database count its rows, as it does by
    /// itself a minute after they came: a database that believes its tables empty reads them whole.
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

    async fn buy(&self, (stock, payment): &Doors, product: ProductId, customer: usize) {
        let user = self.users[customer];
        self.presses.set(self.presses.get() + 1);
        let wanted = vec![Wanted { product, quantity: 1 }];
        let key = format!("bench:{}", self.presses.get());
        let request = ReserveUnits { key, user, chat: ChatId(user.0), wanted };
        let reserved = stock.ask(request).await.expect("stock answers").expect("the database answers");
        let Reserved::Held(order) = reserved else { panic!("not held: {reserved:?}") };
        let paid = payment.ask(PayFromBalance { order: order.id, user }).await;
        let paid = paid.expect("payment answers").expect("the database answers");
        assert!(matches!(paid, Paid::Paid { .. }), "not paid: {paid:?}");
    }
}

async fn enrol(store: &Store, clock: &Clock, customers: usize) -> Vec<UserId> {
    let mut users = Vec::with_capacity(customers);
    for customer in 0..customers {
        let chat = ChatId(1_000 + customer as i64);
        let newcomer = Newcomer {
            platform: "telegram",
            chat,
            username: None,
            name: format!("Customer {customer}"),
            language: Language::Id,
            bank_id: format!("{customer:06}"),
        };
        let profile = store.enroll(newcomer, clock.now()).await.expect("a customer");
        let transfer = TransferRequest {
            id: 1 + customer as i64,
            key: format!("bench:{customer}"),
            user: profile.user,
            chat,
            amount: Rupiah(1_000_000_000),
            note: None,
        };
        store.transfer(transfer, By::operator(), clock.now()).await.expect("money");
        users.push(profile.user);
    }
    users
}

async fn fill(store: &Store, clock: &Clock, name: &str, units: usize) -> ProductId {
    let product = NewProduct {
        number: None,
        name: name.into(),
        category: "Bench".into(),
        price: Rupiah(PRICE),
        description: String::new(),
    };
    let added =
        store.add_product(name.into(), product, By::operator(), clock.now()).await.expect("a product");
    let AddedProduct::Added { id, .. } = added else { panic!("not added: {added:?}") };
    for part in 0..units / UNITS_TOGETHER {
        let unit = |place: usize| SealedUnit {
            ciphertext: vec![0; 64],
            key_id: "bench".into(),
            fingerprint: format!("{name} {}", part * UNITS_TOGETHER + place).into_bytes(),
        };
        let units = (0..UNITS_TOGETHER).map(unit).collect();
        store.add_units(id, units, By::operator(), clock.now()).await.expect("units");
    }
    id
}

fn policy() -> ReservePolicy {
    ReservePolicy {
        expiry_seconds: 600,
        open_orders_max: 1,
        expired_before_cooldown: 3,
        cooldown_minutes: 15,
        reseller_discount_percent: Default::default(),
    }
}

fn messenger(store: &Store, clock: &Clock, sends_per_second: u32) -> Line<MessengerActor> {
    let deps = MessengerDeps {
        store: store.clone(),
        port: Arc::new(Nobody),
        vault: Arc::new(Vault::new(&fresh_key()).expect("a key")),
        words: Arc::new(ShopWords {
            name: "Bench".into(),
            documentation_url: None,
            timezone: chrono_tz::Asia::Jakarta,
            txt_document_from_units: 10,
        }),
        default_language: Language::Id,
        clock: clock.clone(),
        metrics: Arc::new(Metrics::new().expect("metrics")),
        settings: MessengerSettings {
            rate_per_second: sends_per_second,
            chat_interval: Duration::from_secs(28) / sends_per_second,
            chat_burst: 3,
            group_per_minute: 20,
            in_flight_max: 32,
            replies_max: 1_000,
            staff_batch: Duration::from_secs(10),
            lease: Duration::from_secs(60),
        },
    };
    let metrics = deps.metrics.clone();
    let load = async move |guard: Guard| MessengerActor::load(deps.clone(), guard).await;
    keep_alive("messenger", 4_096, BACKOFF, metrics, Default::default(), load)
}

/// The two actors of a purchase, which put so many messages into one transaction.
async fn doors(
    store: &Store,
    clock: &Clock,
    ids: &Ids,
    messenger: &Line<MessengerActor>,
    batch: usize,
) -> Doors {
    let metrics = Arc::new(Metrics::new().expect("metrics"));
    let stock_deps = StockDeps {
        store: store.clone(),
        shelf: Shelf::default(),
        vault: Arc::new(Vault::new(&fresh_key()).expect("a key")),
        clock: clock.clone(),
        ids: ids.clone(),
        metrics: metrics.clone(),
        policy: policy(),
        batch,
        low_stock_threshold: 0,
    };
    let load = async move |guard: Guard| StockActor::load(stock_deps.clone(), guard).await;
    let stock = keep_alive("stock", 1_024, BACKOFF, metrics.clone(), Default::default(), load);
    let payment_deps = PaymentDeps {
        store: store.clone(),
        gateway: Arc::new(Nobody),
        stock: stock.clone(),
        messenger: messenger.clone(),
        clock: clock.clone(),
        ids: ids.clone(),
        metrics: metrics.clone(),
        vitals: Arc::new(Vitals::default()),
        terms: terms(batch),
    };
    let load = async move |guard: Guard| Ok::<_, Fault>(PaymentActor::new(payment_deps.clone(), guard));
    let payment = keep_alive("payment", 1_024, BACKOFF, metrics, Default::default(), load);
    while !(stock.is_alive() && payment.is_alive() && messenger.is_alive()) {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    (stock, payment)
}

fn terms(batch: usize) -> PaymentTerms {
    PaymentTerms {
        project: "bench".into(),
        expiry_seconds: 600,
        minimum: Rupiah(1),
        ask: AskRule { interval: chrono::TimeDelta::seconds(20), late_window: chrono::TimeDelta::hours(24) },
        failures_before_alert: 3,
        late_credit_keeps_fee: true,
        batch,
    }
}

/// An outside that takes everything and says nothing.
struct Nobody;

impl Messenger for Nobody {
    fn carry(&self, _: Call) -> BoxFuture<'_, Result<Option<MessageId>, SendFault>> {
        Box::pin(async { Ok(Some(MessageId(1))) })
    }

    fn fetch(&self, _: String, _: u64) -> BoxFuture<'_, Result<Vec<u8>, SendFault>> {
        Box::pin(async { Err(SendFault::NoSuchMessage) })
    }
}

impl Gateway for Nobody {
    fn create(&self, _: String, _: Rupiah) -> BoxFuture<'_, Result<Created, GatewayFault>> {
        Box::pin(async { Err(GatewayFault::Refused("nobody pays here".into())) })
    }

    fn detail(&self, _: String, _: Rupiah) -> BoxFuture<'_, Result<Verdict, GatewayFault>> {
        Box::pin(async { Ok(Verdict::Unknown) })
    }

    fn cancel(&self, _: String, _: Rupiah) -> BoxFuture<'_, Result<(), GatewayFault>> {
        Box::pin(async { Ok(()) })
    }
}
