//! Every statement of the shop, one file per aggregate. Compiled twice: the enclosing module says which
//! `Conn` it is. Functions take a connection, so that they compose inside one transaction; what they read before they
//! decide is asked `at_once!`, what they decided is written as one [`Writes`]: a round trip each.

pub mod asking;
pub mod audit;
pub mod audit_log;
mod books;
pub mod catalogue;
mod claim;
pub mod due;
pub mod endings;
pub mod figures;
pub mod forget;
pub mod founding;
pub mod furnish;
pub mod goods;
pub mod inbox;
pub mod invoice_rows;
pub mod invoices;
pub mod lease;
pub mod ledger;
pub mod notices;
pub mod orders;
pub mod outbox;
pub mod paying;
pub mod people;
pub mod reserve;
pub mod restocks;
mod sale;
pub mod sends;
pub mod sessions;
pub mod settings;
pub mod settling;
pub mod staff;
pub mod statistics;
pub mod stock;
mod stock_news;
pub mod verify;

use super::{
    BEGIN, BEGIN_HOT, BEGIN_HOT_UNWAITED, Conn, FOR_KEY_SHARE, FOR_UPDATE, NOW_MICROS, Reader, Rows,
    SKIP_LOCKED, SNAPSHOT, Writes, begin, count_grown, promise,
};
use crate::store::Scope;
use crate::store::error::StoreError;
use crate::store::statement::Expected;
use crate::trip;
use diesel::prelude::*;
use diesel_async::{AsyncConnection, AsyncConnectionCore, RunQueryDsl, TransactionManager};

type Backend = <Conn as AsyncConnectionCore>::Backend;
type Statement<'a> = crate::store::statement::Statement<'a, Backend>;

pub type Answer<T> = Result<T, StoreError>;

/// The beginning of a transaction, sent along with its first reads: on PostgreSQL one round trip for all.
#[must_use]
pub struct Opening(());

impl Opening {
    /// Comes first among what is asked [`at_once!`]. `how` is [`BEGIN`] or a variant of it.
    pub async fn begin(self, c: &mut impl Reader, how: &str) -> Answer<()> {
        Ok(begin(c, how).await?)
    }
}

/// One transaction: all of `work` or nothing. The work begins it.
async fn opened<T, F>(c: &mut Conn, work: F) -> Answer<T>
where
    F: AsyncFnOnce(&mut Conn, Opening) -> Answer<T>,
{
    type Manager = <Conn as AsyncConnection>::TransactionManager;
    promise(c).await?;
    match work(&mut *c, Opening(())).await {
        Ok(value) => {
            Manager::commit_transaction(c).await?;
            Ok(value)
        }
        Err(error) => {
            Manager::rollback_transaction(c).await?;
            Err(error)
        }
    }
}

/// One transaction: all of `work` or nothing.
pub async fn transaction<T, F>(c: &mut Conn, work: F) -> Answer<T>
where
    F: AsyncFnOnce(&mut Conn) -> Answer<T>,
{
    opened(c, async |c, opening| {
        opening.begin(c, BEGIN).await?;
        work(c).await
    })
    .await
}

/// One transaction that only the holder of the shop's lease may make.
pub async fn fenced<T, F>(c: &mut Conn, scope: &Scope, work: F) -> Answer<T>
where
    F: AsyncFnOnce(&mut Conn) -> Answer<T>,
{
    hot(c, async |c, opening| {
        at_once!(c: opening.begin(c, BEGIN), check_lease(c, scope))?;
        work(c).await
    })
    .await
}

/// Like [`fenced`], for what is done so often that a round trip matters: the work sends [`check_lease`] and its own
/// first reads along with its beginning.
pub async fn hot<T, F>(c: &mut Conn, work: F) -> Answer<T>
where
    F: AsyncFnOnce(&mut Conn, Opening) -> Answer<T>,
{
    opened(c, async |c, opening| {
        let done = work(c, opening).await;
        trip::point("store.commit");
        done
    })
    .await
}

/// Holds a shared lock on the lease row until the transaction ends: a successor has to wait for it, or is seen here.
async fn check_lease(c: &mut impl Reader, scope: &Scope) -> Answer<()> {
    #[derive(QueryableByName)]
    struct Epoch {
        #[diesel(sql_type = diesel::sql_types::BigInt)]
        epoch: i64,
    }
    let query = format!("SELECT epoch FROM shop_leases WHERE shop_id = $1 {FOR_KEY_SHARE}");
    let row: Option<Epoch> = Statement::new(query)
        .bind::<diesel::sql_types::Text, _>(&scope.shop)
        .get_result(c)
        .await
        .optional()?;
    match row {
        Some(row) if row.epoch == scope.epoch => Ok(()),
        _ => Err(StoreError::LeaseLost),
    }
}
