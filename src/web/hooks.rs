//! What the outside sends by itself. An answer of 200 means that whatever must survive is on disk.

use super::WebDeps;
use super::guard::same_secret;
use crate::actors::payment::messages::{HintPayment, Hinted};
use crate::actors::supervisor::messages::Route;
use crate::adapters::{pakasir, telegram};
use crate::fault::Fault;
use actix_web::http::header::HeaderMap;
use actix_web::{HttpRequest, HttpResponse, web};

const SECRET_HEADER: &str = "X-Telegram-Bot-Api-Secret-Token";

/// The largest update that is read. An answer to a message, both as long as can be and in escapes of six bytes, exceeds
/// the limit for strangers; one that was refused would come again without end.
const UPDATE_BYTES_MAX: usize = 1024 * 1024;

/// Whether the request carries the secret that only Telegram was told.
pub(super) fn from_telegram(headers: &HeaderMap, deps: &WebDeps) -> bool {
    let given = headers.get(SECRET_HEADER).map(|value| value.as_bytes()).unwrap_or_default();
    deps.telegram_secret.as_ref().is_some_and(|right| same_secret(given, right.as_bytes()))
}

/// An update from Telegram. Any answer but 2xx makes Telegram send it again, which is what is wanted when a mailbox is
/// full.
pub(super) async fn telegram(
    request: HttpRequest,
    body: web::Payload,
    deps: web::Data<WebDeps>,
) -> HttpResponse {
    if deps.telegram_secret.is_none() {
        return HttpResponse::NotFound().finish();
    }
    if !from_telegram(request.headers(), &deps) {
        return HttpResponse::Unauthorized().finish();
    }
    let body = match body.to_bytes_limited(UPDATE_BYTES_MAX).await {
        Ok(Ok(body)) => body,
        Ok(Err(_)) => return come_again(),
        Err(_) => {
            log::warn!("An update of more than {UPDATE_BYTES_MAX} bytes was passed over.");
            return HttpResponse::Ok().finish();
        }
    };
    let incoming = match telegram::parse(&body) {
        Ok((_, Some(incoming))) => incoming,
        // Nothing that the shop can use: sending it again would not help.
        Ok((_, None)) | Err(_) => return HttpResponse::Ok().finish(),
    };
    match deps.supervisor.ask(Route(incoming)).await {
        Ok(routed) if routed.is_final() => HttpResponse::Ok().finish(),
        Ok(_) | Err(_) => come_again(),
    }
}

/// A callback of the gateway. It carries no signature and proves nothing: it makes us ask.
pub(super) async fn pakasir(
    path: Option<web::Path<String>>,
    body: web::Bytes,
    deps: web::Data<WebDeps>,
) -> HttpResponse {
    let given = path.map(|path| path.into_inner()).unwrap_or_default();
    let right = deps.pakasir_secret.as_deref().unwrap_or_default();
    if !same_secret(given.as_bytes(), right.as_bytes()) {
        return HttpResponse::NotFound().finish();
    }
    let count = |kind| deps.metrics.callbacks.with_label_values(&[kind]).inc();
    let notice = match pakasir::parse(&body) {
        Ok(notice) => notice,
        Err(malformed) => {
            count("malformed");
            log::warn!("A callback of the gateway was malformed: {}", malformed.why);
            return HttpResponse::BadRequest().body("malformed\n");
        }
    };
    let hint = HintPayment { reference: notice.reference, amount: notice.amount, project: notice.project };
    match deps.payment.ask(hint).await {
        Ok(Ok(hinted)) => {
            count(match hinted {
                Hinted::Noted => "noted",
                Hinted::UnknownOrder => "unknown_order",
                Hinted::OtherProject => "other_project",
                Hinted::OtherAmount => "other_amount",
            });
            HttpResponse::Ok().finish()
        }
        Ok(Err(fault)) => {
            deps.metrics.fault("A callback was not noted", &fault);
            come_again()
        }
        Err(why) => {
            log::warn!("A callback has to come again: {}", Fault::from(why));
            come_again()
        }
    }
}

fn come_again() -> HttpResponse {
    HttpResponse::ServiceUnavailable().insert_header(("Retry-After", "1")).finish()
}
