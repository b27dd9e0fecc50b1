use crate::harness::{Databases, Raw, options};
use diesel::Connection;
use diesel::connection::SimpleConnection;
use diesel_async::AsyncPgConnection;
use diesel_async::async_connection_wrapper::AsyncConnectionWrapper;
use diesel_migrations::{EmbeddedMigrations, MigrationHarness, embed_migrations};
use quickcart::clock::Clock;
use quickcart::fault::{Code, Fault};
use quickcart::store::{Store, StoreOptions};
use std::path::Path;

const MAIN_PG: EmbeddedMigrations = embed_migrations!("migrations/main/pg");
const MAIN_LITE: EmbeddedMigrations = embed_migrations!("migrations/main/sqlite");
const AUDIT_PG: EmbeddedMigrations = embed_migrations!("migrations/audit/pg");
const AUDIT_LITE: EmbeddedMigrations = embed_migrations!("migrations/audit/sqlite");

fn both() -> Vec<Databases> {
    [Some(Databases::sqlite()), Databases::postgres()].into_iter().flatten().collect()
}

fn revert_all(raw: &Raw, pg: EmbeddedMigrations, lite: EmbeddedMigrations) {
    let raw = raw.clone();
    let work = move || match raw {
        Raw::Pg(url) => {
            let mut c = AsyncConnectionWrapper::<AsyncPgConnection>::establish(&url).unwrap();
            c.revert_all_migrations(pg).unwrap();
        }
        Raw::Lite(path) => {
            let mut c = diesel::SqliteConnection::establish(&path).unwrap();
            c.revert_all_migrations(lite).unwrap();
        }
    };
    std::thread::spawn(work).join().unwrap();
}

/// Every table, column, index, constraint, trigger and function, as the database tells it.
fn schema(raw: &Raw) -> Vec<String> {
    let query = match raw {
        Raw::Lite(_) => {
            "SELECT type || ' ' || name || ': ' || COALESCE(sql, '') AS value FROM sqlite_schema ORDER BY 1"
        }
        Raw::Pg(_) => {
            "SELECT table_name || '.' || column_name || ' ' || data_type || ' ' || is_nullable || ' ' || \
             COALESCE(column_default, '') AS value FROM information_schema.columns WHERE table_schema = 'public' \
             UNION ALL SELECT indexdef FROM pg_indexes WHERE schemaname = 'public' \
             UNION ALL SELECT conrelid::regclass || ' ' || conname || ' ' || pg_get_constraintdef(oid) \
             FROM pg_constraint WHERE connamespace = 'public'::regnamespace \
             UNION ALL SELECT pg_get_triggerdef(oid) FROM pg_trigger WHERE NOT tgisinternal \
             UNION ALL SELECT pg_get_functiondef(oid) FROM pg_proc WHERE pronamespace = 'public'::regnamespace ORDER BY 1"
        }
    };
    raw.lines(query)
}

#[tokio::test]
async fn going_down_and_up_again_gives_the_same_schema() {
    for databases in both() {
        let migrate = async || Store::migrate(&databases.main.url(), &databases.audit.url()).await.unwrap();
        assert_eq!(migrate().await.len(), 2);
        let first = (schema(&databases.main), schema(&databases.audit));
        assert!(first.0.len() > 50 && first.1.len() > 5, "the schema is read");
        assert_eq!(migrate().await, Vec::<String>::new(), "nothing is pending any more");

        revert_all(&databases.main, MAIN_PG, MAIN_LITE);
        revert_all(&databases.audit, AUDIT_PG, AUDIT_LITE);
        for raw in [&databases.main, &databases.audit] {
            let left: Vec<String> =
                schema(raw).into_iter().filter(|line| !line.contains("_diesel")).collect();
            assert_eq!(
                left,
                vec!["table sqlite_sequence: CREATE TABLE sqlite_sequence(name,seq)"; left.len()]
            );
        }
        migrate().await;
        assert_eq!((schema(&databases.main), schema(&databases.audit)), first);
    }
}

#[tokio::test]
async fn a_database_of_a_newer_version_is_refused_by_the_name_of_its_migration() {
    for databases in both() {
        Store::migrate(&databases.main.url(), &databases.audit.url()).await.unwrap();
        databases.audit.run("INSERT INTO __diesel_schema_migrations (version) VALUES ('9999')").unwrap();
        let fault = Store::open(options(&databases, "main")).await.err().expect("it must not open");
        assert_eq!(fault.code, Code::DatabaseTooNew);
        assert!(fault.detail.contains("9999"), "{fault}");
    }
}

#[tokio::test]
async fn several_shops_may_open_an_empty_database_at_once() {
    for databases in both() {
        let opened = ["a", "b", "c", "d"].map(|shop| tokio::spawn(Store::open(options(&databases, shop))));
        for shop in opened {
            shop.await.unwrap().unwrap();
        }
        assert_eq!(databases.main.number("SELECT COUNT(*) AS value FROM shops"), 4);
        assert_eq!(databases.main.number("SELECT COUNT(*) AS value FROM balances WHERE amount = 0"), 16);
    }
}

#[tokio::test]
async fn an_unreachable_server_is_named_without_its_password() {
    let databases = Databases::sqlite();
    let mut options = options(&databases, "main");
    options.main_url = "postgres://seller:hunter2@127.0.0.1:1/shopdb?connect_timeout=2".into();
    let fault = Store::open(options).await.err().expect("there is no server");
    assert_eq!(fault.code, Code::DatabaseDown);
    assert!(fault.detail.contains("127.0.0.1:1/shopdb"), "{fault}");
    assert!(!fault.to_string().contains("hunter2") && !fault.to_string().contains("seller"), "{fault}");
}

#[tokio::test]
async fn an_open_store_answers_a_probe() {
    for databases in both() {
        let store = Store::open(options(&databases, "main")).await.unwrap();
        store.probe().await.unwrap();
    }
}

/// What a look that finds no shop says.
async fn refused(options: StoreOptions) -> Fault {
    Store::look(options).await.err().expect("it is not ready")
}

/// The files beside a SQLite database; none where there is no folder.
fn files_beside(raw: &Raw) -> Vec<String> {
    let Raw::Lite(path) = raw else { return Vec::new() };
    let Ok(folder) = Path::new(path).parent().unwrap().read_dir() else { return Vec::new() };
    let mut files: Vec<String> =
        folder.map(|file| file.unwrap().file_name().to_string_lossy().into_owned()).collect();
    files.sort();
    files
}

#[tokio::test]
async fn a_look_at_nothing_makes_nothing() {
    for databases in both() {
        let fault = refused(options(&databases, "main")).await;
        assert_eq!(fault.code, Code::NoShopYet, "{fault}");
        match &databases.main {
            Raw::Lite(path) => {
                assert!(fault.detail.contains(path), "{fault}");
                assert_eq!(files_beside(&databases.main), [""; 0]);
                let nowhere = format!("{path}.d/deep/shop.db");
                let mistyped = StoreOptions { main_url: nowhere, ..options(&databases, "main") };
                assert_eq!(refused(mistyped).await.code, Code::NoShopYet);
                assert!(!Path::new(&format!("{path}.d")).exists());
            }
            Raw::Pg(_) => assert_eq!(
                databases
                    .main
                    .lines("SELECT tablename::text AS value FROM pg_tables WHERE schemaname = 'public'"),
                [""; 0]
            ),
        }
        Store::migrate(&databases.main.url(), &databases.audit.url()).await.unwrap();
        let fault = refused(options(&databases, "main")).await;
        assert_eq!(fault.code, Code::NoShopYet, "{fault}");
        assert_eq!(databases.main.number("SELECT COUNT(*) AS value FROM shops"), 0);
    }
}

#[tokio::test]
async fn a_look_at_a_shop_reads_and_changes_nothing() {
    for databases in both() {
        drop(Store::open(options(&databases, "main")).await.unwrap());
        let before = (schema(&databases.main), schema(&databases.audit), files_beside(&databases.main));
        let renamed = StoreOptions { shop_name: "Another name".into(), ..options(&databases, "main") };
        let store = Store::look(renamed).await.unwrap();
        assert_eq!(store.verify(Clock::default().now()).await.unwrap(), []);
        assert!(store.ask_for_lease("looker", std::time::Duration::from_secs(9), None).await.is_err());
        drop(store);
        assert_eq!(databases.main.number("SELECT COUNT(*) AS value FROM shop_leases"), 0);
        assert_eq!(databases.main.lines("SELECT name AS value FROM shops"), ["Toko main"]);
        let after = (schema(&databases.main), schema(&databases.audit), files_beside(&databases.main));
        assert_eq!(after, before);
    }
}

/// Connections that are in the middle of a write to both databases.
fn writers(databases: &Databases) -> [diesel::SqliteConnection; 2] {
    [&databases.main, &databases.audit].map(|raw| {
        let Raw::Lite(path) = raw else { unreachable!("it is SQLite") };
        let mut writer = diesel::SqliteConnection::establish(path).unwrap();
        writer.batch_execute("BEGIN IMMEDIATE").unwrap();
        writer
    })
}

/// One that hangs in the middle of its write is waited for where the lease is asked for, and there alone.
#[tokio::test]
async fn opening_what_is_ready_waits_for_no_writer_and_the_lease_says_that_it_has_to() {
    let databases = Databases::sqlite();
    drop(Store::open(options(&databases, "main")).await.unwrap());
    let writers = writers(&databases);
    let store = Store::open(options(&databases, "main")).await.unwrap();
    let ask = async || store.ask_for_lease("newcomer", std::time::Duration::from_secs(9), None).await;
    assert_eq!(ask().await.unwrap_err().code, Code::DatabaseLocked);
    drop(writers);
    ask().await.unwrap();
}

#[tokio::test]
async fn a_look_waits_for_no_writer() {
    let databases = Databases::sqlite();
    drop(Store::open(options(&databases, "main")).await.unwrap());
    let writers = writers(&databases);
    let store = Store::look(options(&databases, "main")).await.unwrap();
    assert_eq!(store.verify(Clock::default().now()).await.unwrap(), []);
    drop(writers);
}

#[tokio::test]
async fn a_look_tells_apart_what_is_not_ready() {
    for databases in both() {
        for shop in ["main", "second"] {
            Store::open(options(&databases, shop)).await.unwrap();
        }
        let fault = refused(options(&databases, "third")).await;
        assert_eq!(fault.code, Code::ShopUnknown, "{fault}");
        assert!(fault.detail.contains("no shop third; it has main, second"), "{fault}");

        let run = |sql: &str| databases.main.run(sql).unwrap();
        run("INSERT INTO __diesel_schema_migrations (version) VALUES ('9999')");
        let fault = refused(options(&databases, "main")).await;
        assert_eq!(fault.code, Code::DatabaseTooNew, "{fault}");
        assert!(fault.detail.contains("9999"), "{fault}");

        run("DELETE FROM __diesel_schema_migrations");
        let fault = refused(options(&databases, "main")).await;
        assert_eq!(fault.code, Code::DatabaseTooOld, "{fault}");
        assert!(fault.detail.contains("lacks 0001_shop"), "{fault}");
        assert!(fault.to_string().contains("run `quickcart migrate`"), "{fault}");
        assert_eq!(databases.main.number("SELECT COUNT(*) AS value FROM __diesel_schema_migrations"), 0);
    }
}

#[tokio::test]
async fn a_look_at_one_of_the_two_databases_names_the_one_that_is_missing() {
    for (databases, empty) in both().into_iter().zip(both()) {
        drop(Store::open(options(&databases, "main")).await.unwrap());
        let without_main = StoreOptions { main_url: empty.main.url(), ..options(&databases, "main") };
        let without_audit = StoreOptions { audit_url: empty.audit.url(), ..options(&databases, "main") };
        for (options, key) in [(without_main, "(database.url)"), (without_audit, "(database.audit_url)")] {
            let fault = refused(options).await;
            assert_eq!(fault.code, Code::DatabaseMissing, "{fault}");
            assert!(fault.detail.contains(key), "{fault}");
        }
    }
}

#[tokio::test]
async fn a_database_that_a_server_does_not_have_is_named_with_the_statement_that_makes_it() {
    let Some(databases) = Databases::postgres() else { return };
    let missing = format!("{}_missing", databases.audit.url());
    let name = missing.rsplit_once('/').unwrap().1.to_owned();
    let without = StoreOptions { audit_url: missing, ..options(&databases, "main") };
    for fault in [Store::open(without.clone()).await.err().unwrap(), refused(without).await] {
        assert_eq!(fault.code, Code::DatabaseMissing, "{fault}");
        assert!(fault.detail.contains(&format!("has no database {name}")), "{fault}");
        assert!(fault.detail.contains(&format!("CREATE DATABASE \"{name}\"")), "{fault}");
    }
}
