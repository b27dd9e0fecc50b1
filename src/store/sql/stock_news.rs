//! Notices that hang on how much stock there is: each crossing is told once.

use super::{Answer, Conn, outbox, people};
use crate::rules::fact::{Audience, Fact, StaffNews};
use crate::rules::ids::{ProductId, ProductNumber, UserId};
use crate::store::Scope;
use crate::store::model::NewFact;
use crate::store::schema::{outbox as facts, products, restock_subscriptions};
use crate::store::types::Ts;
use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel_async::RunQueryDsl;

pub async fn tell_low_stock(
    c: &mut Conn,
    scope: &Scope,
    product: ProductId,
    left: i64,
    at: DateTime<Utc>,
) -> Answer<bool> {
    let living = products::table
        .filter(products::id.eq(product.0))
        .filter(products::shop_id.eq(&scope.shop))
        .filter(products::deleted_at.is_null());
    // the update holds the product's row, so that of two who tell at once the second sees the first
    let told_at = products::low_stock_told_at.eq(Some(Ts(at)));
    let named = (products::number, products::name);
    let row: Option<(i64, String)> = if left > 0 {
        let armed = living.filter(products::low_stock_told_at.is_null());
        diesel::update(armed).set(told_at).returning(named).get_result(c).await.optional()?
    } else {
        diesel::update(living).set(told_at).returning(named).get_result(c).await.optional()?
    };
    let Some((number, name)) = row else { return Ok(false) };
    let number = ProductNumber(number);
    let (news, subject) = if left > 0 {
        (StaffNews::LowStock { product: number, name, left }, None)
    } else {
        let told =
            facts::table.filter(facts::shop_id.eq(&scope.shop)).filter(facts::subject.eq(sold_out(product)));
        if told.count().get_result::<i64>(c).await? > 0 {
            return Ok(false);
        }
        (StaffNews::SoldOut { product: number, name }, Some(sold_out(product)))
    };
    let fact = NewFact { audience: Audience::Staff, fact: Fact::News(vec![news]), subject };
    outbox::queue(c, scope, vec![fact], at).await?;
    Ok(true)
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

/// Arms the notices again and tells those who wait, once.
pub(super) async fn restocked(
    c: &mut Conn,
    scope: &Scope,
    product: ProductId,
    (number, name): (ProductNumber, String),
    at: DateTime<Utc>,
) -> Answer<()> {
    let row = products::table.find(product.0);
    diesel::update(row).set(products::low_stock_told_at.eq(None::<Ts>)).execute(c).await?;
    let told =
        facts::table.filter(facts::shop_id.eq(&scope.shop)).filter(facts::subject.eq(sold_out(product)));
    diesel::update(told).set(facts::subject.eq(None::<String>)).execute(c).await?;

    let waiting = restock_subscriptions::table
        .filter(restock_subscriptions::shop_id.eq(&scope.shop))
        .filter(restock_subscriptions::product_id.eq(product.0));
    let users: Vec<i64> = waiting.select(restock_subscriptions::user_id).load(c).await?;
    if users.is_empty() {
        return Ok(());
    }
    diesel::delete(waiting).execute(c).await?;
    let fact = Fact::BackInStock { product: number, name };
    let persons = people::persons(c, scope, &users).await?;
    let news = persons.into_values().map(|person| NewFact {
        audience: Audience::Chat(person.chat),
        fact: fact.clone(),
        subject: None,
    });
    outbox::queue(c, scope, news.collect(), at).await
}

/// What the notice that a product is sold out is kept under, until there is stock again.
fn sold_out(product: ProductId) -> String {
    format!("sold_out:{product}")
}
