//! How orders end, and what their end may meet: on PostgreSQL, that is, since SQLite has one writer at a time.

use crate::day::Day;
use crate::harness::*;
use chrono::TimeDelta;
use diesel_async::{AsyncConnection, AsyncPgConnection, SimpleAsyncConnection};
use quickcart::fault::Code;
use quickcart::rules::invoice::{AskRule, Paid, Settled};
use quickcart::rules::order::Order;
use quickcart::rules::people::Profile;
use quickcart::store::model::{BalancePayment, Pays, Scarcity};

/// Somebody who holds an order.
async fn buyer_with_order<'a>(shop: &'a TestShop) -> (Day<'a>, Profile, Order) {
    let product = shop.product("Netflix").await;
    shop.store.add_units(product, units(&["a"]), by_admin(), shop.at).await.unwrap();
    let day = Day { store: &shop.store, product, number: 1, at: shop.at };
    let buyer = day.somebody_comes(1).await;
    let order = day.reserve(&buyer, 1, None).await;
    (day, buyer, order)
}

on_both! {
    async fn an_order_that_ends_while_its_invoice_is_opened_gets_none(shop) {
        let Raw::Pg(url) = shop.db() else { return };
        let (day, buyer, order) = buyer_with_order(shop).await;
        let mut door = AsyncPgConnection::establish(url).await.unwrap();
        door.batch_execute("BEGIN; UPDATE orders SET state = 'expired', closed_at = now()").await.unwrap();
        let (store, request) = (shop.store.clone(), day.invoice_request(&buyer, 1, Pays::Order(order.id)));
        let at = shop.at;
        let opening = tokio::spawn(async move { store.open_invoice(request, at).await });
        shop.db().come_to_wait(1).await;
        door.batch_execute("COMMIT").await.unwrap();
        assert_eq!(opening.await.unwrap().unwrap_err().code, Code::DatabaseConflict);
        assert_eq!(shop.db().number("SELECT COUNT(*) AS value FROM invoices"), 0);
    }

    async fn an_order_that_is_given_more_time_while_it_is_expired_goes_on(shop) {
        let Raw::Pg(url) = shop.db() else { return };
        buyer_with_order(shop).await;
        let mut door = AsyncPgConnection::establish(url).await.unwrap();
        door.batch_execute("BEGIN; UPDATE orders SET expires_at = expires_at + INTERVAL '1 hour'").await.unwrap();
        let (store, late) = (shop.store.clone(), shop.at + TimeDelta::minutes(11));
        let expiry = tokio::spawn(async move { store.expire_due(late, 10).await });
        shop.db().come_to_wait(1).await;
        door.batch_execute("COMMIT").await.unwrap();
        assert_eq!(expiry.await.unwrap().unwrap_err().code, Code::DatabaseConflict);
        assert_eq!(shop.store.expire_due(late, 10).await.unwrap(), []);
        assert_eq!(shop.db().lines("SELECT state AS value FROM orders"), ["pending"]);
    }

    async fn an_invoice_that_is_made_while_its_order_is_paid_from_the_balance_is_not_left_open(shop) {
        let Raw::Pg(url) = shop.db() else { return };
        let (day, buyer, order) = buyer_with_order(shop).await;
        day.is_given_money(&buyer).await;
        let mut door = AsyncPgConnection::establish(url).await.unwrap();
        door.batch_execute("BEGIN; SELECT 1 FROM orders FOR UPDATE").await.unwrap();
        let (store, at) = (shop.store.clone(), shop.at);
        let payment = vec![BalancePayment { order: order.id, user: buyer.user }];
        let first = payment.clone();
        let paying = tokio::spawn(async move { store.pay_from_balance(first, Scarcity::default(), at).await });
        shop.db().come_to_wait(1).await;
        let invoice = format!(
            "INSERT INTO invoices (id, shop_id, user_id, chat_id, order_id, gateway, code, reference, request_key, base, state, \
             created_at, expires_at) SELECT 1, shop_id, user_id, chat_id, id, 'pakasir', code, 'QR', 'press', total, 'open', \
             created_at, expires_at FROM orders WHERE id = {}; COMMIT",
            order.id
        );
        door.batch_execute(&invoice).await.unwrap();
        assert_eq!(paying.await.unwrap().unwrap_err().code, Code::DatabaseConflict);
        let done = shop.store.pay_from_balance(payment, Scarcity::default(), at).await.unwrap();
        assert!(matches!(done.outcomes[0], Paid::Paid { .. }), "{done:?}");
        assert_eq!(done.voided, [("QR".to_owned(), order.total)]);
        assert_eq!(shop.db().lines("SELECT state AS value FROM invoices"), ["cancelled"]);
    }

    async fn late_money_takes_another_unit_when_the_oldest_is_being_reserved(shop) {
        let Raw::Pg(url) = shop.db() else { return };
        let (day, buyer, order) = buyer_with_order(shop).await;
        let invoice = day.invoice(&buyer, 1, Pays::Order(order.id)).await;
        let late = shop.at + TimeDelta::minutes(11);
        shop.store.expire_due(late, 10).await.unwrap();
        shop.store.add_units(day.product, units(&["b"]), by_admin(), shop.at).await.unwrap();
        let mut other = AsyncPgConnection::establish(url).await.unwrap();
        let takes_the_oldest = "BEGIN; UPDATE stock_units SET state = 'burned' WHERE id = (SELECT MIN(id) FROM stock_units)";
        other.batch_execute(takes_the_oldest).await.unwrap();
        let store = shop.store.clone();
        let settling = tokio::spawn(async move { store.settle(vec![(invoice, "webhook")], true, Scarcity::default(), late).await });
        shop.db().come_to_wait(1).await;
        other.batch_execute("COMMIT").await.unwrap();
        assert_eq!(settling.await.unwrap().unwrap().outcomes, [Settled::LateDelivered]);
    }

    async fn the_last_question_about_an_invoice_is_due_again_until_it_is_answered(shop) {
        let (day, buyer, order) = buyer_with_order(shop).await;
        let invoice = day.invoice(&buyer, 1, Pays::Order(order.id)).await;
        let late = shop.at + TimeDelta::minutes(11);
        shop.store.expire_due(late, 10).await.unwrap();
        let rule = AskRule { interval: TimeDelta::seconds(20), late_window: TimeDelta::zero() };
        let due = async |at| {
            let due = shop.store.take_due_invoices(rule, at, 10).await.unwrap();
            assert!(due.iter().all(|due| due.invoice.id == invoice && due.is_last), "{due:?}");
            due.first().map(|due| due.again_at)
        };
        let again = due(late).await.unwrap();
        assert_eq!(due(again - TimeDelta::seconds(1)).await, None);
        let third = due(again).await.unwrap();
        // Somebody says that it is paid while the answer comes that it is not, or while none comes.
        let said = again + TimeDelta::seconds(4);
        shop.store.note_hint(invoice, said, again).await.unwrap();
        shop.store.asked_out(invoice, third).await.unwrap();
        shop.store.unanswered(invoice, third, again + TimeDelta::hours(1)).await.unwrap();
        let fourth = due(said).await.unwrap();
        shop.store.unanswered(invoice, fourth, said + TimeDelta::seconds(20)).await.unwrap();
        assert_eq!(due(said + TimeDelta::seconds(19)).await, None);
        let last = due(said + TimeDelta::seconds(20)).await.unwrap();
        shop.store.asked_out(invoice, last).await.unwrap();
        assert_eq!(due(again + TimeDelta::days(1)).await, None);
    }

    async fn the_qr_of_an_invoice_that_has_ended_is_not_shown_again(shop) {
        let (day, buyer, order) = buyer_with_order(shop).await;
        let invoice = day.invoice(&buyer, 1, Pays::Order(order.id)).await;
        let facts = "SELECT COUNT(*) AS value FROM outbox";
        let before = shop.db().number(facts);
        shop.store.show_invoice(invoice, shop.at).await.unwrap();
        assert_eq!(shop.db().number(facts), before + 1);
        shop.store.expire_due(shop.at + TimeDelta::minutes(11), 10).await.unwrap();
        let before = shop.db().number(facts);
        shop.store.show_invoice(invoice, shop.at).await.unwrap();
        assert_eq!(shop.db().number(facts), before);
    }

    async fn orders_with_more_units_than_a_statement_binds_expire_together(shop) {
        let (_, buyer, order) = buyer_with_order(shop).await;
        let many = format!(
            "WITH RECURSIVE n(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n WHERE n < 33000) \
             INSERT INTO stock_units (shop_id, product_id, state, order_id, ciphertext, key_id, fingerprint, created_at) \
             SELECT u.shop_id, u.product_id, 'reserved', {}, u.ciphertext, u.key_id, CAST(CAST(n AS TEXT) AS {}), u.created_at \
             FROM n, stock_units u WHERE u.order_id = {}",
            order.id,
            if matches!(shop.db(), Raw::Pg(_)) { "BYTEA" } else { "BLOB" },
            order.id
        );
        shop.db().run(many).unwrap();
        let ended = shop.store.expire_due(shop.at + TimeDelta::minutes(11), 10).await.unwrap();
        assert_eq!((ended.len(), ended[0].freed.len()), (1, 33_001), "{}", buyer.user);
        let held = "SELECT COUNT(*) AS value FROM stock_units WHERE state <> 'free' OR order_id IS NOT NULL";
        assert_eq!(shop.db().number(held), 0);
    }
}
