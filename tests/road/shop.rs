//! The shop's own program between a local Telegram, a local gateway and two databases.

use crate::databases::Databases;
use crate::patience::until;
use crate::people::{ADMIN, FIRST_CUSTOMER, OWNER};
use crate::process::Process;
use quickcart::sandbox::{self, Options, Person, Sandbox};
use std::cell::{Cell, RefCell};
use std::collections::BTreeSet;
use std::process::{Command, Output};
use std::rc::Rc;
use std::sync::LazyLock;
use std::time::Duration;
use tokio::runtime::{Builder, Runtime};

/// How long anything may take that has to happen by itself. A machine may be busy, and a lease has to lapse first.
pub const PATIENCE: Duration = Duration::from_secs(60);

pub const WEBHOOK_SECRET: &str = "bukan-untuk-log";

/// Where it is spoken to others. Looks at the database hold a scenario's own thread up, in a busy hour for longer than the
/// shop lets a connection say nothing.
pub static WIRE: LazyLock<Runtime> =
    LazyLock::new(|| Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap());

/// Sends a request and waits for the whole answer.
async fn asks(request: reqwest::RequestBuilder) -> reqwest::Result<(reqwest::StatusCode, String)> {
    let answer = async {
        let answer = request.send().await?;
        Ok((answer.status(), answer.text().await?))
    };
    WIRE.spawn(answer).await.unwrap()
}

/// A shop's surroundings, and its process if it runs.
pub struct Shop {
    pub sandbox: Sandbox,
    pub databases: Databases,
    pub http: reqwest::Client,
    /// Violations with these words are the scenario's doing.
    pub provoked: RefCell<Vec<&'static str>>,
    /// Orders that customers know of.
    pub orders: RefCell<BTreeSet<i64>>,
    settings: RefCell<Vec<(String, String)>>,
    process: RefCell<Option<Rc<Process>>>,
    starts: Cell<u32>,
}

impl Shop {
    /// A running shop with customers who have never been there, and nothing on its shelves.
    pub async fn open(databases: Databases, customers: i64) -> Self {
        Self::open_with(databases, customers, &[]).await
    }

    /// With settings of its own, such as `("payment.expiry", "5s")`.
    pub async fn open_with(databases: Databases, customers: i64, settings: &[(&str, &str)]) -> Self {
        let shop = Self::closed(databases, customers, settings).await;
        shop.start().await;
        shop.staff_come_in().await;
        shop
    }

    /// The same, but Telegram brings the updates.
    pub async fn open_by_webhook(databases: Databases, customers: i64, settings: &[(&str, &str)]) -> Self {
        let shop = Self::closed(databases, customers, settings).await;
        shop.set("telegram.mode", "webhook");
        shop.set("telegram.webhook_url", "https://shop.example");
        shop.set("telegram.webhook_secret", WEBHOOK_SECRET);
        shop.start().await;
        // The shop named its public address; here Telegram reaches it without a proxy.
        let here = serde_json::json!({"url": shop.url("/webhooks/telegram"), "secret_token": WEBHOOK_SECRET});
        let method = format!("{}/bot{}/setWebhook", shop.sandbox.bot_api_url(), Options::default().token);
        assert!(shop.http.post(method).json(&here).send().await.unwrap().status().is_success());
        shop.staff_come_in().await;
        shop
    }

    /// Posts an update as Telegram does; what was answered.
    pub async fn is_posted(&self, update: &serde_json::Value) -> reqwest::Result<reqwest::Response> {
        let request = self.http.post(self.url("/webhooks/telegram"));
        request.header("X-Telegram-Bot-Api-Secret-Token", WEBHOOK_SECRET).json(update).send().await
    }

    /// Not started yet.
    pub async fn closed(databases: Databases, customers: i64, settings: &[(&str, &str)]) -> Self {
        let sandbox = sandbox::start(options(customers)).await.unwrap();
        sandbox.set_faults(|faults| faults.limits_off = true);
        let shop = Self {
            http: reqwest::Client::builder().no_proxy().timeout(Duration::from_secs(30)).build().unwrap(),
            settings: RefCell::new(usual(&sandbox, &databases)),
            provoked: RefCell::default(),
            orders: RefCell::default(),
            process: RefCell::default(),
            starts: Cell::new(0),
            sandbox,
            databases,
        };
        for (key, value) in settings {
            shop.set(key, value);
        }
        shop
    }

    /// Sets a key for the next start.
    pub fn set(&self, key: &str, value: &str) {
        let name = format!("QUICKCART__{}", key.to_uppercase().replace('.', "__"));
        self.settings.borrow_mut().push((name, value.to_owned()));
    }

    /// Sets a variable by its own name for the next start.
    pub fn sets(&self, name: &str, value: &str) {
        self.unsets(name);
        self.settings.borrow_mut().push((name.to_owned(), value.to_owned()));
    }

    /// The value of a variable as the next start gets it.
    pub fn setting(&self, name: &str) -> Option<String> {
        self.settings.borrow().iter().find(|(set, _)| set == name).map(|(_, value)| value.clone())
    }

    pub fn unsets(&self, name: &str) {
        self.settings.borrow_mut().retain(|(set, _)| set != name);
    }

    // Its process ---------------------------------------------------------------------------

    /// Starts it and waits until it serves.
    pub async fn start(&self) {
        self.launch(&[]);
        self.wait_ready().await;
    }

    /// Starts it with places armed where it aborts or panics, such as `payment.settled=abort@1`.
    pub async fn start_with_trip(&self, trip: &str) {
        self.launch(&[("QUICKCART_TRIP", trip)]);
        self.wait_ready().await;
    }

    /// Starts it and waits for nothing.
    pub fn launch(&self, more: &[(&str, &str)]) -> Rc<Process> {
        let process = self.start_another(more);
        *self.process.borrow_mut() = Some(process.clone());
        process
    }

    /// A further process of the same shop.
    pub fn start_another(&self, more: &[(&str, &str)]) -> Rc<Process> {
        self.starts.set(self.starts.get() + 1);
        let said = self.databases.folder().join(format!("said-{}.txt", self.starts.get()));
        let mut command = self.command("run");
        command.envs(more.iter().copied());
        Rc::new(Process::start(&mut command, &said))
    }

    pub fn process(&self) -> Rc<Process> {
        self.process.borrow().clone().expect("the shop was started")
    }

    /// The scenario goes on with another process than it began with.
    pub fn goes_on_with(&self, process: Rc<Process>) {
        *self.process.borrow_mut() = Some(process);
    }

    /// Waits until it serves, then tells the gateway where callbacks go. `false`: it died first.
    pub async fn is_ready(&self) -> bool {
        let (process, last) = (self.process(), RefCell::new("nothing".to_owned()));
        let ready = until(PATIENCE, async || {
            if process.ended().is_some() {
                return Some(false);
            }
            let address = address(&process)?;
            let answer = asks(self.http.get(format!("http://{address}/readyz"))).await;
            let ready = answer.as_ref().is_ok_and(|(status, _)| status.is_success());
            *last.borrow_mut() = format!("{answer:?}");
            ready.then_some(true)
        });
        let ready = ready.await;
        let ready = ready
            .unwrap_or_else(|| panic!("never ready, at last {}:\n{}", last.take(), process.last_words()));
        if ready {
            self.sandbox.set_callback_url(Some(&self.url("/webhooks/pakasir")));
        }
        ready
    }

    pub async fn wait_ready(&self) {
        assert!(self.is_ready().await, "it died:\n{}", self.process().last_words());
    }

    pub async fn wait_dead(&self) {
        self.process().wait_dead().await;
    }

    /// Kills it from outside and waits until it is gone.
    pub async fn kill9(&self) {
        self.process().kill9();
        self.wait_dead().await;
    }

    /// Tells it to stop and waits until it did.
    pub async fn stop(&self) {
        self.process().terminate();
        let ended = self.process().wait_dead().await;
        assert!(ended.success(), "it ended with {ended}:\n{}", self.process().last_words());
    }

    /// Where its HTTP is.
    pub fn url(&self, path: &str) -> String {
        let process = self.process();
        let address = address(&process).unwrap_or_else(|| panic!("no address:\n{}", process.last_words()));
        format!("http://{address}{path}")
    }

    /// The sum of a metric over the lines that begin so.
    pub async fn metric(&self, line: &str) -> f64 {
        let (_, text) = asks(self.http.get(self.url("/metrics"))).await.unwrap();
        let values = text.lines().filter(|found| found.starts_with(line));
        values.filter_map(|found| found.rsplit_once(' ')?.1.parse::<f64>().ok()).sum()
    }

    // Its other commands --------------------------------------------------------------------

    /// The program with this shop's settings and nothing else around it.
    pub fn command(&self, name: &str) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_quickcart"));
        command.arg(name).env_clear().envs(self.settings.borrow().iter().cloned());
        command.current_dir(self.databases.folder());
        command
    }

    /// Carries a command out.
    pub fn carries_out(&self, name: &str) -> Output {
        self.command(name).output().unwrap()
    }
}

impl Drop for Shop {
    fn drop(&mut self) {
        if std::thread::panicking()
            && let Some(process) = self.process.borrow().as_ref()
        {
            eprintln!(
                "The shop said:\n{}\nViolations: {:?}",
                process.last_words(),
                self.sandbox.violations()
            );
        }
    }
}

/// The address that a process told of.
fn address(process: &Process) -> Option<String> {
    let said = process.said();
    let (_, rest) = said.rsplit_once("HTTP on ")?;
    let (address, _) = rest.split_once(".\n").or_else(|| rest.split_once(".\""))?;
    Some(address.to_owned())
}

fn options(customers: i64) -> Options {
    let mut people: Vec<Person> = (0..customers)
        .map(|place| Person::new(FIRST_CUSTOMER + place, &format!("Pembeli {place}"), None, "Customer"))
        .collect();
    people.push(Person::new(ADMIN, "Andi", Some("andi_admin"), "Admin"));
    people.push(Person::new(OWNER, "Oki", Some("oki_owner"), "Owner"));
    Options { people, groups: Vec::new(), invoice_expiry_seconds: 24 * 3600, ..Options::default() }
}

/// Nothing is slowed down: pacing has tests of its own.
fn usual(servers: &Sandbox, databases: &Databases) -> Vec<(String, String)> {
    let stand_in = Options::default();
    let file = |name: &str| databases.folder().join(name).display().to_string();
    let settings = [
        ("TELEGRAM_BOT_TOKEN", stand_in.token),
        ("TELEGRAM_API_URL", servers.bot_api_url()),
        ("ADMIN_USER_IDS", ADMIN.to_string()),
        ("OWNER_USER_IDS", OWNER.to_string()),
        ("PAKASIR_BASE_URL", servers.pakasir_url()),
        ("PAKASIR_PROJECT_SLUG", stand_in.project),
        ("PAKASIR_API_KEY", stand_in.api_key),
        ("DATABASE_URL", databases.main.url()),
        ("AUDIT_DATABASE_URL", databases.audit.url()),
        ("QUICKCART__DATABASE__POOL_SIZE", "4".into()),
        ("QUICKCART__DATABASE__LEASE", "3s".into()),
        ("QUICKCART__DATABASE__KEY_FILE", file("encryption.key")),
        ("QUICKCART__HTTP__BIND", "127.0.0.1:0".into()),
        ("QUICKCART__HTTP__REQUESTS_PER_ADDRESS_PER_MINUTE", "1000000".into()),
        ("QUICKCART__LOG__DIR", file("logs")),
        ("QUICKCART__PAYMENT__POLL_INTERVAL", "1s".into()),
        ("QUICKCART__NOTICES__STAFF_BATCH", "0s".into()),
        ("QUICKCART__LIMITS__COMMANDS_PER_MINUTE", "10000".into()),
        ("QUICKCART__LIMITS__UNPAID_INVOICES_PER_HOUR", "10000".into()),
        ("QUICKCART__ACTORS__MESSENGER__CHAT_INTERVAL", "0s".into()),
        ("QUICKCART__ACTORS__MESSENGER__RATE", "30".into()),
    ];
    settings.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
}
