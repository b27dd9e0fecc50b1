//! Who the shop knows. People are shared by all shops of a database; what they are to a shop is the shop's own.

use super::{Answer, Conn, Reader, audit, ledger};
use crate::rules::audit::{AuditEntry, By};
use crate::rules::fact::Person;
use crate::rules::ids::{ChatId, UserId};
use crate::rules::people::{Language, Profile, ProfileChange, Roles, UserRef};
use crate::store::Scope;
use crate::store::error::StoreError;
use crate::store::model::Newcomer;
use crate::store::schema::{balances, customers, identities, staff, users};
use crate::store::types::Ts;
use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use serde_json::json;
use std::collections::{HashMap, HashSet};

pub async fn profile_by_chat(
    c: &mut Conn,
    scope: &Scope,
    platform: &'static str,
    chat: ChatId,
) -> Answer<Option<Profile>> {
    let user: Option<i64> = identities::table
        .find((platform, chat.to_string()))
        .select(identities::user_id)
        .get_result(c)
        .await
        .optional()?;
    match user {
        Some(user) => profile(c, scope, UserId(user)).await,
        None => Ok(None),
    }
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = users)]
struct UserRow {
    name: String,
    whatsapp: Option<String>,
    email: Option<String>,
    language: String,
    bank_id: String,
    onboarded: bool,
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = customers)]
struct CustomerRow {
    joined_at: Ts,
    banned_at: Option<Ts>,
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = identities)]
struct IdentityRow {
    external_id: String,
    username: Option<String>,
}

pub async fn profile(c: &mut Conn, scope: &Scope, user: UserId) -> Answer<Option<Profile>> {
    let row: Option<(UserRow, IdentityRow, CustomerRow)> = users::table
        .inner_join(identities::table.on(identities::user_id.eq(users::id)))
        .inner_join(customers::table.on(customers::user_id.eq(users::id)))
        .filter(users::id.eq(user.0))
        .filter(customers::shop_id.eq(&scope.shop))
        .order(identities::platform.desc())
        .select((UserRow::as_select(), IdentityRow::as_select(), CustomerRow::as_select()))
        .first(c)
        .await
        .optional()?;
    let Some((row, identity, customer)) = row else { return Ok(None) };
    Ok(Some(Profile {
        user,
        chat: chat(&identity.external_id)?,
        username: identity.username,
        name: row.name,
        whatsapp: row.whatsapp,
        email: row.email,
        language: language(&row.language),
        bank_id: row.bank_id,
        roles: roles(c, scope, user).await?,
        banned: customer.banned_at.is_some(),
        onboarded: row.onboarded,
        joined_at: customer.joined_at.0,
    }))
}

async fn roles(c: &mut Conn, scope: &Scope, user: UserId) -> Answer<Roles> {
    let held: Vec<String> = staff::table
        .filter(staff::shop_id.eq(&scope.shop))
        .filter(staff::user_id.eq(user.0))
        .select(staff::role)
        .load(c)
        .await?;
    let has = |role: &str| held.iter().any(|held| held == role);
    Ok(Roles { reseller: has("reseller"), admin: has("admin"), owner: has("owner") })
}

pub async fn find_person(c: &mut Conn, scope: &Scope, who: UserRef) -> Answer<Option<Profile>> {
    let met = customers::table
        .inner_join(users::table.on(users::id.eq(customers::user_id)))
        .inner_join(identities::table.on(identities::user_id.eq(customers::user_id)))
        .filter(customers::shop_id.eq(&scope.shop))
        .select(customers::user_id)
        .into_boxed();
    let met = match who {
        UserRef::Chat(chat) => met.filter(identities::external_id.eq(chat.to_string())),
        UserRef::Username(name) => met.filter(identities::username.eq(name.to_lowercase())),
        UserRef::BankId(id) => met.filter(users::bank_id.eq(id)),
    };
    let user: Option<i64> = met.first(c).await.optional()?;
    match user {
        Some(user) => profile(c, scope, UserId(user)).await,
        None => Ok(None),
    }
}

pub async fn enroll(c: &mut Conn, scope: &Scope, newcomer: Newcomer, at: DateTime<Utc>) -> Answer<Profile> {
    let user = meet(c, &newcomer, at).await?;
    diesel::insert_into(customers::table)
        .values((
            customers::shop_id.eq(&scope.shop),
            customers::user_id.eq(user.0),
            customers::joined_at.eq(Ts(at)),
        ))
        .on_conflict_do_nothing()
        .execute(c)
        .await?;
    known(c, scope, user).await
}

/// The user behind a platform's id, written down with an empty balance if nobody has met them.
pub(super) async fn meet(c: &mut Conn, newcomer: &Newcomer, at: DateTime<Utc>) -> Answer<UserId> {
    let external_id = newcomer.chat.to_string();
    let username = newcomer.username.as_ref().map(|name| name.to_lowercase());
    free_username(c, newcomer.platform, &external_id, username.as_deref()).await?;
    let known: Option<i64> = diesel::update(identities::table.find((newcomer.platform, &external_id)))
        .set(identities::username.eq(&username))
        .returning(identities::user_id)
        .get_result(c)
        .await
        .optional()?;
    if let Some(user) = known {
        // somebody whom the configuration named before they came: now they have a name
        diesel::update(users::table.find(user).filter(users::name.eq("")))
            .set((users::name.eq(&newcomer.name), users::language.eq(newcomer.language.code())))
            .execute(c)
            .await?;
        return Ok(UserId(user));
    }
    let user: i64 = diesel::insert_into(users::table)
        .values((
            users::name.eq(&newcomer.name),
            users::language.eq(newcomer.language.code()),
            users::bank_id.eq(&newcomer.bank_id),
            users::created_at.eq(Ts(at)),
        ))
        .returning(users::id)
        .get_result(c)
        .await?;
    diesel::insert_into(identities::table)
        .values((
            identities::platform.eq(newcomer.platform),
            identities::external_id.eq(&external_id),
            identities::user_id.eq(user),
            identities::username.eq(&username),
        ))
        .execute(c)
        .await?;
    diesel::insert_into(balances::table)
        .values((balances::account.eq(ledger::user_account(UserId(user))), balances::amount.eq(0)))
        .execute(c)
        .await?;
    Ok(UserId(user))
}

/// A username belongs to the person it was last seen with: money must not go to its earlier holder.
async fn free_username(
    c: &mut Conn,
    platform: &str,
    external_id: &str,
    username: Option<&str>,
) -> Answer<()> {
    let Some(username) = username else { return Ok(()) };
    let others = identities::table
        .filter(identities::platform.eq(platform))
        .filter(identities::username.eq(username))
        .filter(identities::external_id.ne(external_id));
    diesel::update(others).set(identities::username.eq(None::<String>)).execute(c).await?;
    Ok(())
}

pub async fn change_profile(
    c: &mut Conn,
    scope: &Scope,
    user: UserId,
    change: ProfileChange,
    at: DateTime<Utc>,
) -> Answer<Profile> {
    let row = users::table.find(user.0);
    let changed = match change {
        ProfileChange::Name(name) => {
            diesel::update(row).set(users::name.eq(name)).execute(c).await?;
            Some("name")
        }
        ProfileChange::Whatsapp(number) => {
            diesel::update(row).set(users::whatsapp.eq(number)).execute(c).await?;
            Some("whatsapp")
        }
        ProfileChange::Email(email) => {
            diesel::update(row).set(users::email.eq(email)).execute(c).await?;
            Some("email")
        }
        ProfileChange::Language(language) => {
            diesel::update(row).set(users::language.eq(language.code())).execute(c).await?;
            Some("language")
        }
        ProfileChange::Onboarded => {
            diesel::update(row).set(users::onboarded.eq(true)).execute(c).await?;
            None
        }
    };
    if let Some(detail) = changed {
        // the detail's name only: a log from which nothing is removed is no place for addresses and numbers
        let (by, target, after) =
            (By::user(user), format!("user:{user}"), Some(json!({ "changed": detail })));
        let entry = AuditEntry { at, by, action: "profile.changed", target, before: None, after };
        audit::write(c, scope, vec![entry]).await?;
    }
    known(c, scope, user).await
}

pub async fn set_unreachable(
    c: &mut Conn,
    scope: &Scope,
    chat: ChatId,
    unreachable: bool,
    at: DateTime<Utc>,
) -> Answer<()> {
    let behind =
        identities::table.filter(identities::external_id.eq(chat.to_string())).select(identities::user_id);
    let here =
        customers::table.filter(customers::shop_id.eq(&scope.shop)).filter(customers::user_id.eq_any(behind));
    diesel::update(here).set(customers::unreachable_at.eq(unreachable.then_some(Ts(at)))).execute(c).await?;
    Ok(())
}

/// Somebody who must be known, since they act or were just written down.
async fn known(c: &mut Conn, scope: &Scope, user: UserId) -> Answer<Profile> {
    let profile = profile(c, scope, user).await?;
    profile
        .ok_or_else(|| StoreError::Corrupt(format!("user {user} is no customer of the shop {}.", scope.shop)))
}

/// Those of `users` who buy at reseller prices here.
pub(super) async fn reseller_ids(c: &mut impl Reader, scope: &Scope, users: &[i64]) -> Answer<HashSet<i64>> {
    let ids: Vec<i64> = staff::table
        .filter(staff::shop_id.eq(&scope.shop))
        .filter(staff::role.eq("reseller"))
        .filter(staff::user_id.eq_any(users.to_vec()))
        .select(staff::user_id)
        .load(c)
        .await?;
    Ok(ids.into_iter().collect())
}

/// How these users are named to staff.
pub(super) async fn persons(c: &mut impl Reader, users: &[i64]) -> Answer<HashMap<i64, Person>> {
    let rows: Vec<(i64, String, String, Option<String>)> = users::table
        .inner_join(identities::table.on(identities::user_id.eq(users::id)))
        .filter(users::id.eq_any(users.to_vec()))
        .order(identities::platform)
        .select((users::id, users::name, identities::external_id, identities::username))
        .load(c)
        .await?;
    rows.into_iter()
        .map(|(id, name, external_id, username)| {
            Ok((id, Person { user: UserId(id), chat: chat(&external_id)?, name, username }))
        })
        .collect()
}

/// The private chat behind a platform's id.
pub(super) fn chat(external_id: &str) -> Answer<ChatId> {
    let id = external_id.parse().map(ChatId);
    id.map_err(|_| StoreError::Corrupt(format!("the identity {external_id} is no number.")))
}

/// A stored language; the schema knows no third.
pub(super) fn language(code: &str) -> Language {
    if code == Language::En.code() { Language::En } else { Language::Id }
}
