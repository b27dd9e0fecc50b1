//! What is PostgreSQL's own. Everything else is in `sql`, compiled once for each database.

use diesel_async::{AsyncConnection, TransactionManager};

pub type Conn = diesel_async::AsyncPgConnection;

/// Run on every new connection. A statement that hangs must not hold a shop's door. A process that falls asleep in a
/// transaction keeps the lease's row locked: it loses the transaction before its successor's statement gives up.
pub const SETUP: &str =
    "SET statement_timeout = '15s'; SET idle_in_transaction_session_timeout = '10s'; SET TIME ZONE 'UTC'";

/// The database's own clock, in microseconds.
pub const NOW_MICROS: &str = "(extract(epoch FROM clock_timestamp()) * 1000000)::bigint";

/// Begins a transaction that sees one moment of the whole database.
pub const SNAPSHOT: &str = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY";

/// Keeps a row from being changed until the transaction ends, without keeping others from reading it.
pub const FOR_SHARE: &str = "FOR SHARE";

pub async fn begin_write(c: &mut Conn) -> diesel::QueryResult<()> {
    <Conn as AsyncConnection>::TransactionManager::begin_transaction(c).await
}

/// `name(column, …)` as a table made from the JSON array of objects bound at `$place`.
/// Types are `bigint` or `text`.
pub fn rows(place: u8, name: &str, columns: &[(&str, &str)]) -> String {
    let columns: Vec<String> = columns.iter().map(|(column, kind)| format!("{column} {kind}")).collect();
    format!("jsonb_to_recordset(${place}::jsonb) AS {name} ({})", columns.join(", "))
}

/// Rows of one statement: with our widest table that is half of the 65535 values it may bind.
const INSERT_MAX: usize = 1000;

/// Inserts all rows, in as few statements as may be.
macro_rules! insert_many {
    ($c:expr, $table:expr, $rows:expr) => {
        async {
            let (mut rows, mut inserted) = ($rows, 0);
            while !rows.is_empty() {
                let rest = rows.split_off(rows.len().min($crate::store::pg::INSERT_MAX));
                let statement = diesel::insert_into($table).values(rows);
                inserted += diesel_async::RunQueryDsl::execute(statement, $c).await?;
                rows = rest;
            }
            Ok::<usize, diesel::result::Error>(inserted)
        }
        .await
    };
}

#[allow(clippy::duplicate_mod)]
#[path = "sql/mod.rs"]
pub mod sql;
