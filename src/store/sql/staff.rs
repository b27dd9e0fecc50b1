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

/// The roles that the configuration names. Resellers are named by nobody there, so that they stay.
const CONFIGURED: [&str; 2] = ["admin", "owner"];

/// Afterwards exactly these hold the configured roles, besides those whom somebody of the staff added.
pub async fn seat_staff(
    c: &mut Conn,
    scope: &Scope,
    platform: &'static str,
    seats: Vec<Seat>,
    at: DateTime<Utc>,
) -> Answer<()> {
    let (mut entries, mut seated) = (Vec::new(), Vec::new());
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
            entries.push(changed("role.given", user, role, at));
        }
        seated.push((user, role.to_owned()));
    }
    entries.extend(unseat_others(c, scope, &seated, at).await?);
    audit::write(c, scope, entries).await
}

/// Takes the configured roles from whoever got them from a configuration that no longer names them.
async fn unseat_others(
    c: &mut Conn,
    scope: &Scope,
    seated: &[(i64, String)],
    at: DateTime<Utc>,
) -> Answer<Vec<AuditEntry>> {
    let held: Vec<(i64, String)> = staff::table
        .filter(staff::shop_id.eq(&scope.shop))
        .filter(staff::role.eq_any(CONFIGURED))
        .filter(staff::added_by.is_null())
        .order((staff::user_id, staff::role))
        .select((staff::user_id, staff::role))
        .load(c)
        .await?;
    let mut entries = Vec::new();
    for (user, role) in held.into_iter().filter(|held| !seated.contains(held)) {
        diesel::delete(staff::table.find((&scope.shop, user, &role))).execute(c).await?;
        entries.push(changed("role.taken", user, &role, at));
    }
    Ok(entries)
}

fn changed(action: &'static str, user: i64, role: &str, at: DateTime<Utc>) -> AuditEntry {
    let (target, role) = (format!("user:{user}"), Some(json!({ "role": role })));
    let (before, after) = if action == "role.taken" { (role, None) } else { (None, role) };
    AuditEntry { at, by: By::operator(), action, target, before, after }
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
