//! The sandbox over HTTP: the page, its events, and every act of [`Sandbox`] as JSON.

mod act;
mod events;
mod state;

use std::sync::{Arc, OnceLock};

use actix_web::{HttpRequest, HttpResponse, web};
use serde::Deserialize;
use serde_json::json;

use super::{Faults, Sandbox, pakasir};

/// The handle behind the handlers; filled right after the port is known.
type Slot = web::Data<Arc<OnceLock<Sandbox>>>;

/// The page's own files, listed once.
const PAGE: [(&str, &str, &str); 9] = [
    ("/", "text/html; charset=utf-8", include_str!("../page/index.html")),
    ("/page.css", "text/css; charset=utf-8", include_str!("../page/page.css")),
    ("/chat.css", "text/css; charset=utf-8", include_str!("../page/chat.css")),
    ("/desk.css", "text/css; charset=utf-8", include_str!("../page/desk.css")),
    ("/page.js", "text/javascript; charset=utf-8", include_str!("../page/page.js")),
    ("/chat.js", "text/javascript; charset=utf-8", include_str!("../page/chat.js")),
    ("/desk.js", "text/javascript; charset=utf-8", include_str!("../page/desk.js")),
    ("/html.js", "text/javascript; charset=utf-8", include_str!("../page/html.js")),
    ("/api.js", "text/javascript; charset=utf-8", include_str!("../page/api.js")),
];

/// The picture that people send with the attach button.
pub(super) fn sample_photo() -> Vec<u8> {
    include_bytes!("sample.png").to_vec()
}

pub(super) fn routes(config: &mut web::ServiceConfig) {
    for (path, _, _) in PAGE {
        config.route(path, web::get().to(page));
    }
    config
        .route("/sandbox/api/act", web::post().to(act::run))
        .route("/sandbox/api/state", web::get().to(state::all))
        .route("/sandbox/api/calls", web::get().to(calls))
        .route("/sandbox/api/events", web::get().to(events::stream))
        .route("/sandbox/api/wait", web::get().to(events::wait))
        .route("/sandbox/api/messages/{chat}", web::get().to(messages))
        .route("/sandbox/api/callbacks/{id}", web::get().to(callback))
        .route("/sandbox/api/faults", web::get().to(faults))
        .route("/sandbox/api/faults", web::put().to(set_faults))
        .route("/sandbox/api/files/{id}", web::get().to(file))
        .route("/sandbox/api/qr/{order_id}", web::get().to(qr));
}

async fn page(request: HttpRequest) -> HttpResponse {
    match PAGE.iter().find(|(path, _, _)| *path == request.path()) {
        Some((_, kind, text)) => HttpResponse::Ok().content_type(*kind).body(*text),
        None => HttpResponse::NotFound().finish(),
    }
}

async fn calls(slot: Slot) -> HttpResponse {
    with(&slot, |sandbox| HttpResponse::Ok().json(sandbox.calls()))
}

async fn messages(slot: Slot, chat: web::Path<i64>) -> HttpResponse {
    with(&slot, |sandbox| HttpResponse::Ok().json(sandbox.messages(*chat)))
}

/// `null` while the button still spins.
async fn callback(slot: Slot, id: web::Path<String>) -> HttpResponse {
    with(&slot, |sandbox| HttpResponse::Ok().json(sandbox.callback_answer(&id)))
}

async fn faults(slot: Slot) -> HttpResponse {
    with(&slot, |sandbox| HttpResponse::Ok().json(sandbox.faults()))
}

/// Replaces all switches; what is left out is off.
async fn set_faults(slot: Slot, wanted: web::Json<Faults>) -> HttpResponse {
    with(&slot, |sandbox| {
        sandbox.set_faults(|faults| *faults = wanted.into_inner());
        HttpResponse::Ok().json(sandbox.faults())
    })
}

#[derive(Deserialize)]
struct Download {
    #[serde(default)]
    name: Option<String>,
}

/// A file's bytes; with `?name=` as a download.
async fn file(slot: Slot, id: web::Path<String>, how: web::Query<Download>) -> HttpResponse {
    with(&slot, |sandbox| match sandbox.world.read(|state| state.telegram.files.get(&*id).cloned()) {
        None => HttpResponse::NotFound().finish(),
        Some(file) => {
            let mut response = HttpResponse::Ok();
            // Somebody's file must not run as a page of this server.
            response.insert_header(("X-Content-Type-Options", "nosniff"));
            if how.name.is_some() {
                let name: String =
                    file.name.chars().filter(|symbol| symbol.is_ascii_graphic() && *symbol != '"').collect();
                response.insert_header(("Content-Disposition", format!("attachment; filename=\"{name}\"")));
            }
            response.content_type(file.mime).body(file.bytes)
        }
    })
}

async fn qr(slot: Slot, order_id: web::Path<String>) -> HttpResponse {
    with(&slot, |sandbox| match sandbox.invoices().iter().find(|invoice| invoice.order_id == *order_id) {
        Some(invoice) => HttpResponse::Ok().content_type("image/svg+xml").body(pakasir::picture(&invoice.qr)),
        None => HttpResponse::NotFound().finish(),
    })
}

fn with(slot: &Slot, answer: impl FnOnce(&Sandbox) -> HttpResponse) -> HttpResponse {
    match slot.get() {
        Some(sandbox) => answer(sandbox),
        None => HttpResponse::ServiceUnavailable().json(json!({"error": "the sandbox is still starting"})),
    }
}

#[cfg(test)]
mod tests;
