//! The audit log: a chain per shop, each entry hashed together with the hash before it.

use super::{Answer, Conn, Writes};
use crate::store::Scope;
use crate::store::model::{AuditRow, Chain, Head};
use crate::store::schema::events;
use crate::store::types::Ts;
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use sha2::{Digest, Sha256};
use std::collections::{BTreeMap, HashSet};

/// What the first entry follows.
const GENESIS: &str = "0000000000000000000000000000000000000000000000000000000000000000";
/// Entries read at a time.
const PAGE: i64 = 1000;

row! {
    #[derive(Queryable, Selectable)]
    struct EventRow in events {
        shop_id: String,
        seq: i64,
        event_id: i64,
        at: Ts,
        actor: String,
        action: String,
        target: String,
        before: Option<String>,
        after: Option<String>,
        origin: String,
        prev_hash: String,
        hash: String,
    }
}

impl EventRow {
    /// The entry after `prev_hash`, complete except for its own hash.
    fn unhashed(scope: &Scope, seq: i64, prev_hash: String, row: AuditRow) -> Self {
        Self {
            shop_id: scope.shop.clone(),
            seq,
            event_id: row.event_id,
            at: Ts(row.at),
            actor: row.actor,
            action: row.action,
            target: row.target,
            before: row.before.map(|value| value.to_string()),
            after: row.after.map(|value| value.to_string()),
            origin: row.origin,
            prev_hash,
            hash: String::new(),
        }
    }

    /// SHA-256 over the hash before and the entry as a JSON array. Documents go in as the text that is stored,
    /// so that no reader's idea of JSON can change the sum.
    fn computed_hash(&self) -> String {
        let content = serde_json::json!([
            self.seq,
            self.event_id,
            self.at.0.timestamp_micros(),
            self.actor,
            self.action,
            self.target,
            self.before,
            self.after,
            self.origin,
        ]);
        format!(
            "{:x}",
            Sha256::new().chain_update(&self.prev_hash).chain_update(content.to_string()).finalize()
        )
    }
}

pub async fn append_audit(c: &mut Conn, scope: &Scope, rows: Vec<AuditRow>) -> Answer<Head> {
    let ids: Vec<i64> = rows.iter().map(|row| row.event_id).collect();
    let known: Vec<i64> = events::table
        .filter(events::shop_id.eq(&scope.shop))
        .filter(events::event_id.eq_any(ids))
        .select(events::event_id)
        .load(c)
        .await?;
    let mut known: HashSet<i64> = known.into_iter().collect();
    let last: Option<(i64, String)> = events::table
        .filter(events::shop_id.eq(&scope.shop))
        .order(events::seq.desc())
        .select((events::seq, events::hash))
        .first(c)
        .await
        .optional()?;
    let (mut seq, mut hash) = last.unwrap_or((0, GENESIS.to_owned()));
    let mut chained = Vec::new();
    for row in rows {
        if !known.insert(row.event_id) {
            continue;
        }
        seq += 1;
        let mut event = EventRow::unhashed(scope, seq, hash, row);
        event.hash = event.computed_hash();
        hash = event.hash.clone();
        chained.push(event);
    }
    let mut writes = Writes::default();
    insert!(writes, events, chained);
    writes.finish(c).await?;
    Ok(Head { seq, hash })
}

/// Continues after a broken entry as if it were intact, so that every broken one is named. Entries that still wait are
/// told of too.
pub async fn verify_audit(
    c: &mut Conn,
    scope: &Scope,
    carried_over: Option<Head>,
    waiting: Vec<AuditRow>,
) -> Answer<Chain> {
    let mut waiting: BTreeMap<i64, AuditRow> = waiting.into_iter().map(|row| (row.event_id, row)).collect();
    let (mut seq, mut hash, mut from) = (0, GENESIS.to_owned(), i64::MIN);
    let mut chain = Chain::default();
    loop {
        let page: Vec<EventRow> = events::table
            .filter(events::shop_id.eq(&scope.shop).and(events::seq.gt(from)))
            .order(events::seq)
            .limit(PAGE)
            .select(EventRow::as_select())
            .load(c)
            .await?;
        if page.is_empty() {
            break;
        }
        for event in page {
            chain.broken.extend(break_in(&event, seq, &hash).map(|why| (event.seq, why.to_owned())));
            if carried_over.as_ref().is_some_and(|head| head.seq == event.seq && head.hash != event.hash) {
                chain.broken.push((event.seq, "it is not the entry that was carried over".to_owned()));
            }
            let [before, after] = [&event.before, &event.after]
                .map(|text| text.as_ref().and_then(|text| serde_json::from_str(text).ok()));
            chain.tally.add(&event.action, &event.target, before.as_ref(), after.as_ref());
            waiting.remove(&event.event_id);
            (seq, hash, from) = (event.seq, event.hash, event.seq);
        }
    }
    chain.events = seq;
    if let Some(head) = carried_over.filter(|head| head.seq > seq) {
        chain.broken.push((head.seq, format!("it was carried over, but the log ends with entry {seq}")));
    }
    for row in waiting.values() {
        chain.tally.add(&row.action, &row.target, row.before.as_ref(), row.after.as_ref());
    }
    Ok(chain)
}

/// What is wrong with the entry that follows number `seq` with this hash.
fn break_in(event: &EventRow, seq: i64, hash: &str) -> Option<&'static str> {
    if event.seq != seq + 1 {
        Some("an entry before it is missing")
    } else if event.prev_hash != hash {
        Some("the entry does not follow the one before it")
    } else if event.hash != event.computed_hash() {
        Some("the entry was changed after it was written")
    } else {
        None
    }
}
