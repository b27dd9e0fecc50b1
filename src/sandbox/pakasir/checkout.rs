//! The gateway's checkout page: the QR and a button that pays it.

use actix_web::http::header::LOCATION;
use actix_web::{HttpRequest, HttpResponse, web};
use serde::Deserialize;

use super::payments::PayOptions;
use super::{Invoice, InvoiceStatus, callback, qris};
use crate::sandbox::telegram::html::escape;
use crate::sandbox::world::World;

#[derive(Deserialize)]
pub(super) struct Order {
    #[serde(default)]
    order_id: String,
}

pub(super) async fn show(
    world: web::Data<World>,
    path: web::Path<(String, i64)>,
    order: web::Query<Order>,
) -> HttpResponse {
    let (project, amount) = path.into_inner();
    match find(&world, &project, amount, &order.order_id) {
        Some(invoice) => HttpResponse::Ok().content_type("text/html; charset=utf-8").body(page(&invoice)),
        None => HttpResponse::NotFound().body("There is no such payment."),
    }
}

pub(super) async fn pay(
    world: web::Data<World>,
    path: web::Path<(String, i64)>,
    order: web::Query<Order>,
    request: HttpRequest,
) -> HttpResponse {
    let (project, amount) = path.into_inner();
    if find(&world, &project, amount, &order.order_id).is_none() {
        return HttpResponse::NotFound().body("There is no such payment.");
    }
    let paid = world.change(|state| {
        let switches = state.faults.callback.clone();
        state.pakasir.settle(&order.order_id, &switches, &PayOptions::default())
    });
    // Paid already: the page shows just that.
    callback::send_later(world.into_inner(), paid.unwrap_or(None));
    HttpResponse::SeeOther().insert_header((LOCATION, request.uri().to_string())).finish()
}

fn find(world: &World, project: &str, amount: i64, order_id: &str) -> Option<Invoice> {
    world.change_quietly(|state| {
        let pakasir = &mut state.pakasir;
        let ours = pakasir.project == project;
        pakasir.find(order_id).filter(|invoice| ours && invoice.amount == amount).cloned()
    })
}

fn page(invoice: &Invoice) -> String {
    let (title, action) = match invoice.status {
        InvoiceStatus::Completed => ("Paid", String::new()),
        InvoiceStatus::Pending => ("Scan to pay", button("Pay")),
        InvoiceStatus::Expired => ("Expired, still payable", button("Pay late")),
        InvoiceStatus::Cancelled => ("Cancelled, still payable", button("Pay anyway")),
    };
    include_str!("checkout.html")
        .replace("{title}", title)
        .replace("{qr}", &qris::picture(&invoice.qr))
        .replace("{total}", &rupiah(invoice.total))
        .replace("{fee}", &rupiah(invoice.fee))
        .replace("{action}", &action)
        .replace("{order}", &escape(&invoice.order_id))
}

fn button(label: &str) -> String {
    format!("<form method=\"post\"><button data-testid=\"checkout-pay\">{label}</button></form>")
}

fn rupiah(amount: i64) -> String {
    let digits = amount.to_string();
    let grouped = digits.as_bytes().rchunks(3).rev().map(String::from_utf8_lossy);
    format!("Rp{}", grouped.collect::<Vec<_>>().join("."))
}
