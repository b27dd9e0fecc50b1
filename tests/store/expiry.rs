//! An order's end meets something else. On PostgreSQL, that is: SQLite has one writer at a time.

use crate::day::Day;
use crate::harness::*;
use chrono::TimeDelta;
use diesel_async::{AsyncConnection, AsyncPgConnection, SimpleAsyncConnection};
use quickcart::fault::Code;
use quickcart::rules::invoice::{Paid, Settled};
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
}
