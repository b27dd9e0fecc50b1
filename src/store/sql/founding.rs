//! What a shop needs before its first customer.

use super::{Answer, Conn, Statement};
use crate::store::Scope;
use crate::store::schema::{balances, shops};
use crate::store::types::Ts;
use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel_async::RunQueryDsl;

/// The shop's side of the ledger.
const ACCOUNTS: [&str; 4] = ["gateway", "sales", "fees", "adjustments"];

/// Whether the shop is written down under its present name, with its accounts.
pub async fn is_founded(c: &mut Conn, scope: &Scope, name: &str) -> Answer<bool> {
    let named = shops::table.filter(shops::id.eq(&scope.shop).and(shops::name.eq(name)));
    let accounts = ACCOUNTS.map(|account| format!("{account}:{}", scope.shop));
    let held: i64 = balances::table.filter(balances::account.eq_any(accounts)).count().get_result(c).await?;
    let named: i64 = named.count().get_result(c).await?;
    Ok(named == 1 && usize::try_from(held) == Ok(ACCOUNTS.len()))
}

/// Writes the shop down under its present name, with its accounts.
pub async fn found(c: &mut Conn, scope: &Scope, name: &str, at: DateTime<Utc>) -> Answer<()> {
    diesel::insert_into(shops::table)
        .values((shops::id.eq(&scope.shop), shops::name.eq(name), shops::created_at.eq(Ts(at))))
        .on_conflict(shops::id)
        .do_update()
        .set(shops::name.eq(name))
        .execute(c)
        .await?;
    for account in ACCOUNTS {
        diesel::insert_into(balances::table)
            .values((balances::account.eq(format!("{account}:{}", scope.shop)), balances::amount.eq(0)))
            .on_conflict_do_nothing()
            .execute(c)
            .await?;
    }
    Ok(())
}

#[derive(QueryableByName)]
struct Named {
    #[diesel(sql_type = diesel::sql_types::Text)]
    name: String,
}

/// The migrations that a database has had, oldest first; `None` where nothing ever migrated it. `ledger` finds the name
/// of diesel's table of migrations, if it exists: diesel itself would make it.
pub async fn migrated(c: &mut Conn, ledger: &'static str) -> Answer<Option<Vec<String>>> {
    let found: Vec<Named> = Statement::new(ledger).load(c).await?;
    if found.is_empty() {
        return Ok(None);
    }
    let query = "SELECT version AS name FROM __diesel_schema_migrations ORDER BY version";
    let had: Vec<Named> = Statement::new(query).load(c).await?;
    Ok(Some(had.into_iter().map(|row| row.name).collect()))
}

/// The shops of the database by their ids.
pub async fn shops(c: &mut Conn) -> Answer<Vec<String>> {
    Ok(shops::table.select(shops::id).order(shops::id).load(c).await?)
}

/// Whether the database answers.
pub async fn probe(c: &mut Conn) -> Answer<()> {
    diesel::sql_query("SELECT 1").execute(c).await?;
    Ok(())
}
