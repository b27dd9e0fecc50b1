//! The machine that the shop runs on: databases, HTTP, logs.

use crate::config::key::{Clash, Rule, section};
use crate::config::setting::DatabaseUrl;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytesize::ByteSize;
use log::LevelFilter;
use secrecy::SecretString;
use std::{net::SocketAddr, path::PathBuf, time::Duration};

section! {
    /// Where everything is kept. A relative SQLite path begins in the folder that the process was started in.
    pub struct Database at "database", fits database_fits {
        /// Orders, stock, balances: `sqlite://…` for one shop on one machine, `postgres://…` for more.
        url: DatabaseUrl = "sqlite://data/quickcart.db",
            like "postgres://quickcart:password@localhost/quickcart", also DATABASE_URL;
        /// The append-only audit log: a database of its own.
        audit_url: DatabaseUrl = "sqlite://data/audit.db",
            like "postgres://quickcart:password@localhost/audit", also AUDIT_DATABASE_URL;
        /// Connections to each database; on SQLite they read, and one more writes. PostgreSQL must allow them for each shop.
        pool_size: u32 = 16, in 1..=200;
        /// How long a process that went silent keeps the shop to itself before another may take over.
        lease: Duration = "10s", in "3s"..="5m";
        /// Key that encrypts the goods. Without it one is made at the first start and kept in `key_file`.
        encryption_key: Option<SecretString> = unset,
            like "YW4gZXhhbXBsZSBvbmx5OiBtYWtlIHlvdXIgb3duISE=", must KEY, also ENCRYPTION_KEY;
        /// File of that key. Only its owner can read it; without it the goods are lost, so keep a copy elsewhere.
        key_file: PathBuf = "data/encryption.key";
    }
}

section! {
    /// Callbacks, health and metrics.
    pub struct Http at "http" {
        /// Address to listen on, or a name that has one, and the port. `0.0.0.0:8080` listens on all; put a proxy with
        /// TLS before it.
        bind: SocketAddr = "127.0.0.1:8080", also HTTP_BIND;
        /// Path under which a proxy shows this process, such as `/shop`.
        base_path: String = "", like "/shop", must BASE_PATH;
        /// Threads that answer. One serves thousands of requests a second.
        workers: usize = 1, in 1..=64;
        /// Largest body that is read; a larger one is answered 413.
        body_limit: ByteSize = "64KiB", in "1KiB"..="16MiB";
        /// How long a client may take to send a request's head.
        client_request_timeout: Duration = "5s", in "100ms"..="5m";
        /// How long a client may take to close its side.
        client_disconnect_timeout: Duration = "1s", in "100ms"..="1m";
        /// How long an idle connection stays open.
        keep_alive: Duration = "30s", in "1s"..="10m";
        /// Requests of one address in a minute; more are answered 429. Health, metrics and updates that Telegram sends
        /// with its secret are not counted.
        requests_per_address_per_minute: u32 = 6000, in 1..=1000000;
    }
}

section! {
    /// Logs: one file a day, `<dir>/quickcart-<shop.id>/<YYYY-MM-DD>.log`, and the console.
    pub struct Log at "log" {
        /// How much is written: `error`, `warn`, `info`, `debug` or `trace`. Each request over HTTP shows at `debug`.
        level: LevelFilter = "info", also LOG_LEVEL;
        /// Folder of the logs.
        dir: PathBuf = "logs";
        /// Whether lines are JSON, for programs that collect logs, instead of `[timestamp] [level] message`.
        json: bool = false;
        /// How many days are kept; older files are removed.
        keep_days: u32 = 14, in 1..=3650;
    }
}

/// As the vault takes it.
const KEY: Rule = Rule {
    says: "is not the base64 of 32 bytes, as `openssl rand -base64 32` prints and the key file holds",
    holds: |text| STANDARD.decode(text.trim()).is_ok_and(|key| key.len() == 32),
};

const BASE_PATH: Rule = Rule {
    says: "is neither empty nor a path like /shop",
    holds: |text| {
        let allowed = |c: char| c.is_ascii_alphanumeric() || "-_./".contains(c);
        text.is_empty() || text.starts_with('/') && !text.ends_with('/') && text.chars().all(allowed)
    },
};

fn database_fits(database: &Database) -> Vec<Clash> {
    let Database { url, audit_url, .. } = database;
    let (main, audit) = ("sqlite://data/quickcart.db", "sqlite://data/audit.db");
    let options = "has a ? in it, but a SQLite file is named without options";
    let same = "is the same as database.url, but the audit log needs a database of its own";
    let clashes = [
        (url.has_options(), "database.url", options, main),
        (audit_url.has_options(), "database.audit_url", options, audit),
        (url == audit_url, "database.audit_url", same, audit),
    ];
    let met = clashes.into_iter().filter(|(clashes, ..)| *clashes);
    met.map(|(_, path, fault, right)| Clash { path, fault: fault.into(), right: right.into() }).collect()
}
