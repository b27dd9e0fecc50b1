//! What the shop offers.

use super::{Answer, Conn, Reader, audit};
use crate::rules::audit::{AuditEntry, By};
use crate::rules::catalogue::{Discount, NewProduct, Package, Product, ProductKind};
use crate::rules::ids::{ProductId, ProductNumber};
use crate::rules::money::Rupiah;
use crate::store::Scope;
use crate::store::error::StoreError;
use crate::store::model::AddedProduct;
use crate::store::schema::{categories, product_prices, products};
use crate::store::types::{Dec, Ts};
use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use serde_json::json;
use std::collections::HashMap;

pub async fn catalogue(c: &mut Conn, scope: &Scope) -> Answer<Vec<Product>> {
    let rows = rows(c, scope, None).await?;
    let ids: Vec<i64> = rows.iter().map(|(row, _)| row.id).collect();
    packed(rows, packages(c, &ids).await?)
}

type Row = (ProductRow, Option<CategoryRow>);

#[derive(Queryable, Selectable)]
#[diesel(table_name = products)]
pub(super) struct ProductRow {
    id: i64,
    number: i64,
    name: String,
    category: String,
    description: String,
    kind: String,
    price: i64,
    reseller_price: Option<i64>,
    discount_percent: Option<Dec>,
    discount_nominal: Option<i64>,
    min_quantity: i64,
    max_quantity: Option<i64>,
    per_customer: Option<i64>,
    note: Option<String>,
    terms: Option<String>,
    picture: Option<String>,
    sold: i64,
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = categories)]
pub(super) struct CategoryRow {
    emoji: Option<String>,
    discount_percent: Option<Dec>,
    discount_nominal: Option<i64>,
}

/// Living products, by number: all of them, or those of `ids` that live. [`packed`] joins them to their packages.
pub(super) async fn rows(c: &mut impl Reader, scope: &Scope, ids: Option<&[i64]>) -> Answer<Vec<Row>> {
    let category = categories::shop_id.eq(products::shop_id).and(categories::name.eq(products::category));
    let mut query = products::table
        .left_join(categories::table.on(category))
        .filter(products::shop_id.eq(&scope.shop))
        .filter(products::deleted_at.is_null())
        .order(products::number)
        .select((ProductRow::as_select(), Option::<CategoryRow>::as_select()))
        .into_boxed();
    if let Some(ids) = ids {
        query = query.filter(products::id.eq_any(ids.to_vec()));
    }
    Ok(query.load(c).await?)
}

pub(super) fn packed(rows: Vec<Row>, mut packages: HashMap<i64, Vec<Package>>) -> Answer<Vec<Product>> {
    rows.into_iter()
        .map(|(row, category)| {
            let packages = packages.remove(&row.id).unwrap_or_default();
            product(row, category, packages)
        })
        .collect()
}

/// Packages by product, ascending by quantity.
pub(super) async fn packages(c: &mut impl Reader, ids: &[i64]) -> Answer<HashMap<i64, Vec<Package>>> {
    let rows: Vec<(i64, i64, i64)> = product_prices::table
        .filter(product_prices::product_id.eq_any(ids.to_vec()))
        .order((product_prices::product_id, product_prices::quantity))
        .select((product_prices::product_id, product_prices::quantity, product_prices::price))
        .load(c)
        .await?;
    let mut packages: HashMap<i64, Vec<Package>> = HashMap::new();
    for (product, quantity, price) in rows {
        let package = Package { quantity: count("package", quantity)?, price: Rupiah(price) };
        packages.entry(product).or_default().push(package);
    }
    Ok(packages)
}

fn product(row: ProductRow, category: Option<CategoryRow>, packages: Vec<Package>) -> Answer<Product> {
    let kind = match row.kind.as_str() {
        "unique" => ProductKind::Unique,
        "reusable" => ProductKind::Reusable,
        "file" => ProductKind::File,
        other => {
            return Err(StoreError::Corrupt(format!("product {} is of the unknown kind {other}.", row.id)));
        }
    };
    let (emoji, category_discount) = category
        .map(|row| (row.emoji, discount(row.discount_percent, row.discount_nominal)))
        .unwrap_or_default();
    Ok(Product {
        id: ProductId(row.id),
        number: ProductNumber(row.number),
        name: row.name,
        category: row.category,
        category_emoji: emoji,
        description: row.description,
        kind,
        price: Rupiah(row.price),
        reseller_price: row.reseller_price.map(Rupiah),
        discount: discount(row.discount_percent, row.discount_nominal),
        category_discount,
        packages,
        min_quantity: count("minimum", row.min_quantity)?,
        max_quantity: row.max_quantity.map(|n| count("maximum", n)).transpose()?,
        per_customer: row.per_customer.map(|n| count("limit per customer", n)).transpose()?,
        note: row.note,
        terms: row.terms,
        picture: row.picture,
        sold: row.sold,
    })
}

fn discount(percent: Option<Dec>, nominal: Option<i64>) -> Option<Discount> {
    percent
        .map(|percent| Discount::Percent(percent.0.normalize()))
        .or_else(|| nominal.map(|nominal| Discount::Nominal(Rupiah(nominal))))
}

/// A quantity as the rules count it.
fn count(what: &str, quantity: i64) -> Answer<u32> {
    u32::try_from(quantity)
        .map_err(|_| StoreError::Corrupt(format!("the {what} {quantity} of a product is no quantity.")))
}

pub async fn add_product(
    c: &mut Conn,
    scope: &Scope,
    key: String,
    product: NewProduct,
    by: By,
    at: DateTime<Utc>,
) -> Answer<AddedProduct> {
    if let Some(added) = added_before(c, scope, &key).await? {
        return Ok(added);
    }
    let taken: Vec<(i64, String)> = products::table
        .filter(products::shop_id.eq(&scope.shop))
        .filter(products::deleted_at.is_null())
        .order(products::number)
        .select((products::number, products::name))
        .load(c)
        .await?;
    let number = match product.number {
        Some(number) => match taken.into_iter().find(|(taken, _)| *taken == number.0) {
            Some((_, by)) => return Ok(AddedProduct::NumberTaken { number, by }),
            None => number,
        },
        None => smallest_free(taken.into_iter().map(|(number, _)| number)),
    };
    diesel::insert_into(categories::table)
        .values((categories::shop_id.eq(&scope.shop), categories::name.eq(&product.category)))
        .on_conflict_do_nothing()
        .execute(c)
        .await?;
    let id: i64 = diesel::insert_into(products::table)
        .values((
            products::shop_id.eq(&scope.shop),
            products::number.eq(number.0),
            products::name.eq(&product.name),
            products::category.eq(&product.category),
            products::description.eq(&product.description),
            products::kind.eq("unique"),
            products::request_key.eq(key),
            products::price.eq(product.price.0),
            products::created_at.eq(Ts(at)),
        ))
        .returning(products::id)
        .get_result(c)
        .await?;
    let after = json!({
        "number": number,
        "name": product.name,
        "category": product.category,
        "price": product.price,
        "description": product.description,
    });
    let target = format!("product:{id}");
    let entry = AuditEntry { at, by, action: "product.added", target, before: None, after: Some(after) };
    audit::write(c, scope, vec![entry]).await?;
    Ok(AddedProduct::Added { id: ProductId(id), number })
}

async fn added_before(c: &mut Conn, scope: &Scope, key: &str) -> Answer<Option<AddedProduct>> {
    let added: Option<(i64, i64)> = products::table
        .filter(products::shop_id.eq(&scope.shop).and(products::request_key.eq(key)))
        .select((products::id, products::number))
        .get_result(c)
        .await
        .optional()?;
    Ok(added.map(|(id, number)| AddedProduct::Added { id: ProductId(id), number: ProductNumber(number) }))
}

/// The smallest number from one that is missing among these ascending ones.
fn smallest_free(taken: impl Iterator<Item = i64>) -> ProductNumber {
    let mut free = 1;
    for number in taken {
        if number > free {
            break;
        }
        free = number + 1;
    }
    ProductNumber(free)
}
