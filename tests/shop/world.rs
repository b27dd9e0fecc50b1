//! A shop with databases, people and a gateway of its own, and a clock that is moved by hand.

use crate::chat::Someone;
use crate::databases::{Databases, Raw};
use chrono::TimeDelta;
use quickcart::actors::scheduler::TickDue;
use quickcart::actors::stock::messages::{AddProduct, AddUnits, FurnishProduct};
use quickcart::app::{App, install_tls};
use quickcart::clock::Clock;
use quickcart::config::Config;
use quickcart::rules::audit::By;
use quickcart::rules::catalogue::{Furnishing, NewProduct};
use quickcart::rules::ids::ProductNumber;
use quickcart::rules::money::Rupiah;
use quickcart::sandbox::{self, Group, Options, Person, Sandbox};
use quickcart::store::model::AddedProduct;
use std::collections::BTreeSet;
use std::time::Duration;

/// How long anything may take that has to happen by itself.
pub const PATIENCE: Duration = Duration::from_secs(10);

pub const BUDI: i64 = 1001;
pub const SARI: i64 = 1002;
pub const EMMA: i64 = 1003;
pub const ADMIN: i64 = 9001;
pub const OWNER: i64 = 9002;
pub const GROUP: i64 = -1_001_234;

/// A shop that is open, with nothing on its shelves.
pub struct TestShop {
    pub sandbox: Sandbox,
    pub clock: Clock,
    pub config: Config,
    pub databases: Databases,
    /// Kinds of faults, by code, that the scenario provokes; any other fails it when the world is left.
    pub provoked: BTreeSet<&'static str>,
    /// Refusals of the servers that the scenario brings about and no shop could avoid.
    pub forgiven: Vec<&'static str>,
    app: Option<App>,
}

/// Plays a scenario and looks around afterwards. Without a database there is nothing to play on.
pub fn play(databases: Option<Databases>, scenario: impl AsyncFn(&mut TestShop)) {
    let Some(databases) = databases else { return };
    actix_rt::System::new().block_on(async {
        let mut shop = TestShop::open(databases).await;
        scenario(&mut shop).await;
        shop.leave().await;
    });
}

fn options() -> Options {
    let person = |id, name: &str, username: Option<&str>, language: &str| Person {
        language_code: Some(language.into()),
        ..Person::new(id, name, username, "")
    };
    Options {
        people: vec![
            person(BUDI, "Budi", Some("budi"), "id"),
            person(SARI, "Sari", None, "id"),
            person(EMMA, "Emma", Some("emma"), "en"),
            person(ADMIN, "Andi", Some("andi_admin"), "id"),
            person(OWNER, "Oki", Some("oki_owner"), "id"),
        ],
        groups: vec![Group { id: GROUP, title: "Staf toko".into(), members: vec![ADMIN, BUDI] }],
        // The gateway keeps real time, which a scenario leaves far behind.
        invoice_expiry_seconds: 30 * 24 * 3600,
        ..Options::default()
    }
}

/// Nothing is slowed down: pacing has tests of its own.
fn configure(servers: &Sandbox, databases: &Databases) -> Config {
    let stand_in = Options::default();
    let file = |name: &str| databases.folder().join(name).display().to_string();
    let overrides = [
        ("shop.name", "Toko Uji".to_owned()),
        ("telegram.token", stand_in.token),
        ("telegram.api_url", servers.bot_api_url()),
        ("telegram.admin_ids", ADMIN.to_string()),
        ("telegram.owner_ids", OWNER.to_string()),
        ("pakasir.base_url", servers.pakasir_url()),
        ("pakasir.project", stand_in.project),
        ("pakasir.api_key", stand_in.api_key),
        ("notices.staff_batch", "0s".into()),
        ("limits.commands_per_minute", "10000".into()),
        ("database.url", databases.main.url()),
        ("database.audit_url", databases.audit.url()),
        ("database.pool_size", "4".into()),
        ("database.key_file", file("encryption.key")),
        ("http.bind", "127.0.0.1:0".into()),
        ("http.requests_per_address_per_minute", "100000".into()),
        ("log.dir", file("logs")),
        ("actors.messenger.chat_interval", "0s".into()),
        ("actors.messenger.rate", "30".into()),
        ("actors.messenger.group_per_minute", "60".into()),
    ];
    Config::for_sandbox(&overrides).unwrap()
}

impl TestShop {
    async fn open(databases: Databases) -> Self {
        install_tls();
        let sandbox = sandbox::start(options()).await.unwrap();
        sandbox.set_faults(|faults| faults.limits_off = true);
        let config = configure(&sandbox, &databases);
        let (clock, provoked) = (Clock::default(), BTreeSet::new());
        let forgiven = Vec::new();
        let mut shop = Self { sandbox, clock, config, databases, provoked, forgiven, app: None };
        shop.starts().await;
        shop
    }

    /// Starts the process on the databases as they are.
    pub async fn starts(&mut self) {
        let app = App::start(&self.config, self.clock.clone()).await.unwrap();
        self.sandbox.set_callback_url(Some(&format!("http://{}/webhooks/pakasir", app.address)));
        self.app = Some(app);
    }

    pub async fn stops(&mut self) {
        self.app.take().unwrap().stop().await;
    }

    pub async fn restarts(&mut self) {
        self.stops().await;
        self.starts().await;
    }

    pub fn app(&self) -> &App {
        self.app.as_ref().expect("the shop is running")
    }

    // People --------------------------------------------------------------------------------

    pub fn budi(&self) -> Someone {
        self.someone(BUDI)
    }

    pub fn sari(&self) -> Someone {
        self.someone(SARI)
    }

    /// Her phone speaks English.
    pub fn emma(&self) -> Someone {
        self.someone(EMMA)
    }

    /// An admin whom the bot can write to.
    pub async fn admin(&self) -> Someone {
        let admin = self.someone(ADMIN);
        admin.says("/help").await;
        admin.sees("Bantuan").await;
        admin
    }

    /// An owner whom the bot can write to.
    pub async fn owner(&self) -> Someone {
        let owner = self.someone(OWNER);
        owner.says("/help").await;
        owner.sees("Bantuan").await;
        owner
    }

    fn someone(&self, id: i64) -> Someone {
        Someone::new(&self.sandbox, id)
    }

    // Shelves -------------------------------------------------------------------------------

    /// Puts a product with these units on sale; its number.
    pub async fn sells(&self, name: &str, price: i64, units: &[&str]) -> i64 {
        self.sells_in("Streaming", name, price, units).await
    }

    pub async fn sells_in(&self, category: &str, name: &str, price: i64, units: &[&str]) -> i64 {
        let product = NewProduct {
            number: None,
            name: name.into(),
            category: category.into(),
            price: Rupiah(price),
            description: format!("Keterangan {name}"),
        };
        let stock = &self.app().actors.stock;
        let added = stock
            .ask(AddProduct { key: format!("{category}:{name}"), product, by: By::operator() })
            .await
            .unwrap()
            .unwrap();
        let AddedProduct::Added { number, .. } = added else { panic!("{added:?}") };
        self.restocks(number.0, units).await;
        number.0
    }

    /// More units of a product.
    pub async fn restocks(&self, number: i64, units: &[&str]) {
        if units.is_empty() {
            return;
        }
        let contents = units.iter().map(|unit| (*unit).to_owned()).collect();
        let request = AddUnits { number: ProductNumber(number), contents, by: By::operator() };
        self.app().actors.stock.ask(request).await.unwrap().unwrap().unwrap();
    }

    /// The note that follows a product's goods.
    pub async fn notes(&self, number: i64, note: &str) {
        let product = self.app().actors.shelf.display().product(ProductNumber(number)).unwrap().id;
        let furnishing = Furnishing {
            category_emoji: None,
            reseller_price: None,
            packages: Vec::new(),
            note: Some(note.into()),
        };
        let request = FurnishProduct { product, furnishing, by: By::operator() };
        self.app().actors.stock.ask(request).await.unwrap().unwrap();
    }

    // Time ----------------------------------------------------------------------------------

    /// Moves the shop's clock and lets the scheduler look.
    pub async fn passes(&self, time: TimeDelta) {
        self.clock.advance(time);
        self.app().actors.scheduler.ask(TickDue).await.unwrap();
    }

    /// Moves the clock in steps until `holds`. The gateway may be asked about one payment only every few seconds of
    /// real time, so that a question can come a few steps late.
    pub async fn passes_until(&self, step: TimeDelta, what: &str, holds: impl Fn() -> bool) {
        for _ in 0..PATIENCE.as_millis() / 100 {
            self.passes(step).await;
            if self.sandbox_shows(Duration::from_millis(100), &holds).await {
                return;
            }
        }
        panic!("it never came to this: {what}\n{}", self.everything());
    }

    /// Waits until `holds`; `what` says what that is.
    pub async fn until(&self, what: &str, holds: impl Fn() -> bool) {
        assert!(
            self.sandbox_shows(PATIENCE, &holds).await,
            "it never came to this: {what}\n{}",
            self.everything()
        );
    }

    /// Looks again with every change at the servers, and now and then, since databases tell nobody of theirs.
    async fn sandbox_shows(&self, patience: Duration, holds: &impl Fn() -> bool) -> bool {
        let end = tokio::time::Instant::now() + patience;
        loop {
            let sequence = self.sandbox.sequence();
            if holds() {
                return true;
            }
            if tokio::time::Instant::now() >= end {
                return false;
            }
            self.sandbox.wait_change(sequence, Duration::from_millis(40)).await;
        }
    }

    /// Waits until all that was said is handled and all that is due is sent and on the audit log's shelf.
    pub async fn settles(&self) {
        self.until("updates are handled", || self.sandbox.unacknowledged_updates() == 0).await;
        self.passes(TimeDelta::zero()).await;
        let idle = "SELECT (SELECT COUNT(*) FROM outbox WHERE state IN ('queued', 'sending')) \
                    + (SELECT COUNT(*) FROM invoices WHERE state = 'opening') \
                    + (SELECT COUNT(*) FROM audit_outbox) AS value";
        self.until("facts are sent", || self.databases.main.number(idle) == 0).await;
    }

    // Looking past the front door -----------------------------------------------------------

    /// From now on the main database refuses rows of a table that come by `event` (`INSERT`, `UPDATE`) and are so, with
    /// `{new}` before each column.
    pub fn db_refuses(&self, event: &str, table: &str, such: &str) {
        self.databases.main.run(match self.databases.main {
            Raw::Lite(_) => format!(
                "CREATE TRIGGER refused BEFORE {event} ON {table} WHEN {} BEGIN SELECT RAISE(ABORT, 'refused'); END",
                such.replace("{new}", "NEW.")
            ),
            Raw::Pg(_) => format!(
                "ALTER TABLE {table} ADD CONSTRAINT refused CHECK (NOT ({})) NOT VALID",
                such.replace("{new}", "")
            ),
        });
    }

    /// It does so no longer.
    pub fn db_refuses_no_more(&self, table: &str) {
        self.databases.main.run(match self.databases.main {
            Raw::Lite(_) => "DROP TRIGGER refused".to_owned(),
            Raw::Pg(_) => format!("ALTER TABLE {table} DROP CONSTRAINT refused"),
        });
    }

    pub fn db_number(&self, sql: &str) -> i64 {
        self.databases.main.number(sql)
    }

    pub fn db_lines(&self, sql: &str) -> Vec<String> {
        self.databases.main.lines(sql)
    }

    /// So many free units are shown to customers.
    pub fn shows_free(&self, number: i64) -> i64 {
        let display = self.app().actors.shelf.display();
        display.product(ProductNumber(number)).map_or(0, |product| display.free(product.id))
    }

    /// The states of all orders, oldest first.
    pub fn db_orders(&self) -> Vec<String> {
        self.db_lines("SELECT state AS value FROM orders ORDER BY id")
    }

    /// The code of the newest order.
    pub fn db_code(&self) -> String {
        self.db_lines("SELECT code AS value FROM orders ORDER BY id DESC LIMIT 1").remove(0)
    }

    pub fn db_units(&self, state: &str) -> i64 {
        self.db_number(&format!("SELECT COUNT(*) AS value FROM stock_units WHERE state = '{state}'"))
    }

    /// All customers' balances together.
    pub fn db_balances(&self) -> i64 {
        let sum = "SELECT CAST(COALESCE(SUM(amount), 0) AS BIGINT) AS value FROM balances WHERE account LIKE 'user:%'";
        self.db_number(sum)
    }

    /// How often the audit log and its queue know of an action.
    pub fn db_audited(&self, action: &str) -> i64 {
        let waiting = format!("SELECT COUNT(*) AS value FROM audit_outbox WHERE action = '{action}'");
        let kept = format!("SELECT COUNT(*) AS value FROM events WHERE action = '{action}'");
        self.db_number(&waiting) + self.databases.audit.number(kept)
    }

    /// How many faults with this code there were since the start.
    pub fn counts_faults(&self, code: &str) -> u64 {
        self.app().metrics.faults.with_label_values(&[code]).get()
    }

    /// All chats, for the report of a failure.
    pub fn everything(&self) -> String {
        let people = self.sandbox.people().into_iter().map(|person| person.id);
        let chats = people.chain(self.sandbox.groups().into_iter().map(|group| group.id));
        chats.map(|chat| crate::chat::transcript(&self.sandbox, chat)).collect()
    }
}
