//! Orders and deposits that end without payment: expired, cancelled, or refused by the gateway.

use super::orders::Stored;
use super::{Answer, Conn, Statement, audit, invoice_rows, invoices, orders, outbox, people, restocks};
use crate::rules::audit::{AuditEntry, By};
use crate::rules::fact::{Audience, Fact, StaffNews};
use crate::rules::ids::{InvoiceId, OrderId, ProductId, UnitId, UserId};
use crate::rules::invoice::{Cancelled, Invoice, InvoiceState};
use crate::rules::order::{Order, OrderState};
use crate::store::Scope;
use crate::store::error::StoreError;
use crate::store::live::{Pending, Unpaid};
use crate::store::model::{Ended, NewFact};
use crate::store::schema::{self, stock_units};
use crate::store::types::{Ts, TsSql};
use chrono::{DateTime, TimeDelta, Utc};
use diesel::prelude::*;
use diesel::sql_types::Text;
use diesel_async::RunQueryDsl;
use serde_json::json;
use std::collections::{BTreeSet, HashMap};

/// What was made further in the future than this was made before the clock was set back.
pub(super) const TOLERANCE: TimeDelta = TimeDelta::seconds(10);

/// Later than any order expires.
const EVER: TimeDelta = TimeDelta::days(36_500);

/// Lets whatever waits for payment and was made in the future begin now: it must not keep its units until the clock
/// gets there again.
async fn follow_clock(c: &mut Conn, scope: &Scope, at: DateTime<Utc>) -> Answer<()> {
    let waiting = [("orders", "", "= 'pending'"), ("invoices", ", ask_at = $1", "IN ('opening', 'open')")];
    for (table, also, states) in waiting {
        let query = format!(
            "UPDATE {table} SET expires_at = expires_at - (created_at - $1), created_at = $1{also} \
             WHERE shop_id = $2 AND state {states} AND created_at > $3"
        );
        Statement::new(query)
            .bind::<TsSql, _>(Ts(at))
            .bind::<Text, _>(&scope.shop)
            .bind::<TsSql, _>(Ts(at + TOLERANCE))
            .execute(c)
            .await?;
    }
    Ok(())
}

/// Expires what is due, oldest first: its units go back on sale, its people are told.
pub async fn expire_due(c: &mut Conn, scope: &Scope, at: DateTime<Utc>, limit: i64) -> Answer<Vec<Ended>> {
    follow_clock(c, scope, at).await?;
    let due: Vec<i64> = schema::orders::table
        .filter(schema::orders::shop_id.eq(&scope.shop).and(Pending))
        .filter(schema::orders::expires_at.le(Ts(at)))
        .order(schema::orders::expires_at)
        .limit(limit)
        .select(schema::orders::id)
        .load(c)
        .await?;
    let due = orders::load(c, scope, &due).await?.into_values().collect();
    let mut ended = end(c, scope, due, End::Expired, &By::clock(), at).await?;
    let deposits: Vec<i64> = schema::invoices::table
        .filter(schema::invoices::shop_id.eq(&scope.shop).and(schema::invoices::order_id.is_null()))
        .filter(Unpaid)
        .filter(schema::invoices::expires_at.le(Ts(at)))
        .order(schema::invoices::expires_at)
        .limit(limit)
        .select(schema::invoices::id)
        .load(c)
        .await?;
    for id in deposits {
        if let Some(invoice) =
            invoices::void_deposit(c, scope, InvoiceId(id), InvoiceState::Expired, at).await?
        {
            ended.push(end_deposit(c, scope, &invoice, End::Expired, &By::clock(), at).await?);
        }
    }
    Ok(ended)
}

/// Cancels an order for its customer. If it was paid meanwhile, or has ended, nothing changes.
pub async fn cancel_order(
    c: &mut Conn,
    scope: &Scope,
    id: OrderId,
    user: UserId,
    at: DateTime<Utc>,
) -> Answer<(Cancelled, Option<Ended>)> {
    let found = orders::load(c, scope, &[id.0]).await?.remove(&id.0);
    let Some(stored) = found.filter(|stored| stored.order.user == user) else {
        return Ok((Cancelled::Unknown, None));
    };
    if stored.order.state != OrderState::Pending {
        return Ok((Cancelled::NotPending(stored.order), None));
    }
    let mut order = stored.order.clone();
    order.state = OrderState::Cancelled;
    let ended = end(c, scope, vec![stored], End::Cancelled, &By::user(user), at).await?;
    Ok((Cancelled::Cancelled(order), ended.into_iter().next()))
}

/// Cancels a deposit for its customer. `None`: it is not open, or not theirs.
pub async fn cancel_deposit(
    c: &mut Conn,
    scope: &Scope,
    id: InvoiceId,
    user: UserId,
    at: DateTime<Utc>,
) -> Answer<Option<Ended>> {
    let theirs = invoice_rows::invoice(c, scope, id).await?.is_some_and(|invoice| invoice.user == user);
    if !theirs {
        return Ok(None);
    }
    match invoices::void_deposit(c, scope, id, InvoiceState::Cancelled, at).await? {
        Some(invoice) => {
            Ok(Some(end_deposit(c, scope, &invoice, End::Cancelled, &By::user(user), at).await?))
        }
        None => Ok(None),
    }
}

/// The gateway would not make an invoice: its order is cancelled, its units go back on sale, the customer
/// is told. Nothing happens if it is not waiting for the gateway any more.
pub async fn refuse_invoice(
    c: &mut Conn,
    scope: &Scope,
    id: InvoiceId,
    at: DateTime<Utc>,
) -> Answer<Option<Ended>> {
    let Some((invoice, waiting)) = invoice_rows::opening(c, scope, id).await? else { return Ok(None) };
    let fact = NewFact {
        audience: Audience::Chat(invoice.chat),
        fact: Fact::InvoiceRefused { code: invoice.code.clone(), order: invoice.order, replaces: waiting },
        subject: None,
    };
    let ended = match invoice.order {
        None => match invoices::void_deposit(c, scope, id, InvoiceState::Refused, at).await? {
            Some(invoice) => {
                Some(end_deposit(c, scope, &invoice, End::Refused, &By::gateway("gateway"), at).await?)
            }
            None => None,
        },
        Some(order) => {
            let stored = orders::load(c, scope, &[order.0]).await?.into_values();
            let pending = stored.filter(|stored| stored.order.state == OrderState::Pending).collect();
            end(c, scope, pending, End::Refused, &By::gateway("gateway"), at).await?.into_iter().next()
        }
    };
    if ended.is_some() {
        outbox::enqueue(c, scope, vec![fact], at).await?;
    }
    Ok(ended)
}

/// Why something ends.
#[derive(Clone, Copy, PartialEq, Eq)]
enum End {
    Expired,
    Cancelled,
    /// By the gateway; [`refuse_invoice`] tells the customer itself.
    Refused,
}

impl End {
    fn order_state(self) -> OrderState {
        match self {
            Self::Expired => OrderState::Expired,
            Self::Cancelled | Self::Refused => OrderState::Cancelled,
        }
    }

    fn invoice_state(self) -> InvoiceState {
        match self {
            Self::Expired => InvoiceState::Expired,
            Self::Cancelled => InvoiceState::Cancelled,
            Self::Refused => InvoiceState::Refused,
        }
    }

    fn audit_entry(self, order: &Order, by: &By, at: DateTime<Utc>) -> AuditEntry {
        AuditEntry {
            at,
            by: by.clone(),
            action: self.action(),
            target: format!("order:{}", order.code),
            before: Some(json!({ "state": order.state })),
            after: Some(json!({ "state": self.order_state() })),
        }
    }

    fn action(self) -> &'static str {
        match self {
            Self::Expired => "order.expired",
            Self::Cancelled => "order.cancelled",
            Self::Refused => "order.refused",
        }
    }
}

/// Ends pending orders together: state, units, invoices, notices, audit.
async fn end(
    c: &mut Conn,
    scope: &Scope,
    pending: Vec<Stored>,
    how: End,
    by: &By,
    at: DateTime<Utc>,
) -> Answer<Vec<Ended>> {
    let ids: Vec<i64> = pending.iter().map(|stored| stored.order.id.0).collect();
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    // What was due a moment ago may have been given more time since.
    let over = if how == End::Expired { at } else { at + EVER };
    let moved = diesel::update(schema::orders::table)
        .filter(schema::orders::id.eq_any(ids.clone()).and(Pending))
        .filter(schema::orders::expires_at.le(Ts(over)))
        .set((schema::orders::state.eq(how.order_state().name()), schema::orders::closed_at.eq(Some(Ts(at)))))
        .execute(c)
        .await?;
    if moved != ids.len() {
        return Err(StoreError::Conflict("an order"));
    }
    let mut freed = free_units(c, &ids).await?;
    let back: BTreeSet<ProductId> = freed.values().flatten().map(|(product, _)| *product).collect();
    let mut voided: HashMap<i64, Invoice> = invoices::void_of_orders(c, &ids, how.invoice_state(), at)
        .await?
        .into_iter()
        .filter_map(|invoice| Some((invoice.order?.0, invoice)))
        .collect();
    let users: Vec<i64> = pending.iter().map(|stored| stored.order.user.0).collect();
    let persons = people::persons(c, &users).await?;
    let (mut facts, mut entries, mut ended) = (Vec::new(), Vec::new(), Vec::new());
    for stored in pending {
        let order = stored.order;
        let invoice = voided.remove(&order.id.0);
        let chat = Audience::Chat(stored.chat);
        facts.extend(told(&order.code, invoice.as_ref(), how).map(|fact| NewFact {
            audience: chat,
            fact,
            subject: None,
        }));
        if let (End::Expired, Some(buyer)) = (how, persons.get(&order.user.0).cloned()) {
            let news = StaffNews::OrderExpired { code: order.code.clone(), buyer, total: order.total };
            facts.push(NewFact { audience: Audience::Staff, fact: Fact::News(vec![news]), subject: None });
        }
        entries.push(how.audit_entry(&order, by, at));
        ended.push(Ended {
            order: Some(order.id),
            code: order.code,
            invoice: invoice.map(|invoice| (invoice.id, invoice.reference, invoice.base)),
            freed: freed.remove(&order.id.0).unwrap_or_default(),
        });
    }
    outbox::enqueue(c, scope, facts, at).await?;
    audit::write(c, scope, entries).await?;
    restocks::on_sale(c, scope, &back, at).await?;
    Ok(ended)
}

/// What the customer hears of it.
fn told(code: &str, invoice: Option<&Invoice>, how: End) -> Option<Fact> {
    let code = code.to_owned();
    match (how, invoice) {
        (End::Expired, Some(invoice)) => {
            Some(Fact::InvoiceExpired { invoice: invoice.id, code, deposit: invoice.order.is_none() })
        }
        (End::Expired, None) => Some(Fact::OrderExpired { code }),
        (End::Cancelled, Some(invoice)) => {
            Some(Fact::InvoiceCancelled { invoice: invoice.id, code, deposit: invoice.order.is_none() })
        }
        (End::Cancelled, None) | (End::Refused, _) => None,
    }
}

async fn free_units(c: &mut Conn, orders: &[i64]) -> Answer<HashMap<i64, Vec<(ProductId, UnitId)>>> {
    let held: Vec<(i64, i64, Option<i64>)> = stock_units::table
        .filter(stock_units::order_id.eq_any(orders.to_vec()).and(stock_units::state.eq("reserved")))
        .select((stock_units::id, stock_units::product_id, stock_units::order_id))
        .load(c)
        .await?;
    // by their orders: one value for each of 50,000 units is more than SQLite binds
    let moved = diesel::update(stock_units::table)
        .filter(stock_units::order_id.eq_any(orders.to_vec()).and(stock_units::state.eq("reserved")))
        .set((stock_units::state.eq("free"), stock_units::order_id.eq(None::<i64>)))
        .execute(c)
        .await?;
    if moved != held.len() {
        return Err(StoreError::Conflict("a reservation"));
    }
    let mut freed = HashMap::<i64, Vec<_>>::new();
    for (unit, product, order) in held {
        if let Some(order) = order {
            freed.entry(order).or_default().push((ProductId(product), UnitId(unit)));
        }
    }
    Ok(freed)
}

async fn end_deposit(
    c: &mut Conn,
    scope: &Scope,
    invoice: &Invoice,
    how: End,
    by: &By,
    at: DateTime<Utc>,
) -> Answer<Ended> {
    let fact = told(&invoice.code, Some(invoice), how);
    let audience = Audience::Chat(invoice.chat);
    let facts = fact.map(|fact| NewFact { audience, fact, subject: None }).into_iter().collect();
    outbox::enqueue(c, scope, facts, at).await?;
    let entry = AuditEntry {
        at,
        by: by.clone(),
        action: match how {
            End::Expired => "deposit.expired",
            End::Cancelled => "deposit.cancelled",
            End::Refused => "deposit.refused",
        },
        target: format!("invoice:{}", invoice.code),
        before: None,
        after: Some(json!({ "base": invoice.base })),
    };
    audit::write(c, scope, vec![entry]).await?;
    // the gateway has no invoice that it refused to make
    let at_gateway = (how != End::Refused).then(|| (invoice.id, invoice.reference.clone(), invoice.base));
    Ok(Ended { order: None, code: invoice.code.clone(), invoice: at_gateway, freed: Vec::new() })
}
