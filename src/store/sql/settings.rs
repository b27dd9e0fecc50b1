//! What the shop remembers by name.

use super::{Answer, Conn};
use crate::store::Scope;
use crate::store::schema::settings;
use crate::store::types::{Doc, Ts};
use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel::upsert::excluded;
use diesel_async::RunQueryDsl;
use serde_json::Value;

pub async fn setting(c: &mut Conn, scope: &Scope, key: String) -> Answer<Option<Value>> {
    let row = settings::table.find((&scope.shop, key)).select(settings::value);
    let value: Option<Doc> = row.get_result(c).await.optional()?;
    Ok(value.map(|doc| doc.0))
}

pub async fn set_setting(
    c: &mut Conn,
    scope: &Scope,
    key: String,
    value: Value,
    at: DateTime<Utc>,
) -> Answer<()> {
    diesel::insert_into(settings::table)
        .values((
            settings::shop_id.eq(&scope.shop),
            settings::key.eq(key),
            settings::value.eq(Doc(value)),
            settings::updated_at.eq(Ts(at)),
        ))
        .on_conflict((settings::shop_id, settings::key))
        .do_update()
        .set((
            settings::value.eq(excluded(settings::value)),
            settings::updated_at.eq(excluded(settings::updated_at)),
        ))
        .execute(c)
        .await?;
    Ok(())
}
