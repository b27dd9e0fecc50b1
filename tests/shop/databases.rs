//! Databases that live as long as one scenario, and a way past the store into them: its functions are called `db_…`.

use diesel::connection::{Connection, SimpleConnection};
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Nullable, Text};
use diesel_async::AsyncPgConnection;
use diesel_async::async_connection_wrapper::AsyncConnectionWrapper;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};
use tempfile::TempDir;

/// The server on which PostgreSQL's databases are made; without it the scenarios run on SQLite only.
const SERVER: &str = "QUICKCART_TEST_POSTGRES";

/// A database of either kind, reached without the store.
#[derive(Clone)]
pub enum Raw {
    Pg(String),
    Lite(PathBuf),
}

#[derive(QueryableByName)]
struct Number {
    #[diesel(sql_type = Nullable<BigInt>)]
    value: Option<i64>,
}

#[derive(QueryableByName)]
struct Line {
    #[diesel(sql_type = Nullable<Text>)]
    value: Option<String>,
}

/// Runs something on whichever connection it is, away from the scenario's own runtime.
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
                let mut connection = SqliteConnection::establish(&path.to_string_lossy()).unwrap();
                connection.batch_execute("PRAGMA busy_timeout = 5000").unwrap();
                let $c = &mut connection;
                $work
            }
        };
        std::thread::spawn(work).join().unwrap()
    }};
}

impl Raw {
    /// As the configuration names it.
    pub fn url(&self) -> String {
        match self {
            Self::Pg(url) => url.clone(),
            Self::Lite(path) => format!("sqlite://{}", path.display()),
        }
    }

    pub fn run(&self, sql: impl Into<String>) {
        let sql = sql.into();
        raw!(self, |c| c.batch_execute(&sql).unwrap());
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
        rows.into_iter().map(|row| row.value.unwrap_or_default()).collect()
    }
}

/// Two empty databases, and a folder for files, that go when it goes.
pub struct Databases {
    pub main: Raw,
    pub audit: Raw,
    folder: TempDir,
    server: Option<(Raw, [String; 2])>,
}

static COUNTER: AtomicU32 = AtomicU32::new(0);

impl Databases {
    pub fn sqlite() -> Self {
        let folder = TempDir::new().unwrap();
        let file = |name: &str| Raw::Lite(folder.path().join(name));
        Self { main: file("main.db"), audit: file("audit.db"), folder, server: None }
    }

    /// `None` where no server is named.
    pub fn postgres() -> Option<Self> {
        let url = std::env::var(SERVER).ok()?;
        let unique = format!("shop_{}_{}", std::process::id(), COUNTER.fetch_add(1, Ordering::Relaxed));
        let names = [format!("{unique}_main"), format!("{unique}_audit")];
        let server = Raw::Pg(url.clone());
        for name in &names {
            server.run(format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)"));
            server.run(format!("CREATE DATABASE {name}"));
        }
        let (base, _) = url.rsplit_once('/').expect("the url of a server ends in a database");
        let [main, audit] = names.clone().map(|name| Raw::Pg(format!("{base}/{name}")));
        Some(Self { main, audit, folder: TempDir::new().unwrap(), server: Some((server, names)) })
    }

    pub fn folder(&self) -> &Path {
        self.folder.path()
    }
}

impl Drop for Databases {
    fn drop(&mut self) {
        let Some((server, names)) = &self.server else { return };
        for name in names {
            server.run(format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)"));
        }
    }
}
