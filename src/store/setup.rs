//! Opening the shop's databases: migrations first, then connections, then the shop's own rows. Or opening them for
//! reading only, which changes nothing at all.

use super::db::{Db, Target, blocking, dispatch, on_runtime, start_runtime};
use super::{Scope, Store, lite, pg};
use crate::clock::Clock;
use crate::fault::{Code, Fault};
use diesel::backend::Backend;
use diesel::connection::{Connection, SimpleConnection};
use diesel::migration::{Migration, MigrationSource};
use diesel::pg::Pg;
use diesel::sqlite::Sqlite;
use diesel_async::async_connection_wrapper::AsyncConnectionWrapper;
use diesel_migrations::{EmbeddedMigrations, MigrationHarness, embed_migrations};
use std::sync::Arc;

const MAIN_PG: EmbeddedMigrations = embed_migrations!("migrations/main/pg");
const MAIN_LITE: EmbeddedMigrations = embed_migrations!("migrations/main/sqlite");
const AUDIT_PG: EmbeddedMigrations = embed_migrations!("migrations/audit/pg");
const AUDIT_LITE: EmbeddedMigrations = embed_migrations!("migrations/audit/sqlite");

/// Names the lock under which PostgreSQL is migrated: several shops may start on one database at once.
const LOCK: &str = "SELECT pg_advisory_xact_lock(7230041966)";

/// Finds the table in which diesel records applied migrations, if it exists.
const LEDGER_PG: &str =
    "SELECT relname::text AS name FROM pg_class WHERE oid = to_regclass('__diesel_schema_migrations')";
const LEDGER_LITE: &str = "SELECT name FROM sqlite_schema WHERE name = '__diesel_schema_migrations'";

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
                if sql::founding::is_founded(c, &scope, &name).await? {
                    return Ok(()); // without the right to write, which a process that hangs may have
                }
                sql::transaction(c, async |c| sql::founding::found(c, &scope, &name, at).await).await
            })
        })
        .await?;
        Ok(store)
    }

    /// Connects for reading only, to databases that are ready for this shop; whatever else is found there is a fault
    /// that says what it is. Makes no folder, file, table or row, and waits for no writer.
    pub async fn look(options: StoreOptions) -> Result<Self, Fault> {
        start_runtime()?;
        let main = Place::look(&options.main_url, options.pool_size, MAIN_PG, MAIN_LITE).await?;
        let audit = Place::look(&options.audit_url, options.pool_size, AUDIT_PG, AUDIT_LITE).await?;
        let (main, audit) = match (main, audit) {
            (Place::Ready(main), Place::Ready(audit)) => (main, audit),
            (Place::Bare(main), Place::Bare(audit)) => {
                let detail = format!("there is nothing in {main} and {audit} yet.");
                return Err(Fault::new(Code::NoShopYet, detail));
            }
            (Place::Bare(bare), _) => return Err(alone("database.url", &bare, "the audit database")),
            (_, Place::Bare(bare)) => return Err(alone("database.audit_url", &bare, "the main database")),
            (main, audit) => {
                let old = [main, audit].into_iter().filter_map(Place::behind).collect::<Vec<_>>();
                return Err(Fault::new(Code::DatabaseTooOld, format!("{}.", old.join("; "))));
            }
        };
        let store = Self { main, audit, scope: Arc::new(Scope { shop: options.shop, epoch: 0 }) };
        store.knows_its_shop(Target::parse(&options.main_url).place()).await?;
        Ok(store)
    }

    async fn knows_its_shop(&self, place: String) -> Result<(), Fault> {
        let database = self.main.clone();
        let shops =
            on_runtime(async move { dispatch!(database, read, |sql, c| sql::founding::shops(c).await) })
                .await?;
        if shops.is_empty() {
            return Err(Fault::new(Code::NoShopYet, format!("{place} has its tables, but no shop.")));
        }
        if !shops.contains(&self.scope.shop) {
            let (ours, theirs) = (&self.scope.shop, shops.join(", "));
            let detail = format!("{place} has no shop {ours}; it has {theirs}.");
            return Err(Fault::new(Code::ShopUnknown, detail));
        }
        Ok(())
    }

    /// Brings both databases up to this version and names the migrations that were applied.
    /// Refuses databases of a newer version.
    pub async fn migrate(main_url: &str, audit_url: &str) -> Result<Vec<String>, Fault> {
        let (main, audit) = (Target::parse(main_url), Target::parse(audit_url));
        blocking(move || {
            main.make_folder()?;
            audit.make_folder()?;
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

/// What is found at the address of a database.
enum Place {
    /// No file, or none of our tables; where.
    Bare(String),
    /// Older than this program; where, and what it lacks.
    Behind(String),
    Ready(Db),
}

impl Place {
    async fn look(
        url: &str,
        pool_size: usize,
        on_pg: EmbeddedMigrations,
        on_lite: EmbeddedMigrations,
    ) -> Result<Self, Fault> {
        let target = Target::parse(url);
        let place = target.place();
        let (known, ledger) = match &target {
            Target::Pg(_) => (known::<Pg>(&on_pg), LEDGER_PG),
            Target::Lite(_) => (known::<Sqlite>(&on_lite), LEDGER_LITE),
        };
        let known = known.map_err(|error| Fault::new(Code::DatabaseRefused, format!("{error}.")))?;
        if !blocking(move || is_there(&target)).await?? {
            return Ok(Self::Bare(place));
        }
        let database = Db::look(url, pool_size)?;
        let asked = database.clone();
        let had =
            on_runtime(
                async move { dispatch!(asked, read, |sql, c| sql::founding::migrated(c, ledger).await) },
            );
        let named = |fault: Fault| Fault::new(fault.code, format!("{place}: {}", fault.detail));
        let Some(had) = had.await.map_err(named)? else { return Ok(Self::Bare(place)) };
        refuse_newer(&place, &known, &had)?;
        let missing: Vec<&str> = known
            .iter()
            .filter(|known| !had.contains(&known.version))
            .map(|known| known.name.as_str())
            .collect();
        match missing.as_slice() {
            [] => Ok(Self::Ready(database)),
            missing => Ok(Self::Behind(format!("{place} lacks {}", missing.join(", ")))),
        }
    }

    /// What an older one lacks.
    fn behind(self) -> Option<String> {
        match self {
            Self::Behind(lacks) => Some(lacks),
            Self::Bare(_) | Self::Ready(_) => None,
        }
    }
}

/// The fault if only one of the two databases is there: an address is mistyped, or one was lost.
fn alone(key: &str, bare: &str, other: &str) -> Fault {
    Fault::new(Code::DatabaseMissing, format!("there is nothing in {bare} ({key}), while {other} is there."))
}

/// Whether the file exists. A server only has to answer.
fn is_there(target: &Target) -> Result<bool, Fault> {
    let path = match target {
        Target::Pg(url) => return connect_pg(url, &target.place()).map(|_| true),
        Target::Lite(path) => path,
    };
    let unusable = |why: String| Fault::new(Code::FileUnusable, format!("{} {why}.", path.display()));
    match std::fs::metadata(path) {
        Ok(found) if found.is_file() => Ok(true),
        Ok(_) => Err(unusable("is no file".into())),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(false),
        Err(error) => Err(unusable(format!("cannot be looked at ({error})"))),
    }
}

fn connect_pg(url: &str, place: &str) -> Result<AsyncConnectionWrapper<pg::Conn>, Fault> {
    AsyncConnectionWrapper::<pg::Conn>::establish(&pg::watchful(url))
        .map_err(|error| unreachable(place, &error))
}

/// A server that answers but has no such database is not reported as down.
fn unreachable(place: &str, error: &diesel::ConnectionError) -> Fault {
    let why = error.to_string();
    match why.split_once("database \"").and_then(|(_, rest)| rest.split_once("\" does not exist")) {
        Some((name, _)) => {
            let detail =
                format!("the server of {place} has no database {name}: CREATE DATABASE \"{name}\" makes it.");
            Fault::new(Code::DatabaseMissing, detail)
        }
        None => Fault::new(Code::DatabaseDown, format!("{place} cannot be reached ({why}).")),
    }
}

/// Migrates one database in one transaction: all of its pending migrations or none.
fn migrate(
    target: &Target,
    on_pg: EmbeddedMigrations,
    on_lite: EmbeddedMigrations,
) -> Result<Vec<String>, Fault> {
    let place = target.place();
    match target {
        Target::Pg(url) => {
            let mut c = connect_pg(url, &place)?;
            c.transaction(|c| {
                c.batch_execute(LOCK)?;
                run_pending(c, on_pg, &place)
            })
        }
        Target::Lite(path) => {
            let mut c = diesel::SqliteConnection::establish(&path.to_string_lossy())
                .map_err(|error| unreachable(&place, &error))?;
            lite::prepare(&mut c).map_err(Refused::from)?;
            // looked at first, since the transaction would wait for a process that hangs in the middle of a write
            if has_ledger(&mut c) && !is_behind(&mut c, &on_lite, &place)? {
                return Ok(Vec::new());
            }
            c.immediate_transaction(|c| run_pending(c, on_lite, &place))
        }
    }
    .map_err(Fault::from)
}

/// A migration of this program.
struct Version {
    version: String,
    name: String,
}

fn known<B: Backend>(ours: &EmbeddedMigrations) -> Result<Vec<Version>, String>
where
    EmbeddedMigrations: MigrationSource<B>,
{
    let known: Vec<Box<dyn Migration<B>>> = ours.migrations().map_err(|error| error.to_string())?;
    let version = |migration: Box<dyn Migration<B>>| Version {
        version: migration.name().version().to_string(),
        name: migration.name().to_string(),
    };
    Ok(known.into_iter().map(version).collect())
}

fn refuse_newer(place: &str, known: &[Version], had: &[String]) -> Result<(), Fault> {
    match had.iter().find(|had| known.iter().all(|known| known.version != **had)) {
        None => Ok(()),
        Some(unknown) => {
            let detail = format!("{place} has the migration {unknown}, which this version does not know.");
            Err(Fault::new(Code::DatabaseTooNew, detail))
        }
    }
}

/// Whether a file was ever migrated. diesel itself would make the table.
fn has_ledger(c: &mut diesel::SqliteConnection) -> bool {
    c.batch_execute("SELECT 1 FROM __diesel_schema_migrations").is_ok()
}

/// Whether there is anything to migrate. A newer database is refused.
fn is_behind<B, C>(c: &mut C, ours: &EmbeddedMigrations, place: &str) -> Result<bool, Refused>
where
    B: Backend,
    C: MigrationHarness<B>,
    EmbeddedMigrations: MigrationSource<B>,
{
    let had = c.applied_migrations().map_err(|error| refused(place, &error.to_string()))?;
    let had: Vec<String> = had.iter().map(ToString::to_string).collect();
    let known = known(ours).map_err(|error| refused(place, &error))?;
    refuse_newer(place, &known, &had).map_err(Refused)?;
    Ok(known.iter().any(|known| !had.contains(&known.version)))
}

fn run_pending<B, C>(c: &mut C, ours: EmbeddedMigrations, place: &str) -> Result<Vec<String>, Refused>
where
    B: Backend,
    C: MigrationHarness<B>,
    EmbeddedMigrations: MigrationSource<B>,
{
    if !is_behind(c, &ours, place)? {
        return Ok(Vec::new());
    }
    let run = c.run_pending_migrations(ours).map_err(|error| refused(place, &error.to_string()))?;
    Ok(run.iter().map(ToString::to_string).collect())
}

fn refused(place: &str, error: &str) -> Refused {
    Refused(Fault::new(Code::DatabaseRefused, format!("migrating {place} failed ({error}).")))
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
