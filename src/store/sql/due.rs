//! What is due, asked once a second and answered from partial indexes.

use super::endings::TOLERANCE;
use super::{Answer, Conn, outbox};
use crate::limits::ASK_WAIT_MAX;
use crate::store::Scope;
use crate::store::live::{Pending, Unpaid};
use crate::store::model::Due;
use crate::store::schema::{audit_outbox, invoices, orders};
use crate::store::types::Ts;
use chrono::{DateTime, Utc};
use diesel::dsl::{exists, max, min};
use diesel::prelude::*;
use diesel::select;
use diesel_async::RunQueryDsl;

/// Reads the earliest due time instead of asking whether anything is due: that is one step into the index, however
/// many rows the database expects to be due. Facts take a few such steps for each chat that has some unsent.
pub async fn due(c: &mut Conn, scope: &Scope, at: DateTime<Utc>) -> Answer<Due> {
    let shop = &scope.shop;
    let order = orders::table.filter(orders::shop_id.eq(shop).and(Pending));
    let unpaid = invoices::table.filter(invoices::shop_id.eq(shop).and(Unpaid));
    let deposit = unpaid.filter(invoices::order_id.is_null());
    let ask = invoices::table.filter(invoices::shop_id.eq(shop).and(invoices::ask_at.is_not_null()));
    let entry = audit_outbox::shop_id.eq(shop);
    let come = |earliest: Option<Ts>| earliest.is_some_and(|earliest| earliest <= Ts(at));
    let beyond = |latest: Option<Ts>, edge| latest.is_some_and(|latest| latest > Ts(edge));
    Ok(Due {
        expiry: come(order.select(min(orders::expires_at)).get_result(c).await?)
            || come(deposit.select(min(invoices::expires_at)).get_result(c).await?)
            || beyond(order.select(max(orders::created_at)).get_result(c).await?, at + TOLERANCE)
            || beyond(unpaid.select(max(invoices::created_at)).get_result(c).await?, at + TOLERANCE),
        poll: come(ask.select(min(invoices::ask_at)).get_result(c).await?)
            || beyond(ask.select(max(invoices::ask_at)).get_result(c).await?, at + ASK_WAIT_MAX),
        facts: outbox::next_fact_due(c, scope, at).await?.is_some_and(|earliest| earliest <= at),
        audit: select(exists(audit_outbox::table.filter(entry))).get_result(c).await?,
    })
}
