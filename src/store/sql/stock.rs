//! Units of stock: adding them, and which are free.

use super::{Answer, Conn, Writes, audit, restocks, stock_news};
use crate::rules::audit::{AuditEntry, By};
use crate::rules::ids::{ProductId, UnitId};
use crate::store::Scope;
use crate::store::error::StoreError;
use crate::store::live::Free;
use crate::store::model::{AddedUnits, SealedUnit};
use crate::store::schema::{products, stock_units};
use crate::store::types::Ts;
use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use serde_json::json;
use std::collections::HashSet;

/// By product, oldest first: the order of the index that holds only free units.
pub async fn free_units(c: &mut Conn, scope: &Scope) -> Answer<Vec<(ProductId, UnitId)>> {
    let rows: Vec<(i64, i64)> = stock_units::table
        .inner_join(products::table.on(products::id.eq(stock_units::product_id)))
        .filter(stock_units::shop_id.eq(&scope.shop))
        .filter(Free)
        .filter(products::deleted_at.is_null())
        .order((stock_units::product_id, stock_units::id))
        .select((stock_units::product_id, stock_units::id))
        .load(c)
        .await?;
    Ok(rows.into_iter().map(|(product, unit)| (ProductId(product), UnitId(unit))).collect())
}

row! {
    struct NewRow in stock_units {
        shop_id: String,
        product_id: i64,
        state: &'static str,
        ciphertext: Vec<u8>,
        key_id: String,
        fingerprint: Vec<u8>,
        created_at: Ts,
    }
}

/// Rows of one statement: well under both databases' limits of bound values.
const CHUNK: usize = 1000;

pub async fn add_units(
    c: &mut Conn,
    scope: &Scope,
    product: ProductId,
    units: Vec<SealedUnit>,
    by: By,
    at: DateTime<Utc>,
) -> Answer<AddedUnits> {
    let living = products::table
        .filter(products::id.eq(product.0))
        .filter(products::shop_id.eq(&scope.shop))
        .filter(products::deleted_at.is_null());
    let found: Option<i64> = living.select(products::id).get_result(c).await.optional()?;
    found.ok_or(StoreError::Conflict("the product"))?;

    let offered = units.len();
    let duplicates = duplicates(c, scope, &units).await?;
    let mut added = Vec::with_capacity(offered - duplicates.len());
    let mut fresh =
        units.into_iter().enumerate().filter(|(at, _)| !duplicates.contains(at)).map(|(_, unit)| unit);
    loop {
        let chunk: Vec<SealedUnit> = fresh.by_ref().take(CHUNK).collect();
        if chunk.is_empty() {
            break;
        }
        added.extend(insert(c, scope, product, chunk, at).await?);
    }
    if !added.is_empty() {
        stock_news::rearm(c, product).await?;
        restocks::on_sale(c, scope, &[product].into(), at).await?;
        let target = format!("product:{product}");
        let after = Some(json!({ "units": added.len(), "duplicates": duplicates.len() }));
        let entry = AuditEntry { at, by, action: "stock.added", target, before: None, after };
        audit::write(c, scope, vec![entry]).await?;
    }
    let mut duplicates: Vec<usize> = duplicates.into_iter().collect();
    duplicates.sort_unstable();
    Ok(AddedUnits { added, duplicates })
}

/// Positions of units that the shop has had before, or that come twice.
async fn duplicates(c: &mut Conn, scope: &Scope, units: &[SealedUnit]) -> Answer<HashSet<usize>> {
    let mut had: HashSet<Vec<u8>> = HashSet::new();
    for chunk in units.chunks(CHUNK) {
        let fingerprints: Vec<&[u8]> = chunk.iter().map(|unit| unit.fingerprint.as_slice()).collect();
        let known: Vec<Vec<u8>> = stock_units::table
            .filter(stock_units::shop_id.eq(&scope.shop))
            .filter(stock_units::fingerprint.eq_any(fingerprints))
            .select(stock_units::fingerprint)
            .load(c)
            .await?;
        had.extend(known);
    }
    let seen = |(_, unit): &(usize, &SealedUnit)| !had.insert(unit.fingerprint.clone());
    Ok(units.iter().enumerate().filter(seen).map(|(at, _)| at).collect())
}

async fn insert(
    c: &mut Conn,
    scope: &Scope,
    product: ProductId,
    units: Vec<SealedUnit>,
    at: DateTime<Utc>,
) -> Answer<Vec<UnitId>> {
    let fingerprints: Vec<Vec<u8>> = units.iter().map(|unit| unit.fingerprint.clone()).collect();
    let row = |unit: SealedUnit| NewRow {
        shop_id: scope.shop.clone(),
        product_id: product.0,
        state: "free",
        ciphertext: unit.ciphertext,
        key_id: unit.key_id,
        fingerprint: unit.fingerprint,
        created_at: Ts(at),
    };
    let rows: Vec<NewRow> = units.into_iter().map(row).collect();
    let mut writes = Writes::default();
    insert!(writes, stock_units, rows);
    writes.finish(c).await?;
    let ids: Vec<i64> = stock_units::table
        .filter(stock_units::shop_id.eq(&scope.shop))
        .filter(stock_units::fingerprint.eq_any(fingerprints))
        .order(stock_units::id)
        .select(stock_units::id)
        .load(c)
        .await?;
    Ok(ids.into_iter().map(UnitId).collect())
}
