//! A shop with databases of its own, and a way past the store into them.

use chrono::{DateTime, TimeDelta, Utc};
use diesel::connection::{Connection, SimpleConnection};
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Nullable, Text};
use diesel_async::AsyncPgConnection;
use diesel_async::async_connection_wrapper::AsyncConnectionWrapper;
use quickcart::rules::catalogue::NewProduct;
use quickcart::rules::ids::{ChatId, OrderId, ProductId, UserId};
use quickcart::rules::money::Rupiah;
use quickcart::rules::order::{Order, OrderState, PaymentMethod};
use quickcart::rules::people::{Language, Profile};
use quickcart::store::model::{AddedProduct, Leased, Newcomer, SealedUnit};
use quickcart::store::{Store, StoreOptions};
use std::path::PathBuf;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

/// Writes each test once and runs it on both kinds of database.
macro_rules! on_both {
    ($($(#[$meta:meta])* async fn $name:ident($shop:ident) $body:block)+) => {$(
        mod $name {
            #[allow(unused_imports)]
            use super::*;

            $(#[$meta])*
            async fn proved($shop: &$crate::harness::TestShop) $body

            #[tokio::test]
            async fn on_sqlite() {
                proved(&$crate::harness::TestShop::on_sqlite().await).await;
            }

            #[tokio::test]
            async fn on_postgres() {
                if let Some(shop) = $crate::harness::TestShop::on_postgres().await {
                    proved(&shop).await;
                }
            }
        }
    )+};
}

pub const PLATFORM: &str = "telegram";

/// A database of either kind, reached without the store.
#[derive(Clone)]
pub enum Raw {
    Pg(String),
    Lite(String),
}

#[derive(QueryableByName)]
struct Number {
    #[diesel(sql_type = Nullable<BigInt>)]
    value: Option<i64>,
}

#[derive(QueryableByName)]
struct Line {
    #[diesel(sql_type = Text)]
    value: String,
}

/// Runs something on whichever connection it is, away from the test's own runtime.
macro_rules! raw {
    ($raw:expr, |$c:ident| $work:expr) => {{
        let raw = $raw.clone();
        let work = move || match raw {
            Raw::Pg(url) => {
                let mut connection = AsyncConnectionWrapper::<AsyncPgConnection>::establish(&url).unwrap();
                let $c = &mut connection;
                $work
            }
            Raw::Lite(path) => {
                let mut connection = SqliteConnection::establish(&path).unwrap();
                connection.batch_execute("PRAGMA busy_timeout = 5000; PRAGMA foreign_keys = ON").unwrap();
                let $c = &mut connection;
                $work
            }
        };
        std::thread::spawn(work).join().unwrap()
    }};
}

impl Raw {
    pub fn url(&self) -> String {
        match self {
            Self::Pg(url) => url.clone(),
            Self::Lite(path) => format!("sqlite://{path}"),
        }
    }

    /// Runs statements; the error is the database's own message.
    pub fn run(&self, sql: impl Into<String>) -> Result<(), String> {
        let sql = sql.into();
        raw!(self, |c| c.batch_execute(&sql).map_err(|error| error.to_string()))
    }

    /// The one number that `SELECT … AS value` finds.
    pub fn number(&self, sql: impl Into<String>) -> i64 {
        let sql = sql.into();
        raw!(self, |c| diesel::sql_query(sql).get_result::<Number>(c).unwrap().value.unwrap_or_default())
    }

    /// The lines that `SELECT … AS value` finds.
    pub fn lines(&self, sql: impl Into<String>) -> Vec<String> {
        let sql = sql.into();
        let rows: Vec<Line> = raw!(self, |c| diesel::sql_query(sql).load(c).unwrap());
        rows.into_iter().map(|row| row.value).collect()
    }

    /// Looks until so many sessions of this PostgreSQL database wait for a lock.
    pub async fn come_to_wait(&self, sessions: i64) {
        let waiting = "SELECT COUNT(*) AS value FROM pg_stat_activity \
                       WHERE datname = current_database() AND wait_event_type = 'Lock'";
        for _ in 0..1_000 {
            tokio::task::yield_now().await; // to those who are to wait
            if self.number(waiting) == sessions {
                return;
            }
        }
        panic!("{sessions} sessions never waited");
    }

    /// A moment as this database writes it.
    pub fn time(&self, at: DateTime<Utc>) -> String {
        match self {
            Self::Pg(_) => format!("'{}'::timestamptz", at.to_rfc3339()),
            Self::Lite(_) => at.timestamp_micros().to_string(),
        }
    }
}

/// Two empty databases that go when it goes.
pub struct Databases {
    pub main: Raw,
    pub audit: Raw,
    folder: Option<PathBuf>,
    server: Option<(String, [String; 2])>,
}

static COUNTER: AtomicU32 = AtomicU32::new(0);

fn unique() -> String {
    let number = COUNTER.fetch_add(1, Ordering::Relaxed);
    format!("qc_{}_{}_{number}", std::process::id(), Utc::now().timestamp_subsec_nanos())
}

impl Databases {
    pub fn sqlite() -> Self {
        let folder = std::env::temp_dir().join(unique());
        std::fs::create_dir_all(&folder).unwrap();
        let file = |name: &str| Raw::Lite(folder.join(name).to_string_lossy().into_owned());
        Self { main: file("main.db"), audit: file("audit.db"), folder: Some(folder), server: None }
    }

    /// `None` where no server was named.
    pub fn postgres() -> Option<Self> {
        let server = std::env::var("QUICKCART_TEST_POSTGRES").ok()?;
        let names = [format!("{}_main", unique()), format!("{}_audit", unique())];
        let on_server = Raw::Pg(server.clone());
        for name in &names {
            on_server.run(format!("CREATE DATABASE {name}")).unwrap();
        }
        let (base, _) = server.rsplit_once('/').expect("the url of a server ends in a database");
        let [main, audit] = names.clone().map(|name| Raw::Pg(format!("{base}/{name}")));
        Some(Self { main, audit, folder: None, server: Some((server, names)) })
    }
}

impl Drop for Databases {
    fn drop(&mut self) {
        if let Some(folder) = &self.folder {
            let _ = std::fs::remove_dir_all(folder);
        }
        if let Some((server, names)) = &self.server {
            for name in names {
                let _ = Raw::Pg(server.clone()).run(format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)"));
            }
        }
    }
}

/// A shop that holds its lease, at a quiet hour.
pub struct TestShop {
    pub store: Store,
    pub at: DateTime<Utc>,
    pub databases: Databases,
}

impl TestShop {
    pub async fn on_sqlite() -> Self {
        Self::open(Databases::sqlite()).await
    }

    pub async fn on_postgres() -> Option<Self> {
        match Databases::postgres() {
            Some(databases) => Some(Self::open(databases).await),
            None => None,
        }
    }

    async fn open(databases: Databases) -> Self {
        let at = "2026-03-01T03:00:00.123456Z".parse().unwrap();
        let store = open_shop(&databases, "main").await;
        Self { store, at, databases }
    }

    pub fn db(&self) -> &Raw {
        &self.databases.main
    }

    pub fn later(&self, seconds: i64) -> DateTime<Utc> {
        self.at + TimeDelta::seconds(seconds)
    }

    /// A second shop on the same databases.
    pub async fn sister(&self) -> Store {
        open_shop(&self.databases, "sister").await
    }

    pub async fn customer(&self, chat: i64, name: &str) -> Profile {
        self.store.enroll(newcomer(chat, name), self.at).await.unwrap()
    }

    pub async fn product(&self, name: &str) -> ProductId {
        let new = NewProduct {
            number: None,
            name: name.into(),
            category: "Streaming".into(),
            price: Rupiah(25_000),
            description: "Satu bulan".into(),
        };
        match self.store.add_product(name.into(), new, by_admin(), self.at).await.unwrap() {
            AddedProduct::Added { id, .. } => id,
            other => panic!("{other:?}"),
        }
    }

    /// An order put straight into the database.
    pub fn db_order(&self, id: i64, buyer: &Profile, state: OrderState) -> Order {
        let paid = state.has_goods() || state == OrderState::Refunded;
        let (at, paid_at) =
            (self.db().time(self.at), if paid { self.db().time(self.at) } else { "NULL".into() });
        let method = if paid { "'qris'" } else { "NULL" };
        let statement = format!(
            "INSERT INTO orders (id, shop_id, user_id, chat_id, code, request_key, state, open_slot, method, subtotal, \
             total, created_at, expires_at, paid_at) VALUES ({id}, 'main', {}, {}, 'CODE{id}', 'key{id}', '{}', 1, \
             {method}, 25000, 25000, {at}, {at}, {paid_at})",
            buyer.user,
            buyer.chat,
            state.name()
        );
        self.db().run(statement).unwrap();
        Order {
            id: OrderId(id),
            code: format!("CODE{id}"),
            user: buyer.user,
            state,
            lines: Vec::new(),
            subtotal: Rupiah(25_000),
            total: Rupiah(25_000),
            method: paid.then_some(PaymentMethod::Qris),
            created_at: self.at,
            expires_at: self.at,
            paid_at: paid.then_some(self.at),
            undeliverable: false,
        }
    }

    /// Actions waiting for the audit log, oldest first.
    pub async fn audited(&self) -> Vec<String> {
        self.store.audit_waiting(100).await.unwrap().into_iter().map(|row| row.action).collect()
    }
}

async fn open_shop(databases: &Databases, shop: &str) -> Store {
    let store = Store::open(options(databases, shop)).await.unwrap();
    match store.ask_for_lease("test", Duration::from_secs(600), None).await.unwrap() {
        Leased::Taken { epoch } => store.with_epoch(epoch),
        held => panic!("{held:?}"),
    }
}

pub fn options(databases: &Databases, shop: &str) -> StoreOptions {
    StoreOptions {
        main_url: databases.main.url(),
        audit_url: databases.audit.url(),
        pool_size: 4,
        shop: shop.into(),
        shop_name: format!("Toko {shop}"),
    }
}

pub fn newcomer(chat: i64, name: &str) -> Newcomer {
    Newcomer {
        platform: PLATFORM,
        chat: ChatId(chat),
        username: Some(name.replace(' ', "_")),
        name: name.into(),
        language: Language::Id,
        bank_id: format!("{:06}", chat % 1_000_000),
    }
}

pub fn by_admin() -> quickcart::rules::audit::By {
    quickcart::rules::audit::By::user(UserId(1))
}

/// Units with these contents; nothing is encrypted here.
pub fn units(contents: &[&str]) -> Vec<SealedUnit> {
    let sealed = |content: &&str| SealedUnit {
        ciphertext: content.as_bytes().to_vec(),
        key_id: "k1".into(),
        fingerprint: content.as_bytes().to_vec(),
    };
    contents.iter().map(sealed).collect()
}
