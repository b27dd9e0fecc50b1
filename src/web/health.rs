//! For those who watch the process.

use super::WebDeps;
use actix_web::{HttpResponse, Responder, web};

/// The process runs. Nothing else is looked at: a restart would not cure it.
pub(super) async fn alive() -> impl Responder {
    "ok\n"
}

/// 200 once the shop can serve, else 503; either way what was looked at.
pub(super) async fn ready(deps: web::Data<WebDeps>) -> HttpResponse {
    let readiness = (deps.readiness)().await;
    let mut answer = if readiness.ready { HttpResponse::Ok() } else { HttpResponse::ServiceUnavailable() };
    answer.json(readiness)
}

pub(super) async fn metrics(deps: web::Data<WebDeps>) -> HttpResponse {
    HttpResponse::Ok().content_type("text/plain; version=0.0.4").body(deps.metrics.render())
}
