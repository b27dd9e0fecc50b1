//! Connections: two kinds of database, one way to query them. All database work runs on a runtime of its own, so that
//! it is not cancelled half-way with whoever asked, and never sits on an actor's thread. Only what PostgreSQL does not
//! answer is given up.

use super::error::StoreError;
use super::{lite, pg};
use crate::fault::{Code, Fault};
use crate::limits::{DATABASE_ANSWER, DATABASE_WAIT};
use diesel_async::pooled_connection::deadpool::Pool;
use diesel_async::pooled_connection::{
    AsyncDieselConnectionManager as Manager, ManagerConfig, RecyclingMethod,
};
use diesel_async::{AsyncConnection, SimpleAsyncConnection};
use futures_util::FutureExt;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, OnceLock};
use std::time::Duration;
use tokio::runtime::{Builder, Runtime};

/// A database of either kind.
#[derive(Clone)]
pub enum Db {
    Pg {
        pool: Pool<pg::Conn>,
        /// How long an operation may take before its server counts as gone.
        patience: Duration,
    },
    /// One writer, since SQLite has room for one; readers never wait for it.
    Lite { write: Pool<lite::Conn>, read: Pool<lite::Conn> },
}

/// A server that takes longer than this to accept a connection counts as down.
const CREATE: Duration = Duration::from_secs(5);

/// How long reading a whole database may take: a million orders take minutes.
const LOOKED_WITHIN: Duration = Duration::from_secs(1800);

impl Db {
    /// Makes the pools. Connections are made on first use, so a dead server shows there.
    pub fn open(url: &str, pool_size: usize) -> Result<Self, Fault> {
        match Target::parse(url) {
            Target::Pg(url) => {
                let setup = format!("{}; {}", pg::SETUP, pg::INDEXED);
                let pool = pool::<pg::Conn>(&pg::watchful(&url), pool_size, setup)?;
                Ok(Self::Pg { pool, patience: DATABASE_ANSWER })
            }
            Target::Lite(path) => Self::lite(&path.to_string_lossy(), pool_size),
        }
    }

    /// Like [`Self::open`], but for reading only and only what exists: the database itself refuses every write.
    pub fn look(url: &str, pool_size: usize) -> Result<Self, Fault> {
        match Target::parse(url) {
            Target::Pg(url) => {
                let setup = format!("{}; SET default_transaction_read_only = on", pg::SETUP);
                let pool = pool::<pg::Conn>(&pg::watchful(&url), pool_size, setup)?;
                Ok(Self::Pg { pool, patience: LOOKED_WITHIN })
            }
            Target::Lite(path) => Self::lite(&read_only(&path), pool_size),
        }
    }

    fn lite(address: &str, pool_size: usize) -> Result<Self, Fault> {
        Ok(Self::Lite {
            write: pool::<lite::Conn>(address, 1, lite::SETUP.into())?,
            read: pool::<lite::Conn>(address, pool_size, lite::SETUP.into())?,
        })
    }
}

/// A file's path as an SQLite address with an option; characters with a meaning in addresses are escaped.
fn read_only(path: &Path) -> String {
    let path = path.to_string_lossy().replace('%', "%25").replace('?', "%3f").replace('#', "%23");
    format!("file:{path}?mode=ro")
}

/// Where a database url leads.
pub enum Target {
    Pg(String),
    Lite(PathBuf),
}

impl Target {
    pub fn parse(url: &str) -> Self {
        if url.starts_with("postgres://") || url.starts_with("postgresql://") {
            return Self::Pg(url.to_owned());
        }
        Self::Lite(Path::new(url.strip_prefix("sqlite://").unwrap_or(url)).to_owned())
    }

    /// Makes the folder that a file is to be in.
    pub fn make_folder(&self) -> Result<(), Fault> {
        let Self::Lite(path) = self else { return Ok(()) };
        let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) else {
            return Ok(());
        };
        std::fs::create_dir_all(folder).map_err(|error| {
            let detail = format!("cannot make the folder {} ({error}).", folder.display());
            Fault::new(Code::FileUnusable, detail)
        })
    }

    /// Where the url leads, in words for people: server and database, or the file; never the user or the password.
    pub fn place(&self) -> String {
        match self {
            Self::Pg(url) => {
                let rest = url.split_once("://").map_or(url.as_str(), |(_, rest)| rest);
                let rest = rest.rsplit_once('@').map_or(rest, |(_, rest)| rest);
                rest.split(['?', '&']).next().unwrap_or_default().to_owned()
            }
            Self::Lite(path) => path.display().to_string(),
        }
    }
}

fn pool<C>(url: &str, size: usize, setup: String) -> Result<Pool<C>, Fault>
where
    C: AsyncConnection
        + SimpleAsyncConnection
        + diesel_async::pooled_connection::PoolableConnection
        + Send
        + 'static,
    Manager<C>: deadpool::managed::Manager<Type = C>,
{
    let mut config = ManagerConfig::<C>::default();
    config.recycling_method = RecyclingMethod::Fast;
    config.custom_setup = Box::new(move |url: &str| {
        let (url, setup) = (url.to_owned(), setup.clone());
        async move {
            let mut connection = C::establish(&url).await?;
            connection
                .batch_execute(&setup)
                .await
                .map_err(diesel::ConnectionError::CouldntSetupConfiguration)?;
            Ok(connection)
        }
        .boxed()
    });
    Pool::builder(Manager::new_with_config(url, config))
        .max_size(size)
        .runtime(deadpool::Runtime::Tokio1)
        .wait_timeout(Some(DATABASE_WAIT))
        .create_timeout(Some(CREATE))
        .build()
        .map_err(|error| Fault::new(Code::DatabaseDown, format!("the pool could not be made ({error}).")))
}

static RUNTIME: OnceLock<Runtime> = OnceLock::new();
static STARTING: Mutex<()> = Mutex::new(());

/// Starts the database runtime once for the process.
pub fn start_runtime() -> Result<(), Fault> {
    // The lock lets one caller in at a time: a second runtime could not be dropped here.
    let _starting = STARTING.lock();
    if RUNTIME.get().is_none() {
        // One thread, which only passes bytes on: two would mostly wake each other, a fifth of a single purchase's
        // time.
        let runtime =
            Builder::new_multi_thread().worker_threads(1).thread_name("database").enable_all().build();
        let runtime = runtime.map_err(|error| {
            Fault::new(Code::DatabaseDown, format!("no threads for the database ({error})."))
        })?;
        let _ = RUNTIME.set(runtime);
    }
    Ok(())
}

/// Runs database work to its end even if nobody waits for it any more; a panic in it becomes a fault.
pub async fn on_runtime<T: Send + 'static>(
    work: impl Future<Output = Result<T, StoreError>> + Send + 'static,
) -> Result<T, Fault> {
    let Some(runtime) = RUNTIME.get() else {
        return Err(Fault::new(Code::DatabaseDown, "the database runtime was not started."));
    };
    match runtime.spawn(work).await {
        Ok(answer) => answer.map_err(Fault::from),
        Err(error) => Err(Fault::new(Code::DatabaseRefused, format!("database work panicked ({error})."))),
    }
}

/// Runs blocking set-up work, such as migrations, on the database runtime.
pub async fn blocking<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T, Fault> {
    start_runtime()?;
    let Some(runtime) = RUNTIME.get() else {
        return Err(Fault::new(Code::DatabaseDown, "the database runtime was not started."));
    };
    runtime.spawn_blocking(work).await.map_err(|error| Fault::new(Code::DatabaseRefused, format!("{error}.")))
}

/// `dispatch!(db, write, |sql, c| sql::orders::reserve(c, …))`: the same call on either kind.
macro_rules! dispatch {
    ($db:expr, hot, |$sql:ident, $c:ident| $call:expr) => {
        dispatch!($db, write, |$sql, $c| $call)
    };
    ($db:expr, $mode:ident, |$sql:ident, $c:ident| $call:expr) => {
        match $db {
            $crate::store::db::Db::Pg { pool, patience } => {
                use $crate::store::pg::sql as $sql;
                let mut held = pool.get().await?;
                let work = async {
                    let $c = &mut *held;
                    $call
                };
                match tokio::time::timeout(patience, work).await {
                    Ok(answer) => answer,
                    Err(_) => {
                        // Nobody knows what may still arrive on this connection, so no other work may have it. Idle
                        // ones are dropped too: what swallows data on one connection mostly does so on all.
                        drop(diesel_async::pooled_connection::deadpool::Object::take(held));
                        pool.retain(|_, _| false);
                        Err($crate::store::error::StoreError::Silent(patience))
                    }
                }
            }
            $crate::store::db::Db::Lite { $mode: pool, .. } => {
                use $crate::store::lite::sql as $sql;
                let mut held = pool.get().await?;
                let $c = &mut *held;
                $call
            }
        }
    };
}
pub(crate) use dispatch;
