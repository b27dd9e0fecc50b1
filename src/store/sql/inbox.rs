//! Outside events that were handled, so that a redelivery is recognised.

use super::{Answer, Conn, Rows, Statement, outbox};
use crate::fault::Code;
use crate::rules::fact::{Audience, Fact};
use crate::store::Scope;
use crate::store::model::NewFact;
use crate::store::schema::inbox;
use crate::store::types::{Ts, TsSql};
use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel::sql_types::Text;
use diesel_async::RunQueryDsl;

pub async fn seen_since(c: &mut Conn, scope: &Scope, at: DateTime<Utc>, limit: i64) -> Answer<Vec<String>> {
    let seen = inbox::table.filter(inbox::shop_id.eq(&scope.shop)).filter(inbox::seen_at.ge(Ts(at)));
    let newest = seen.order(inbox::seen_at.desc()).limit(limit).select(inbox::key);
    let mut keys: Vec<String> = newest.load(c).await?;
    keys.reverse();
    Ok(keys)
}

pub async fn mark_seen(c: &mut Conn, scope: &Scope, keys: Vec<String>, at: DateTime<Utc>) -> Answer<()> {
    let keys = Rows::new("keys").texts("key", keys);
    // WHERE TRUE tells SQLite that ON CONFLICT belongs to the INSERT, not to a join
    let query = format!(
        "INSERT INTO inbox (shop_id, state, seen_at, key) SELECT $1, 'done', $2, keys.key FROM {} WHERE TRUE \
         ON CONFLICT DO NOTHING",
        keys.words(3)
    );
    Statement::new(query)
        .bind::<Text, _>(&scope.shop)
        .bind::<TsSql, _>(Ts(at))
        .bind_all(keys.values())
        .execute(c)
        .await?;
    Ok(())
}

pub async fn set_aside(
    c: &mut Conn,
    scope: &Scope,
    key: String,
    why: String,
    at: DateTime<Utc>,
) -> Answer<()> {
    if !note(c, scope, key, "set_aside", at).await? {
        return Ok(());
    }
    let fact = Fact::Trouble { fault: Code::UpdateSetAside.name().into(), detail: why };
    outbox::enqueue(c, scope, vec![NewFact { audience: Audience::Owners, fact, subject: None }], at).await
}

/// Whether an effect that must not be repeated happens for the first time: asked in the effect's own transaction.
pub(super) async fn is_new(c: &mut Conn, scope: &Scope, key: String, at: DateTime<Utc>) -> Answer<bool> {
    note(c, scope, key, "done", at).await
}

async fn note(c: &mut Conn, scope: &Scope, key: String, state: &str, at: DateTime<Utc>) -> Answer<bool> {
    let new = diesel::insert_into(inbox::table)
        .values((
            inbox::shop_id.eq(&scope.shop),
            inbox::key.eq(key),
            inbox::state.eq(state),
            inbox::seen_at.eq(Ts(at)),
        ))
        .on_conflict_do_nothing()
        .execute(c)
        .await?;
    Ok(new == 1)
}
