//! What the databases themselves refuse, whoever writes.

use crate::harness::*;
use quickcart::rules::order::OrderState;

on_both! {
    async fn an_order_makes_only_the_moves_of_its_life_cycle(shop) {
        let buyer = shop.customer(700, "Budi").await;
        for (number, from) in OrderState::ALL.into_iter().enumerate() {
            for (step, to) in OrderState::ALL.into_iter().enumerate() {
                let id = i64::try_from(number * 10 + step).unwrap();
                shop.db_order(id, &buyer, from);
                let paid = to.has_goods() || to == OrderState::Refunded;
                let dress = match paid {
                    true => format!("method = 'qris', paid_at = {}", shop.db().time(shop.at)),
                    false => "method = NULL, paid_at = NULL".into(),
                };
                let moved = shop.db().run(format!("UPDATE orders SET state = '{}', {dress} WHERE id = {id}", to.name()));
                let allowed = from == to || from.may_become(to);
                assert_eq!(moved.is_ok(), allowed, "{from:?} -> {to:?}: {moved:?}");
                // out of the way of the next one: there is room for one pending order
                shop.db().run(format!("DELETE FROM orders WHERE id = {id}")).unwrap();
            }
        }
    }

    async fn a_customers_balance_never_goes_below_zero(shop) {
        let buyer = shop.customer(700, "Budi").await;
        let take = |account: &str| shop.db().run(format!("UPDATE balances SET amount = amount - 1 WHERE account = '{account}'"));
        assert!(take(&format!("user:{}", buyer.user)).is_err());
        assert!(take("gateway:main").is_ok(), "the shop's own accounts have no floor");
    }

    async fn the_ledger_is_append_only(shop) {
        let at = shop.db().time(shop.at);
        shop.db().run(format!(
            "INSERT INTO transfers (id, shop_id, source, reference, created_at) VALUES (1, 'main', 'test', 'a', {at}); \
             INSERT INTO entries (transfer_id, account, amount) VALUES (1, 'gateway:main', -5), (1, 'sales:main', 5)"
        )).unwrap();
        for statement in [
            "UPDATE transfers SET note = 'x'",
            "DELETE FROM transfers",
            "UPDATE entries SET amount = 6 WHERE amount = 5",
            "DELETE FROM entries",
        ] {
            let refused = shop.db().run(statement).unwrap_err();
            assert!(refused.contains("append-only"), "{statement}: {refused}");
        }
    }

    async fn the_same_cause_moves_money_once(shop) {
        let insert = |id: i64| shop.db().run(format!(
            "INSERT INTO transfers (id, shop_id, source, reference, created_at) VALUES ({id}, 'main', 'invoice', 'x', {})",
            shop.db().time(shop.at)
        ));
        assert!(insert(1).is_ok());
        assert!(insert(2).is_err());
    }

    async fn the_audit_log_is_append_only(shop) {
        let audit = &shop.databases.audit;
        audit.run(format!(
            "INSERT INTO events (shop_id, seq, event_id, at, actor, action, target, origin, prev_hash, hash) \
             VALUES ('main', 1, 1, {}, 'clock', 'x', 'y', 'clock', '0', '1')", audit.time(shop.at)
        )).unwrap();
        for statement in ["UPDATE events SET actor = 'user:2'", "DELETE FROM events"] {
            let refused = audit.run(statement).unwrap_err();
            assert!(refused.contains("append-only"), "{statement}: {refused}");
        }
    }

    async fn one_content_is_stock_only_once_a_shop(shop) {
        let product = shop.product("Netflix").await;
        let insert = |shop_id: &str| shop.db().run(format!(
            "INSERT INTO stock_units (shop_id, product_id, state, ciphertext, key_id, fingerprint, created_at) \
             SELECT '{shop_id}', {product}, 'free', fingerprint, 'k', fingerprint, {} FROM stock_units LIMIT 1",
            shop.db().time(shop.at)
        ));
        shop.store.add_units(product, units(&["a"]), by_admin(), shop.at).await.unwrap();
        shop.sister().await;
        assert!(insert("main").is_err());
        assert!(insert("sister").is_ok());
    }

    async fn a_reserved_unit_always_has_its_order(shop) {
        let product = shop.product("Netflix").await;
        shop.store.add_units(product, units(&["a"]), by_admin(), shop.at).await.unwrap();
        assert!(shop.db().run("UPDATE stock_units SET state = 'reserved'").is_err());
        assert!(shop.db().run("UPDATE stock_units SET state = 'reserved', order_id = 99").is_err(), "no such order");
    }
}
