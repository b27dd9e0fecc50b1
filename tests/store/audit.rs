use crate::harness::*;
use chrono::TimeDelta;
use quickcart::fault::Code;
use quickcart::store::model::{AuditRow, Chain};
use serde_json::json;

fn rows(shop: &TestShop, ids: std::ops::RangeInclusive<i64>) -> Vec<AuditRow> {
    let row = |id| AuditRow {
        event_id: id,
        at: shop.at + TimeDelta::microseconds(id),
        actor: "user:1".into(),
        action: "stock.added".into(),
        target: format!("product:{id}"),
        before: (id % 2 == 0).then(|| json!({"z": 1, "a": [1, null, "é\n"]})),
        after: Some(json!({"units": id})),
        origin: "telegram".into(),
    };
    ids.map(row).collect()
}

impl TestShop {
    /// Past the guard, as somebody with the database's own password would.
    fn tamper(&self, statement: &str) {
        let (off, on) = match &self.databases.audit {
            Raw::Pg(_) => ("ALTER TABLE events DISABLE TRIGGER ALL", "ALTER TABLE events ENABLE TRIGGER ALL"),
            Raw::Lite(_) => ("DROP TRIGGER events_are_final_1; DROP TRIGGER events_are_final_2", "SELECT 1"),
        };
        for statement in [off, statement, on] {
            self.databases.audit.run(statement).unwrap();
        }
    }

    async fn chain(&self) -> Chain {
        self.store.verify_audit(None, Vec::new()).await.unwrap()
    }

    async fn broken_at(&self) -> (i64, String) {
        self.chain().await.broken.remove(0)
    }

    /// How many entries the chain has, which is whole.
    async fn whole(&self) -> i64 {
        let chain = self.chain().await;
        assert_eq!(chain.broken, []);
        chain.events
    }
}

on_both! {
    async fn appending_twice_changes_nothing(shop) {
        assert_eq!(shop.whole().await, 0);
        assert_eq!(shop.store.append_audit(rows(shop, 1..=3)).await.unwrap().seq, 3);
        assert_eq!(shop.store.append_audit(rows(shop, 1..=5)).await.unwrap().seq, 5);
        assert_eq!(shop.store.append_audit(rows(shop, 2..=4)).await.unwrap().seq, 5);
        assert_eq!(shop.whole().await, 5);
        let genesis = "SELECT prev_hash AS value FROM events WHERE seq = 1";
        assert_eq!(shop.databases.audit.lines(genesis), ["0".repeat(64)]);
    }

    async fn a_chain_of_several_pages_is_whole(shop) {
        assert_eq!(shop.store.append_audit(rows(shop, 1..=2500)).await.unwrap().seq, 2500);
        assert_eq!(shop.whole().await, 2500);
    }

    async fn a_changed_entry_shows(shop) {
        shop.store.append_audit(rows(shop, 1..=5)).await.unwrap();
        shop.tamper("UPDATE events SET after = '{\"units\":1}' WHERE seq = 3");
        assert_eq!(shop.broken_at().await, (3, "the entry was changed after it was written".into()));
    }

    async fn a_removed_entry_shows(shop) {
        shop.store.append_audit(rows(shop, 1..=5)).await.unwrap();
        shop.tamper("DELETE FROM events WHERE seq = 2");
        assert_eq!(shop.broken_at().await, (3, "an entry before it is missing".into()));
    }

    async fn an_entry_with_a_hash_made_to_fit_breaks_the_next_one(shop) {
        shop.store.append_audit(rows(shop, 1..=5)).await.unwrap();
        let other = "f".repeat(64);
        shop.tamper(&format!("UPDATE events SET prev_hash = '{other}' WHERE seq = 4"));
        assert_eq!(shop.broken_at().await, (4, "the entry does not follow the one before it".into()));
    }

    async fn each_broken_entry_is_named(shop) {
        shop.store.append_audit(rows(shop, 1..=9)).await.unwrap();
        shop.tamper("UPDATE events SET actor = 'user:2' WHERE seq IN (2, 5, 9)");
        let named: Vec<i64> = shop.chain().await.broken.into_iter().map(|(seq, _)| seq).collect();
        assert_eq!(named, [2, 5, 9]);
    }

    async fn a_log_that_lost_its_end_shows(shop) {
        let head = shop.store.append_audit(rows(shop, 1..=5)).await.unwrap();
        shop.tamper("DELETE FROM events WHERE seq = 5");
        assert_eq!(shop.chain().await.broken, [], "it is a whole chain all the same");
        let chain = shop.store.verify_audit(Some(head), Vec::new()).await.unwrap();
        assert_eq!(chain.broken, [(5, "it was carried over, but the log ends with entry 4".to_owned())]);
    }

    async fn each_shop_has_a_chain_of_its_own(shop) {
        let sister = shop.sister().await;
        shop.store.append_audit(rows(shop, 1..=3)).await.unwrap();
        assert_eq!(sister.append_audit(rows(shop, 4..=5)).await.unwrap().seq, 2);
        assert_eq!(sister.verify_audit(None, Vec::new()).await.unwrap().events, 2);
        assert_eq!(shop.whole().await, 3);
    }

    async fn two_writers_at_once_keep_the_chain_whole(shop) {
        let writers = (0..8).map(|_| {
            let (store, rows) = (shop.store.clone(), rows(shop, 1..=20));
            tokio::spawn(async move { store.append_audit(rows).await })
        });
        for writer in writers.collect::<Vec<_>>() {
            if let Err(fault) = writer.await.unwrap() {
                assert_eq!(fault.code, Code::DatabaseConflict, "{fault}");
            }
        }
        assert_eq!(shop.whole().await, 20);
    }

    async fn what_was_shipped_leaves_the_queue_and_is_in_the_chain(shop) {
        let product = shop.product("Netflix").await;
        shop.store.add_units(product, units(&["a"]), by_admin(), shop.at).await.unwrap();
        let waiting = shop.store.audit_waiting(10).await.unwrap();
        assert_eq!(waiting.iter().map(|row| row.actor.as_str()).collect::<Vec<_>>(), ["user:1", "user:1"]);
        assert_eq!(shop.store.audit_waiting(1).await.unwrap(), waiting[..1]);
        let head = shop.store.append_audit(waiting.clone()).await.unwrap();
        let ids = waiting.iter().map(|row| row.event_id).collect();
        shop.store.audit_shipped(ids, head, shop.at).await.unwrap();
        assert_eq!(shop.store.audit_waiting(10).await.unwrap(), []);
        assert_eq!(shop.whole().await, 2);
    }
}
