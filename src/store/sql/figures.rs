//! Counts and rankings that customers see.

use super::{Answer, Conn};
use crate::rules::money::Rupiah;
use crate::store::Scope;
use crate::store::model::{TopBuyer, Totals};
use crate::store::schema::{customers, orders, users};
use diesel::prelude::*;
use diesel_async::RunQueryDsl;

pub async fn totals(c: &mut Conn, scope: &Scope) -> Answer<Totals> {
    let customers = customers::table.filter(customers::shop_id.eq(&scope.shop)).count().get_result(c).await?;
    let completed = orders::table
        .filter(orders::shop_id.eq(&scope.shop))
        .filter(orders::state.eq_any(["paid", "delivered"]));
    let completed_orders = completed.count().get_result(c).await?;
    Ok(Totals { customers, completed_orders })
}

pub async fn top_buyers(c: &mut Conn, scope: &Scope, limit: i64) -> Answer<Vec<TopBuyer>> {
    let rows: Vec<(String, i64)> = customers::table
        .inner_join(users::table.on(users::id.eq(customers::user_id)))
        .filter(customers::shop_id.eq(&scope.shop))
        .filter(customers::spent.gt(0))
        .order((customers::spent.desc(), customers::user_id))
        .limit(limit)
        .select((users::name, customers::spent))
        .load(c)
        .await?;
    Ok(rows.into_iter().map(|(name, spent)| TopBuyer { name, spent: Rupiah(spent) }).collect())
}
