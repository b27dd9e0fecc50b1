//! The four calls of the gateway, with its limits and the faults switched on.

use std::time::Duration;

use actix_web::http::StatusCode;
use actix_web::{HttpResponse, web};
use serde::Deserialize;
use serde_json::{Value, json};

use super::payments::PayOptions;
use super::{InvoiceStatus, Pakasir, callback};
use crate::sandbox::faults::{CallFault, FaultKind};
use crate::sandbox::pace::Bucket;
use crate::sandbox::telegram::{bad_gateway, cut_off};
use crate::sandbox::world::{State, World};

/// Status questions: one in four seconds for an order, three at once.
const DETAIL: (f64, f64) = (0.25, 3.0);

/// What every call carries.
#[derive(Deserialize)]
pub(super) struct Ask {
    project: String,
    order_id: String,
    amount: i64,
    api_key: String,
}

/// A status and words where it is refused.
type Checked<T> = Result<T, (u16, String)>;
type Answer = Checked<Value>;

pub(super) async fn create(world: web::Data<World>, body: web::Bytes) -> HttpResponse {
    run(&world, "create", parse(&body), |state, ask| {
        if !state.faults.limits_off && state.pakasir.creates.take().is_err() {
            return Err(too_fast(state, "more than 2 creates a second"));
        }
        let pakasir = &mut state.pakasir;
        let invoice = pakasir.create(&ask.order_id, ask.amount).map_err(|words| (400, words.to_owned()))?;
        Ok(json!({"payment": {
            "project": pakasir.project, "order_id": invoice.order_id, "amount": invoice.amount,
            "fee": invoice.fee, "total_payment": invoice.total, "payment_method": "qris",
            "payment_number": invoice.qr, "expired_at": invoice.expired_at.to_rfc3339(),
        }}))
    })
    .await
}

pub(super) async fn cancel(world: web::Data<World>, body: web::Bytes) -> HttpResponse {
    run(&world, "cancel", parse(&body), |state, ask| {
        let invoice = known(&mut state.pakasir, ask)?;
        match invoice.status {
            InvoiceStatus::Completed => Err((400, "transaction is already completed".into())),
            _ => {
                invoice.status = InvoiceStatus::Cancelled;
                Ok(json!({"success": true}))
            }
        }
    })
    .await
}

pub(super) async fn detail(world: web::Data<World>, query: Option<web::Query<Ask>>) -> HttpResponse {
    let ask = query.map(web::Query::into_inner).ok_or_else(incomplete);
    run(&world, "detail", ask, |state, ask| {
        let (rate, burst) = DETAIL;
        let bucket = state.pakasir.details.entry(ask.order_id.clone());
        let allowed = bucket.or_insert_with(|| Bucket::new(rate, burst)).take();
        if !state.faults.limits_off && allowed.is_err() {
            return Err(too_fast(state, "an order's status asked for more than once in 4 s"));
        }
        let project = state.pakasir.project.clone();
        let word = state.faults.pakasir_word.clone();
        let invoice = known(&mut state.pakasir, ask)?;
        let status = word.map_or_else(|| json!(invoice.status), Value::from);
        Ok(json!({"transaction": {
            "amount": invoice.recorded_amount.unwrap_or(invoice.amount), "order_id": invoice.order_id,
            "project": project, "status": status, "payment_method": "qris",
            "completed_at": invoice.completed_at.map(|at| at.to_rfc3339()),
        }}))
    })
    .await
}

pub(super) async fn simulate(world: web::Data<World>, body: web::Bytes) -> HttpResponse {
    let shared = world.clone().into_inner();
    run(&world, "simulate", parse(&body), |state, ask| {
        known(&mut state.pakasir, ask)?;
        let due = state.pakasir.settle(&ask.order_id, &state.faults.callback, &PayOptions::default());
        let due = due.map_err(|words| (400, words))?;
        callback::send_later(shared, due);
        Ok(json!({"success": true}))
    })
    .await
}

/// Checks who asks, applies the faults, and keeps what a correct shop never does.
async fn run(
    world: &World,
    method: &str,
    ask: Checked<Ask>,
    act: impl FnOnce(&mut State, &Ask) -> Answer,
) -> HttpResponse {
    let (down, fault) = world.change_quietly(|state| {
        let down = state.faults.pakasir_down;
        (down, CallFault::take(&mut state.faults.pakasir, method).filter(|_| !down))
    });
    match &fault {
        _ if down => return cut_off(),
        Some(FaultKind::FloodWait { .. }) => return answer(Err((429, "Too Many Requests".into()))),
        Some(FaultKind::ServerError) => return answer(Err((500, "Internal Server Error".into()))),
        Some(FaultKind::BadGateway) => return bad_gateway(),
        Some(FaultKind::Refuse { status, description }) => {
            return answer(Err((*status, description.clone())));
        }
        _ => {}
    }
    let result = world.change(|state| {
        let result = ask.and_then(|ask| {
            state.pakasir.let_in(&ask)?;
            act(state, &ask)
        });
        if let Err((status @ (400 | 401 | 403 | 413), words)) = &result {
            state.violations.push(format!("pakasir {method}: {status} {words}"));
        }
        result
    });
    match fault {
        Some(FaultKind::LostAnswer) => cut_off(),
        Some(FaultKind::LostAnswerBadGateway) => bad_gateway(),
        Some(FaultKind::Stall { seconds }) => {
            actix_web::rt::time::sleep(Duration::from_secs(seconds)).await;
            answer(result)
        }
        _ => answer(result),
    }
}

impl Pakasir {
    fn let_in(&self, ask: &Ask) -> Checked<()> {
        if ask.project != self.project {
            return Err((403, "Project not found".into()));
        }
        match ask.api_key == self.api_key {
            true => Ok(()),
            false => Err((401, "Invalid API key".into())),
        }
    }
}

/// The invoice that was asked for: order id and base amount must both fit.
fn known<'a>(pakasir: &'a mut Pakasir, ask: &Ask) -> Checked<&'a mut super::Invoice> {
    let found = pakasir.find(&ask.order_id).filter(|invoice| invoice.amount == ask.amount);
    found.ok_or_else(|| (404, "Transaction not found".into()))
}

fn too_fast(state: &mut State, what: &str) -> (u16, String) {
    state.violations.push(format!("pakasir pace: {what}"));
    (429, "Too Many Requests".into())
}

fn parse(body: &[u8]) -> Checked<Ask> {
    serde_json::from_slice(body).map_err(|_| incomplete())
}

fn incomplete() -> (u16, String) {
    (400, "project, order_id, amount and api_key are required".into())
}

fn answer(result: Answer) -> HttpResponse {
    match result {
        Ok(value) => HttpResponse::Ok().json(value),
        Err((status, message)) => {
            let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
            HttpResponse::build(status).json(json!({"success": false, "message": message}))
        }
    }
}
