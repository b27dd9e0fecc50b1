//! What PostgreSQL knows of its tables. SQLite keeps no count of them.

use crate::harness::*;
use std::time::Duration;

#[tokio::test]
async fn a_table_that_grew_is_counted_before_the_server_does_it_by_itself() {
    let Some(shop) = TestShop::on_postgres().await else { return };
    let counted = |table: &str| {
        let query =
            format!("SELECT reltuples::bigint AS value FROM pg_class WHERE oid = to_regclass('{table}')");
        shop.db().number(query)
    };
    let facts = "INSERT INTO outbox (shop_id, audience, fact, state, not_before, created_at) \
                 SELECT 'main', 'staff', '{}', 'sent', now(), now() FROM generate_series(1, 1500)";
    shop.db().run(facts).unwrap();
    assert_eq!(counted("outbox"), -1);
    // The server hears of its rows a moment later.
    for _ in 0..300 {
        shop.store.count_rows().await.unwrap();
        if counted("outbox") == 1500 {
            return assert_eq!(counted("orders"), -1, "it has not grown");
        }
        tokio::time::sleep(Duration::from_millis(100)).await; // until the server has heard of its rows
    }
    panic!("it was not counted");
}
