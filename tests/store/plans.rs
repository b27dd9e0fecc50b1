//! What the shop does all day must not cost more the longer it has been selling: every statement that it executes
//! finds its rows by an index, and never walks or sorts its history.

use crate::day::Day;
use crate::harness::*;
use crate::history::history;
use chrono::TimeDelta;
use diesel::connection::{Connection, Instrumentation, InstrumentationEvent, set_default_instrumentation};
use diesel::prelude::*;
use diesel::sql_types::Text;
use quickcart::rules::ids::ProductId;
use quickcart::rules::order::OrderState;
use quickcart::store::Store;
use quickcart::store::model::Leased;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Mutex;
use std::time::Duration;

/// Rows of each large table before the day begins.
const HISTORY: i64 = 100_000;
/// PostgreSQL plans a statement anew five times before it may settle on one plan for good.
const DAYS: i64 = 8;
/// Rows of one table that a day may read, rows that died meanwhile included. Walking the history once reads all.
const READ_IN_A_DAY: i64 = HISTORY / 10;

/// Tables that stay small however long a shop sells.
#[rustfmt::skip]
const SMALL: &[&str] = &[
    "shops", "shop_leases", "settings", "staff", "notify_chats", "categories", "products", "product_prices",
    "restock_subscriptions", "restocks", "carts", "audit_outbox",
];
/// No tables: names that statements give, and rows made of what was bound.
const MADE: &[&str] = &["chats", "heads", "waiting", "CONSTANT", "json_each"];
/// Indexes that hold what is still to be done, and never what is done: they may be walked.
#[rustfmt::skip]
const LIVE: &[&str] = &[
    "orders_open", "orders_due", "orders_made", "stock_units_free", "invoices_ask", "invoices_due", "outbox_chat", "outbox_staff",
];
/// Columns that narrow nothing down: they are the same for most rows.
const COMMON: &[&str] = &["shop_id", "platform", "state", "source", "gateway", "product_id"];

on_both! {
    /// Explains the very statements that were executed: diesel tells of each. On PostgreSQL it also counts the rows
    /// that were read, since no EXPLAIN shows foreign keys, triggers, or plans made for the values that were bound.
    async fn no_statement_of_the_day_walks_the_history(shop) {
        let (db, store, product) = aged(shop, HISTORY).await;
        let (sessions_before, read_before) = (sessions(db).max(1), rows_read(db));
        listen(db);
        for number in 0..DAYS {
            let at = shop.at + TimeDelta::days(number);
            Day { store: &store, product, number, at }.live().await;
        }
        drop(store);
        let problem = |statement: String| {
            let plan = plan(db, &statement);
            let walks = walks(&plan);
            (!walks.is_empty()).then(|| format!("{statement}\n  walks: {walks:#?}\n  in: {plan:#?}"))
        };
        let heard = heard(db);
        assert!(heard.len() > 80, "only {} statements were heard", heard.len());
        let problems: Vec<String> = heard.into_iter().filter_map(problem).collect();
        assert!(problems.is_empty(), "{} statements walk the history:\n{}", problems.len(), problems.join("\n\n"));

        // a session says what it read when it ends
        assert!((0..10_000).any(|_| sessions(db) < sessions_before), "the store's sessions do not end");
        let read = rows_read(db);
        let in_a_day = |table: &str| (read[table] - read_before[table]) / DAYS;
        for table in read.keys() {
            assert!(in_a_day(table) < READ_IN_A_DAY, "{} rows of {table} were read each day", in_a_day(table));
        }
        assert!(read.is_empty() || in_a_day("orders") > 0, "what was read was not counted");
    }

    /// Staff page through everything, newest first. How many there are is counted for them, at the price of a walk.
    async fn a_page_of_all_orders_is_not_sorted(shop) {
        let (db, store, _) = aged(shop, HISTORY / 10).await;
        listen(db);
        for state in [None, Some(OrderState::Delivered)] {
            assert_eq!(store.orders_in(state, 0, 5).await.unwrap().rows.len(), 5);
        }
        for statement in heard(db) {
            let plan = plan(db, &statement);
            let sorts = |step: &String| step.contains("Sort") || step.contains("ORDER BY");
            assert!(!plan.iter().any(sorts) || !statement.contains("DESC"), "{statement}\n{plan:#?}");
        }
    }
}

/// A sale's own words to PostgreSQL: its plans are kept, and the disk is waited for once it is paid. Nothing of it stays
/// with the connection.
#[tokio::test]
async fn a_sale_runs_on_kept_plans_and_its_payment_waits_for_the_disk() {
    let Some(shop) = TestShop::on_postgres().await else { return };
    let tell = |what: &str, event: &str| {
        format!(
            "CREATE TRIGGER {what} AFTER {event} FOR EACH STATEMENT EXECUTE FUNCTION tell_settings('{what}')"
        )
    };
    let triggers = [
        tell("reserved", "INSERT ON orders"),
        tell("paid", "UPDATE ON orders"),
        tell("added", "INSERT ON stock_units"),
    ];
    shop.db().run(format!("{TELL_SETTINGS}; {}", triggers.join("; "))).unwrap();
    let (_, store, product) = aged(&shop, 10).await;
    shop.db().run("DELETE FROM told").unwrap(); // what the past was written with
    for number in 0..2 {
        let day = Day { store: &store, product, number, at: shop.at };
        let buyer = day.somebody_comes(1).await;
        day.stock_arrives().await;
        day.pays_from_balance(&buyer, 5).await;
    }
    let told = shop.db().lines("SELECT DISTINCT settings AS value FROM told ORDER BY 1");
    assert_eq!(told, ["added auto on", "paid force_generic_plan on", "reserved force_generic_plan off"]);
}

/// The test's server waits for nothing: here the new connections do, as an operator's would.
const TELL_SETTINGS: &str = "CREATE TABLE told (settings text); \
    CREATE FUNCTION tell_settings() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN INSERT INTO told VALUES (TG_ARGV[0] || ' ' \
    || current_setting('plan_cache_mode') || ' ' || current_setting('synchronous_commit')); RETURN NULL; END $$; \
    DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET synchronous_commit = on', current_database()); END $$";

/// The shop with a past, its store on new connections that are listened to once it is asked for, and a product.
async fn aged(shop: &TestShop, rows: i64) -> (&Raw, Store, ProductId) {
    let db = shop.db();
    let product = shop.product("Netflix").await;
    db.run(history(matches!(db, Raw::Pg(_)), "main", product.0, rows, shop.at)).unwrap();
    db.run("UPDATE products SET per_customer = 100").unwrap();
    set_default_instrumentation(|| Some(Box::<Ear>::default())).unwrap();
    shop.store.release_lease().await.unwrap();
    let store = Store::open(options(&shop.databases, "main")).await.unwrap();
    let leased = store.ask_for_lease("overheard", Duration::from_secs(600), None).await.unwrap();
    let Leased::Taken { epoch } = leased else { panic!("{leased:?}") };
    (db, store.with_epoch(epoch), product)
}

// Listening ---------------------------------------------------------------------------------

/// Statements by the database they went to, without what was bound.
static HEARD: Mutex<BTreeMap<String, BTreeSet<String>>> = Mutex::new(BTreeMap::new());

/// Hears the statements of one connection, if its database is listened to.
#[derive(Default)]
struct Ear {
    url: String,
}

impl Instrumentation for Ear {
    fn on_connection_event(&mut self, event: InstrumentationEvent<'_>) {
        match event {
            InstrumentationEvent::StartEstablishConnection { url, .. } => {
                // how its connections are kept is no part of which database it is
                self.url = url.split('?').next().unwrap_or_default().to_owned();
            }
            InstrumentationEvent::StartQuery { query, .. } => {
                if let Some(heard) = HEARD.lock().unwrap().get_mut(&self.url) {
                    heard.insert(query.to_string().split(" -- binds:").next().unwrap_or_default().to_owned());
                }
            }
            _ => {}
        }
    }
}

fn address(db: &Raw) -> String {
    match db {
        Raw::Pg(url) => url.clone(),
        Raw::Lite(path) => path.clone(),
    }
}

fn listen(db: &Raw) {
    HEARD.lock().unwrap().insert(address(db), BTreeSet::new());
}

/// Statements that find rows. Where nothing is looked for, diesel says `1=0`, and nothing is found.
fn heard(db: &Raw) -> Vec<String> {
    let heard = HEARD.lock().unwrap().remove(&address(db)).unwrap_or_default();
    let finds = |statement: &String| {
        ["SELECT", "UPDATE", "DELETE"].iter().any(|verb| statement.starts_with(verb))
            && !statement.contains("(1=0)")
    };
    heard.into_iter().filter(finds).collect()
}

// Judging -----------------------------------------------------------------------------------

#[derive(QueryableByName)]
struct Step {
    #[diesel(sql_type = Text)]
    detail: String,
}

/// The plan that a statement has whatever is bound. SQLite's comes from the schema alone, since the shop has it
/// gather no statistics.
fn plan(db: &Raw, statement: &str) -> Vec<String> {
    match db {
        Raw::Pg(_) => {
            let places = (1..).take_while(|place| statement.contains(&format!("${place}"))).count();
            let nulls = vec!["NULL"; places].join(", ");
            let bound = if places == 0 { String::new() } else { format!("({nulls})") };
            db.run(EXPLAINED).unwrap();
            db.lines(format!("SELECT explained($sql${statement}$sql$, '{bound}') AS value"))
        }
        Raw::Lite(path) => {
            let mut c = SqliteConnection::establish(path).unwrap();
            let steps =
                diesel::sql_query(format!("EXPLAIN QUERY PLAN {statement}")).load::<Step>(&mut c).unwrap();
            steps.into_iter().map(|step| step.detail).collect()
        }
    }
}

const EXPLAINED: &str = "CREATE OR REPLACE FUNCTION explained(statement text, bound text) RETURNS SETOF text \
    LANGUAGE plpgsql SET plan_cache_mode = force_generic_plan AS $$ BEGIN \
    EXECUTE 'PREPARE explained AS ' || statement; \
    RETURN QUERY EXECUTE 'EXPLAIN (COSTS OFF) EXECUTE explained' || bound; \
    DEALLOCATE explained; END $$";

/// Steps that read a large table whole, or all of it that has something common in common.
fn walks(plan: &[String]) -> Vec<&String> {
    let walks = |(place, step): &(usize, &String)| {
        let words: Vec<&str> = step.split_whitespace().collect();
        let after =
            |word| words.iter().skip_while(|found| **found != word).nth(1).copied().unwrap_or_default();
        let read = ["on", "SCAN", "SEARCH"].map(after);
        if read.iter().any(|name| SMALL.contains(name) || MADE.contains(name))
            || words.iter().any(|word| LIVE.contains(word))
        {
            return false;
        }
        if step.contains("Index Scan") || step.contains("Index Only Scan") {
            let condition = plan.get(place + 1).and_then(|next| next.split_once("Index Cond: "));
            return !condition.is_some_and(|(_, condition)| narrows(condition));
        }
        let reads = step.starts_with("SCAN ") || step.starts_with("SEARCH ") || step.contains("Seq Scan on ");
        reads && !step.split_once('(').is_some_and(|(_, condition)| narrows(condition))
    };
    plan.iter().enumerate().filter(walks).map(|(_, step)| step).collect()
}

/// Whether a condition names a column that differs from row to row.
fn narrows(condition: &str) -> bool {
    let column =
        |part: &str| part.trim_start_matches('(').split(['=', '<', '>', ' ']).next().map(String::from);
    condition.split(" AND ").filter_map(column).any(|column| !COMMON.contains(&column.as_str()))
}

// Counting ----------------------------------------------------------------------------------

/// How many are connected to the database. SQLite counts neither them nor what they read.
fn sessions(db: &Raw) -> i64 {
    match db {
        Raw::Pg(_) => {
            db.number("SELECT COUNT(*) AS value FROM pg_stat_activity WHERE datname = current_database()")
        }
        Raw::Lite(_) => 0,
    }
}

/// Rows and entries of indexes that were ever read, by table.
fn rows_read(db: &Raw) -> BTreeMap<String, i64> {
    let Raw::Pg(_) = db else { return BTreeMap::new() };
    let read = db.lines(
        "SELECT relname || ' ' || seq_tup_read + COALESCE((SELECT SUM(idx_tup_read) FROM pg_stat_user_indexes i \
         WHERE i.relid = t.relid), 0) AS value FROM pg_stat_user_tables t",
    );
    let parsed =
        |line: &String| line.split_once(' ').map(|(table, rows)| (table.into(), rows.parse().unwrap()));
    read.iter().filter_map(parsed).collect()
}
