//! Opening the shop's databases: migrations first, then connections, then the shop's own rows.

use super::db::{Db, Target, blocking, dispatch, on_runtime, start_runtime};
use super::{Scope, Store, lite, pg};
use crate::clock::Clock;
use crate::fault::{Code, Fault};
use diesel::backend::Backend;
use diesel::connection::{Connection, SimpleConnection};
use diesel::migration::{Migration, MigrationSource};
use diesel_async::async_connection_wrapper::AsyncConnectionWrapper;
use diesel_migrations::{EmbeddedMigrations, MigrationHarness, embed_migrations};
use std::sync::Arc;

const MAIN_PG: EmbeddedMigrations = embed_migrations!("migrations/main/pg");
const MAIN_LITE: EmbeddedMigrations = embed_migrations!("migrations/main/sqlite");
const AUDIT_PG: EmbeddedMigrations = embed_migrations!("migrations/audit/pg");
const AUDIT_LITE: EmbeddedMigrations = embed_migrations!("migrations/audit/sqlite");

/// Names the lock under which PostgreSQL is migrated: several shops may start on one database at once.
const LOCK: &str = "SELECT pg_advisory_xact_lock(7230041966)";

/// What the store needs to know.
#[derive(Clone)]
pub struct StoreOptions {
    /// `postgres://…`, or `sqlite://` and a path.
    pub main_url: String,
    /// The same for the audit log, which has a database of its own.
    pub audit_url: String,
    /// Connections to each database.
    pub pool_size: usize,
    /// The shop's id, a slug.
    pub shop: String,
    pub shop_name: String,
}

impl Store {
    /// Migrates both databases where needed, connects, and writes the shop down. Holds no lease yet: reads work,
    /// writes do not.
    pub async fn open(options: StoreOptions) -> Result<Self, Fault> {
        Self::migrate(&options.main_url, &options.audit_url).await?;
        start_runtime()?;
        let scope = Arc::new(Scope { shop: options.shop, epoch: 0 });
        let (main, audit) = (
            Db::open(&options.main_url, options.pool_size)?,
            Db::open(&options.audit_url, options.pool_size)?,
        );
        let store = Self { main, audit, scope };
        let (database, scope, name) = (store.main.clone(), store.scope.clone(), options.shop_name);
        let at = Clock::default().now();
        on_runtime(async move {
            dispatch!(database, write, |sql, c| {
                sql::transaction(c, async |c| sql::founding::found(c, &scope, &name, at).await).await
            })
        })
        .await?;
        Ok(store)
    }

    /// Brings both databases up to this version and names the migrations that were applied.
    /// Refuses databases of a newer version.
    pub async fn migrate(main_url: &str, audit_url: &str) -> Result<Vec<String>, Fault> {
        let (main, audit) = (Target::parse(main_url)?, Target::parse(audit_url)?);
        blocking(move || {
            let mut applied = migrate(&main, MAIN_PG, MAIN_LITE)?;
            applied.extend(migrate(&audit, AUDIT_PG, AUDIT_LITE)?);
            Ok(applied)
        })
        .await?
    }

    /// Asks both databases for a sign of life.
    pub async fn probe(&self) -> Result<(), Fault> {
        for database in [self.main.clone(), self.audit.clone()] {
            on_runtime(async move { dispatch!(database, read, |sql, c| sql::founding::probe(c).await) })
                .await?;
        }
        Ok(())
    }
}

/// One database, in one transaction: all of its pending migrations or none.
fn migrate(
    target: &Target,
    on_pg: EmbeddedMigrations,
    on_lite: EmbeddedMigrations,
) -> Result<Vec<String>, Fault> {
    let place = target.place();
    let unreachable = |error| Fault::new(Code::DatabaseDown, format!("{place} cannot be reached ({error})."));
    match target {
        Target::Pg(url) => {
            let mut c = AsyncConnectionWrapper::<pg::Conn>::establish(url).map_err(unreachable)?;
            c.transaction(|c| {
                c.batch_execute(LOCK)?;
                run_pending(c, on_pg, &place)
            })
        }
        Target::Lite(path) => {
            let mut c = diesel::SqliteConnection::establish(&path.to_string_lossy()).map_err(unreachable)?;
            lite::prepare(&mut c).map_err(Refused::from)?;
            c.immediate_transaction(|c| run_pending(c, on_lite, &place))
        }
    }
    .map_err(Fault::from)
}

fn run_pending<B, C>(c: &mut C, ours: EmbeddedMigrations, place: &str) -> Result<Vec<String>, Refused>
where
    B: Backend,
    C: MigrationHarness<B>,
    EmbeddedMigrations: MigrationSource<B>,
{
    let refused =
        |error| Refused(Fault::new(Code::DatabaseRefused, format!("migrating {place} failed ({error}).")));
    let known: Vec<Box<dyn Migration<B>>> = ours.migrations().map_err(refused)?;
    let known: Vec<String> = known.iter().map(|migration| migration.name().version().to_string()).collect();
    let applied = c.applied_migrations().map_err(refused)?;
    if let Some(unknown) = applied.iter().map(ToString::to_string).find(|version| !known.contains(version)) {
        let detail = format!("{place} has the migration {unknown}, which this version does not know.");
        return Err(Refused(Fault::new(Code::DatabaseTooNew, detail)));
    }
    let run = c.run_pending_migrations(ours).map_err(refused)?;
    Ok(run.iter().map(ToString::to_string).collect())
}

/// A fault that a transaction can end with.
struct Refused(Fault);

impl From<diesel::result::Error> for Refused {
    fn from(error: diesel::result::Error) -> Self {
        Self(super::error::StoreError::from(error).into())
    }
}

impl From<Refused> for Fault {
    fn from(refused: Refused) -> Self {
        refused.0
    }
}
