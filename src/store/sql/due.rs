//! What is due, asked once a second: looks into partial indexes.

use super::endings::TOLERANCE;
use super::outbox::WAIT_MAX;
use super::{Answer, Conn, audit};
use crate::limits::ASK_WAIT_MAX;
use crate::rules::audit::AuditEntry;
use crate::store::Scope;
use crate::store::model::Due;
use crate::store::schema::{audit_outbox, invoices, orders, outbox};
use crate::store::types::Ts;
use chrono::{DateTime, Utc};
use diesel::dsl::exists;
use diesel::prelude::*;
use diesel::select;
use diesel_async::RunQueryDsl;

pub async fn due(c: &mut Conn, scope: &Scope, at: DateTime<Utc>) -> Answer<Due> {
    let shop = &scope.shop;
    let order = orders::shop_id.eq(shop).and(orders::state.eq("pending")).and(orders::expires_at.le(Ts(at)));
    let deposit = invoices::shop_id
        .eq(shop)
        .and(invoices::state.eq_any(["opening", "open"]))
        .and(invoices::order_id.is_null())
        .and(invoices::expires_at.le(Ts(at)));
    let ahead = orders::shop_id
        .eq(shop)
        .and(orders::state.eq("pending"))
        .and(orders::created_at.gt(Ts(at + TOLERANCE)));
    let ahead_too = invoices::shop_id
        .eq(shop)
        .and(invoices::state.eq_any(["opening", "open"]))
        .and(invoices::created_at.gt(Ts(at + TOLERANCE)));
    let ask = invoices::shop_id
        .eq(shop)
        .and(invoices::ask_at.le(Ts(at)).or(invoices::ask_at.gt(Ts(at + ASK_WAIT_MAX))));
    let fact = outbox::shop_id
        .eq(shop)
        .and(outbox::state.eq_any(["queued", "sending"]))
        .and(outbox::not_before.le(Ts(at)).or(outbox::not_before.gt(Ts(at + WAIT_MAX))))
        .and(
            outbox::leased_until
                .is_null()
                .or(outbox::leased_until.le(Ts(at)))
                .or(outbox::leased_until.gt(Ts(at + WAIT_MAX))),
        );
    let entry = audit_outbox::shop_id.eq(shop);
    let expiry = select(exists(orders::table.filter(order))).get_result(c).await?
        || select(exists(invoices::table.filter(deposit))).get_result(c).await?
        || select(exists(orders::table.filter(ahead))).get_result(c).await?
        || select(exists(invoices::table.filter(ahead_too))).get_result(c).await?;
    Ok(Due {
        expiry,
        poll: select(exists(invoices::table.filter(ask))).get_result(c).await?,
        facts: select(exists(outbox::table.filter(fact))).get_result(c).await?,
        audit: select(exists(audit_outbox::table.filter(entry))).get_result(c).await?,
    })
}

pub async fn note_audit(c: &mut Conn, scope: &Scope, entries: Vec<AuditEntry>) -> Answer<()> {
    audit::write(c, scope, entries).await
}
