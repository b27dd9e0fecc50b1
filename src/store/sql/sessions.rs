//! Where each customer's conversation stands, and what they put in their cart.

use super::{Answer, Conn, Writes, inbox};
use crate::rules::ids::{ProductId, UserId};
use crate::store::Scope;
use crate::store::error::StoreError;
use crate::store::schema::{carts, sessions};
use crate::store::types::{Doc, Ts};
use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use serde_json::Value;
use std::collections::HashMap;

pub async fn session(c: &mut Conn, scope: &Scope, user: UserId) -> Answer<Option<(Value, DateTime<Utc>)>> {
    let row: Option<(Doc, Ts)> = sessions::table
        .find((&scope.shop, user.0))
        .select((sessions::state, sessions::updated_at))
        .get_result(c)
        .await
        .optional()?;
    Ok(row.map(|(state, at)| (state.0, at.0)))
}

row! {
    struct NewRow in sessions {
        shop_id: String,
        user_id: i64,
        state: Doc,
        updated_at: Ts,
    }
}

pub async fn save_sessions(
    c: &mut Conn,
    scope: &Scope,
    states: Vec<(UserId, Value)>,
    at: DateTime<Utc>,
) -> Answer<()> {
    // of several states of one person the last one counts
    let states: HashMap<i64, Value> = states.into_iter().map(|(user, state)| (user.0, state)).collect();
    let users: Vec<i64> = states.keys().copied().collect();
    let old =
        sessions::table.filter(sessions::shop_id.eq(&scope.shop)).filter(sessions::user_id.eq_any(users));
    diesel::delete(old).execute(c).await?;
    let row = |(user_id, state)| NewRow {
        shop_id: scope.shop.clone(),
        user_id,
        state: Doc(state),
        updated_at: Ts(at),
    };
    let rows: Vec<NewRow> = states.into_iter().map(row).collect();
    let mut writes = Writes::default();
    insert!(writes, sessions, rows);
    writes.finish(c).await?;
    Ok(())
}

pub async fn cart(c: &mut Conn, scope: &Scope, user: UserId) -> Answer<Vec<(ProductId, u32)>> {
    let rows: Vec<(i64, i64)> = carts::table
        .filter(carts::shop_id.eq(&scope.shop))
        .filter(carts::user_id.eq(user.0))
        .order((carts::updated_at, carts::product_id))
        .select((carts::product_id, carts::quantity))
        .load(c)
        .await?;
    rows.into_iter()
        .map(|(product, quantity)| match u32::try_from(quantity) {
            Ok(quantity) => Ok((ProductId(product), quantity)),
            Err(_) => Err(StoreError::Corrupt(format!(
                "user {user} has {quantity} of product {product} in the cart."
            ))),
        })
        .collect()
}

/// Sets how many the cart holds of a product, once for each key, and answers how many it holds. A changed quantity
/// keeps the product's place: only putting it in sets the time.
pub async fn put_in_cart(
    c: &mut Conn,
    scope: &Scope,
    key: String,
    user: UserId,
    product: ProductId,
    quantity: u32,
    at: DateTime<Utc>,
) -> Answer<u32> {
    if !inbox::is_new(c, scope, format!("{key}:cart"), at).await? {
        let held = cart(c, scope, user).await?.into_iter().find(|(held, _)| *held == product);
        return Ok(held.map_or(0, |(_, quantity)| quantity));
    }
    if quantity == 0 {
        diesel::delete(carts::table.find((&scope.shop, user.0, product.0))).execute(c).await?;
        return Ok(0);
    }
    diesel::insert_into(carts::table)
        .values((
            carts::shop_id.eq(&scope.shop),
            carts::user_id.eq(user.0),
            carts::product_id.eq(product.0),
            carts::quantity.eq(i64::from(quantity)),
            carts::updated_at.eq(Ts(at)),
        ))
        .on_conflict((carts::shop_id, carts::user_id, carts::product_id))
        .do_update()
        .set(carts::quantity.eq(i64::from(quantity)))
        .execute(c)
        .await?;
    Ok(quantity)
}

pub async fn empty_cart(c: &mut Conn, scope: &Scope, user: UserId) -> Answer<()> {
    let theirs = carts::table.filter(carts::shop_id.eq(&scope.shop)).filter(carts::user_id.eq(user.0));
    diesel::delete(theirs).execute(c).await?;
    Ok(())
}
