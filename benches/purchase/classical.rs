//! The classical way: one transaction per order, a row lock on the unit, 16 connections.

use super::shop::Shop;
use diesel::sql_types::BigInt;
use diesel_async::pooled_connection::AsyncDieselConnectionManager;
use diesel_async::pooled_connection::deadpool::Pool;
use diesel_async::{AsyncPgConnection, RunQueryDsl, SimpleAsyncConnection};
use std::cell::OnceCell;

const CONNECTIONS: usize = 16;

#[derive(diesel::QueryableByName)]
struct Unit {
    #[diesel(sql_type = BigInt)]
    id: i64,
}

thread_local! {
    static POOL: OnceCell<Pool<AsyncPgConnection>> = const { OnceCell::new() };
}

fn pool(url: &str) -> Pool<AsyncPgConnection> {
    POOL.with(|pool| {
        let make = || {
            let manager = AsyncDieselConnectionManager::<AsyncPgConnection>::new(url);
            Pool::builder(manager).max_size(CONNECTIONS).build().expect("a pool")
        };
        pool.get_or_init(make).clone()
    })
}

/// One order, paid from the balance: the same rows as the actors write.
pub async fn buy(shop: &Shop, customer: usize) {
    let (user, product) = (shop.users[customer].0, shop.other_product.0);
    let (order, code) = (shop.ids.next(shop.clock.now()), shop.ids.code());
    let mut held = pool(&shop.url).get().await.expect("a connection");
    let c = &mut *held;
    c.batch_execute("BEGIN").await.expect("begin");
    let pick = "SELECT id FROM stock_units WHERE shop_id = 'bench' AND product_id = $1 AND state = 'free' AND order_id IS NULL \
                ORDER BY shop_id, product_id, id LIMIT 1 FOR UPDATE";
    let unit: Unit = diesel::sql_query(pick).bind::<BigInt, _>(product).get_result(c).await.expect("a unit");
    for statement in [
        format!(
            "INSERT INTO orders (id, shop_id, user_id, chat_id, code, request_key, state, open_slot, method, subtotal, \
             total, created_at, expires_at, paid_at, closed_at) VALUES ({order}, 'bench', {user}, {user}, '{code}', \
             'classic:{order}', 'paid', 1, 'balance', 10, 10, now(), now() + interval '10 minutes', now(), now())"
        ),
        format!(
            "INSERT INTO order_lines (order_id, position, product_id, name, quantity, unit_price, amount) \
             VALUES ({order}, 0, {product}, 'Other', 1, 10, 10)"
        ),
        format!(
            "UPDATE stock_units SET state = 'sold', order_id = {order}, sold_at = now() \
             WHERE id = {} AND state = 'free'",
            unit.id
        ),
        format!(
            "INSERT INTO transfers (id, shop_id, source, reference, user_id, created_at) \
             VALUES ({order}, 'bench', 'order', '{code}', {user}, now())"
        ),
        format!(
            "INSERT INTO entries (transfer_id, account, amount) \
             VALUES ({order}, 'user:{user}', -10), ({order}, 'sales:bench', 10)"
        ),
        format!("UPDATE balances SET amount = amount - 10 WHERE account = 'user:{user}' AND amount >= 10"),
        "UPDATE balances SET amount = amount + 10 WHERE account = 'sales:bench'".to_owned(),
        format!("UPDATE products SET sold = sold + 1 WHERE id = {product}"),
        format!(
            "UPDATE customers SET orders_count = orders_count + 1, spent = spent + 10 \
             WHERE shop_id = 'bench' AND user_id = {user}"
        ),
        format!(
            "INSERT INTO outbox (shop_id, audience, chat_id, fact, subject, state, not_before, created_at) VALUES \
             ('bench', 'chat', {user}, '{{}}', 'goods:{order}', 'sent', now(), now()), \
             ('bench', 'staff', NULL, '{{}}', NULL, 'sent', now(), now())"
        ),
        format!(
            "INSERT INTO audit_outbox (shop_id, at, actor, action, target, origin) VALUES \
             ('bench', now(), 'user:{user}', 'order.reserved', 'order:{code}', 'telegram'), \
             ('bench', now(), 'user:{user}', 'order.paid', 'order:{code}', 'telegram')"
        ),
        "COMMIT".to_owned(),
    ] {
        c.batch_execute(&statement).await.expect("a statement of the purchase");
    }
}
