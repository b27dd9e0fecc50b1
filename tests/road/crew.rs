//! Stock and payment actors with a Messenger and nothing outside. For the road's tests, which put several crews on one
//! database, and for `benches/purchase`.

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
use quickcart::store::Store;
use quickcart::store::model::{AddedProduct, Newcomer, ReservePolicy, TransferRequest};
use quickcart::text::ShopWords;
use quickcart::vault::{Vault, fresh_key};
use std::sync::Arc;
use std::time::Duration;

const BACKOFF: Backoff = Backoff { first: Duration::from_millis(10), max: Duration::from_secs(1) };

/// The two actors of a purchase.
pub struct Crew {
    pub stock: Line<StockActor>,
    pub payment: Line<PaymentActor>,
}

/// How a Messenger tells nobody.
pub struct Pace {
    pub sends_per_second: u32,
    pub chat_interval: Duration,
    pub staff_batch: Duration,
}

impl Crew {
    /// Actors that put up to `batch` messages into one transaction.
    pub async fn awake(
        store: &Store,
        clock: &Clock,
        ids: &Ids,
        shelf: Shelf,
        messenger: &Line<MessengerActor>,
        batch: usize,
    ) -> Self {
        let metrics = Arc::new(Metrics::new().expect("metrics"));
        let deps = StockDeps {
            store: store.clone(),
            shelf: shelf.clone(),
            vault: vault(),
            clock: clock.clone(),
            ids: ids.clone(),
            metrics: metrics.clone(),
            policy: policy(),
            batch,
        };
        let load = async move |guard: Guard| StockActor::load(deps.clone(), guard).await;
        let stock = keep_alive("stock", 1_024, BACKOFF, metrics.clone(), Default::default(), load);
        let deps = PaymentDeps {
            store: store.clone(),
            gateway: Arc::new(Outside),
            stock: stock.clone(),
            messenger: messenger.clone(),
            shelf,
            clock: clock.clone(),
            ids: ids.clone(),
            metrics: metrics.clone(),
            vitals: Arc::new(Vitals::default()),
            terms: terms(batch),
        };
        let load = async move |guard: Guard| Ok::<_, Fault>(PaymentActor::new(deps.clone(), guard));
        let payment = keep_alive("payment", 1_024, BACKOFF, metrics, Default::default(), load);
        while !(stock.is_alive() && payment.is_alive() && messenger.is_alive()) {
            tokio::time::sleep(Duration::from_millis(5)).await; // an actor tells nobody that it lives
        }
        Self { stock, payment }
    }
}

/// A Messenger that tells nobody. Only goods that `vault` has sealed can be opened, so that no others leave.
pub fn messenger(store: &Store, clock: &Clock, pace: Pace, vault: Arc<Vault>) -> Line<MessengerActor> {
    let metrics = Arc::new(Metrics::new().expect("metrics"));
    let deps = MessengerDeps {
        store: store.clone(),
        port: Arc::new(Outside),
        vault,
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
            rate_per_second: pace.sends_per_second,
            chat_interval: pace.chat_interval,
            chat_burst: 3,
            group_per_minute: 20,
            in_flight_max: 32,
            replies_max: 1_000,
            staff_batch: pace.staff_batch,
            lease: Duration::from_secs(60),
        },
    };
    let load = async move |guard: Guard| MessengerActor::load(deps.clone(), guard).await;
    keep_alive("messenger", 4_096, BACKOFF, metrics, Default::default(), load)
}

/// A customer with money enough for ever, whose chat has the number of their first transfer.
pub async fn enrol(store: &Store, clock: &Clock, chat: i64) -> UserId {
    let newcomer = Newcomer {
        platform: "telegram",
        chat: ChatId(chat),
        username: None,
        name: format!("Pembeli {chat}"),
        language: Language::Id,
        bank_id: format!("{chat:06}"),
    };
    let user = store.enroll(newcomer, clock.now()).await.expect("a customer").user;
    let transfer = TransferRequest {
        id: chat,
        key: format!("test:{chat}"),
        user,
        chat: ChatId(chat),
        amount: Rupiah(1_000_000_000),
        note: None,
    };
    store.transfer(transfer, By::operator(), clock.now()).await.expect("money");
    user
}

/// A product that has no units yet.
pub async fn add_product(store: &Store, clock: &Clock, name: &str, price: Rupiah) -> ProductId {
    let product = NewProduct {
        number: None,
        name: name.into(),
        category: "Uji".into(),
        price,
        description: String::new(),
    };
    let added = store.add_product(name.into(), product, By::operator(), clock.now()).await;
    let AddedProduct::Added { id, .. } = added.expect("a product") else { panic!("{name} is there already") };
    id
}

/// One of its own.
pub fn vault() -> Arc<Vault> {
    Arc::new(Vault::new(&fresh_key()).expect("a key"))
}

fn policy() -> ReservePolicy {
    ReservePolicy {
        expiry_seconds: 600,
        open_orders_max: 1,
        expired_before_cooldown: 3,
        cooldown: TimeDelta::minutes(15),
        reseller_discount_percent: Default::default(),
    }
}

fn terms(batch: usize) -> PaymentTerms {
    PaymentTerms {
        project: "test".into(),
        expiry_seconds: 600,
        minimum: Rupiah(1),
        unpaid_per_hour: i64::MAX,
        ask: AskRule { interval: TimeDelta::seconds(20), late_window: TimeDelta::hours(24) },
        failures_before_alert: 3,
        late_credit_keeps_fee: true,
        callbacks_waiting_max: 64,
        batch,
        low_stock_threshold: -1,
    }
}

/// A gateway at which everything is paid, and a front end that takes everything.
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
    fn creations_apart(&self) -> Duration {
        Duration::ZERO
    }

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
