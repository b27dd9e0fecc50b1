//! The rest of a product: packages, reseller price, note, its category's emoji.

use super::{Answer, Conn, Writes, audit};
use crate::rules::audit::{AuditEntry, By};
use crate::rules::catalogue::{Furnishing, Package};
use crate::rules::ids::ProductId;
use crate::store::Scope;
use crate::store::schema::{categories, product_prices, products};
use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use serde_json::json;

row! {
    struct PriceRow in product_prices {
        product_id: i64,
        quantity: i64,
        price: i64,
    }
}

/// Writes what is given; a product of another shop, or a deleted one, is left alone.
pub async fn furnish_product(
    c: &mut Conn,
    scope: &Scope,
    product: ProductId,
    furnishing: Furnishing,
    by: By,
    at: DateTime<Utc>,
) -> Answer<()> {
    let ours =
        products::shop_id.eq(&scope.shop).and(products::id.eq(product.0)).and(products::deleted_at.is_null());
    let found: Option<(String, Option<i64>, Option<String>)> = products::table
        .filter(ours)
        .select((products::category, products::reseller_price, products::note))
        .get_result(c)
        .await
        .optional()?;
    let Some((category, reseller_price, note)) = found else { return Ok(()) };
    let packages: Vec<(i64, i64)> = product_prices::table
        .filter(product_prices::product_id.eq(product.0))
        .order(product_prices::quantity)
        .select((product_prices::quantity, product_prices::price))
        .load(c)
        .await?;
    let before = json!({ "reseller_price": reseller_price, "note": note, "packages": packages });
    if let Some(price) = furnishing.reseller_price {
        let set = products::reseller_price.eq(Some(price.0));
        diesel::update(products::table.find(product.0)).set(set).execute(c).await?;
    }
    if let Some(note) = &furnishing.note {
        diesel::update(products::table.find(product.0)).set(products::note.eq(Some(note))).execute(c).await?;
    }
    if let Some(emoji) = &furnishing.category_emoji {
        diesel::insert_into(categories::table)
            .values((
                categories::shop_id.eq(&scope.shop),
                categories::name.eq(category),
                categories::emoji.eq(emoji),
            ))
            .on_conflict((categories::shop_id, categories::name))
            .do_update()
            .set(categories::emoji.eq(emoji))
            .execute(c)
            .await?;
    }
    if !furnishing.packages.is_empty() {
        replace_packages(c, product, &furnishing.packages).await?;
    }
    let entry = AuditEntry {
        at,
        by,
        action: "product.furnished",
        target: format!("product:{product}"),
        before: Some(before),
        after: Some(json!(furnishing)),
    };
    audit::write(c, scope, vec![entry]).await
}

async fn replace_packages(c: &mut Conn, product: ProductId, packages: &[Package]) -> Answer<()> {
    let old = product_prices::product_id.eq(product.0);
    diesel::delete(product_prices::table.filter(old)).execute(c).await?;
    let row = |package: &Package| PriceRow {
        product_id: product.0,
        quantity: i64::from(package.quantity),
        price: package.price.0,
    };
    let rows: Vec<PriceRow> = packages.iter().map(row).collect();
    let mut writes = Writes::default();
    insert!(writes, product_prices, rows);
    writes.finish(c).await?;
    Ok(())
}
