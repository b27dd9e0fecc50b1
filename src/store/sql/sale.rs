//! What makes an order the customer's: order paid, units sold, ledger moved, goods and notices queued, audit queued.
//! Called only inside a transaction; all of it happens or none.

use super::ledger::{self, Posting};
use super::orders::Stored;
use super::{Answer, Expected, Rows, Statement, Writes, audit, outbox};
use crate::rules::audit::{AuditEntry, By};
use crate::rules::fact::{Audience, Fact, Person, StaffNews};
use crate::rules::ids::ProductId;
use crate::rules::order::{OrderState, PaymentMethod};
use crate::store::Scope;
use crate::store::error::StoreError;
use crate::store::model::NewFact;
use crate::store::types::{Ts, TsSql};
use chrono::{DateTime, Utc};
use serde_json::json;
use std::collections::{BTreeMap, HashMap};

/// An order whose payment is certain and whose units are reserved for it.
pub(super) struct Sale {
    pub stored: Stored,
    pub method: PaymentMethod,
    pub posting: Posting,
    pub by: By,
    /// Paid after it expired or was cancelled.
    pub late: bool,
}

/// Sells a batch of orders to these buyers, by statements over the whole batch, and returns how many units of each
/// product were sold. If any order or unit is not in the state that the caller saw, it is a conflict and nothing is
/// written. The `credits` of the batch are posted together with the sales: with two postings, this batch and another
/// could each hold a balance that the other wants.
pub(super) fn sell(
    writes: &mut Writes,
    scope: &Scope,
    sales: Vec<Sale>,
    credits: Vec<Posting>,
    persons: &HashMap<i64, Person>,
    at: DateTime<Utc>,
) -> Answer<Vec<(ProductId, i64)>> {
    if sales.is_empty() {
        ledger::post(writes, scope, credits, at)?;
        return Ok(Vec::new());
    }
    mark_paid(writes, &sales, at);
    mark_sold(writes, &sales, at);
    count_bought(writes, scope, &sales);
    let entries = sales.iter().map(|sale| audit_entry(sale, at)).collect();
    audit::add(writes, scope, entries);
    let (mut postings, mut facts, mut news) = (credits, Vec::new(), Vec::new());
    let mut sold = BTreeMap::<i64, i64>::new();
    for sale in sales {
        let mut order = sale.stored.order;
        for line in &order.lines {
            *sold.entry(line.product.0).or_default() += i64::from(line.quantity);
        }
        order.state = OrderState::Paid;
        order.method = Some(sale.method);
        order.paid_at = Some(at);
        if let Some(buyer) = persons.get(&order.user.0).cloned() {
            news.push(StaffNews::OrderPaid { order: order.clone(), buyer, late: sale.late });
        }
        facts.push(NewFact {
            audience: Audience::Chat(sale.stored.chat),
            subject: Some(format!("goods:{}", order.id)),
            fact: Fact::GoodsReady { order, late: sale.late },
        });
        postings.push(sale.posting);
    }
    if !news.is_empty() {
        facts.push(NewFact { audience: Audience::Staff, fact: Fact::News(news), subject: None });
    }
    outbox::add(writes, scope, facts, at);
    // what every sale changes comes last, the shop's balances and the products' figures: the next transaction waits for
    // it
    ledger::post(writes, scope, postings, at)?;
    count_sold(writes, &sold);
    Ok(sold.into_iter().map(|(id, units)| (ProductId(id), units)).collect())
}

fn order_ids(sales: &[Sale]) -> Vec<Option<i64>> {
    sales.iter().map(|sale| Some(sale.stored.order.id.0)).collect()
}

fn mark_paid(writes: &mut Writes, sales: &[Sale], at: DateTime<Utc>) {
    let orders = Rows::new("v")
        .numbers("id", order_ids(sales))
        .texts("seen", sales.iter().map(|sale| sale.stored.order.state.name().to_owned()).collect())
        .texts("method", sales.iter().map(|sale| sale.method.name().to_owned()).collect());
    let query = format!(
        "UPDATE orders SET state = 'paid', method = v.method, paid_at = $1, closed_at = $1 FROM {} \
         WHERE orders.id = v.id AND orders.state = v.seen",
        orders.words(2)
    );
    let pay = Statement::new(query).bind::<TsSql, _>(Ts(at)).bind_all(orders.values());
    let miss = StoreError::Conflict("an order");
    writes.push(pay, Some(Expected { rows: sales.len(), miss }));
}

fn mark_sold(writes: &mut Writes, sales: &[Sale], at: DateTime<Utc>) {
    let orders = Rows::new("v").numbers("order_id", order_ids(sales));
    let query = format!(
        "UPDATE stock_units SET state = 'sold', sold_at = $1 FROM {} \
         WHERE stock_units.order_id = v.order_id AND stock_units.state = 'reserved'",
        orders.words(2)
    );
    let sell = Statement::new(query).bind::<TsSql, _>(Ts(at)).bind_all(orders.values());
    let units: u32 = sales.iter().map(|sale| sale.stored.order.units()).sum();
    writes.push(sell, Some(Expected { rows: units as usize, miss: StoreError::Conflict("a reservation") }));
}

/// Adds to the figures of the customers.
fn count_bought(writes: &mut Writes, scope: &Scope, sales: &[Sale]) {
    let mut buyers = BTreeMap::<i64, (i64, i64)>::new();
    for sale in sales {
        let buyer = buyers.entry(sale.stored.order.user.0).or_default();
        *buyer = (buyer.0 + 1, buyer.1 + sale.stored.order.total.0);
    }
    // the shop is in the rows: bound by itself it makes SQLite go through all of the shop's customers
    let figures = Rows::new("v")
        .texts("shop_id", vec![scope.shop.clone(); buyers.len()])
        .numbers("user_id", buyers.keys().map(|user| Some(*user)).collect())
        .numbers("orders", buyers.values().map(|(orders, _)| Some(*orders)).collect())
        .numbers("spent", buyers.values().map(|(_, spent)| Some(*spent)).collect());
    let query = format!(
        "UPDATE customers SET orders_count = customers.orders_count + v.orders, spent = customers.spent + v.spent \
         FROM {} WHERE customers.shop_id = v.shop_id AND customers.user_id = v.user_id",
        figures.words(1)
    );
    writes.push(Statement::new(query).bind_all(figures.values()), None);
}

/// Adds to the figures of the products.
fn count_sold(writes: &mut Writes, sold: &BTreeMap<i64, i64>) {
    let figures = Rows::new("v")
        .numbers("id", sold.keys().map(|id| Some(*id)).collect())
        .numbers("units", sold.values().map(|units| Some(*units)).collect());
    let query = format!(
        "UPDATE products SET sold = products.sold + v.units FROM {} WHERE products.id = v.id",
        figures.words(1)
    );
    writes.push(Statement::new(query).bind_all(figures.values()), None);
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
