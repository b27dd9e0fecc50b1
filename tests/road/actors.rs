//! Stock and payment actors without their edges, as many as wanted on one database.

use crate::databases::Databases;
use chrono::{TimeDelta, Utc};
use futures_util::future::BoxFuture;
use quickcart::actors::messenger::{MessengerActor, MessengerDeps, MessengerSettings};
use quickcart::actors::metrics::Metrics;
use quickcart::actors::payment::{PaymentActor, PaymentDeps, PaymentTerms};
use quickcart::actors::shelf::Shelf;
use quickcart::actors::stock::{StockActor, StockDeps};
use quickcart::actors::vitals::Vitals;
use quickcart::actors::{Backoff, Guard, Ids, Line, keep_alive};
use quickcart::clock::Clock;
use quickcart::fault::Fault;
use quickcart::ports::{Call, Created, Gateway, GatewayFault, Messenger, SendFault};
use quickcart::rules::audit::By;
use quickcart::rules::catalogue::NewProduct;
use quickcart::rules::ids::{ChatId, MessageId, ProductId, UserId};
use quickcart::rules::invoice::{AskRule, Verdict};
use quickcart::rules::money::Rupiah;
use quickcart::rules::people::Language;
use quickcart::store::model::{AddedProduct, Leased, Newcomer, ReservePolicy, SealedUnit, TransferRequest};
use quickcart::store::{Store, StoreOptions};
use quickcart::text::ShopWords;
use quickcart::vault::{Vault, fresh_key};
use std::cell::Cell;
use std::sync::Arc;
use std::time::Duration;

pub const PRICE: i64 = 10_000;

/// A database with customers who have money, and one product.
pub struct Ground {
    pub store: Store,
    pub databases: Databases,
    pub product: ProductId,
    pub users: Vec<UserId>,
    pub clock: Clock,
    epoch: i64,
    units: Cell<u64>,
}

/// One set of actors on it.
pub struct Crew {
    pub stock: Line<StockActor>,
    pub payment: Line<PaymentActor>,
}

async fn open(databases: &Databases) -> Store {
    let options = StoreOptions {
        main_url: databases.main.url(),
        audit_url: databases.audit.url(),
        pool_size: 4,
        shop: "main".into(),
        shop_name: "Uji".into(),
    };
    Store::open(options).await.unwrap()
}

impl Ground {
    pub async fn prepare(databases: Databases, customers: i64) -> Self {
        let clock = Clock::default();
        let store = open(&databases).await;
        let leased = store.ask_for_lease("test", Duration::from_secs(3600), None).await.unwrap();
        let Leased::Taken { epoch } = leased else { panic!("{leased:?}") };
        let store = store.with_epoch(epoch);
        let mut users = Vec::new();
        for chat in 1..=customers {
            users.push(enroll(&store, &clock, chat).await);
        }
        let product = NewProduct {
            number: None,
            name: "Rebutan".into(),
            category: "Uji".into(),
            price: Rupiah(PRICE),
            description: String::new(),
        };
        let added = store.add_product("test".into(), product, By::operator(), clock.now()).await.unwrap();
        let AddedProduct::Added { id: product, .. } = added else { panic!("{added:?}") };
        Self { store, databases, product, users, clock, epoch, units: Cell::new(0) }
    }

    /// More units, past the actors: those that live do not know of them.
    pub async fn adds_units(&self, count: u64) {
        let first = self.units.replace(self.units.get() + count);
        let unit = |place: u64| SealedUnit {
            ciphertext: vec![0; 48],
            key_id: "test".into(),
            fingerprint: place.to_be_bytes().to_vec(),
        };
        let units = (first..first + count).map(unit).collect();
        self.store.add_units(self.product, units, By::operator(), self.clock.now()).await.unwrap();
    }

    /// A crew with connections of its own under the same lease, as two processes by mistake would be.
    pub async fn crew(&self) -> Crew {
        let store = open(&self.databases).await.with_epoch(self.epoch);
        crew(store, self.clock.clone()).await
    }

    pub fn db_number(&self, sql: &str) -> i64 {
        self.databases.main.number(sql)
    }

    /// The books hold, apart from the goods, which nobody sends here.
    pub async fn is_in_order(&self) {
        loop {
            let waiting = self.store.audit_waiting(500).await.unwrap();
            if waiting.is_empty() {
                break;
            }
            let ids = waiting.iter().map(|row| row.event_id).collect();
            self.store.append_audit(waiting).await.unwrap();
            self.store.audit_shipped(ids).await.unwrap();
        }
        let broken = self.store.verify(self.clock.now()).await.unwrap();
        assert!(broken.is_empty(), "{broken:#?}");
    }
}

async fn enroll(store: &Store, clock: &Clock, chat: i64) -> UserId {
    let newcomer = Newcomer {
        platform: "telegram",
        chat: ChatId(chat),
        username: None,
        name: format!("Pembeli {chat}"),
        language: Language::Id,
        bank_id: format!("{chat:06}"),
    };
    let user = store.enroll(newcomer, clock.now()).await.unwrap().user;
    let transfer = TransferRequest {
        id: chat,
        key: format!("test:{chat}"),
        user,
        chat: ChatId(chat),
        amount: Rupiah(1_000_000_000),
        note: None,
    };
    store.transfer(transfer, By::operator(), clock.now()).await.unwrap();
    user
}

async fn crew(store: Store, clock: Clock) -> Crew {
    let metrics = Arc::new(Metrics::new().unwrap());
    let vault = Arc::new(Vault::new(&fresh_key()).unwrap());
    let ids = Ids::default();
    let backoff = Backoff { first: Duration::from_millis(10), max: Duration::from_secs(1) };
    let messenger_deps = messenger(&store, &vault, &clock, &metrics);
    let load = async move |guard: Guard| MessengerActor::load(messenger_deps.clone(), guard).await;
    let messenger = keep_alive("messenger", 4_096, backoff, metrics.clone(), Default::default(), load);
    let deps = StockDeps {
        store: store.clone(),
        shelf: Shelf::default(),
        vault,
        clock: clock.clone(),
        ids: ids.clone(),
        metrics: metrics.clone(),
        policy: policy(),
        batch: 64,
        low_stock_threshold: -1,
    };
    let load = async move |guard: Guard| StockActor::load(deps.clone(), guard).await;
    let stock = keep_alive("stock", 1_024, backoff, metrics.clone(), Default::default(), load);
    let deps = PaymentDeps {
        store,
        gateway: Arc::new(Outside),
        stock: stock.clone(),
        messenger: messenger.clone(),
        clock,
        ids,
        metrics: metrics.clone(),
        vitals: Arc::new(Vitals::default()),
        terms: terms(),
    };
    let load = async move |guard: Guard| Ok::<_, Fault>(PaymentActor::new(deps.clone(), guard));
    let payment = keep_alive("payment", 1_024, backoff, metrics, Default::default(), load);
    while !(stock.is_alive() && payment.is_alive() && messenger.is_alive()) {
        tokio::time::sleep(Duration::from_millis(5)).await; // an actor tells nobody that it lives
    }
    Crew { stock, payment }
}

fn messenger(store: &Store, vault: &Arc<Vault>, clock: &Clock, metrics: &Arc<Metrics>) -> MessengerDeps {
    MessengerDeps {
        store: store.clone(),
        port: Arc::new(Outside),
        vault: vault.clone(),
        words: Arc::new(ShopWords {
            name: "Uji".into(),
            documentation_url: None,
            timezone: chrono_tz::Asia::Jakarta,
            txt_document_from_units: 10,
        }),
        default_language: Language::Id,
        clock: clock.clone(),
        metrics: metrics.clone(),
        settings: MessengerSettings {
            rate_per_second: 30,
            chat_interval: Duration::ZERO,
            chat_burst: 3,
            group_per_minute: 20,
            in_flight_max: 32,
            replies_max: 1_000,
            staff_batch: Duration::ZERO,
            lease: Duration::from_secs(60),
        },
    }
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

fn terms() -> PaymentTerms {
    PaymentTerms {
        project: "test".into(),
        expiry_seconds: 600,
        minimum: Rupiah(500),
        ask: AskRule { interval: TimeDelta::seconds(20), late_window: TimeDelta::hours(24) },
        failures_before_alert: 3,
        late_credit_keeps_fee: true,
        batch: 64,
    }
}

/// A gateway at which everything is paid, and a front end that takes everything. Goods cannot be opened here, so that
/// none leaves.
struct Outside;

impl Messenger for Outside {
    fn carry(&self, _: Call) -> BoxFuture<'_, Result<Option<MessageId>, SendFault>> {
        Box::pin(async { Ok(Some(MessageId(1))) })
    }

    fn fetch(&self, _: String, _: u64) -> BoxFuture<'_, Result<Vec<u8>, SendFault>> {
        Box::pin(async { Err(SendFault::NoSuchMessage) })
    }
}

impl Gateway for Outside {
    #[allow(clippy::disallowed_methods)] // the gateway has a clock of its own
    fn create(&self, reference: String, base: Rupiah) -> BoxFuture<'_, Result<Created, GatewayFault>> {
        let created = Created {
            fee: Rupiah(310),
            total: Rupiah(base.0 + 310),
            qr: reference,
            checkout_url: "https://pay.example".into(),
            expires_at: Utc::now() + TimeDelta::minutes(10),
        };
        Box::pin(async { Ok(created) })
    }

    fn detail(&self, _: String, _: Rupiah) -> BoxFuture<'_, Result<Verdict, GatewayFault>> {
        Box::pin(async { Ok(Verdict::Completed) })
    }

    fn cancel(&self, _: String, _: Rupiah) -> BoxFuture<'_, Result<(), GatewayFault>> {
        Box::pin(async { Ok(()) })
    }
}
