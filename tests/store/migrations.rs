use crate::harness::{Databases, Raw, options};
use diesel::Connection;
use diesel_async::AsyncPgConnection;
use diesel_async::async_connection_wrapper::AsyncConnectionWrapper;
use diesel_migrations::{EmbeddedMigrations, MigrationHarness, embed_migrations};
use quickcart::fault::Code;
use quickcart::store::Store;

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
        assert_eq!(databases.main.number("SELECT COUNT(*) AS value FROM balances WHERE amount = 0"), 20);
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
