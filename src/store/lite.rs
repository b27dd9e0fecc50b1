//! What is SQLite's own. Everything else is in `sql`, compiled once for each database.

use super::error::StoreError;
use super::statement::{Expected, Statement, Value, value};
use diesel::connection::{AnsiTransactionManager, Connection, SimpleConnection};
use diesel::result::QueryResult;
use diesel::sql_types::Text;
use diesel::sqlite::{Sqlite, SqliteConnection};
use diesel_async::AsyncConnectionCore;
use serde_json::Value as Json;
use std::time::Duration;

pub type Conn = diesel_async::sync_connection_wrapper::SyncConnectionWrapper<SqliteConnection>;

/// Run on every new connection. FULL: a commit that was answered survives a power cut.
pub const SETUP: &str = "PRAGMA busy_timeout = 5000; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON; \
     PRAGMA cache_size = -16000;";

/// How often the file is asked to change its journal, 20 ms apart.
const JOURNAL_ATTEMPTS: u32 = 250;

/// Makes a connection ready to migrate. The write-ahead journal stays with the file; changing to it ignores the busy
/// timeout, so two processes that open a new file at once have to retry.
#[allow(clippy::disallowed_methods)] // on the thread for blocking work
pub fn prepare(c: &mut SqliteConnection) -> QueryResult<()> {
    c.batch_execute("PRAGMA busy_timeout = 5000")?;
    for _ in 1..JOURNAL_ATTEMPTS {
        match c.batch_execute("PRAGMA journal_mode = WAL") {
            Err(error) if error.to_string().contains("locked") => {
                std::thread::sleep(Duration::from_millis(20)) // a thread for blocking work, before the shop starts
            }
            done => return done,
        }
    }
    c.batch_execute("PRAGMA journal_mode = WAL")
}

/// The database's own clock, in microseconds.
pub const NOW_MICROS: &str = "CAST(unixepoch('subsec') * 1000000 AS INTEGER)";

/// Empty, since [`promise`] has begun the writing transaction already, and [`SETUP`] makes every commit wait for the
/// disk.
pub const BEGIN: &str = "";
pub const BEGIN_HOT: &str = "";
pub const BEGIN_HOT_UNWAITED: &str = "";

/// Begins a transaction that sees the whole database as of one time.
pub const SNAPSHOT: &str = "BEGIN";

/// A writing transaction is alone anyway.
pub const FOR_KEY_SHARE: &str = "";
pub const FOR_UPDATE: &str = "";
pub const SKIP_LOCKED: &str = "";

/// SQLite plans by a statement's text alone, as long as nobody has it count rows.
pub async fn count_grown(_: &mut Conn) -> Result<(), StoreError> {
    Ok(())
}

/// Whatever can be asked.
pub trait Reader: AsyncConnectionCore<Backend = Sqlite> + Send {}
impl<C: AsyncConnectionCore<Backend = Sqlite> + Send> Reader for C {}

/// Takes the write lock at once: a deferred transaction that first reads would fail instead of waiting.
pub async fn promise(c: &mut Conn) -> QueryResult<()> {
    c.spawn_blocking(|c| AnsiTransactionManager::begin_transaction_sql(c, "BEGIN IMMEDIATE")).await
}

/// Does nothing, since [`promise`] has begun the transaction: here nothing is saved by sending statements together.
pub async fn begin(_: &mut impl Reader, _: &str) -> QueryResult<()> {
    Ok(())
}

/// Rows as a table in a statement: one JSON array of arrays.
pub struct Rows {
    name: &'static str,
    columns: Vec<&'static str>,
    rows: Vec<Vec<Json>>,
}

impl Rows {
    pub fn new(name: &'static str) -> Self {
        Self { name, columns: Vec::new(), rows: Vec::new() }
    }

    pub fn numbers(self, column: &'static str, numbers: Vec<Option<i64>>) -> Self {
        self.with(column, numbers)
    }

    pub fn texts(self, column: &'static str, texts: Vec<String>) -> Self {
        self.with(column, texts)
    }

    fn with(mut self, column: &'static str, values: Vec<impl Into<Json>>) -> Self {
        self.columns.push(column);
        self.rows.resize_with(values.len(), Vec::new);
        for (row, value) in self.rows.iter_mut().zip(values) {
            row.push(value.into());
        }
        self
    }

    /// `name (column, …)`, made from what is bound at `$first`.
    pub fn words(&self, first: usize) -> String {
        let columns = self.columns.iter().enumerate();
        let columns: Vec<String> =
            columns.map(|(place, column)| format!("value ->> {place} AS {column}")).collect();
        format!("(SELECT {} FROM json_each(${first})) AS {}", columns.join(", "), self.name)
    }

    pub fn values(self) -> Vec<Value<'static, Sqlite>> {
        vec![value::<Text, _, _>(Json::from(self.rows).to_string())]
    }
}

/// Reads that do not wait for each other's answers. Here they are no faster together.
macro_rules! at_once {
    ($c:ident: $($read:expr),+ $(,)?) => {
        async { Ok::<_, $crate::store::error::StoreError>(($($read.await?),+)) }.await
    };
}

type Write = Box<dyn FnOnce(&mut SqliteConnection) -> QueryResult<usize> + Send>;

/// What a transaction writes once all is decided, in a single hop to the blocking pool and in order.
#[derive(Default)]
pub struct Writes(Vec<(Write, Option<Expected>)>);

impl Writes {
    /// Adds a statement; with an expectation, it must change that many rows.
    pub fn push(&mut self, statement: Statement<'static, Sqlite>, expected: Option<Expected>) {
        self.0.push((Box::new(move |c| c.execute_returning_count(&statement)), expected));
    }

    /// Adds what the connection is to do.
    pub fn add(&mut self, write: impl FnOnce(&mut SqliteConnection) -> QueryResult<usize> + Send + 'static) {
        self.0.push((Box::new(write), None));
    }

    /// Writes all of it, or ends in the first failure.
    pub async fn finish(self, c: &mut Conn) -> Result<(), StoreError> {
        if self.0.is_empty() {
            return Ok(());
        }
        let written = c.spawn_blocking(move |c| {
            for (write, expected) in self.0 {
                let moved = write(c)?;
                if let Some(Err(miss)) = expected.map(|expected| expected.check(moved)) {
                    return Ok(Err(miss));
                }
            }
            Ok(Ok(()))
        });
        written.await?
    }
}

/// Declares a row that is inserted.
macro_rules! row {
    ($(#[$meta:meta])* $vis:vis struct $name:ident in $table:ident { $($at:vis $field:ident: $kind:ty,)+ }) => {
        $(#[$meta])*
        #[derive(Insertable)]
        #[diesel(table_name = $table)]
        $vis struct $name {
            $($at $field: $kind,)+
        }
    };
}

/// Adds rows to what is to be written: one prepared statement, run for each.
macro_rules! insert {
    ($writes:expr, $table:ident, $rows:expr) => {{
        let rows = $rows;
        $writes
            .add(move |c| diesel::RunQueryDsl::execute(diesel::insert_into($table::table).values(rows), c));
    }};
}

#[allow(clippy::duplicate_mod)]
#[path = "sql/mod.rs"]
pub mod sql;
