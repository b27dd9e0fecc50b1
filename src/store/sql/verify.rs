//! Reading the books: which rows break a rule, and what the audit log must know of. On a running shop all of it is
//! read at the same moment.

use super::books::RULES;
use super::{Answer, Conn, SNAPSHOT, Statement, audit, settings};
use crate::rules::order::OrderState;
use crate::store::Scope;
use crate::store::model::{Books, Broken, Change, Prices, seat_of};
use crate::store::schema::{invoices, orders, product_prices, products, staff, stock_units};
use crate::store::types::{Ts, TsSql};
use chrono::{DateTime, Utc};
use diesel::dsl::count_star;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Text};
use diesel_async::{RunQueryDsl, SimpleAsyncConnection};
use std::collections::HashMap;

#[derive(QueryableByName)]
struct Found {
    #[diesel(sql_type = Text)]
    row_name: String,
}

pub async fn verify_books(c: &mut Conn, scope: &Scope, sent_kept_since: DateTime<Utc>) -> Answer<Books> {
    c.batch_execute(SNAPSHOT).await?;
    let read = read_books(c, scope, sent_kept_since).await;
    c.batch_execute("ROLLBACK").await?;
    read
}

async fn read_books(c: &mut Conn, scope: &Scope, since: DateTime<Utc>) -> Answer<Books> {
    let mut broken = Vec::new();
    for rule in &RULES {
        let found: Vec<Found> = Statement::new(rule.finds)
            .bind::<Text, _>(&scope.shop)
            .bind::<TsSql, _>(Ts(since))
            .load(c)
            .await?;
        broken.extend(found.into_iter().map(|found| Broken { rule: rule.says.into(), row: found.row_name }));
    }
    let mut changes = of_orders(c, scope).await?;
    changes.extend(of_deposits(c, scope).await?);
    changes.extend(of_balances(c, scope).await?);
    changes.extend(of_stock(c, scope).await?);
    changes.extend(of_staff(c, scope).await?);
    let prices = prices(c, scope).await?;
    let waiting = audit::audit_waiting(c, scope, i64::MAX).await?;
    let carried_over = settings::setting(c, scope, audit::HEAD.into()).await?;
    let carried_over = carried_over.and_then(|head| serde_json::from_value(head).ok());
    Ok(Books { broken, changes, prices, waiting, carried_over })
}

async fn of_orders(c: &mut Conn, scope: &Scope) -> Answer<Vec<Change>> {
    let made: Vec<(String, String, bool, i64)> = orders::table
        .filter(orders::shop_id.eq(&scope.shop))
        .select((orders::code, orders::state, orders::paid_at.is_not_null(), orders::total))
        .load(c)
        .await?;
    let mut changes = Vec::new();
    for (code, state, paid, total) in made {
        let target = format!("order:{code}");
        changes.push(Change::once(&["order.reserved"], target.clone(), total));
        if paid {
            changes.push(Change::once(&["order.paid"], target.clone(), total));
            // it may have ended before, and been paid late
            let actions = &["order.expired", "order.cancelled", "order.refused"];
            changes.push(Change { actions, target: target.clone(), count: None, amount: 0 });
        }
        let ended: &[&str] = match OrderState::parse(&state) {
            Some(OrderState::Delivered) => &["order.delivered"],
            Some(OrderState::Expired) => &["order.expired"],
            Some(OrderState::Cancelled) => &["order.cancelled", "order.refused"],
            Some(OrderState::Pending | OrderState::Paid | OrderState::Refunded) | None => continue,
        };
        changes.push(Change::once(ended, target, 0));
    }
    Ok(changes)
}

async fn of_deposits(c: &mut Conn, scope: &Scope) -> Answer<Vec<Change>> {
    let paid: Vec<(String, i64)> = invoices::table
        .filter(invoices::shop_id.eq(&scope.shop).and(invoices::order_id.is_null()))
        .filter(invoices::state.eq("settled"))
        .select((invoices::code, invoices::base))
        .load(c)
        .await?;
    let change = |(code, base)| Change::once(&["deposit.paid"], format!("invoice:{code}"), base);
    Ok(paid.into_iter().map(change).collect())
}

#[derive(QueryableByName)]
struct Moved {
    #[diesel(sql_type = Text)]
    target: String,
    #[diesel(sql_type = BigInt)]
    count: i64,
    #[diesel(sql_type = BigInt)]
    amount: i64,
}

/// What staff moved by hand, and what late payments left in balances.
async fn of_balances(c: &mut Conn, scope: &Scope) -> Answer<Vec<Change>> {
    let sums = "CAST(COUNT(*) AS BIGINT) AS count, CAST(SUM(e.amount) AS BIGINT) AS amount FROM transfers t \
                JOIN entries e ON e.transfer_id = t.id AND e.account LIKE 'user:%'";
    let ways: [(&[&str], String); 2] = [
        (
            &["balance.transferred"],
            format!(
                "SELECT e.account AS target, {sums} WHERE t.shop_id = $1 AND t.source = 'transfer' GROUP BY e.account"
            ),
        ),
        (
            &["payment.credited_late", "payment.credited_twice"],
            format!(
                "SELECT 'invoice:' || i.code AS target, {sums} JOIN invoices i ON i.reference = t.reference \
                 WHERE t.shop_id = $1 AND t.source = 'late' GROUP BY i.code"
            ),
        ),
    ];
    let mut changes = Vec::new();
    for (actions, query) in ways {
        let moved: Vec<Moved> = Statement::new(query).bind::<Text, _>(&scope.shop).load(c).await?;
        changes.extend(moved.into_iter().map(|Moved { target, count, amount }| Change {
            actions,
            target,
            count: Some(count),
            amount,
        }));
    }
    Ok(changes)
}

/// How many units there are, however often some came in: as many as the log says.
async fn of_stock(c: &mut Conn, scope: &Scope) -> Answer<Vec<Change>> {
    let held: Vec<(i64, i64)> = stock_units::table
        .filter(stock_units::shop_id.eq(&scope.shop))
        .group_by(stock_units::product_id)
        .select((stock_units::product_id, count_star()))
        .load(c)
        .await?;
    let change = |(product, units)| Change {
        actions: &["stock.added"],
        target: format!("product:{product}"),
        count: None,
        amount: units,
    };
    Ok(held.into_iter().map(change).collect())
}

async fn of_staff(c: &mut Conn, scope: &Scope) -> Answer<Vec<Change>> {
    let seats: Vec<(i64, String)> = staff::table
        .filter(staff::shop_id.eq(&scope.shop))
        .select((staff::user_id, staff::role))
        .load(c)
        .await?;
    let change = |(user, role): (i64, String)| {
        Change::once(&["role.given"], seat_of(&format!("user:{user}"), &role), 0)
    };
    Ok(seats.into_iter().map(change).collect())
}

/// The prices of all products that there ever were.
async fn prices(c: &mut Conn, scope: &Scope) -> Answer<HashMap<String, Prices>> {
    let singles: Vec<(i64, i64, Option<i64>)> = products::table
        .filter(products::shop_id.eq(&scope.shop))
        .select((products::id, products::price, products::reseller_price))
        .load(c)
        .await?;
    let packages: Vec<(i64, i64, i64)> = product_prices::table
        .inner_join(products::table.on(products::id.eq(product_prices::product_id)))
        .filter(products::shop_id.eq(&scope.shop))
        .order((product_prices::product_id, product_prices::quantity))
        .select((product_prices::product_id, product_prices::quantity, product_prices::price))
        .load(c)
        .await?;
    let target = |product: i64| format!("product:{product}");
    let single =
        |(id, price, reseller)| (target(id), Prices { single: Some(price), reseller, packages: Vec::new() });
    let mut prices: HashMap<String, Prices> = singles.into_iter().map(single).collect();
    for (product, quantity, price) in packages {
        prices.entry(target(product)).or_default().packages.push((quantity, price));
    }
    Ok(prices)
}
