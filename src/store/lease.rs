//! The shop's lease: one process per shop. What is written under a lost lease is refused by the database.

use super::db::{dispatch, on_runtime};
use super::model::{Leased, SignOfLife};
use super::{Scope, Store};
use crate::fault::Fault;
use std::sync::Arc;
use std::time::Duration;

impl Store {
    /// Takes the shop's lease for `ttl` if it is free, released, or still as in `dead`, the last sign of life of a
    /// holder found dead. `holder` names this process to whoever asks meanwhile. Writes need [`Self::with_epoch`].
    pub async fn ask_for_lease(
        &self,
        holder: &str,
        ttl: Duration,
        dead: Option<SignOfLife>,
    ) -> Result<Leased, Fault> {
        let (database, scope, holder) = (self.main.clone(), self.scope.clone(), holder.to_owned());
        on_runtime(async move {
            dispatch!(database, write, |sql, c| {
                sql::transaction(c, async |c| sql::lease::ask(c, &scope, &holder, micros(ttl), dead).await)
                    .await
            })
        })
        .await
    }

    /// Holds the lease for another `ttl` from now. `false`: it is lost, and with it the right to write.
    pub async fn renew_lease(&self, ttl: Duration) -> Result<bool, Fault> {
        let (database, scope) = (self.main.clone(), self.scope.clone());
        on_runtime(async move {
            dispatch!(database, write, |sql, c| {
                sql::transaction(c, async |c| sql::lease::renew(c, &scope, micros(ttl)).await).await
            })
        })
        .await
    }

    /// Gives the lease up, if it is still ours: the next process need not wait for it to lapse.
    pub async fn release_lease(&self) -> Result<(), Fault> {
        let (database, scope) = (self.main.clone(), self.scope.clone());
        on_runtime(async move {
            dispatch!(database, write, |sql, c| {
                sql::transaction(c, async |c| sql::lease::release(c, &scope).await).await
            })
        })
        .await
    }

    /// The store as the holder of this epoch writes to it.
    pub fn with_epoch(&self, epoch: i64) -> Self {
        let scope = Scope { epoch, ..Scope::clone(&self.scope) };
        Self { scope: Arc::new(scope), ..self.clone() }
    }
}

fn micros(ttl: Duration) -> i64 {
    i64::try_from(ttl.as_micros()).unwrap_or(i64::MAX / 4)
}
