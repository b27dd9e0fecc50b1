//! The HTTP edge: hooks, health, metrics. It parses, asks one actor, answers. It never touches the store.

mod guard;
mod health;
mod hooks;

use crate::actors::Line;
use crate::actors::metrics::Metrics;
use crate::actors::payment::PaymentActor;
use crate::actors::supervisor::Supervisor;
use crate::fault::{Code, Fault};
use actix_web::dev::{Server, ServerHandle};
use actix_web::middleware::{Logger, from_fn};
use actix_web::{App, HttpServer, web};
use futures_util::future::BoxFuture;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

/// How the edge listens.
#[derive(Debug, Clone)]
pub struct WebSettings {
    pub bind: SocketAddr,
    pub base_path: String,
    pub workers: usize,
    /// Held by each worker.
    pub connections_max: usize,
    pub body_bytes_max: usize,
    pub request_timeout: Duration,
    pub disconnect_timeout: Duration,
    pub keep_alive: Duration,
    pub requests_per_address_per_minute: u32,
}

/// What the edge works with.
#[derive(Clone)]
pub struct WebDeps {
    pub supervisor: Line<Supervisor>,
    pub payment: Line<PaymentActor>,
    pub metrics: Arc<Metrics>,
    /// Telegram's updates come here only with this secret; `None`: they are polled.
    pub telegram_secret: Option<String>,
    /// Last segment of the gateway's path, if one is set.
    pub pakasir_secret: Option<String>,
    /// Says what the process needs and whether it has it.
    pub readiness: Arc<dyn Fn() -> BoxFuture<'static, Readiness> + Send + Sync>,
}

/// Whether the shop can serve, line by line.
#[derive(Debug, Clone, serde::Serialize)]
pub struct Readiness {
    pub ready: bool,
    /// What was looked at, and how it is.
    pub parts: Vec<(&'static str, String)>,
}

/// The running edge.
pub struct Edge {
    pub address: SocketAddr,
    pub handle: ServerHandle,
}

/// The line at debug about each request: the asker's address, the status, the size of the answer and the time it took.
/// Not the path and the query, which may hold secrets.
const LOG_FORMAT: &str = "%{r}a %s %bB %Dms";

/// Starts listening. An address that is taken is a fault with the address in it.
pub fn listen(settings: &WebSettings, deps: WebDeps) -> Result<Edge, Fault> {
    let unusable =
        |error| Fault::new(Code::HttpBind, format!("{} cannot be listened on ({error}).", settings.bind));
    let addresses = guard::Addresses::new(settings.requests_per_address_per_minute, &settings.base_path);
    let (base_path, body_bytes_max) = (settings.base_path.clone(), settings.body_bytes_max);
    let server = HttpServer::new(move || {
        App::new()
            .wrap(from_fn(guard::limit_addresses))
            .wrap(Logger::new(LOG_FORMAT).log_level(log::Level::Debug))
            .app_data(web::Data::new(deps.clone()))
            .app_data(web::Data::new(addresses.clone()))
            .app_data(web::PayloadConfig::new(body_bytes_max))
            .service(
                web::scope(&base_path)
                    .route("/healthz", web::get().to(health::alive))
                    .route("/readyz", web::get().to(health::ready))
                    .route("/metrics", web::get().to(health::metrics))
                    .route("/webhooks/telegram", web::post().to(hooks::telegram))
                    .route("/webhooks/pakasir", web::post().to(hooks::pakasir))
                    .route("/webhooks/pakasir/{secret}", web::post().to(hooks::pakasir)),
            )
    })
    .workers(settings.workers)
    .max_connections(settings.connections_max)
    .disable_signals()
    .shutdown_timeout(5)
    .client_request_timeout(settings.request_timeout)
    .client_disconnect_timeout(settings.disconnect_timeout)
    .keep_alive(settings.keep_alive)
    .bind(settings.bind)
    .map_err(unusable)?;
    let address = server.addrs().first().copied().unwrap_or(settings.bind);
    let server: Server = server.run();
    let handle = server.handle();
    actix_rt::spawn(server);
    Ok(Edge { address, handle })
}
