//! What units hold, for the buyer and for staff. Nothing is opened here.

use super::{Answer, Conn};
use crate::rules::ids::{OrderId, ProductId, UnitId};
use crate::store::Scope;
use crate::store::model::{GoodsLine, Page, SealedUnit, UnitRow};
use crate::store::schema::{order_lines, orders, stock_units};
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use std::collections::{HashMap, VecDeque};

#[derive(Queryable, Selectable)]
#[diesel(table_name = stock_units)]
struct SealedRow {
    ciphertext: Vec<u8>,
    key_id: String,
    fingerprint: Vec<u8>,
}

impl From<SealedRow> for SealedUnit {
    fn from(row: SealedRow) -> Self {
        Self { ciphertext: row.ciphertext, key_id: row.key_id, fingerprint: row.fingerprint }
    }
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = order_lines)]
struct LineRow {
    product_id: i64,
    name: String,
    quantity: i64,
    note: Option<String>,
    terms: Option<String>,
}

pub async fn goods_of(c: &mut Conn, scope: &Scope, order: OrderId) -> Answer<Vec<GoodsLine>> {
    let lines: Vec<LineRow> = order_lines::table
        .inner_join(orders::table.on(orders::id.eq(order_lines::order_id)))
        .filter(orders::id.eq(order.0))
        .filter(orders::shop_id.eq(&scope.shop))
        .filter(orders::state.eq_any(["paid", "delivered"]))
        .order(order_lines::position)
        .select(LineRow::as_select())
        .load(c)
        .await?;
    let sold: Vec<(i64, SealedRow)> = stock_units::table
        .filter(stock_units::order_id.eq(order.0))
        .filter(stock_units::state.eq("sold"))
        .order(stock_units::id)
        .select((stock_units::product_id, SealedRow::as_select()))
        .load(c)
        .await?;
    let mut units: HashMap<i64, VecDeque<SealedUnit>> = HashMap::new();
    for (product, sealed) in sold {
        units.entry(product).or_default().push_back(sealed.into());
    }
    let line = |line: LineRow| {
        let of_product = units.entry(line.product_id).or_default();
        let take = of_product.len().min(usize::try_from(line.quantity).unwrap_or_default());
        GoodsLine {
            product: ProductId(line.product_id),
            name: line.name,
            quantity: u32::try_from(line.quantity).unwrap_or_default(),
            units: of_product.drain(..take).collect(),
            note: line.note,
            terms: line.terms,
        }
    };
    Ok(lines.into_iter().map(line).collect())
}

pub async fn units_of(
    c: &mut Conn,
    scope: &Scope,
    product: ProductId,
    offset: i64,
    limit: i64,
) -> Answer<Page<UnitRow>> {
    let of_product = stock_units::table
        .filter(stock_units::shop_id.eq(&scope.shop))
        .filter(stock_units::product_id.eq(product.0));
    let total = of_product.count().get_result(c).await?;
    let rows: Vec<(i64, String, Option<String>, SealedRow)> = stock_units::table
        .left_join(orders::table.on(stock_units::order_id.eq(orders::id.nullable())))
        .filter(stock_units::shop_id.eq(&scope.shop))
        .filter(stock_units::product_id.eq(product.0))
        .order(stock_units::id)
        .offset(offset)
        .limit(limit)
        .select((stock_units::id, stock_units::state, orders::code.nullable(), SealedRow::as_select()))
        .load(c)
        .await?;
    let rows = rows.into_iter().map(|(id, state, order_code, sealed)| UnitRow {
        id: UnitId(id),
        state,
        order_code,
        sealed: sealed.into(),
    });
    Ok(Page { rows: rows.collect(), total })
}
