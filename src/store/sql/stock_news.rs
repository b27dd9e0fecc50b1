//! Notices that hang on how much stock there is: each crossing is told once.

use super::{Answer, Conn, outbox, people};
use crate::rules::fact::{Audience, Fact, StaffNews};
use crate::rules::ids::{ProductId, ProductNumber, UserId};
use crate::store::Scope;
use crate::store::model::{NewFact, Scarcity};
use crate::store::schema::{products, restock_subscriptions};
use crate::store::types::Ts;
use chrono::{DateTime, Utc};
use diesel::dsl::exists;
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use std::collections::BTreeSet;

/// Tells staff which of the products that were sold just now run out. Part of the selling transaction: a shop that dies
/// right after it has the notices in its queue.
pub(super) async fn tell_scarce(
    c: &mut Conn,
    scope: &Scope,
    sold: &[(ProductId, i64)],
    scarcity: &Scarcity,
    at: DateTime<Utc>,
) -> Answer<()> {
    let mut news = Vec::new();
    for (product, _) in sold {
        if let Some(left) = scarcity.left(*product) {
            news.extend(crossing(c, scope, *product, left, at).await?);
        }
    }
    if news.is_empty() {
        return Ok(());
    }
    let fact = NewFact { audience: Audience::Staff, fact: Fact::News(news), subject: None };
    outbox::enqueue(c, scope, vec![fact], at).await
}

/// The notice that few units are left, or that none is, unless it was given since the last restocking.
async fn crossing(
    c: &mut Conn,
    scope: &Scope,
    product: ProductId,
    left: i64,
    at: DateTime<Utc>,
) -> Answer<Option<StaffNews>> {
    let living = products::table
        .filter(products::id.eq(product.0))
        .filter(products::shop_id.eq(&scope.shop))
        .filter(products::deleted_at.is_null());
    let (few, none) = (products::low_stock_told_at, products::sold_out_told_at);
    let told = Some(Ts(at));
    let named = (products::number, products::name);
    let row: Option<(i64, String)> = if left > 0 {
        let armed = living.filter(few.is_null());
        diesel::update(armed).set(few.eq(told)).returning(named).get_result(c).await.optional()?
    } else {
        let armed = living.filter(none.is_null());
        diesel::update(armed)
            .set((few.eq(told), none.eq(told)))
            .returning(named)
            .get_result(c)
            .await
            .optional()?
    };
    Ok(row.map(|(number, name)| match ProductNumber(number) {
        product if left > 0 => StaffNews::LowStock { product, name, left },
        product => StaffNews::SoldOut { product, name },
    }))
}

pub async fn subscribe_restock(
    c: &mut Conn,
    scope: &Scope,
    product: ProductId,
    user: UserId,
    at: DateTime<Utc>,
) -> Answer<bool> {
    let new = diesel::insert_into(restock_subscriptions::table)
        .values((
            restock_subscriptions::shop_id.eq(&scope.shop),
            restock_subscriptions::product_id.eq(product.0),
            restock_subscriptions::user_id.eq(user.0),
            restock_subscriptions::created_at.eq(Ts(at)),
        ))
        .on_conflict_do_nothing()
        .execute(c)
        .await?;
    Ok(new == 1)
}

/// SQLite binds no more than 32,766 values.
const TOLD_TOGETHER: usize = 10_000;

/// Arms the notices again and tells those who wait, once.
pub(super) async fn restocked(
    c: &mut Conn,
    scope: &Scope,
    product: ProductId,
    (number, name): (ProductNumber, String),
    at: DateTime<Utc>,
) -> Answer<()> {
    let armed = (products::low_stock_told_at.eq(None::<Ts>), products::sold_out_told_at.eq(None::<Ts>));
    diesel::update(products::table.find(product.0)).set(armed).execute(c).await?;

    tell_waiting(c, scope, product, Fact::BackInStock { product: number, name }, at).await
}

/// Tells those who wait for products of which reserved units are on sale again.
pub(super) async fn back_on_sale(
    c: &mut Conn,
    scope: &Scope,
    freed: &BTreeSet<ProductId>,
    at: DateTime<Utc>,
) -> Answer<()> {
    let ids: Vec<i64> = freed.iter().map(|product| product.0).collect();
    let waited_for = restock_subscriptions::table
        .filter(restock_subscriptions::shop_id.eq(&scope.shop))
        .filter(restock_subscriptions::product_id.eq(products::id));
    let found: Vec<(i64, i64, String)> = products::table
        .filter(products::id.eq_any(ids).and(products::deleted_at.is_null()).and(exists(waited_for)))
        .select((products::id, products::number, products::name))
        .load(c)
        .await?;
    for (id, number, name) in found {
        let fact = Fact::BackInStock { product: ProductNumber(number), name };
        tell_waiting(c, scope, ProductId(id), fact, at).await?;
    }
    Ok(())
}

async fn tell_waiting(
    c: &mut Conn,
    scope: &Scope,
    product: ProductId,
    fact: Fact,
    at: DateTime<Utc>,
) -> Answer<()> {
    let waiting = restock_subscriptions::table
        .filter(restock_subscriptions::shop_id.eq(&scope.shop))
        .filter(restock_subscriptions::product_id.eq(product.0));
    let users: Vec<i64> = waiting.select(restock_subscriptions::user_id).load(c).await?;
    if users.is_empty() {
        return Ok(());
    }
    diesel::delete(waiting).execute(c).await?;
    for some in users.chunks(TOLD_TOGETHER) {
        let persons = people::persons(c, some).await?;
        let news = persons.into_values().map(|person| NewFact {
            audience: Audience::Chat(person.chat),
            fact: fact.clone(),
            subject: None,
        });
        outbox::enqueue(c, scope, news.collect(), at).await?;
    }
    Ok(())
}
