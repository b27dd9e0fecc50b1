//! What is SQLite's own. Everything else is in `sql`, compiled once for each database.

use diesel::connection::{AnsiTransactionManager, SimpleConnection};
use std::time::Duration;

pub type Conn = diesel_async::sync_connection_wrapper::SyncConnectionWrapper<diesel::SqliteConnection>;

/// Run on every new connection. FULL: a commit that was answered survives a power cut.
pub const SETUP: &str = "PRAGMA busy_timeout = 5000; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON; \
     PRAGMA cache_size = -16000;";

/// How often the file is asked to change its journal, 20 ms apart.
const JOURNAL_ATTEMPTS: u32 = 250;

/// Makes a connection ready to migrate. The write-ahead journal stays with the file; changing to it does not heed
/// the busy timeout, so that two processes at a new file have to try.
#[allow(clippy::disallowed_methods)] // on the thread for blocking work
pub fn prepare(c: &mut diesel::SqliteConnection) -> diesel::QueryResult<()> {
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

/// Begins a transaction that sees one moment of the whole database.
pub const SNAPSHOT: &str = "BEGIN";

/// A writing transaction is alone anyway.
pub const FOR_SHARE: &str = "";

/// Takes the write lock at once: a deferred transaction that first reads would fail instead of waiting.
pub async fn begin_write(c: &mut Conn) -> diesel::QueryResult<()> {
    c.spawn_blocking(|c| AnsiTransactionManager::begin_transaction_sql(c, "BEGIN IMMEDIATE")).await
}

/// `name(column, …)` as a table made from the JSON array of objects bound at `$place`.
pub fn rows(place: u8, name: &str, columns: &[(&str, &str)]) -> String {
    let columns: Vec<String> =
        columns.iter().map(|(column, _)| format!("value ->> '$.{column}' AS {column}")).collect();
    format!("(SELECT {} FROM json_each(${place})) AS {name}", columns.join(", "))
}

/// Inserts all rows: one prepared statement, run for each row in a single hop to the blocking pool.
macro_rules! insert_many {
    ($c:expr, $table:expr, $rows:expr) => {{
        let rows = $rows;
        $c.spawn_blocking(move |c| diesel::RunQueryDsl::execute(diesel::insert_into($table).values(rows), c))
            .await
    }};
}

#[allow(clippy::duplicate_mod)]
#[path = "sql/mod.rs"]
pub mod sql;
