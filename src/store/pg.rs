//! What is PostgreSQL's own. Everything else is in `sql`, compiled once for each database.

use super::error::StoreError;
use super::statement::{Expected, Statement, Together, Value, value};
use diesel::QueryableByName;
use diesel::connection::{TransactionDepthChange, TransactionManagerStatus};
use diesel::pg::Pg;
use diesel::result::QueryResult;
use diesel::sql_types::{Array, BigInt, Nullable, Text};
use diesel_async::{
    AsyncConnection, AsyncConnectionCore, RunQueryDsl, SimpleAsyncConnection, TransactionManager,
};
use futures_util::future::join_all;

pub type Conn = diesel_async::AsyncPgConnection;

/// Run on every new connection. A statement that hangs must not hold up the shop. A process that falls asleep in a
/// transaction keeps the lease's row locked: it loses the transaction before its successor's statement gives up.
pub const SETUP: &str =
    "SET statement_timeout = '15s'; SET idle_in_transaction_session_timeout = '10s'; SET TIME ZONE 'UTC'";

/// Run besides on the connections of a running shop. Its statements are about few rows and each has its index: a table
/// must not be read whole because it was small, or not yet counted, when the statement was planned. A statement that
/// has to read everything still may, and is not compiled for that.
pub const INDEXED: &str = "SET enable_seqscan = off; SET jit = off";

/// How a connection notices that the machine at its other end is gone, which says nothing when it goes: after some 25
/// s. By default a system waits for up to two hours. What the address itself sets takes precedence.
const KEEPALIVE: [(&str, &str); 4] = [
    ("keepalives_idle", "10"),
    ("keepalives_interval", "5"),
    ("keepalives_retries", "3"),
    ("tcp_user_timeout", "20"),
];

/// The address of a server with [`KEEPALIVE`].
pub fn watchful(url: &str) -> String {
    let mut watchful = url.to_owned();
    for (name, value) in KEEPALIVE {
        if !url.contains(&format!("{name}=")) {
            watchful.push(if watchful.contains('?') { '&' } else { '?' });
            watchful.push_str(&format!("{name}={value}"));
        }
    }
    watchful
}

/// The database's own clock, in microseconds.
pub const NOW_MICROS: &str = "(extract(epoch FROM clock_timestamp()) * 1000000)::bigint";

/// How a transaction begins that writes.
pub const BEGIN: &str = "BEGIN";

/// How a frequent transaction begins, whose statements are about few rows: each connection plans them once. Left to
/// itself PostgreSQL plans most of them anew for a batch of one, a sixth of a single purchase. Not for all statements:
/// a plan made while a table was empty reads it whole when thousands of values are bound.
pub const BEGIN_HOT: &str = "BEGIN; SET LOCAL plan_cache_mode = force_generic_plan";

/// The same, with a commit that does not wait for the disk: a server that dies may forget it for half a second more,
/// three times its `wal_writer_delay`. Any later commit that waits makes it durable too.
pub const BEGIN_HOT_UNWAITED: &str =
    "BEGIN; SET LOCAL plan_cache_mode = force_generic_plan; SET LOCAL synchronous_commit = off";

/// Begins a transaction that sees the whole database as of one time.
pub const SNAPSHOT: &str = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY";

/// Keeps a row from being taken away with [`FOR_UPDATE`] until the transaction ends. Its owner may still change it: a
/// lease could otherwise not be renewed while one transaction always overlaps the next.
pub const FOR_KEY_SHARE: &str = "FOR KEY SHARE";

/// Keeps rows for this transaction: waits for whoever holds or changes one, then checks whether it still matches;
/// whoever wants it with [`FOR_KEY_SHARE`] or this waits too.
pub const FOR_UPDATE: &str = "FOR UPDATE";
/// The same, but passes over rows that somebody else holds.
pub const SKIP_LOCKED: &str = "FOR UPDATE SKIP LOCKED";

/// Tables with more than twice the rows that they had when last counted.
const GROWN: &str = "SELECT quote_ident(t.relname) AS name FROM pg_stat_user_tables t JOIN pg_class c ON c.oid = t.relid \
                     WHERE t.schemaname = current_schema() AND t.n_live_tup > 1000 + 2 * greatest(c.reltuples, 0)";

#[derive(QueryableByName)]
struct Grown {
    #[diesel(sql_type = Text)]
    name: String,
}

/// Has the rows of grown tables counted. The server counts by itself once a minute: until then a shop that opens with a
/// rush has its statements planned for empty tables, by any index, and sells a sixth of what it could.
pub async fn count_grown(c: &mut Conn) -> Result<(), StoreError> {
    for Grown { name } in diesel::sql_query(GROWN).load::<Grown>(c).await? {
        c.batch_execute(&format!("ANALYZE (SKIP_LOCKED) {name}")).await?;
    }
    Ok(())
}

/// Whatever can be asked: a connection, or one that is shared by several who ask.
pub trait Reader: AsyncConnectionCore<Backend = Pg> + SimpleAsyncConnection + Send {}
impl<C: AsyncConnectionCore<Backend = Pg> + SimpleAsyncConnection + Send> Reader for C {}

/// Marks the connection as inside a writing transaction before `BEGIN` is sent, which is [`begin`]'s part: however the
/// transaction ends, the connection is then cleaned up or thrown away.
pub async fn promise(c: &mut Conn) -> QueryResult<()> {
    type Manager = <Conn as AsyncConnection>::TransactionManager;
    match Manager::transaction_manager_status_mut(c) {
        TransactionManagerStatus::Valid(status) => {
            status.change_transaction_depth(TransactionDepthChange::IncreaseDepth)
        }
        TransactionManagerStatus::InError => Err(diesel::result::Error::BrokenTransactionManager),
    }
}

/// Begins the transaction that was promised. Its words are sent first if it comes first among what is asked
/// [`at_once!`].
pub async fn begin(c: &mut impl Reader, how: &str) -> QueryResult<()> {
    c.batch_execute(how).await
}

/// Rows as a table in a statement: one array for each column, so that its text is the same for any number of rows.
pub struct Rows {
    name: &'static str,
    columns: Vec<(&'static str, &'static str)>,
    values: Vec<Value<'static, Pg>>,
}

impl Rows {
    pub fn new(name: &'static str) -> Self {
        Self { name, columns: Vec::new(), values: Vec::new() }
    }

    pub fn numbers(self, column: &'static str, numbers: Vec<Option<i64>>) -> Self {
        self.with(column, "bigint", value::<Array<Nullable<BigInt>>, _, _>(numbers))
    }

    pub fn texts(self, column: &'static str, texts: Vec<String>) -> Self {
        self.with(column, "text", value::<Array<Text>, _, _>(texts))
    }

    fn with(mut self, column: &'static str, kind: &'static str, value: Value<'static, Pg>) -> Self {
        self.columns.push((column, kind));
        self.values.push(value);
        self
    }

    /// `name (column, …)`, made from what is bound at `$first` and after it.
    pub fn words(&self, first: usize) -> String {
        let places = (first..).zip(&self.columns).map(|(place, (_, kind))| format!("${place}::{kind}[]"));
        let places: Vec<String> = places.collect();
        let columns: Vec<&str> = self.columns.iter().map(|(column, _)| *column).collect();
        format!("unnest({}) AS {} ({})", places.join(", "), self.name, columns.join(", "))
    }

    pub fn values(self) -> Vec<Value<'static, Pg>> {
        self.values
    }
}

/// Reads that do not wait for each other's answers, in one round trip.
macro_rules! at_once {
    ($c:ident: $($read:expr),+ $(,)?) => {{
        let shared = &*$c;
        futures_util::try_join!($(async {
            let $c = &mut { shared };
            $read.await
        }),+)
    }};
}

/// What a transaction writes once all is decided, in one round trip and in order.
#[derive(Default)]
pub struct Writes(Vec<Write>);

enum Write {
    Statement(Statement<'static, Pg>, Option<Expected>),
    /// Consecutive insertions, whatever their tables, as one statement: each statement costs something besides its
    /// rows.
    Inserts(Together<'static, Pg>),
}

impl Writes {
    /// Adds a statement; with an expectation, one that has to move so many rows.
    pub fn push(&mut self, statement: Statement<'static, Pg>, expected: Option<Expected>) {
        self.0.push(Write::Statement(statement, expected));
    }

    /// Adds rows.
    pub fn insert<R: Row>(&mut self, rows: Vec<R>) {
        if rows.is_empty() {
            return;
        }
        let insertion = R::insertion(rows);
        match self.0.last_mut() {
            Some(Write::Inserts(inserts)) => inserts.push(insertion),
            _ => self.0.push(Write::Inserts(Together::of(insertion))),
        }
    }

    /// Writes all of it, or ends in the first failure.
    pub async fn finish(self, c: &mut Conn) -> Result<(), StoreError> {
        let shared = &*c;
        let written = self.0.into_iter().map(async |write| match write {
            Write::Statement(statement, expected) => {
                let moved = statement.execute(&mut { shared }).await?;
                expected.map_or(Ok(()), |expected| expected.check(moved))
            }
            Write::Inserts(inserts) => Ok(inserts.execute(&mut { shared }).await.map(drop)?),
        });
        join_all(written).await.into_iter().collect()
    }
}

/// Declares a row that is inserted. Rows go as one array for each column, so that the statement is the same however
/// many they are.
macro_rules! row {
    ($(#[$meta:meta])* $vis:vis struct $name:ident in $table:ident { $($at:vis $field:ident: $kind:ty,)+ }) => {
        $(#[$meta])*
        #[derive(Insertable)]
        #[diesel(table_name = $table)]
        $vis struct $name {
            $($at $field: $kind,)+
        }

        impl crate::store::pg::Row for $name {
            fn insertion(rows: Vec<Self>) -> crate::store::statement::Statement<'static, diesel::pg::Pg> {
                use diesel::{dsl::SqlTypeOf, sql_types::Array};
                $(let mut $field = Vec::with_capacity(rows.len());)+
                for row in rows {
                    $($field.push(row.$field);)+
                }
                let columns = [$(concat!("\"", stringify!($field), "\"")),+];
                crate::store::statement::Statement::new(crate::store::pg::insertion(stringify!($table), &columns))
                    $(.bind::<Array<SqlTypeOf<$table::$field>>, _>($field))+
            }
        }
    };
}

/// See [`row!`].
pub trait Row: Sized {
    fn insertion(rows: Vec<Self>) -> Statement<'static, Pg>;
}

/// The words of [`Row::insertion`].
pub fn insertion(table: &str, columns: &[&str]) -> String {
    let places: Vec<String> = (1..=columns.len()).map(|place| format!("${place}")).collect();
    format!("INSERT INTO {table} ({}) SELECT * FROM unnest({})", columns.join(", "), places.join(", "))
}

/// Adds rows to what is to be written.
macro_rules! insert {
    ($writes:expr, $table:ident, $rows:expr) => {
        $writes.insert($rows);
    };
}

#[allow(clippy::duplicate_mod)]
#[path = "sql/mod.rs"]
pub mod sql;
