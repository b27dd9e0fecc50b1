//! The shop as a process of its own on one core, and what can be seen of it from outside.

use crate::sink::Sink;
use diesel::sql_types::BigInt;
use diesel_async::{AsyncConnection, AsyncPgConnection, RunQueryDsl, SimpleAsyncConnection};
use quickcart::actors::stock::messages::AddProduct;
use quickcart::app::App;
use quickcart::clock::Clock;
use quickcart::config::Config;
use quickcart::rules::audit::By;
use quickcart::rules::catalogue::NewProduct;
use quickcart::rules::money::Rupiah;
use std::fs;
use std::io::{BufRead, BufReader, Read};
use std::net::SocketAddr;
use std::process::{Child, Command, Stdio};

pub const SECRET: &str = "bench";
const SERVE: &str = "QUICKCART_BENCH_SERVE";
const DATABASE: &str = "presses";
const PRODUCTS: usize = 24;

pub struct Shop {
    pub address: SocketAddr,
    child: Child,
    database: String,
    _folder: tempfile::TempDir,
}

/// The private chat of a customer.
pub fn chat(customer: usize) -> i64 {
    500_000_000 + customer as i64
}

// The process -------------------------------------------------------------------------------

/// What the process is told by the bench: Telegram's address, the database, a folder.
pub fn asked_to_serve() -> Option<String> {
    std::env::var(SERVE).ok()
}

/// Runs the shop until the bench is gone.
pub fn serve(world: &str) {
    let parts: Vec<&str> = world.split(' ').collect();
    let [telegram, database, folder] = parts[..] else { panic!("{SERVE} is wrong: {world}") };
    let overrides = [
        ("telegram.api_url", telegram.to_owned()),
        ("telegram.mode", "webhook".into()),
        ("telegram.webhook_url", "https://shop.example".into()),
        ("telegram.webhook_secret", SECRET.into()),
        ("limits.commands_per_minute", "10000".into()),
        ("database.url", database.to_owned()),
        ("database.audit_url", format!("sqlite://{folder}/audit.db")),
        ("database.key_file", format!("{folder}/encryption.key")),
        ("http.bind", "127.0.0.1:0".into()),
        ("http.workers", "1".into()),
        ("http.requests_per_address_per_minute", "1000000".into()),
        ("log.dir", format!("{folder}/logs")),
        ("actors.messenger.chat_interval", "0s".into()),
    ];
    let mut config = Config::for_sandbox(&overrides).expect("a configuration");
    config.actors.messenger.rate = 1_000_000; // Telegram's own limit is not what is measured
    actix_rt::System::new().block_on(async {
        let app = App::start(&config, Clock::default()).await.expect("the shop starts");
        fill(&app).await;
        println!("{}", app.address);
        let gone = tokio::task::spawn_blocking(|| std::io::stdin().read_to_end(&mut Vec::new()));
        gone.await.expect("a thread").expect("a pipe");
        app.stop().await;
    });
}

async fn fill(app: &App) {
    for place in 0..PRODUCTS {
        let product = NewProduct {
            number: None,
            name: format!("Produk {place}"),
            category: format!("Kategori {}", place % 6),
            price: Rupiah(10_000),
            description: "Satu bulan".into(),
        };
        let request = AddProduct { key: place.to_string(), product, by: By::operator() };
        app.actors.stock.ask(request).await.expect("stock answers").expect("the database answers");
    }
}

/// Binds this process to all cores but the first.
pub fn keep_off_its_core() {
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    if cores > 1 {
        let (rest, me) = (format!("1-{}", cores - 1), std::process::id().to_string());
        let done = Command::new("taskset").args(["-a", "-c", "-p", &rest, &me]).output();
        assert!(done.is_ok_and(|done| done.status.success()), "taskset (util-linux) is missing");
    }
}

// From outside ------------------------------------------------------------------------------

impl Shop {
    /// Starts it on a fresh database with so many customers who were there before.
    pub async fn start(sink: &Sink, server: &str, known: usize) -> Self {
        let mut maintenance = AsyncPgConnection::establish(server).await.expect("PostgreSQL runs");
        maintenance.batch_execute(&format!("CREATE DATABASE {DATABASE}")).await.expect("a fresh server");
        let (server, _) = server.rsplit_once('/').expect("an address with a database");
        let (database, folder) = (format!("{server}/{DATABASE}"), tempfile::tempdir().expect("a folder"));
        let world = format!("http://{} {database} {}", sink.address, folder.path().display());
        let mut child = Command::new("taskset")
            .args(["-c", "0"])
            .arg(std::env::current_exe().expect("this program"))
            .env(SERVE, world)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("taskset (util-linux) is there");
        let said = child.stdout.take().expect("a pipe");
        let address = actix_rt::task::spawn_blocking(move || {
            let mut line = String::new();
            BufReader::new(said).read_line(&mut line).map(|_| line)
        });
        let address = address.await.expect("a thread").expect("a line").trim().parse().expect("an address");
        let shop = Self { address, child, database, _folder: folder };
        shop.enrol(known).await;
        shop
    }

    async fn connection(&self) -> AsyncPgConnection {
        AsyncPgConnection::establish(&self.database).await.expect("PostgreSQL runs")
    }

    async fn enrol(&self, known: usize) {
        let people = format!(
            "INSERT INTO users (id, name, language, bank_id, onboarded, created_at) \
             SELECT 1000 + n, 'Pembeli', 'id', 'K' || LPAD(n::TEXT, 5, '0'), TRUE, now() FROM generate_series(0, {last}) n; \
             INSERT INTO identities (platform, external_id, user_id) \
             SELECT 'telegram', ({first} + n)::TEXT, 1000 + n FROM generate_series(0, {last}) n; \
             INSERT INTO customers (shop_id, user_id, joined_at) \
             SELECT (SELECT id FROM shops), 1000 + n, now() FROM generate_series(0, {last}) n; ANALYZE",
            last = known - 1,
            first = chat(0),
        );
        self.connection().await.batch_execute(&people).await.expect("customers");
    }

    /// Transactions that the shop's database has seen.
    pub async fn commits(&self) -> i64 {
        #[derive(diesel::QueryableByName)]
        struct Commits {
            #[diesel(sql_type = BigInt)]
            commits: i64,
        }
        let sql = format!("SELECT xact_commit AS commits FROM pg_stat_database WHERE datname = '{DATABASE}'");
        let found: Commits =
            diesel::sql_query(sql).get_result(&mut self.connection().await).await.expect("a count");
        found.commits
    }

    /// Sessions in memory.
    pub async fn awake(&self) -> String {
        let metrics =
            reqwest::get(format!("http://{}/metrics", self.address)).await.expect("the shop answers");
        let metrics = metrics.text().await.expect("text");
        let line = metrics.lines().find_map(|line| line.strip_prefix("quickcart_sessions_alive "));
        line.expect("a metric").to_owned()
    }

    pub fn resident_bytes(&self) -> u64 {
        let status =
            fs::read_to_string(format!("/proc/{}/status", self.child.id())).expect("a living process");
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).expect("its memory");
        line.trim().trim_end_matches(" kB").parse::<u64>().expect("a number") * 1024
    }

    /// Time of the processor in the program and for it in the system, counted in hundredths of a second.
    pub fn cpu_seconds(&self) -> f64 {
        let stat = fs::read_to_string(format!("/proc/{}/stat", self.child.id())).expect("a living process");
        let (_, fields) = stat.rsplit_once(')').expect("a name in parentheses");
        let ticks = fields.split(' ').skip(12).take(2).filter_map(|field| field.parse::<f64>().ok());
        ticks.sum::<f64>() / 100.0
    }
}

impl Drop for Shop {
    fn drop(&mut self) {
        drop(self.child.stdin.take()); // which tells it to stop
        let _ = self.child.wait();
    }
}
