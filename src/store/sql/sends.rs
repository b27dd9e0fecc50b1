//! What became of sent facts, and what follows from it.

use super::{Answer, Conn, Rows, Statement, audit, outbox, people, staff};
use crate::rules::audit::{AuditEntry, By};
use crate::rules::fact::{Audience, Fact, StaffNews};
use crate::rules::ids::{ChatId, FactId, MessageId, UserId};
use crate::rules::order::Order;
use crate::store::Scope;
use crate::store::model::{NewFact, SendOutcome};
use crate::store::schema::{orders, outbox as facts, support_threads};
use crate::store::types::{Ts, TsSql};
use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Nullable, Text};
use diesel_async::RunQueryDsl;
use serde_json::json;

pub async fn record_sends(
    c: &mut Conn,
    scope: &Scope,
    outcomes: Vec<(FactId, SendOutcome)>,
    at: DateTime<Utc>,
) -> Answer<()> {
    let mut sent = Vec::new();
    for (id, outcome) in outcomes {
        match outcome {
            SendOutcome::Sent(message) => sent.push((id, message)),
            SendOutcome::Retry { at, why } => retry(c, scope, id, at, why).await?,
            SendOutcome::Undeliverable { why } => undeliverable(c, scope, id, why, at).await?,
            SendOutcome::Moved { to } => moved(c, scope, id, to, at).await?,
        }
    }
    if sent.is_empty() { Ok(()) } else { record_sent(c, scope, sent, at).await }
}

#[derive(QueryableByName)]
struct SentRow {
    #[diesel(sql_type = Nullable<BigInt>)]
    chat_id: Option<i64>,
    #[diesel(sql_type = Nullable<BigInt>)]
    message_id: Option<i64>,
    #[diesel(sql_type = Text)]
    fact: String,
}

/// Marks facts as sent in one statement, whatever other state they are in: that they arrived is beyond doubt.
async fn record_sent(
    c: &mut Conn,
    scope: &Scope,
    sent: Vec<(FactId, Option<MessageId>)>,
    at: DateTime<Utc>,
) -> Answer<()> {
    let done = Rows::new("done")
        .numbers("id", sent.iter().map(|(id, _)| Some(id.0)).collect())
        .numbers("message_id", sent.iter().map(|(_, message)| message.map(|id| id.0)).collect());
    let query = format!(
        "UPDATE outbox SET state = 'sent', sent_at = $1, leased_until = NULL, message_id = done.message_id FROM {} \
         WHERE outbox.id = done.id AND outbox.shop_id = $2 AND outbox.state <> 'sent' \
         RETURNING chat_id, outbox.message_id AS message_id, CAST(fact AS TEXT) AS fact",
        done.words(3)
    );
    let rows: Vec<SentRow> = Statement::new(query)
        .bind::<TsSql, _>(Ts(at))
        .bind::<Text, _>(&scope.shop)
        .bind_all(done.values())
        .load(c)
        .await?;
    let mut delivered = Vec::new();
    for row in rows {
        match serde_json::from_str(&row.fact) {
            Ok(Fact::GoodsReady { order, .. } | Fact::GoodsAgain { order }) => delivered.push(order.id.0),
            Ok(Fact::CustomerMessage { from, .. }) => {
                if let (Some(chat), Some(message)) = (row.chat_id, row.message_id) {
                    keep_thread(c, scope, chat, message, from.user, at).await?;
                }
            }
            _ => {}
        }
    }
    deliver(c, scope, delivered, at).await
}

/// Paid orders whose goods arrived are delivered; others stay as they are.
async fn deliver(c: &mut Conn, scope: &Scope, ids: Vec<i64>, at: DateTime<Utc>) -> Answer<()> {
    if ids.is_empty() {
        return Ok(());
    }
    let paid = orders::table
        .filter(orders::id.eq_any(ids))
        .filter(orders::shop_id.eq(&scope.shop))
        .filter(orders::state.eq("paid"));
    let codes: Vec<String> = diesel::update(paid)
        .set((orders::state.eq("delivered"), orders::undeliverable_at.eq(None::<Ts>)))
        .returning(orders::code)
        .get_results(c)
        .await?;
    let entry = |code| AuditEntry {
        at,
        by: By::clock(),
        action: "order.delivered",
        target: format!("order:{code}"),
        before: Some(json!({ "state": "paid" })),
        after: Some(json!({ "state": "delivered" })),
    };
    audit::write(c, scope, codes.into_iter().map(entry).collect()).await
}

async fn keep_thread(
    c: &mut Conn,
    scope: &Scope,
    chat: i64,
    message: i64,
    user: UserId,
    at: DateTime<Utc>,
) -> Answer<()> {
    diesel::insert_into(support_threads::table)
        .values((
            support_threads::shop_id.eq(&scope.shop),
            support_threads::chat_id.eq(chat),
            support_threads::message_id.eq(message),
            support_threads::user_id.eq(user.0),
            support_threads::created_at.eq(Ts(at)),
        ))
        .on_conflict((support_threads::shop_id, support_threads::chat_id, support_threads::message_id))
        .do_update()
        .set(support_threads::user_id.eq(user.0))
        .execute(c)
        .await?;
    Ok(())
}

async fn retry(c: &mut Conn, scope: &Scope, id: FactId, at: DateTime<Utc>, why: String) -> Answer<()> {
    let sending = facts::table
        .filter(facts::id.eq(id.0))
        .filter(facts::shop_id.eq(&scope.shop))
        .filter(facts::state.eq("sending"));
    diesel::update(sending)
        .set((
            facts::state.eq("queued"),
            facts::not_before.eq(Ts(at)),
            facts::leased_until.eq(None::<Ts>),
            facts::last_fault.eq(why),
        ))
        .execute(c)
        .await?;
    Ok(())
}

/// A group became another chat: what waits for it, and what is to come, goes there.
async fn moved(c: &mut Conn, scope: &Scope, id: FactId, to: ChatId, at: DateTime<Utc>) -> Answer<()> {
    let unsent = || {
        let ours = facts::table.filter(facts::shop_id.eq(&scope.shop));
        ours.filter(facts::state.eq_any(["queued", "sending"]))
    };
    let fact = || unsent().filter(facts::id.eq(id.0));
    let chat: Option<Option<i64>> = fact().select(facts::chat_id).get_result(c).await.optional()?;
    let Some(from) = chat.flatten().map(ChatId) else { return Ok(()) };
    let listed = from != to && staff::whitelist(c, scope, from, false, By::clock(), at).await?;
    if listed && !staff::whitelist(c, scope, to, true, By::clock(), at).await? {
        // The group is on the list under its new id already, and gets all of this there.
        let twice = unsent().filter(facts::chat_id.eq(from.0)).select(facts::id);
        let twice: Vec<i64> = twice.load(c).await?;
        return outbox::undeliverable(c, &twice, "the group has it by its new id").await;
    }
    diesel::update(unsent().filter(facts::chat_id.eq(from.0)))
        .set(facts::chat_id.eq(Some(to.0)))
        .execute(c)
        .await?;
    diesel::update(fact())
        .set((facts::state.eq("queued"), facts::leased_until.eq(None::<Ts>)))
        .execute(c)
        .await?;
    Ok(())
}

/// Gives up on a fact. Goods that cannot be sent mark their order, and staff hear of it.
async fn undeliverable(
    c: &mut Conn,
    scope: &Scope,
    id: FactId,
    why: String,
    at: DateTime<Utc>,
) -> Answer<()> {
    let query = "UPDATE outbox SET state = 'undeliverable', leased_until = NULL, last_fault = $1 \
         WHERE id = $2 AND shop_id = $3 AND state IN ('queued', 'sending') \
         RETURNING chat_id, message_id, CAST(fact AS TEXT) AS fact";
    let row: Option<SentRow> = Statement::new(query)
        .bind::<Text, _>(why)
        .bind::<BigInt, _>(id.0)
        .bind::<Text, _>(&scope.shop)
        .get_result(c)
        .await
        .optional()?;
    match row.map(|row| serde_json::from_str(&row.fact)) {
        Some(Ok(Fact::GoodsReady { order, .. })) => goods_wait(c, scope, order, at).await,
        _ => Ok(()),
    }
}

/// Goods that did not reach their customer wait in the order, and staff hear of it.
pub(super) async fn goods_wait(c: &mut Conn, scope: &Scope, order: Order, at: DateTime<Utc>) -> Answer<()> {
    let ours = orders::table.filter(orders::id.eq(order.id.0)).filter(orders::shop_id.eq(&scope.shop));
    diesel::update(ours).set(orders::undeliverable_at.eq(Some(Ts(at)))).execute(c).await?;
    let Some(buyer) = people::persons(c, &[order.user.0]).await?.remove(&order.user.0) else {
        return Ok(());
    };
    let fact = Fact::News(vec![StaffNews::Undeliverable { code: order.code, buyer }]);
    outbox::enqueue(c, scope, vec![NewFact { audience: Audience::Staff, fact, subject: None }], at).await
}

pub async fn support_thread(
    c: &mut Conn,
    scope: &Scope,
    chat: ChatId,
    message: MessageId,
) -> Answer<Option<UserId>> {
    let thread = support_threads::table.find((&scope.shop, chat.0, message.0));
    let user: Option<i64> = thread.select(support_threads::user_id).get_result(c).await.optional()?;
    Ok(user.map(UserId))
}
