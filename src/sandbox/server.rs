//! Starting and stopping the servers, on a thread and runtime of their own.

use std::io;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use actix_web::dev::{Server, ServerHandle};
use actix_web::{App, HttpServer, web};
use tokio::sync::oneshot;

use super::world::World;
use super::{Options, control, pakasir, telegram};

/// As long as the real servers do; the default of 5 s would close connections just when they are used again.
const KEEP_ALIVE: Duration = Duration::from_secs(75);

/// The shop closes connections after 30 s: the sandbox gives up its own before that.
const IDLE_MAX: Duration = Duration::from_secs(15);

/// Connections a stopped server may still finish, in seconds.
const SHUTDOWN_SECONDS: u64 = 1;

/// A handle on a running sandbox; clones are the same sandbox.
#[derive(Clone)]
pub struct Sandbox {
    pub(super) world: Arc<World>,
    bot_url: String,
    pakasir_url: String,
    running: Arc<Mutex<Option<[ServerHandle; 2]>>>,
}

/// Starts both servers and returns once they accept connections.
///
/// They live on their own thread, so a blocked or paused runtime of the caller does not reach them.
pub async fn start(options: Options) -> io::Result<Sandbox> {
    let (ready, started) = oneshot::channel();
    std::thread::Builder::new().name("sandbox".into()).spawn(move || {
        actix_web::rt::System::new().block_on(serve(options, ready));
    })?;
    started.await.map_err(|_| io::Error::other("the sandbox's thread ended while starting"))?
}

async fn serve(options: Options, ready: oneshot::Sender<io::Result<Sandbox>>) {
    let (sandbox, bot, pakasir) = match bind(options) {
        Ok(bound) => bound,
        Err(error) => {
            // A caller that went away needs no answer.
            let _ = ready.send(Err(error));
            return;
        }
    };
    let pump = actix_web::rt::spawn(telegram::webhook::pump(sandbox.world.clone()));
    let _ = ready.send(Ok(sandbox));
    let (bot, pakasir) = futures_util::join!(bot, pakasir);
    pump.abort();
    for ended in [bot, pakasir] {
        if let Err(error) = ended {
            log::error!("sandbox: a server ended: {error}");
        }
    }
}

fn bind(options: Options) -> io::Result<(Sandbox, Server, Server)> {
    let http = reqwest::Client::builder().no_proxy().pool_idle_timeout(IDLE_MAX);
    let http = http.build().map_err(io::Error::other)?;
    let (bot_bind, pakasir_bind) = (options.bot_bind, options.pakasir_bind);
    let world = web::Data::new(World::new(options, http));

    let for_pakasir = world.clone();
    let pakasir =
        HttpServer::new(move || App::new().app_data(for_pakasir.clone()).configure(pakasir::routes))
            .workers(1)
            .keep_alive(KEEP_ALIVE)
            .disable_signals()
            .shutdown_timeout(SHUTDOWN_SECONDS)
            .bind(pakasir_bind)?;
    let pakasir_url = address(&pakasir.addrs());

    // The page's handlers need the handle, the handle needs the port: bind first, fill in after.
    let slot: Arc<std::sync::OnceLock<Sandbox>> = Arc::default();
    let (for_bot, for_slot) = (world.clone(), slot.clone());
    let bot = HttpServer::new(move || {
        App::new()
            .app_data(for_bot.clone())
            .app_data(web::Data::new(for_slot.clone()))
            .configure(telegram::routes)
            .configure(control::routes)
    })
    .workers(1)
    .keep_alive(KEEP_ALIVE)
    .disable_signals()
    .shutdown_timeout(SHUTDOWN_SECONDS)
    .bind(bot_bind)?;
    let bot_url = address(&bot.addrs());

    let (bot, pakasir) = (bot.run(), pakasir.run());
    let running = Arc::new(Mutex::new(Some([bot.handle(), pakasir.handle()])));
    let sandbox = Sandbox { world: world.into_inner(), bot_url, pakasir_url, running };
    sandbox.world.change(|state| state.pakasir.base_url.clone_from(&sandbox.pakasir_url));
    slot.get_or_init(|| sandbox.clone());
    Ok((sandbox, bot, pakasir))
}

fn address(bound: &[std::net::SocketAddr]) -> String {
    bound.first().map(|address| format!("http://{address}")).unwrap_or_default()
}

impl Sandbox {
    /// What the bot takes as `telegram.api_url`.
    pub fn bot_api_url(&self) -> String {
        self.bot_url.clone()
    }

    /// What the bot takes as `pakasir.base_url`.
    pub fn pakasir_url(&self) -> String {
        self.pakasir_url.clone()
    }

    /// The page with the chats.
    pub fn page_url(&self) -> String {
        format!("{}/", self.bot_url)
    }

    /// Stops both servers; open connections are dropped.
    pub async fn stop(&self) {
        let handles = self.running.lock().unwrap_or_else(PoisonError::into_inner).take();
        for handle in handles.into_iter().flatten() {
            handle.stop(false).await;
        }
    }
}
