//! What is forgotten in time: seen keys, facts that were sent, sessions that nobody came back to. In portions, so that
//! no statement runs into its time-out however much there is, and none keeps others from writing for long.

use super::{Answer, Conn};
use crate::store::Scope;
use crate::store::model::{ForgetFrom, Forgot};
use crate::store::schema::{inbox, outbox as facts, sessions};
use crate::store::types::Ts;
use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel_async::RunQueryDsl;

/// The place after which nothing follows.
const END: i64 = i64::MAX;

/// Facts and sessions have no index by their age, which each sale would pay for: they are read in the order of their
/// keys, `limit` rows at a time.
pub async fn forget_before(
    c: &mut Conn,
    scope: &Scope,
    at: DateTime<Utc>,
    from: ForgetFrom,
    limit: i64,
) -> Answer<Forgot> {
    let (seen, more_seen) = seen(c, scope, at, limit).await?;
    let (told, fact) = told(c, scope, at, from.fact, limit).await?;
    let (lapsed, session) = lapsed(c, scope, at, from.session, limit).await?;
    let over = !more_seen && fact == END && session == END;
    Ok(Forgot { rows: seen + told + lapsed, next: (!over).then_some(ForgetFrom { fact, session }) })
}

/// Forgets seen keys, oldest first; answers how many, and whether there may be more.
async fn seen(c: &mut Conn, scope: &Scope, at: DateTime<Utc>, limit: i64) -> Answer<(usize, bool)> {
    let of_shop = inbox::shop_id.eq(&scope.shop);
    let old: Vec<String> = inbox::table
        .filter(of_shop)
        .filter(inbox::seen_at.lt(Ts(at)))
        .order(inbox::seen_at)
        .limit(limit)
        .select(inbox::key)
        .load(c)
        .await?;
    let more = is_whole(old.len(), limit);
    let forgotten =
        diesel::delete(inbox::table.filter(of_shop).filter(inbox::key.eq_any(old))).execute(c).await?;
    Ok((forgotten, more))
}

/// Ids grow with time: after a portion without anything old there is nothing old.
async fn told(
    c: &mut Conn,
    scope: &Scope,
    at: DateTime<Utc>,
    behind: i64,
    limit: i64,
) -> Answer<(usize, i64)> {
    let portion: Vec<(i64, String, String, Ts)> = facts::table
        .filter(facts::id.gt(behind))
        .order(facts::id)
        .limit(limit)
        .select((facts::id, facts::shop_id, facts::state, facts::created_at))
        .load(c)
        .await?;
    let goes_on = is_whole(portion.len(), limit) && portion.iter().any(|(.., made)| made.0 < at);
    let next = portion.last().filter(|_| goes_on).map_or(END, |(id, ..)| *id);
    let is_over = |state: &str| ["sent", "undeliverable"].contains(&state);
    let over: Vec<i64> = portion
        .into_iter()
        .filter(|(_, shop, state, made)| *shop == scope.shop && is_over(state) && made.0 < at)
        .map(|(id, ..)| id)
        .collect();
    Ok((diesel::delete(facts::table.filter(facts::id.eq_any(over))).execute(c).await?, next))
}

async fn lapsed(
    c: &mut Conn,
    scope: &Scope,
    at: DateTime<Utc>,
    behind: i64,
    limit: i64,
) -> Answer<(usize, i64)> {
    let of_shop = sessions::shop_id.eq(&scope.shop);
    let portion: Vec<(i64, Ts)> = sessions::table
        .filter(of_shop)
        .filter(sessions::user_id.gt(behind))
        .order(sessions::user_id)
        .limit(limit)
        .select((sessions::user_id, sessions::updated_at))
        .load(c)
        .await?;
    let goes_on = is_whole(portion.len(), limit);
    let next = portion.last().filter(|_| goes_on).map_or(END, |(user, _)| *user);
    let old: Vec<i64> = portion.into_iter().filter(|(_, seen)| seen.0 < at).map(|(user, _)| user).collect();
    // somebody may have come back since
    let old = sessions::table
        .filter(of_shop)
        .filter(sessions::user_id.eq_any(old))
        .filter(sessions::updated_at.lt(Ts(at)));
    Ok((diesel::delete(old).execute(c).await?, next))
}

/// Whether a portion was as large as it may be, so that more may follow.
fn is_whole(rows: usize, limit: i64) -> bool {
    i64::try_from(rows).is_ok_and(|rows| rows >= limit)
}
