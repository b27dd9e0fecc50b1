//! Notices for staff and owners: gathered, then turned into one message for each chat that is to hear of it.

use super::{Answer, Conn, Expected, FOR_UPDATE, Statement, outbox, staff};
use crate::rules::fact::{Audience, Fact, StaffNews};
use crate::rules::ids::ChatId;
use crate::store::Scope;
use crate::store::error::StoreError;
use crate::store::model::NewFact;
use crate::store::schema::outbox as outbox_rows;
use crate::store::types::Ts;
use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Nullable, Text};
use diesel_async::RunQueryDsl;

/// How many notices become messages in one transaction; the rest stay due. One may hold the news of a whole batch of
/// orders.
const BATCH: i64 = 100;
/// Lines of one message: about a third of what Telegram takes.
const LINES: usize = 20;

#[derive(QueryableByName)]
struct NoticeRow {
    #[diesel(sql_type = BigInt)]
    id: i64,
    #[diesel(sql_type = Text)]
    audience: String,
    #[diesel(sql_type = Text)]
    fact: String,
    #[diesel(sql_type = Nullable<Text>)]
    subject: Option<String>,
}

/// What one audience is to hear.
#[derive(Default)]
struct Gathered {
    ids: Vec<i64>,
    news: Vec<StaffNews>,
    others: Vec<(Fact, Option<String>)>,
}

pub async fn fan_out_notices(c: &mut Conn, scope: &Scope, at: DateTime<Utc>) -> Answer<i64> {
    let (mut for_staff, mut for_owners) = (Gathered::default(), Gathered::default());
    for row in take_due(c, scope, at).await? {
        let Some(fact) = outbox::readable(c, scope, row.id, &row.fact, at).await? else { continue };
        let gathered = if row.audience == "staff" { &mut for_staff } else { &mut for_owners };
        gathered.ids.push(row.id);
        match fact {
            Fact::News(news) => gathered.news.extend(news),
            other => gathered.others.push((other, row.subject)),
        }
    }
    let mut turned = 0;
    if !for_owners.ids.is_empty() {
        let chats = staff::owner_chats(c, scope).await?;
        turned += tell(c, scope, for_owners, chats, at).await?;
    }
    if !for_staff.ids.is_empty() {
        let chats = staff::staff_chats(c, scope).await?;
        turned += tell(c, scope, for_staff, chats, at).await?;
    }
    Ok(turned)
}

/// Waiting notices, oldest first, marked as done with: their copies are what is sent. Two statements, each along its
/// own index; as one, PostgreSQL reads everything that waits (half a second with 100,000 facts).
async fn take_due(c: &mut Conn, scope: &Scope, at: DateTime<Utc>) -> Answer<Vec<NoticeRow>> {
    let query = format!(
        "SELECT id, audience, CAST(fact AS TEXT) AS fact, subject FROM outbox \
         WHERE shop_id = $1 AND audience <> 'chat' AND state IN ('queued', 'sending') \
         ORDER BY not_before, id LIMIT $2 {FOR_UPDATE}"
    );
    let statement = Statement::new(&query).bind::<Text, _>(&scope.shop).bind::<BigInt, _>(BATCH);
    let mut rows: Vec<NoticeRow> = statement.load(c).await?;
    if rows.is_empty() {
        return Ok(rows); // mostly none, and an UPDATE of diesel's is planned anew each time
    }
    let ids: Vec<i64> = rows.iter().map(|row| row.id).collect();
    let waiting = outbox_rows::id.eq_any(ids).and(outbox_rows::state.ne_all(["sent", "undeliverable"]));
    let taken = diesel::update(outbox_rows::table.filter(waiting))
        .set((outbox_rows::state.eq("sent"), outbox_rows::sent_at.eq(Some(Ts(at)))))
        .execute(c)
        .await?;
    Expected { rows: rows.len(), miss: StoreError::Conflict("a notice") }.check(taken)?;
    rows.sort_unstable_by_key(|row| row.id);
    Ok(rows)
}

/// Queues a copy for each chat.
async fn tell(
    c: &mut Conn,
    scope: &Scope,
    gathered: Gathered,
    chats: Vec<ChatId>,
    at: DateTime<Utc>,
) -> Answer<i64> {
    let Gathered { ids, news, others } = gathered;
    let turned = i64::try_from(ids.len()).unwrap_or(i64::MAX);
    if chats.is_empty() {
        outbox::undeliverable(c, &ids, "the shop has no staff to tell").await?;
        return Ok(turned);
    }
    let pages = news.chunks(LINES).map(|lines| (Fact::News(lines.to_vec()), None));
    let messages: Vec<(Fact, Option<String>)> = pages.chain(others).collect();
    let copies = chats.into_iter().flat_map(|chat| {
        let copy = move |(fact, subject)| NewFact { audience: Audience::Chat(chat), fact, subject };
        messages.clone().into_iter().map(copy)
    });
    outbox::enqueue(c, scope, copies.collect(), at).await?;
    Ok(turned)
}
