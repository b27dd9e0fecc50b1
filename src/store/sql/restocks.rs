//! Who waits for a sold-out product, and how they hear that it is on sale again: first come, first told, a few at a time,
//! so that thousands who wait hold up nobody's goods. Products take turns. Once the units are gone the others go on
//! waiting.

use super::{Answer, Conn, SKIP_LOCKED, Statement, outbox, people};
use crate::rules::fact::{Audience, Fact};
use crate::rules::ids::{ProductId, ProductNumber, UserId};
use crate::store::Scope;
use crate::store::live::Free;
use crate::store::model::NewFact;
use crate::store::schema::{products, restock_subscriptions, restocks, stock_units};
use crate::store::types::{Ts, TsSql};
use chrono::{DateTime, Utc};
use diesel::dsl::exists;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Text};
use diesel_async::RunQueryDsl;
use std::collections::BTreeSet;

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
    // units may have come since the card was shown
    if diesel::select(exists(free_units(scope, product.0))).get_result(c).await? {
        on_sale(c, scope, &[product].into(), at).await?;
    }
    Ok(new == 1)
}

/// Has those who wait for these products told that units are on sale again. Part of the transaction that puts them on
/// sale. It costs the same for thousands who wait.
pub(super) async fn on_sale(
    c: &mut Conn,
    scope: &Scope,
    products: &BTreeSet<ProductId>,
    at: DateTime<Utc>,
) -> Answer<()> {
    // in the order of their ids, so that two transactions do not wait for each other; a restock that is being told
    // of is locked and perhaps deleted: writing to it waits until that is decided
    for product in products {
        Statement::new(
            "INSERT INTO restocks (shop_id, product_id, created_at) SELECT $1, $2, $3 WHERE EXISTS (\
             SELECT 1 FROM restock_subscriptions WHERE shop_id = $1 AND product_id = $2) \
             ON CONFLICT (shop_id, product_id) DO UPDATE SET created_at = restocks.created_at",
        )
        .bind::<Text, _>(&scope.shop)
        .bind::<BigInt, _>(product.0)
        .bind::<TsSql, _>(Ts(at))
        .execute(c)
        .await?;
    }
    Ok(())
}

pub async fn restock_waits(c: &mut Conn, scope: &Scope) -> Answer<bool> {
    let waiting = restocks::table.filter(restocks::shop_id.eq(&scope.shop));
    Ok(diesel::select(exists(waiting)).get_result(c).await?)
}

pub async fn announce_restock(
    c: &mut Conn,
    scope: &Scope,
    at: DateTime<Utc>,
    unsent_max: i64,
) -> Answer<bool> {
    // one that a transaction is putting on sale again is not waited for: its turn comes a second later
    let query = format!(
        "SELECT product_id FROM restocks WHERE shop_id = $1 ORDER BY created_at LIMIT 1 {SKIP_LOCKED}"
    );
    let oldest: Option<Restock> =
        Statement::new(query).bind::<Text, _>(&scope.shop).get_result(c).await.optional()?;
    let Some(Restock { product_id }) = oldest else { return Ok(false) };
    let limit = unsent_max - outbox::unsent(c, scope, unsent_max).await?;
    if limit <= 0 {
        return Ok(false);
    }

    let on_sale: Option<(i64, String)> = products::table
        .filter(
            products::id
                .eq(product_id)
                .and(products::deleted_at.is_null())
                .and(exists(free_units(scope, product_id))),
        )
        .select((products::number, products::name))
        .get_result(c)
        .await
        .optional()?;
    let told = match on_sale {
        Some((number, name)) => {
            let fact = Fact::BackInStock { product: ProductNumber(number), name };
            tell_first(c, scope, product_id, fact, at, limit).await?
        }
        None => 0,
    };
    let restock = restocks::table.find((&scope.shop, product_id));
    if told < limit {
        diesel::delete(restock).execute(c).await?;
    } else {
        // the other products' turn: one that thousands wait for holds up none that few wait for
        diesel::update(restock).set(restocks::created_at.eq(Ts(at))).execute(c).await?;
    }
    Ok(true)
}

/// A product's units on sale.
#[diesel::dsl::auto_type(no_type_alias)]
fn free_units<'a>(scope: &'a Scope, product: i64) -> _ {
    let shop: &'a str = scope.shop.as_str();
    stock_units::table
        .filter(stock_units::shop_id.eq(shop).and(stock_units::product_id.eq(product)).and(Free))
}

#[derive(QueryableByName)]
struct Restock {
    #[diesel(sql_type = BigInt)]
    product_id: i64,
}

/// Ends the oldest subscriptions with a message each, and answers how many.
async fn tell_first(
    c: &mut Conn,
    scope: &Scope,
    product: i64,
    fact: Fact,
    at: DateTime<Utc>,
    limit: i64,
) -> Answer<i64> {
    let of_product = restock_subscriptions::table
        .filter(restock_subscriptions::shop_id.eq(&scope.shop))
        .filter(restock_subscriptions::product_id.eq(product));
    let users: Vec<i64> = of_product
        .order((restock_subscriptions::created_at, restock_subscriptions::user_id))
        .limit(limit)
        .select(restock_subscriptions::user_id)
        .load(c)
        .await?;
    diesel::delete(of_product.filter(restock_subscriptions::user_id.eq_any(users.clone())))
        .execute(c)
        .await?;
    let persons = people::persons(c, &users).await?;
    let news = users.iter().filter_map(|user| persons.get(user)).map(|person| NewFact {
        audience: Audience::Chat(person.chat),
        fact: fact.clone(),
        subject: None,
    });
    outbox::enqueue(c, scope, news.collect(), at).await?;
    Ok(i64::try_from(users.len()).unwrap_or(limit))
}
