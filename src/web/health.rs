//! For those who watch the process.

use super::WebDeps;
use actix_web::{HttpResponse, Responder, web};

/// Says that the process runs. It checks nothing else, since a restart would not cure anything else.
pub(super) async fn alive() -> impl Responder {
    "ok\n"
}

/// 200 once the shop can serve, else 503; either way with the result of each check.
pub(super) async fn ready(deps: web::Data<WebDeps>) -> HttpResponse {
    let readiness = (deps.readiness)().await;
    let mut answer = if readiness.ready { HttpResponse::Ok() } else { HttpResponse::ServiceUnavailable() };
    answer.json(readiness)
}

pub(super) async fn metrics(deps: web::Data<WebDeps>) -> HttpResponse {
    HttpResponse::Ok().content_type("text/plain; version=0.0.4").body(deps.metrics.render())
}
