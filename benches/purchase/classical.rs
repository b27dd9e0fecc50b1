//! The classical way: one transaction per order, a row lock on the unit, 16 connections.

use super::shop::{PRICE, Shop};
use diesel::sql_types::BigInt;
use diesel_async::pooled_connection::AsyncDieselConnectionManager;
use diesel_async::pooled_connection::deadpool::Pool;
use diesel_async::{AsyncPgConnection, RunQueryDsl, SimpleAsyncConnection};
use quickcart::rules::fact::{Fact, Person, StaffNews};
use quickcart::rules::ids::{ChatId, OrderId};
use quickcart::rules::money::Rupiah;
use quickcart::rules::order::{Order, OrderState, PaymentMethod};
use quickcart::rules::price::QuoteLine;
use serde_json::json;
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

/// One order, paid from the balance: the same rows as the actors write, with the same documents in them.
pub async fn buy(shop: &Shop, customer: usize) {
    let (user, product) = (shop.users[customer].0, shop.other_product.0);
    let (order, code) = (shop.ids.next(shop.clock.now()), shop.ids.code());
    let Documents { goods, news, reserved, pending, paid } = documents(shop, customer, order, &code);
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
             ('bench', 'chat', {user}, '{goods}', 'goods:{order}', 'sent', now(), now()), \
             ('bench', 'staff', NULL, '{news}', NULL, 'sent', now(), now())"
        ),
        format!(
            "INSERT INTO audit_outbox (shop_id, at, actor, action, target, before, after, origin) VALUES \
             ('bench', now(), 'user:{user}', 'order.reserved', 'order:{code}', NULL, '{reserved}', 'telegram'), \
             ('bench', now(), 'user:{user}', 'order.paid', 'order:{code}', '{pending}', '{paid}', 'telegram')"
        ),
        "COMMIT".to_owned(),
    ] {
        c.batch_execute(&statement).await.expect("a statement of the purchase");
    }
}

/// What facts and audit entries say of an order.
struct Documents {
    goods: String,
    news: String,
    reserved: String,
    pending: String,
    paid: String,
}

fn documents(shop: &Shop, customer: usize, id: i64, code: &str) -> Documents {
    let (user, now, price) = (shop.users[customer], shop.clock.now(), Rupiah(PRICE));
    let name = "Other".to_owned();
    let line = QuoteLine { product: shop.other_product, name, quantity: 1, unit_price: price, amount: price };
    let order = Order {
        id: OrderId(id),
        code: code.to_owned(),
        user,
        state: OrderState::Paid,
        lines: vec![line],
        subtotal: price,
        total: price,
        method: Some(PaymentMethod::Balance),
        created_at: now,
        expires_at: now + chrono::TimeDelta::minutes(10),
        paid_at: Some(now),
        undeliverable: false,
    };
    let buyer = Person { user, chat: ChatId(user.0), name: "Budi".into(), username: None };
    let reserved = json!({ "lines": order.lines, "total": price }).to_string();
    let paid = json!({
        "state": order.state, "method": order.method, "total": price, "units": 1, "late": false, "reference": code,
    });
    let news = Fact::News(vec![StaffNews::OrderPaid { order: order.clone(), buyer, late: false }]);
    let text = |fact: &Fact| serde_json::to_string(fact).expect("a fact is a document");
    Documents {
        news: text(&news),
        goods: text(&Fact::GoodsReady { order, late: false }),
        reserved,
        pending: json!({ "state": OrderState::Pending }).to_string(),
        paid: paid.to_string(),
    }
}
