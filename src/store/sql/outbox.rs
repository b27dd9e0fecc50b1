//! What people must be told: queued in the transaction that made it true, taken under a lease, one fact
//! of a chat at a time, so that nothing overtakes.

use super::{Answer, Conn, Statement, Writes, orders, people, sends};
use crate::limits::FACT_WAIT_MAX;
use crate::rules::fact::{Audience, Fact};
use crate::rules::ids::{ChatId, FactId, MessageId};
use crate::rules::order::OrderState;
use crate::rules::people::Language;
use crate::store::Scope;
use crate::store::model::{DueFact, NewFact};
use crate::store::schema::{identities, outbox, users};
use crate::store::types::{Doc, Ts, TsSql};
use chrono::{DateTime, TimeDelta, Utc};
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Nullable, Text};
use diesel_async::RunQueryDsl;
use std::collections::HashMap;

row! {
    struct NewRow in outbox {
        shop_id: String,
        audience: &'static str,
        chat_id: Option<i64>,
        fact: Doc,
        subject: Option<String>,
        state: &'static str,
        not_before: Ts,
        created_at: Ts,
    }
}

/// See [`FACT_WAIT_MAX`].
pub(super) const WAIT_MAX: TimeDelta = TimeDelta::seconds(FACT_WAIT_MAX.as_secs() as i64);

/// Queues facts in the transaction of what made them true.
pub async fn enqueue(c: &mut Conn, scope: &Scope, facts: Vec<NewFact>, at: DateTime<Utc>) -> Answer<()> {
    let mut writes = Writes::default();
    add(&mut writes, scope, facts, at);
    writes.finish(c).await
}

/// Like [`enqueue`], but together with what else is written.
pub(super) fn add(writes: &mut Writes, scope: &Scope, facts: Vec<NewFact>, at: DateTime<Utc>) {
    let rows: Vec<NewRow> = facts
        .into_iter()
        .map(|new| {
            let (audience, chat_id) = match new.audience {
                Audience::Chat(chat) => ("chat", Some(chat.0)),
                Audience::Staff => ("staff", None),
                Audience::Owners => ("owners", None),
            };
            NewRow {
                shop_id: scope.shop.clone(),
                audience,
                chat_id,
                fact: Doc::of(&new.fact),
                subject: new.subject,
                state: "queued",
                not_before: Ts(at),
                created_at: Ts(at),
            }
        })
        .collect();
    insert!(writes, outbox, rows);
}

/// The oldest unsent fact of each chat of the shop bound at `$place`: only that may be taken. Goes from chat to
/// chat by the index of unsent facts, so that a chat with thousands of them costs as much as one with a single.
/// The first of an order and not the `MIN`: a database that believes the index empty would read it whole for that.
fn heads(place: u8) -> String {
    let unsent = format!("shop_id = ${place} AND state IN ('queued', 'sending')");
    format!(
        "(WITH RECURSIVE chats (chat_id) AS (SELECT (SELECT chat_id FROM outbox WHERE {unsent} \
         AND chat_id IS NOT NULL ORDER BY chat_id LIMIT 1) UNION ALL \
         SELECT (SELECT o.chat_id FROM outbox o WHERE {unsent} AND o.chat_id > chats.chat_id \
         ORDER BY o.chat_id LIMIT 1) FROM chats WHERE chats.chat_id IS NOT NULL) \
         SELECT (SELECT id FROM outbox WHERE {unsent} AND outbox.chat_id = chats.chat_id ORDER BY id LIMIT 1) AS id \
         FROM chats WHERE chats.chat_id IS NOT NULL) AS heads"
    )
}

/// How many facts wait for single chats, counted up to `limit`.
pub(super) async fn unsent(c: &mut Conn, scope: &Scope, limit: i64) -> Answer<i64> {
    #[derive(QueryableByName)]
    struct Unsent {
        #[diesel(sql_type = BigInt)]
        unsent: i64,
    }
    let query = "SELECT COUNT(*) AS unsent FROM (SELECT 1 FROM outbox WHERE shop_id = $1 \
                 AND state IN ('queued', 'sending') AND chat_id IS NOT NULL LIMIT $2) AS waiting";
    let row: Unsent =
        Statement::new(query).bind::<Text, _>(&scope.shop).bind::<BigInt, _>(limit).get_result(c).await?;
    Ok(row.unsent)
}

#[derive(QueryableByName)]
struct TakenRow {
    #[diesel(sql_type = BigInt)]
    id: i64,
    #[diesel(sql_type = BigInt)]
    chat_id: i64,
    #[diesel(sql_type = Text)]
    fact: String,
    #[diesel(sql_type = BigInt)]
    attempts: i64,
}

pub async fn take_due_facts(
    c: &mut Conn,
    scope: &Scope,
    at: DateTime<Utc>,
    limit: i64,
    lease_seconds: i64,
) -> Answer<Vec<DueFact>> {
    // each head is looked up by its id, for a join could read all facts ever sent to find them;
    // the outer conditions are asked again of a row that another taker had locked, and name the states that are
    // over, so that no index of unsent facts answers to them: it would be read whole, however few are taken
    let query = format!(
        "UPDATE outbox SET state = 'sending', attempts = attempts + 1, leased_until = $1 WHERE id IN (\
         SELECT heads.id FROM {} WHERE (SELECT (not_before <= $3 OR not_before > $4) \
         AND (leased_until IS NULL OR leased_until <= $3 OR leased_until > $4) FROM outbox WHERE outbox.id = heads.id) \
         ORDER BY heads.id LIMIT $5) AND state NOT IN ('sent', 'undeliverable') \
         AND (leased_until IS NULL OR leased_until <= $3 OR leased_until > $4) \
         RETURNING id, chat_id, CAST(fact AS TEXT) AS fact, attempts",
        heads(2)
    );
    let leased_until = at + TimeDelta::seconds(lease_seconds);
    let mut rows: Vec<TakenRow> = Statement::new(query)
        .bind::<TsSql, _>(Ts(leased_until))
        .bind::<Text, _>(&scope.shop)
        .bind::<TsSql, _>(Ts(at))
        .bind::<TsSql, _>(Ts(at + WAIT_MAX))
        .bind::<BigInt, _>(limit)
        .load(c)
        .await?;
    rows.sort_unstable_by_key(|row| row.id);
    let languages = languages(c, rows.iter().map(|row| row.chat_id)).await?;
    let mut due = Vec::with_capacity(rows.len());
    for row in rows {
        let Some(fact) = readable(c, scope, row.id, &row.fact, at).await? else { continue };
        let language = languages.get(&row.chat_id).copied();
        due.push(DueFact {
            id: FactId(row.id),
            chat: ChatId(row.chat_id),
            fact,
            language,
            attempts: row.attempts - 1,
        });
    }
    Ok(due)
}

/// A stored fact, or `None` for one that this version cannot read: it is put away, so that the queue goes on. Goods
/// wait then, and staff hear of it.
pub(super) async fn readable(
    c: &mut Conn,
    scope: &Scope,
    id: i64,
    fact: &str,
    at: DateTime<Utc>,
) -> Answer<Option<Fact>> {
    let error = match serde_json::from_str(fact) {
        Ok(fact) => return Ok(Some(fact)),
        Err(error) => error,
    };
    // the error's kind and place only: its words may hold what the fact says
    let why = format!("unreadable: {:?} in column {}", error.classify(), error.column());
    undeliverable(c, &[id], &why).await?;
    let subject: Option<String> =
        outbox::table.find(id).select(outbox::subject).get_result(c).await.optional()?.flatten();
    let order = subject.and_then(|subject| subject.strip_prefix("goods:")?.parse::<i64>().ok());
    if let Some(order) = order
        && let Some(stored) = orders::load(c, scope, &[order]).await?.remove(&order)
        && stored.order.state == OrderState::Paid
    {
        sends::goods_wait(c, scope, stored.order, at).await?;
    }
    Ok(None)
}

/// Gives up on facts.
pub(super) async fn undeliverable(c: &mut Conn, ids: &[i64], why: &str) -> Answer<()> {
    diesel::update(outbox::table.filter(outbox::id.eq_any(ids.to_vec())))
        .set((
            outbox::state.eq("undeliverable"),
            outbox::leased_until.eq(None::<Ts>),
            outbox::last_fault.eq(why),
        ))
        .execute(c)
        .await?;
    Ok(())
}

async fn languages(c: &mut Conn, chats: impl Iterator<Item = i64>) -> Answer<HashMap<i64, Language>> {
    let chats: Vec<String> = chats.map(|chat| chat.to_string()).collect();
    let rows: Vec<(String, String)> = identities::table
        .inner_join(users::table.on(users::id.eq(identities::user_id)))
        .filter(identities::external_id.eq_any(chats))
        .select((identities::external_id, users::language))
        .load(c)
        .await?;
    rows.into_iter().map(|(id, language)| Ok((people::chat(&id)?.0, people::language(&language)))).collect()
}

pub async fn next_fact_due(c: &mut Conn, scope: &Scope, at: DateTime<Utc>) -> Answer<Option<DateTime<Utc>>> {
    #[derive(QueryableByName)]
    struct Due {
        #[diesel(sql_type = Nullable<TsSql>)]
        due: Option<Ts>,
    }
    let due = "CASE WHEN leased_until > not_before THEN leased_until ELSE not_before END";
    let query = format!(
        "SELECT MIN(CASE WHEN waiting.due > $1 THEN $2 ELSE waiting.due END) AS due FROM (\
         SELECT (SELECT {due} FROM outbox WHERE outbox.id = heads.id) AS due FROM {} \
         UNION ALL SELECT (SELECT not_before FROM outbox WHERE shop_id = $3 AND audience <> 'chat' \
         AND state IN ('queued', 'sending') ORDER BY not_before LIMIT 1) \
         UNION ALL SELECT (SELECT created_at FROM restocks WHERE shop_id = $3 ORDER BY created_at LIMIT 1)) AS waiting",
        heads(3)
    );
    let row: Due = Statement::new(query)
        .bind::<TsSql, _>(Ts(at + WAIT_MAX))
        .bind::<TsSql, _>(Ts(at))
        .bind::<Text, _>(&scope.shop)
        .get_result(c)
        .await?;
    Ok(row.due.map(|due| due.0))
}

pub async fn messages_about(
    c: &mut Conn,
    scope: &Scope,
    subject: String,
) -> Answer<Vec<(ChatId, MessageId)>> {
    let rows: Vec<(Option<i64>, Option<i64>)> = outbox::table
        .filter(outbox::shop_id.eq(&scope.shop))
        .filter(outbox::subject.eq(subject))
        .order(outbox::id)
        .select((outbox::chat_id, outbox::message_id))
        .load(c)
        .await?;
    let sent = |(chat, message): (Option<i64>, Option<i64>)| Some((ChatId(chat?), MessageId(message?)));
    Ok(rows.into_iter().filter_map(sent).collect())
}
