//! What staff hear of how much stock there is: each crossing is told once.

use super::{Answer, Conn, outbox};
use crate::rules::fact::{Audience, Fact, StaffNews};
use crate::rules::ids::{ProductId, ProductNumber};
use crate::store::Scope;
use crate::store::model::{NewFact, Scarcity};
use crate::store::schema::products;
use crate::store::types::Ts;
use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel_async::RunQueryDsl;

/// Tells staff which of the products that were sold just now run out. Part of the selling transaction: a shop that dies
/// right after it has the notices in its queue.
pub(super) async fn tell_scarce(
    c: &mut Conn,
    scope: &Scope,
    sold: &[(ProductId, i64)],
    scarcity: &Scarcity,
    at: DateTime<Utc>,
) -> Answer<()> {
    let mut news = Vec::new();
    for (product, _) in sold {
        if let Some(left) = scarcity.left(*product) {
            news.extend(crossing(c, scope, *product, left, at).await?);
        }
    }
    if news.is_empty() {
        return Ok(());
    }
    let fact = NewFact { audience: Audience::Staff, fact: Fact::News(news), subject: None };
    outbox::enqueue(c, scope, vec![fact], at).await
}

/// The notice that few units are left, or that none is, unless it was given since the last restocking.
async fn crossing(
    c: &mut Conn,
    scope: &Scope,
    product: ProductId,
    left: i64,
    at: DateTime<Utc>,
) -> Answer<Option<StaffNews>> {
    let living = products::table
        .filter(products::id.eq(product.0))
        .filter(products::shop_id.eq(&scope.shop))
        .filter(products::deleted_at.is_null());
    let (few, none) = (products::low_stock_told_at, products::sold_out_told_at);
    let told = Some(Ts(at));
    let named = (products::number, products::name);
    let row: Option<(i64, String)> = if left > 0 {
        let armed = living.filter(few.is_null());
        diesel::update(armed).set(few.eq(told)).returning(named).get_result(c).await.optional()?
    } else {
        let armed = living.filter(none.is_null());
        diesel::update(armed)
            .set((few.eq(told), none.eq(told)))
            .returning(named)
            .get_result(c)
            .await
            .optional()?
    };
    Ok(row.map(|(number, name)| match ProductNumber(number) {
        product if left > 0 => StaffNews::LowStock { product, name, left },
        product => StaffNews::SoldOut { product, name },
    }))
}

/// Staff hear of the next crossing again.
pub(super) async fn rearm(c: &mut Conn, product: ProductId) -> Answer<()> {
    let armed = (products::low_stock_told_at.eq(None::<Ts>), products::sold_out_told_at.eq(None::<Ts>));
    diesel::update(products::table.find(product.0)).set(armed).execute(c).await?;
    Ok(())
}
