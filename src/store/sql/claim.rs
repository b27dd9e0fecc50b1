//! Claiming free units for orders: what memory suggests first, then what the index of free units holds.

use super::reserve::Candidate;
use super::{Answer, Conn, FOR_UPDATE, Rows, Statement};
use crate::rules::ids::{OrderId, ProductId, UnitId};
use crate::rules::order::Reserved;
use crate::store::Scope;
use crate::store::live::Free;
use crate::store::schema::stock_units;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Text};
use diesel_async::RunQueryDsl;
use std::collections::{HashMap, HashSet};

/// What claiming units for a batch came to.
#[derive(Default)]
pub(super) struct Claims {
    pub taken: Vec<(ProductId, UnitId)>,
    pub stale: Vec<UnitId>,
    /// By order id.
    pub short: HashMap<i64, Reserved>,
}

#[derive(QueryableByName)]
struct ClaimedUnit {
    #[diesel(sql_type = BigInt)]
    id: i64,
    #[diesel(sql_type = BigInt)]
    product_id: i64,
    #[diesel(sql_type = BigInt)]
    order_id: i64,
}

#[derive(QueryableByName)]
struct FreeUnit {
    #[diesel(sql_type = BigInt)]
    id: i64,
}

impl Claims {
    /// First all suggested units in one statement, then singly for those who came away with too few.
    pub async fn make(c: &mut Conn, scope: &Scope, candidates: &[Candidate<'_>]) -> Answer<Self> {
        let suggested: Vec<_> = candidates
            .iter()
            .flat_map(|candidate| {
                candidate.request.suggested.iter().map(|(_, unit)| (unit.0, candidate.request.order.0))
            })
            .collect();
        let mut got = HashMap::<(i64, i64), Vec<i64>>::new();
        let mut still_free: HashSet<i64> = suggested.iter().map(|(unit, _)| *unit).collect();
        for unit in claim_suggested(c, scope, &suggested).await? {
            still_free.remove(&unit.id);
            got.entry((unit.order_id, unit.product_id)).or_default().push(unit.id);
        }
        let mut claims = Self { stale: still_free.into_iter().map(UnitId).collect(), ..Self::default() };
        let mut left = HashMap::<i64, i64>::new();
        for candidate in candidates {
            claims.complete(c, scope, candidate, &mut got, &mut left).await?;
        }
        claims.taken = got
            .into_iter()
            .flat_map(|((_, product), units)| {
                units.into_iter().map(move |unit| (ProductId(product), UnitId(unit)))
            })
            .collect();
        Ok(claims)
    }

    /// Finds what one order still lacks, or gives back what it got. `left` remembers sold-out products, so that a crowd
    /// of late buyers costs one search, not one each.
    async fn complete(
        &mut self,
        c: &mut Conn,
        scope: &Scope,
        candidate: &Candidate<'_>,
        got: &mut HashMap<(i64, i64), Vec<i64>>,
        left: &mut HashMap<i64, i64>,
    ) -> Answer<()> {
        let order = candidate.request.order;
        for (product, quantity) in &candidate.products {
            let key = (order.0, product.id.0);
            let missing = i64::from(*quantity) - got.get(&key).map_or(0, |units| units.len() as i64);
            if missing == 0 {
                continue;
            }
            if left.get(&product.id.0).is_none_or(|left| *left >= missing) {
                let more = claim_free(c, scope, product.id, order, missing).await?;
                if let Some(left) = left.get_mut(&product.id.0) {
                    *left -= more.len() as i64;
                }
                got.entry(key).or_default().extend(more.iter().map(|unit| unit.0));
                if more.len() as i64 == missing {
                    continue;
                }
            }
            for (other, _) in &candidate.products {
                got.remove(&(order.0, other.id.0));
            }
            give_back(c, order).await?;
            let free = count_free(c, scope, product.id).await?;
            left.insert(product.id.0, free);
            let too_few = Reserved::TooFew { name: product.name.clone(), left: free.max(0) as u32 };
            self.short.insert(order.0, too_few);
            return Ok(());
        }
        Ok(())
    }
}

async fn claim_suggested(c: &mut Conn, scope: &Scope, suggested: &[(i64, i64)]) -> Answer<Vec<ClaimedUnit>> {
    if suggested.is_empty() {
        return Ok(Vec::new());
    }
    // the shop is in the rows: bound by itself it makes SQLite go through all of the shop's free units
    let units = Rows::new("v")
        .numbers("id", suggested.iter().map(|(unit, _)| Some(*unit)).collect())
        .numbers("order_id", suggested.iter().map(|(_, order)| Some(*order)).collect())
        .texts("shop_id", vec![scope.shop.clone(); suggested.len()]);
    let query = format!(
        "UPDATE stock_units SET state = 'reserved', order_id = v.order_id FROM {} \
         WHERE stock_units.id = v.id AND stock_units.state = 'free' AND stock_units.shop_id = v.shop_id \
         RETURNING stock_units.id, stock_units.product_id, stock_units.order_id",
        units.words(1)
    );
    Ok(Statement::new(query).bind_all(units.values()).load(c).await?)
}

/// Claims up to `quantity` free units, oldest first, from the index that holds only free ones. If another transaction
/// is just taking the oldest, it is waited for and the next ones are tried: units that are there must not count as
/// gone.
pub(super) async fn claim_free(
    c: &mut Conn,
    scope: &Scope,
    product: ProductId,
    order: OrderId,
    quantity: i64,
) -> Answer<Vec<UnitId>> {
    let free = format!(
        "SELECT id FROM stock_units WHERE shop_id = $1 AND product_id = $2 AND state = 'free' AND order_id IS NULL \
         ORDER BY shop_id, product_id, id LIMIT $3 {FOR_UPDATE}"
    );
    let free: Vec<FreeUnit> = Statement::new(free)
        .bind::<Text, _>(&scope.shop)
        .bind::<BigInt, _>(product.0)
        .bind::<BigInt, _>(quantity)
        .load(c)
        .await?;
    let free: Vec<i64> = free.into_iter().map(|unit| unit.id).collect();
    let claimed: Vec<i64> = diesel::update(stock_units::table)
        .filter(stock_units::id.eq_any(free).and(Free))
        .set((stock_units::state.eq("reserved"), stock_units::order_id.eq(Some(order.0))))
        .returning(stock_units::id)
        .get_results(c)
        .await?;
    Ok(claimed.into_iter().map(UnitId).collect())
}

/// Puts back on sale what an order holds.
pub(super) async fn give_back(c: &mut Conn, order: OrderId) -> Answer<()> {
    diesel::update(stock_units::table)
        .filter(stock_units::order_id.eq(order.0).and(stock_units::state.eq("reserved")))
        .set((stock_units::state.eq("free"), stock_units::order_id.eq(None::<i64>)))
        .execute(c)
        .await?;
    Ok(())
}

async fn count_free(c: &mut Conn, scope: &Scope, product: ProductId) -> Answer<i64> {
    Ok(stock_units::table
        .filter(stock_units::shop_id.eq(&scope.shop).and(stock_units::product_id.eq(product.0)))
        .filter(Free)
        .count()
        .get_result(c)
        .await?)
}
