//! A strict Pakasir: QRIS invoices, their life, callbacks, and the checkout page.

mod api;
mod callback;
mod checkout;
mod invoices;
mod payments;
mod qris;

use actix_web::web;

pub use callback::CallbackSent;
pub(super) use invoices::Pakasir;
pub use invoices::{Invoice, InvoiceStatus};
pub use payments::PayOptions;
pub(super) use qris::picture;

pub(super) fn routes(config: &mut web::ServiceConfig) {
    config
        .route("/api/transactioncreate/qris", web::post().to(api::create))
        .route("/api/transactioncancel", web::post().to(api::cancel))
        .route("/api/transactiondetail", web::get().to(api::detail))
        .route("/api/paymentsimulation", web::post().to(api::simulate))
        .route("/pay/{project}/{amount}", web::get().to(checkout::show))
        .route("/pay/{project}/{amount}", web::post().to(checkout::pay));
}

#[cfg(test)]
mod tests;
