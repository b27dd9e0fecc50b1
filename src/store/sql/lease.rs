//! One process per shop. These statements make and end the right to write; they are not bound to it.
//! The times are the database's own, and tell one sign of life from another.

use super::{Answer, Conn, FOR_UPDATE, NOW_MICROS, Statement};
use crate::store::Scope;
use crate::store::error::StoreError;
use crate::store::model::{Leased, SignOfLife};
use crate::store::schema::shop_leases;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Nullable, Text};
use diesel_async::RunQueryDsl;
use std::time::Duration;

#[derive(QueryableByName)]
struct Epoch {
    #[diesel(sql_type = BigInt)]
    epoch: i64,
}

/// Takes the lease if nobody has it, or if its holder gave no other sign of life than the one it is `dead` by. Times are
/// never compared with the present: a clock that jumps neither ends a lease nor keeps it for ever. Each taking is a new
/// epoch, which shuts every earlier holder out.
pub async fn ask(
    c: &mut Conn,
    scope: &Scope,
    holder: &str,
    ttl_micros: i64,
    dead: Option<SignOfLife>,
) -> Answer<Leased> {
    wait_for_writers(c, scope, dead).await?;
    let query = format!(
        "INSERT INTO shop_leases (shop_id, holder, epoch, renewed_at_micros, expires_at_micros) \
         VALUES ($1, $2, 1, {NOW_MICROS}, {NOW_MICROS} + $3) \
         ON CONFLICT (shop_id) DO UPDATE SET holder = excluded.holder, epoch = shop_leases.epoch + 1, \
         renewed_at_micros = excluded.renewed_at_micros, expires_at_micros = excluded.expires_at_micros \
         WHERE shop_leases.expires_at_micros = 0 \
         OR (shop_leases.epoch = $4 AND shop_leases.renewed_at_micros = $5) RETURNING epoch"
    );
    let taken: Option<Epoch> = Statement::new(query)
        .bind::<Text, _>(&scope.shop)
        .bind::<Text, _>(holder)
        .bind::<BigInt, _>(ttl_micros)
        .bind::<Nullable<BigInt>, _>(dead.map(|sign| sign.epoch))
        .bind::<Nullable<BigInt>, _>(dead.map(|sign| sign.renewed_at_micros))
        .get_result(c)
        .await
        .optional()?;
    if let Some(Epoch { epoch }) = taken {
        return Ok(Leased::Taken { epoch });
    }
    let row: Option<(String, i64, i64, i64)> = shop_leases::table
        .find(&scope.shop)
        .select((
            shop_leases::holder,
            shop_leases::epoch,
            shop_leases::renewed_at_micros,
            shop_leases::expires_at_micros - shop_leases::renewed_at_micros,
        ))
        .get_result(c)
        .await
        .optional()?;
    let (holder, epoch, renewed_at_micros, term) = row.ok_or(StoreError::Conflict("the shop's lease"))?;
    let term = Duration::from_micros(term.max(0).unsigned_abs());
    Ok(Leased::Held { holder, sign: SignOfLife { epoch, renewed_at_micros, term } })
}

/// Where the lease can be taken, waits for transactions that began under it. They see the new epoch, or we see them.
async fn wait_for_writers(c: &mut Conn, scope: &Scope, dead: Option<SignOfLife>) -> Answer<()> {
    let query = format!(
        "SELECT epoch FROM shop_leases WHERE shop_id = $1 AND (expires_at_micros = 0 \
         OR (epoch = $2 AND renewed_at_micros = $3)) {FOR_UPDATE}"
    );
    Statement::new(query)
        .bind::<Text, _>(&scope.shop)
        .bind::<Nullable<BigInt>, _>(dead.map(|sign| sign.epoch))
        .bind::<Nullable<BigInt>, _>(dead.map(|sign| sign.renewed_at_micros))
        .execute(c)
        .await?;
    Ok(())
}

/// `false`: somebody else has it.
pub async fn renew(c: &mut Conn, scope: &Scope, ttl_micros: i64) -> Answer<bool> {
    let query = format!(
        "UPDATE shop_leases SET renewed_at_micros = {NOW_MICROS}, expires_at_micros = {NOW_MICROS} + $1 \
         WHERE shop_id = $2 AND epoch = $3"
    );
    let renewed = Statement::new(query)
        .bind::<BigInt, _>(ttl_micros)
        .bind::<Text, _>(&scope.shop)
        .bind::<BigInt, _>(scope.epoch)
        .execute(c)
        .await?;
    Ok(renewed == 1)
}

/// Lets the next process in at once, and ourselves out: the epoch moves on.
pub async fn release(c: &mut Conn, scope: &Scope) -> Answer<()> {
    let query = format!("SELECT epoch FROM shop_leases WHERE shop_id = $1 {FOR_UPDATE}");
    Statement::new(query).bind::<Text, _>(&scope.shop).execute(c).await?;
    let ours = shop_leases::table.find(&scope.shop).filter(shop_leases::epoch.eq(scope.epoch));
    diesel::update(ours)
        .set((shop_leases::epoch.eq(shop_leases::epoch + 1), shop_leases::expires_at_micros.eq(0)))
        .execute(c)
        .await?;
    Ok(())
}
