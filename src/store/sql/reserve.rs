//! Reserving units: the shop's hottest operation, in set statements.

use super::claim::Claims;
use super::orders::{LineRow, OrderRow, Stored, with_lines};
use super::{
    Answer, BEGIN_HOT_UNWAITED, Conn, Opening, Reader, Writes, audit, catalogue, check_lease, people,
};
use crate::limits::ORDER_UNITS_MAX;
use crate::rules::audit::{AuditEntry, By};
use crate::rules::catalogue::Product;
use crate::rules::ids::UserId;
use crate::rules::order::{Order, OrderState, Reserved, TOGETHER, waits_until};
use crate::rules::people::Roles;
use crate::rules::price::{Quote, quote};
use crate::store::Scope;
use crate::store::live::{Expired, Pending};
use crate::store::model::{ReserveDone, ReservePolicy, ReserveRequest};
use crate::store::schema::{order_lines, orders};
use crate::store::types::Ts;
use chrono::{DateTime, TimeDelta, Utc};
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use serde_json::json;
use std::collections::{HashMap, HashSet};

/// A request that passed every rule and now needs its units.
pub(super) struct Candidate<'a> {
    place: usize,
    pub request: &'a ReserveRequest,
    pub products: Vec<(&'a Product, u32)>,
    quote: Quote,
    open_slot: i64,
}

/// Reserves units for a batch of customers, each at most once in it, in set statements.
/// A repeated request finds its order before anything is judged. Its commit does not wait for the disk: a reservation
/// ends by itself, and the payment or invoice that follows waits for both.
pub async fn reserve(
    c: &mut Conn,
    scope: &Scope,
    opening: Opening,
    requests: Vec<ReserveRequest>,
    policy: ReservePolicy,
    at: DateTime<Utc>,
) -> Answer<ReserveDone> {
    let facts = Facts::read(c, scope, opening, &requests, &policy, at).await?;
    let mut outcomes: Vec<Option<Reserved>> = Vec::with_capacity(requests.len());
    let mut candidates = Vec::new();
    for (place, request) in requests.iter().enumerate() {
        outcomes.push(match facts.judge(place, request, &policy, at) {
            Ok(candidate) => {
                candidates.push(candidate);
                None
            }
            Err(refusal) => Some(refusal),
        });
    }
    let claimed = Claims::make(c, scope, &candidates).await?;
    let mut held = Vec::new();
    for candidate in candidates {
        match claimed.short.get(&candidate.request.order.0) {
            Some(too_few) => outcomes[candidate.place] = Some(too_few.clone()),
            None => held.push(candidate),
        }
    }
    let written = write_orders(c, scope, &held, &policy, at).await?;
    for (candidate, order) in held.iter().zip(written) {
        outcomes[candidate.place] = Some(Reserved::Held(order));
    }
    Ok(ReserveDone {
        outcomes: outcomes.into_iter().map(|outcome| outcome.unwrap_or(Reserved::NoSuchProduct)).collect(),
        taken: claimed.taken,
        stale: claimed.stale,
    })
}

/// What the rules need to judge a batch, read inside its transaction.
struct Facts {
    by_key: HashMap<String, Order>,
    open: HashMap<i64, Vec<(i64, Order)>>,
    /// When their orders expired, lately.
    expired: HashMap<i64, Vec<DateTime<Utc>>>,
    products: HashMap<i64, Product>,
    resellers: HashSet<i64>,
    bought: HashMap<(i64, i64), i64>,
}

impl Facts {
    async fn read(
        c: &mut Conn,
        scope: &Scope,
        opening: Opening,
        requests: &[ReserveRequest],
        policy: &ReservePolicy,
        at: DateTime<Utc>,
    ) -> Answer<Self> {
        let users: Vec<i64> = requests.iter().map(|request| request.user.0).collect();
        let ids: HashSet<i64> =
            requests.iter().flat_map(|request| &request.wanted).map(|wanted| wanted.product.0).collect();
        let ids: Vec<i64> = ids.into_iter().collect();
        let ((), (), same, pending, rows, packages, expired, resellers) = at_once!(c:
            opening.begin(c, BEGIN_HOT_UNWAITED),
            check_lease(c, scope),
            same(c, scope, requests),
            pending(c, scope, &users),
            catalogue::rows(c, scope, Some(&ids)),
            catalogue::packages(c, &ids),
            expired_lately(c, scope, &users, at, policy),
            people::reseller_ids(c, scope, &users),
        )?;
        let mut open = HashMap::<i64, Vec<(i64, Order)>>::new();
        for stored in pending {
            open.entry(stored.order.user.0).or_default().push((stored.open_slot, stored.order));
        }
        let products = catalogue::packed(rows, packages)?;
        let limited: Vec<i64> = products
            .iter()
            .filter(|product| product.per_customer.is_some())
            .map(|product| product.id.0)
            .collect();
        Ok(Self {
            by_key: same.into_iter().map(|stored| (stored.request_key, stored.order)).collect(),
            open,
            expired,
            products: products.into_iter().map(|product| (product.id.0, product)).collect(),
            resellers,
            bought: bought(c, scope, &users, &limited).await?,
        })
    }

    /// Every rule in order, identity first.
    fn judge<'a>(
        &'a self,
        place: usize,
        request: &'a ReserveRequest,
        policy: &ReservePolicy,
        at: DateTime<Utc>,
    ) -> Result<Candidate<'a>, Reserved> {
        if let Some(order) = self.by_key.get(&request.key) {
            return Err(Reserved::Held(order.clone()));
        }
        let open = self.open.get(&request.user.0).map(Vec::as_slice).unwrap_or_default();
        let free_slot = (1..=policy.open_orders_max).find(|slot| open.iter().all(|(used, _)| used != slot));
        let Some(open_slot) = free_slot else {
            return Err(open
                .last()
                .map_or(Reserved::NoSuchProduct, |(_, order)| Reserved::OpenOrder(order.clone())));
        };
        let expired = self.expired.get(&request.user.0).cloned().unwrap_or_default();
        let waits = waits_until(expired, policy.expired_before_cooldown, policy.cooldown);
        if let Some(until) = waits.filter(|until| *until > at) {
            return Err(Reserved::CoolDown { minutes: (until - at).num_seconds().div_euclid(60) + 1 });
        }
        let mut products = Vec::new();
        for wanted in &request.wanted {
            let product = self.products.get(&wanted.product.0).ok_or(Reserved::NoSuchProduct)?;
            self.check_limits(request.user, product, wanted.quantity)?;
            products.push((product, wanted.quantity));
        }
        let units = products.iter().fold(0u32, |units, (_, quantity)| units.saturating_add(*quantity));
        if units > ORDER_UNITS_MAX {
            return Err(Reserved::TooMuch);
        }
        let roles = Roles { reseller: self.resellers.contains(&request.user.0), ..Roles::default() };
        let quote = quote(&products, roles, policy.reseller_discount_percent).ok_or(Reserved::TooMuch)?;
        if quote.lines.is_empty() {
            return Err(Reserved::NoSuchProduct);
        }
        Ok(Candidate { place, request, products, quote, open_slot })
    }

    fn check_limits(&self, user: UserId, product: &Product, quantity: u32) -> Result<(), Reserved> {
        let bought = self.bought.get(&(user.0, product.id.0)).copied().unwrap_or_default();
        let rest = product.per_customer.map(|most| i64::from(most).saturating_sub(bought).max(0) as u32);
        let max = [product.max_quantity, rest].into_iter().flatten().min().unwrap_or(u32::MAX);
        let max = max.min(ORDER_UNITS_MAX);
        let min = product.min_quantity.max(1);
        if (min..=max).contains(&quantity) {
            return Ok(());
        }
        Err(Reserved::OutsideLimits { name: product.name.clone(), min, max })
    }
}

/// Orders that these presses made before.
async fn same(c: &mut impl Reader, scope: &Scope, requests: &[ReserveRequest]) -> Answer<Vec<Stored>> {
    let keys: Vec<&str> = requests.iter().map(|request| request.key.as_str()).collect();
    let made = orders::shop_id.eq(&scope.shop).and(orders::request_key.eq_any(keys));
    let found = orders::table.filter(made).select(OrderRow::as_select()).load(c).await?;
    with_lines(c, found).await
}

/// Orders that these customers have open.
async fn pending(c: &mut impl Reader, scope: &Scope, users: &[i64]) -> Answer<Vec<Stored>> {
    let theirs = orders::shop_id.eq(&scope.shop).and(orders::user_id.eq_any(users.to_vec()));
    // the slot, which all orders have, makes SQLite prefer the index of open orders by customer
    let open = theirs.and(orders::open_slot.ge(1)).and(Pending);
    let found = orders::table.filter(open).select(OrderRow::as_select()).load(c).await?;
    with_lines(c, found).await
}

async fn expired_lately(
    c: &mut impl Reader,
    scope: &Scope,
    users: &[i64],
    at: DateTime<Utc>,
    policy: &ReservePolicy,
) -> Answer<HashMap<i64, Vec<DateTime<Utc>>>> {
    // Orders that ended in the future, before the clock was set back, do not count.
    let lately = orders::closed_at.between(Ts(at - policy.cooldown - TOGETHER), Ts(at));
    let ended: Vec<(i64, Option<Ts>)> = orders::table
        .filter(orders::shop_id.eq(&scope.shop).and(orders::user_id.eq_any(users.to_vec())))
        .filter(Expired.and(lately))
        .select((orders::user_id, orders::closed_at))
        .load(c)
        .await?;
    let mut expired = HashMap::<i64, Vec<DateTime<Utc>>>::new();
    for (user, closed_at) in ended {
        expired.entry(user).or_default().extend(closed_at.map(|ts| ts.0));
    }
    Ok(expired)
}

/// What these customers have of products that are limited per customer; open orders count.
async fn bought(
    c: &mut Conn,
    scope: &Scope,
    users: &[i64],
    products: &[i64],
) -> Answer<HashMap<(i64, i64), i64>> {
    if products.is_empty() {
        return Ok(HashMap::new());
    }
    let lines: Vec<(i64, i64, i64)> = order_lines::table
        .inner_join(orders::table.on(orders::id.eq(order_lines::order_id)))
        .filter(orders::shop_id.eq(&scope.shop).and(orders::user_id.eq_any(users.to_vec())))
        .filter(orders::state.eq_any(["pending", "paid", "delivered"]))
        .filter(order_lines::product_id.eq_any(products.to_vec()))
        .select((orders::user_id, order_lines::product_id, order_lines::quantity))
        .load(c)
        .await?;
    let mut sums = HashMap::new();
    for (user, product, quantity) in lines {
        *sums.entry((user, product)).or_insert(0) += quantity;
    }
    Ok(sums)
}

async fn write_orders(
    c: &mut Conn,
    scope: &Scope,
    held: &[Candidate<'_>],
    policy: &ReservePolicy,
    at: DateTime<Utc>,
) -> Answer<Vec<Order>> {
    if held.is_empty() {
        return Ok(Vec::new());
    }
    let expires_at = at + TimeDelta::seconds(policy.expiry_seconds);
    let written: Vec<Order> = held.iter().map(|candidate| candidate.order(at, expires_at)).collect();
    let (mut new_orders, mut new_lines, mut entries) = (vec![], vec![], vec![]);
    for (candidate, order) in held.iter().zip(&written) {
        new_orders.push(candidate.row(scope, order));
        new_lines.extend(candidate.lines());
        entries.push(AuditEntry {
            at,
            by: By::user(order.user),
            action: "order.reserved",
            target: format!("order:{}", order.code),
            before: None,
            after: Some(json!({ "lines": order.lines, "total": order.total })),
        });
    }
    let mut writes = Writes::default();
    insert!(writes, orders, new_orders);
    insert!(writes, order_lines, new_lines);
    audit::add(&mut writes, scope, entries);
    writes.finish(c).await?;
    Ok(written)
}

impl Candidate<'_> {
    fn order(&self, at: DateTime<Utc>, expires_at: DateTime<Utc>) -> Order {
        Order {
            id: self.request.order,
            code: self.request.code.clone(),
            user: self.request.user,
            state: OrderState::Pending,
            lines: self.quote.lines.clone(),
            subtotal: self.quote.subtotal,
            total: self.quote.total,
            method: None,
            created_at: at,
            expires_at,
            paid_at: None,
            undeliverable: false,
        }
    }

    fn row(&self, scope: &Scope, order: &Order) -> OrderRow {
        OrderRow {
            id: order.id.0,
            shop_id: scope.shop.clone(),
            user_id: order.user.0,
            chat_id: self.request.chat.0,
            code: order.code.clone(),
            request_key: self.request.key.clone(),
            state: order.state.name().into(),
            open_slot: self.open_slot,
            method: None,
            subtotal: order.subtotal.0,
            total: order.total.0,
            created_at: Ts(order.created_at),
            expires_at: Ts(order.expires_at),
            paid_at: None,
            undeliverable_at: None,
        }
    }

    fn lines(&self) -> impl Iterator<Item = LineRow> {
        self.quote.lines.iter().zip(&self.products).enumerate().map(|(position, (line, (product, _)))| {
            LineRow {
                order_id: self.request.order.0,
                position: position as i64,
                product_id: line.product.0,
                name: line.name.clone(),
                quantity: i64::from(line.quantity),
                unit_price: line.unit_price.0,
                amount: line.amount.0,
                note: product.note.clone(),
                terms: product.terms.clone(),
            }
        })
    }
}
