//! Orders as rows, and reading them.

use super::{Answer, Conn, Reader, people};
use crate::rules::fact::Person;
use crate::rules::ids::{ChatId, OrderId, ProductId, UserId};
use crate::rules::money::Rupiah;
use crate::rules::order::{Order, OrderState, PaymentMethod};
use crate::rules::price::QuoteLine;
use crate::store::Scope;
use crate::store::error::StoreError;
use crate::store::live::Pending;
use crate::store::model::Page;
use crate::store::schema::{customers, order_lines, orders};
use crate::store::types::Ts;
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use std::collections::{HashMap, HashSet};

row! {
    #[derive(Queryable, Selectable)]
    pub(super) struct OrderRow in orders {
        pub id: i64,
        pub shop_id: String,
        pub user_id: i64,
        pub chat_id: i64,
        pub code: String,
        pub request_key: String,
        pub state: String,
        pub open_slot: i64,
        pub method: Option<String>,
        pub subtotal: i64,
        pub total: i64,
        pub created_at: Ts,
        pub expires_at: Ts,
        pub paid_at: Option<Ts>,
        pub undeliverable_at: Option<Ts>,
    }
}

row! {
    #[derive(Queryable, Selectable)]
    pub(super) struct LineRow in order_lines {
        pub order_id: i64,
        pub position: i64,
        pub product_id: i64,
        pub name: String,
        pub quantity: i64,
        pub unit_price: i64,
        pub amount: i64,
        pub note: Option<String>,
        pub terms: Option<String>,
    }
}

/// An order with what only the store needs to know of it.
pub(super) struct Stored {
    pub order: Order,
    pub chat: ChatId,
    pub request_key: String,
    pub open_slot: i64,
}

pub(super) async fn with_lines(c: &mut impl Reader, found: Vec<OrderRow>) -> Answer<Vec<Stored>> {
    let ids: Vec<i64> = found.iter().map(|row| row.id).collect();
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    joined(found, lines(c, &ids).await?)
}

pub(super) async fn lines(c: &mut impl Reader, orders: &[i64]) -> Answer<Vec<LineRow>> {
    Ok(order_lines::table
        .filter(order_lines::order_id.eq_any(orders.to_vec()))
        .order((order_lines::order_id, order_lines::position))
        .select(LineRow::as_select())
        .load(c)
        .await?)
}

pub(super) fn joined(found: Vec<OrderRow>, lines: Vec<LineRow>) -> Answer<Vec<Stored>> {
    let mut by_order = HashMap::<i64, Vec<QuoteLine>>::new();
    for line in lines {
        by_order.entry(line.order_id).or_default().push(QuoteLine {
            product: ProductId(line.product_id),
            name: line.name,
            quantity: u32::try_from(line.quantity).unwrap_or(u32::MAX),
            unit_price: Rupiah(line.unit_price),
            amount: Rupiah(line.amount),
        });
    }
    found
        .into_iter()
        .map(|row| {
            let lines = by_order.remove(&row.id).unwrap_or_default();
            row.stored(lines)
        })
        .collect()
}

impl OrderRow {
    fn stored(self, lines: Vec<QuoteLine>) -> Answer<Stored> {
        let unknown = |what: &str| StoreError::Corrupt(format!("order {} has an unknown {what}.", self.id));
        let method = match &self.method {
            Some(name) => Some(PaymentMethod::parse(name).ok_or_else(|| unknown("method"))?),
            None => None,
        };
        let order = Order {
            id: OrderId(self.id),
            state: OrderState::parse(&self.state).ok_or_else(|| unknown("state"))?,
            code: self.code,
            user: UserId(self.user_id),
            lines,
            subtotal: Rupiah(self.subtotal),
            total: Rupiah(self.total),
            method,
            created_at: self.created_at.0,
            expires_at: self.expires_at.0,
            paid_at: self.paid_at.map(|at| at.0),
            undeliverable: self.undeliverable_at.is_some(),
        };
        let (chat, request_key) = (ChatId(self.chat_id), self.request_key);
        Ok(Stored { order, chat, request_key, open_slot: self.open_slot })
    }
}

/// Orders by id, those of other shops left out.
pub(super) async fn load(c: &mut Conn, scope: &Scope, ids: &[i64]) -> Answer<HashMap<i64, Stored>> {
    let (found, lines) = at_once!(c: rows(c, scope, ids), lines(c, ids))?;
    Ok(joined(found, lines)?.into_iter().map(|stored| (stored.order.id.0, stored)).collect())
}

pub(super) async fn rows(c: &mut impl Reader, scope: &Scope, ids: &[i64]) -> Answer<Vec<OrderRow>> {
    Ok(orders::table
        .filter(orders::shop_id.eq(&scope.shop).and(orders::id.eq_any(ids.to_vec())))
        .select(OrderRow::as_select())
        .load(c)
        .await?)
}

pub async fn order(c: &mut Conn, scope: &Scope, id: OrderId) -> Answer<Option<Order>> {
    Ok(load(c, scope, &[id.0]).await?.remove(&id.0).map(|stored| stored.order))
}

pub async fn are_known(c: &mut Conn, scope: &Scope, ids: Vec<OrderId>) -> Answer<bool> {
    let wanted: HashSet<i64> = ids.iter().map(|id| id.0).collect();
    let known: i64 = orders::table
        .filter(orders::shop_id.eq(&scope.shop).and(orders::id.eq_any(wanted.clone())))
        .count()
        .get_result(c)
        .await?;
    Ok(known == wanted.len() as i64)
}

pub async fn order_by_code(c: &mut Conn, scope: &Scope, code: String) -> Answer<Option<(Order, Person)>> {
    let found: Vec<OrderRow> = orders::table
        .filter(orders::shop_id.eq(&scope.shop).and(orders::code.eq(code)))
        .select(OrderRow::as_select())
        .load(c)
        .await?;
    Ok(with_buyers(c, found).await?.pop())
}

pub async fn orders_of(
    c: &mut Conn,
    scope: &Scope,
    user: UserId,
    offset: i64,
    limit: i64,
) -> Answer<Page<Order>> {
    let mine = orders::shop_id.eq(&scope.shop).and(orders::user_id.eq(user.0));
    let found: Vec<OrderRow> = orders::table
        .filter(mine)
        .order(orders::id.desc())
        .offset(offset)
        .limit(limit)
        .select(OrderRow::as_select())
        .load(c)
        .await?;
    let rows = with_lines(c, found).await?.into_iter().map(|stored| stored.order).collect();
    Ok(Page { rows, total: orders::table.filter(mine).count().get_result(c).await? })
}

/// Newest first, of one state or of all.
pub async fn orders_in(
    c: &mut Conn,
    scope: &Scope,
    state: Option<OrderState>,
    offset: i64,
    limit: i64,
) -> Answer<Page<(Order, Person)>> {
    let wanted = || {
        let all = orders::table.filter(orders::shop_id.eq(&scope.shop)).into_boxed();
        match state {
            Some(state) => all.filter(orders::state.eq(state.name())),
            None => all,
        }
    };
    let found: Vec<OrderRow> = wanted()
        .order(orders::id.desc())
        .offset(offset)
        .limit(limit)
        .select(OrderRow::as_select())
        .load(c)
        .await?;
    let rows = with_buyers(c, found).await?;
    Ok(Page { rows, total: wanted().count().get_result(c).await? })
}

async fn with_buyers(c: &mut Conn, found: Vec<OrderRow>) -> Answer<Vec<(Order, Person)>> {
    let users: Vec<i64> = found.iter().map(|row| row.user_id).collect();
    let persons = people::persons(c, &users).await?;
    Ok(with_lines(c, found)
        .await?
        .into_iter()
        .filter_map(|stored| Some((persons.get(&stored.order.user.0)?.clone(), stored.order)))
        .map(|(person, order)| (order, person))
        .collect())
}

/// The customer's newest order that waits for payment and costs no more than this, and its code.
pub(super) async fn payable_from(
    c: &mut Conn,
    scope: &Scope,
    user: UserId,
    balance: Rupiah,
) -> Answer<Option<(OrderId, String)>> {
    let found: Option<(i64, String)> = orders::table
        .filter(orders::shop_id.eq(&scope.shop).and(orders::user_id.eq(user.0)).and(Pending))
        .filter(orders::total.le(balance.0))
        .order(orders::id.desc())
        .select((orders::id, orders::code))
        .first(c)
        .await
        .optional()?;
    Ok(found.map(|(id, code)| (OrderId(id), code)))
}

/// What one customer bought in this shop: how many orders, for how much.
pub async fn bought_in_all(c: &mut Conn, scope: &Scope, user: UserId) -> Answer<(i64, Rupiah)> {
    let row: Option<(i64, i64)> = customers::table
        .filter(customers::shop_id.eq(&scope.shop).and(customers::user_id.eq(user.0)))
        .select((customers::orders_count, customers::spent))
        .get_result(c)
        .await
        .optional()?;
    let (count, spent) = row.unwrap_or_default();
    Ok((count, Rupiah(spent)))
}
