//! The queue to the audit database: written with the change itself, shipped afterwards.

use super::{Answer, Conn, Writes, outbox, settings};
use crate::rules::audit::AuditEntry;
use crate::store::Scope;
use crate::store::model::{AuditRow, Head, NewFact};
use crate::store::schema::audit_outbox;
use crate::store::types::{Doc, Ts};
use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use serde_json::json;

/// The setting that keeps how far the audit log had got: a log that is shorter has lost its end.
pub(super) const HEAD: &str = "audit.head";

row! {
    struct NewRow in audit_outbox {
        shop_id: String,
        at: Ts,
        actor: String,
        action: &'static str,
        target: String,
        before: Option<Doc>,
        after: Option<Doc>,
        origin: &'static str,
    }
}

/// Queues entries in the transaction of what they tell about.
pub(super) async fn write(c: &mut Conn, scope: &Scope, entries: Vec<AuditEntry>) -> Answer<()> {
    let mut writes = Writes::default();
    add(&mut writes, scope, entries);
    writes.finish(c).await
}

/// Like [`write()`], but together with what else is written.
pub(super) fn add(writes: &mut Writes, scope: &Scope, entries: Vec<AuditEntry>) {
    let rows: Vec<NewRow> = entries
        .into_iter()
        .map(|entry| NewRow {
            shop_id: scope.shop.clone(),
            at: Ts(entry.at),
            actor: entry.by.actor,
            action: entry.action,
            target: entry.target,
            before: entry.before.map(Doc),
            after: entry.after.map(Doc),
            origin: entry.by.origin,
        })
        .collect();
    insert!(writes, audit_outbox, rows);
}

pub async fn note(
    c: &mut Conn,
    scope: &Scope,
    entry: AuditEntry,
    facts: Vec<NewFact>,
    at: DateTime<Utc>,
) -> Answer<()> {
    let mut writes = Writes::default();
    add(&mut writes, scope, vec![entry]);
    outbox::add(&mut writes, scope, facts, at);
    writes.finish(c).await
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = audit_outbox)]
struct WaitingRow {
    id: i64,
    at: Ts,
    actor: String,
    action: String,
    target: String,
    before: Option<Doc>,
    after: Option<Doc>,
    origin: String,
}

pub async fn audit_waiting(c: &mut Conn, scope: &Scope, limit: i64) -> Answer<Vec<AuditRow>> {
    let rows: Vec<WaitingRow> = audit_outbox::table
        .filter(audit_outbox::shop_id.eq(&scope.shop))
        .order(audit_outbox::id)
        .limit(limit)
        .select(WaitingRow::as_select())
        .load(c)
        .await?;
    let rows = rows.into_iter().map(|row| AuditRow {
        event_id: row.id,
        at: row.at.0,
        actor: row.actor,
        action: row.action,
        target: row.target,
        before: row.before.map(|doc| doc.0),
        after: row.after.map(|doc| doc.0),
        origin: row.origin,
    });
    Ok(rows.collect())
}

pub async fn audit_shipped(
    c: &mut Conn,
    scope: &Scope,
    event_ids: Vec<i64>,
    head: Head,
    at: DateTime<Utc>,
) -> Answer<()> {
    settings::set_setting(c, scope, HEAD.into(), json!(head), at).await?;
    let shipped = audit_outbox::table
        .filter(audit_outbox::shop_id.eq(&scope.shop))
        .filter(audit_outbox::id.eq_any(event_ids));
    diesel::delete(shipped).execute(c).await?;
    Ok(())
}
