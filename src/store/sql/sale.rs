//! The moment an order becomes the customer's: order paid, units sold, ledger moved, goods and notices
//! queued, audit queued. Called only inside a transaction; all of it happens or none.

use super::ledger::{self, Posting};
use super::orders::Stored;
use super::{Answer, Conn, audit, outbox, people, rows};
use crate::rules::audit::{AuditEntry, By};
use crate::rules::fact::{Audience, Fact, StaffNews};
use crate::rules::ids::ProductId;
use crate::rules::order::{OrderState, PaymentMethod};
use crate::store::Scope;
use crate::store::error::StoreError;
use crate::store::model::NewFact;
use crate::store::schema::stock_units;
use crate::store::types::{Ts, TsSql};
use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel::sql_types::Text;
use diesel_async::RunQueryDsl;
use serde_json::json;
use std::collections::BTreeMap;

/// An order whose payment is certain and whose units are reserved for it.
pub(super) struct Sale {
    pub stored: Stored,
    pub method: PaymentMethod,
    pub posting: Posting,
    pub by: By,
    /// Paid after it expired or was cancelled.
    pub late: bool,
}

/// Sells a batch of orders in set statements. Answers the units sold by product. Ends in a conflict,
/// with nothing written, if any order or unit is not in the state the caller saw.
pub(super) async fn sell(
    c: &mut Conn,
    scope: &Scope,
    sales: Vec<Sale>,
    at: DateTime<Utc>,
) -> Answer<Vec<(ProductId, i64)>> {
    if sales.is_empty() {
        return Ok(Vec::new());
    }
    mark_paid(c, &sales, at).await?;
    mark_sold(c, &sales, at).await?;
    let sold = count_sold(c, scope, &sales).await?;
    let entries = sales.iter().map(|sale| audit_entry(sale, at)).collect();
    audit::write(c, scope, entries).await?;
    let users: Vec<i64> = sales.iter().map(|sale| sale.stored.order.user.0).collect();
    let persons = people::persons(c, scope, &users).await?;
    let (mut postings, mut facts) = (Vec::new(), Vec::new());
    for sale in sales {
        let mut order = sale.stored.order;
        order.state = OrderState::Paid;
        order.method = Some(sale.method);
        order.paid_at = Some(at);
        if let Some(buyer) = persons.get(&order.user.0).cloned() {
            let news = StaffNews::OrderPaid { order: order.clone(), buyer, late: sale.late };
            facts.push(NewFact { audience: Audience::Staff, fact: Fact::News(vec![news]), subject: None });
        }
        facts.push(NewFact {
            audience: Audience::Chat(sale.stored.chat),
            subject: Some(format!("goods:{}", order.id)),
            fact: Fact::GoodsReady { order, late: sale.late },
        });
        postings.push(sale.posting);
    }
    ledger::post(c, scope, postings, at).await?;
    outbox::queue(c, scope, facts, at).await?;
    Ok(sold)
}

async fn mark_paid(c: &mut Conn, sales: &[Sale], at: DateTime<Utc>) -> Answer<()> {
    let list: Vec<_> = sales
        .iter()
        .map(|sale| {
            let method = match sale.method {
                PaymentMethod::Qris => "qris",
                PaymentMethod::Balance => "balance",
            };
            json!({ "id": sale.stored.order.id, "seen": sale.stored.order.state.name(), "method": method })
        })
        .collect();
    let query = format!(
        "UPDATE orders SET state = 'paid', method = v.method, paid_at = $1, closed_at = $1 FROM {} \
         WHERE orders.id = v.id AND orders.state = v.seen",
        rows(2, "v", &[("id", "bigint"), ("seen", "text"), ("method", "text")])
    );
    let moved = diesel::sql_query(query)
        .bind::<TsSql, _>(Ts(at))
        .bind::<Text, _>(json!(list).to_string())
        .execute(c)
        .await?;
    if moved == sales.len() { Ok(()) } else { Err(StoreError::Conflict("an order")) }
}

async fn mark_sold(c: &mut Conn, sales: &[Sale], at: DateTime<Utc>) -> Answer<()> {
    let ids: Vec<i64> = sales.iter().map(|sale| sale.stored.order.id.0).collect();
    let expected: u32 = sales.iter().map(|sale| sale.stored.order.units()).sum();
    let moved = diesel::update(stock_units::table)
        .filter(stock_units::order_id.eq_any(ids).and(stock_units::state.eq("reserved")))
        .set((stock_units::state.eq("sold"), stock_units::sold_at.eq(Some(Ts(at)))))
        .execute(c)
        .await?;
    if moved == expected as usize { Ok(()) } else { Err(StoreError::Conflict("a reservation")) }
}

/// Adds to the figures of products and customers.
async fn count_sold(c: &mut Conn, scope: &Scope, sales: &[Sale]) -> Answer<Vec<(ProductId, i64)>> {
    let (mut products, mut buyers) = (BTreeMap::<i64, i64>::new(), BTreeMap::<i64, (i64, i64)>::new());
    for sale in sales {
        for line in &sale.stored.order.lines {
            *products.entry(line.product.0).or_default() += i64::from(line.quantity);
        }
        let buyer = buyers.entry(sale.stored.order.user.0).or_default();
        *buyer = (buyer.0 + 1, buyer.1 + sale.stored.order.total.0);
    }
    let list: Vec<_> = products.iter().map(|(id, units)| json!({ "id": id, "units": units })).collect();
    let query = format!(
        "UPDATE products SET sold = products.sold + v.units FROM {} WHERE products.id = v.id",
        rows(1, "v", &[("id", "bigint"), ("units", "bigint")])
    );
    diesel::sql_query(query).bind::<Text, _>(json!(list).to_string()).execute(c).await?;
    let shop = &scope.shop;
    let list: Vec<_> = buyers
        .iter()
        .map(|(user, (orders, spent))| json!({ "shop_id": shop, "user_id": user, "orders": orders, "spent": spent }))
        .collect();
    // the shop is in the rows: bound by itself it makes SQLite go through all of the shop's customers
    let columns = [("shop_id", "text"), ("user_id", "bigint"), ("orders", "bigint"), ("spent", "bigint")];
    let query = format!(
        "UPDATE customers SET orders_count = customers.orders_count + v.orders, spent = customers.spent + v.spent \
         FROM {} WHERE customers.shop_id = v.shop_id AND customers.user_id = v.user_id",
        rows(1, "v", &columns)
    );
    diesel::sql_query(query).bind::<Text, _>(json!(list).to_string()).execute(c).await?;
    Ok(products.into_iter().map(|(id, units)| (ProductId(id), units)).collect())
}

fn audit_entry(sale: &Sale, at: DateTime<Utc>) -> AuditEntry {
    let order = &sale.stored.order;
    AuditEntry {
        at,
        by: sale.by.clone(),
        action: "order.paid",
        target: format!("order:{}", order.code),
        before: Some(json!({ "state": order.state })),
        after: Some(json!({
            "state": OrderState::Paid,
            "method": sale.method,
            "total": order.total,
            "units": order.units(),
            "late": sale.late,
            "reference": sale.posting.reference,
        })),
    }
}
