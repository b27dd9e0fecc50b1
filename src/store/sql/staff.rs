//! Who runs the shop and which chats hear of it.

use super::{Answer, Conn, audit, people};
use crate::rules::audit::{AuditEntry, By};
use crate::rules::ids::ChatId;
use crate::rules::people::Language;
use crate::store::Scope;
use crate::store::model::{Newcomer, Seat};
use crate::store::schema::{identities, notify_chats, staff};
use crate::store::types::Ts;
use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use serde_json::json;

pub async fn seat_staff(
    c: &mut Conn,
    scope: &Scope,
    platform: &'static str,
    seats: Vec<Seat>,
    at: DateTime<Utc>,
) -> Answer<()> {
    let mut entries = Vec::new();
    for seat in seats {
        let user = match holder(c, platform, seat.chat).await? {
            Some(user) => user,
            None => people::meet(c, &stranger(platform, seat), at).await?.0,
        };
        let role = seat.role.name();
        let given = diesel::insert_into(staff::table)
            .values((
                staff::shop_id.eq(&scope.shop),
                staff::user_id.eq(user),
                staff::role.eq(role),
                staff::since.eq(Ts(at)),
            ))
            .on_conflict_do_nothing()
            .execute(c)
            .await?;
        if given == 1 {
            let (target, after) = (format!("user:{user}"), Some(json!({ "role": role })));
            entries.push(AuditEntry {
                at,
                by: By::operator(),
                action: "role.given",
                target,
                before: None,
                after,
            });
        }
    }
    audit::write(c, scope, entries).await
}

async fn holder(c: &mut Conn, platform: &str, chat: ChatId) -> Answer<Option<i64>> {
    let identity = identities::table.find((platform, chat.to_string()));
    Ok(identity.select(identities::user_id).get_result(c).await.optional()?)
}

/// Somebody of whom only the id is known. Their name and language come with their first message.
fn stranger(platform: &'static str, seat: Seat) -> Newcomer {
    Newcomer {
        platform,
        chat: seat.chat,
        username: None,
        name: String::new(),
        language: Language::default(),
        bank_id: format!("{:06}", seat.bank_id % 1_000_000),
    }
}

pub async fn whitelist(
    c: &mut Conn,
    scope: &Scope,
    chat: ChatId,
    on: bool,
    by: By,
    at: DateTime<Utc>,
) -> Answer<bool> {
    let changed = if on {
        diesel::insert_into(notify_chats::table)
            .values((
                notify_chats::shop_id.eq(&scope.shop),
                notify_chats::chat_id.eq(chat.0),
                notify_chats::added_by
                    .eq(by.actor.strip_prefix("user:").and_then(|id| id.parse::<i64>().ok())),
                notify_chats::added_at.eq(Ts(at)),
            ))
            .on_conflict_do_nothing()
            .execute(c)
            .await?
    } else {
        diesel::delete(notify_chats::table.find((&scope.shop, chat.0))).execute(c).await?
    };
    if changed == 0 {
        return Ok(false);
    }
    let listed = |on: bool| Some(json!({ "notices": on }));
    let (target, before, after) = (format!("chat:{chat}"), listed(!on), listed(on));
    let entry = AuditEntry { at, by, action: "chat.whitelisted", target, before, after };
    audit::write(c, scope, vec![entry]).await?;
    Ok(true)
}

pub async fn staff_chats(c: &mut Conn, scope: &Scope) -> Answer<Vec<ChatId>> {
    let mut chats = first_with_anybody(c, scope, ["admin", "owner"]).await?;
    let groups: Vec<i64> = notify_chats::table
        .filter(notify_chats::shop_id.eq(&scope.shop))
        .order((notify_chats::added_at, notify_chats::chat_id))
        .select(notify_chats::chat_id)
        .load(c)
        .await?;
    for group in groups.into_iter().map(ChatId) {
        if !chats.contains(&group) {
            chats.push(group);
        }
    }
    Ok(chats)
}

/// Private chats of owners; of admins where nobody was named an owner, since somebody must hear of trouble.
pub(super) async fn owner_chats(c: &mut Conn, scope: &Scope) -> Answer<Vec<ChatId>> {
    first_with_anybody(c, scope, ["owner", "admin"]).await
}

/// Private chats of those who hold the first of the roles that anybody holds.
async fn first_with_anybody(c: &mut Conn, scope: &Scope, roles: [&str; 2]) -> Answer<Vec<ChatId>> {
    for role in roles {
        let holders: Vec<String> = staff::table
            .inner_join(identities::table.on(identities::user_id.eq(staff::user_id)))
            .filter(staff::shop_id.eq(&scope.shop))
            .filter(staff::role.eq(role))
            .order((staff::since, staff::user_id))
            .select(identities::external_id)
            .load(c)
            .await?;
        if !holders.is_empty() {
            return holders.iter().map(|id| people::chat(id)).collect();
        }
    }
    Ok(Vec::new())
}
