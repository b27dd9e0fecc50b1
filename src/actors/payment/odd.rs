//! Answers of the gateway that fit no question.

use super::PaymentDeps;
use crate::fault::{Code, Fault};
use crate::rules::audit::{AuditEntry, By};
use crate::rules::fact::{Audience, Fact};
use crate::rules::ids::InvoiceId;
use crate::rules::invoice::Invoice;
use crate::store::model::NewFact;
use serde_json::json;
use std::cell::RefCell;
use std::collections::HashSet;

/// Invoices about which the gateway gave an odd answer that the owners have been told of.
#[derive(Default)]
pub struct Odd(RefCell<HashSet<InvoiceId>>);

impl Odd {
    /// Tells the owners once what was answered. If that failed, the next answer about the invoice tries again.
    pub async fn note(&self, deps: &PaymentDeps, invoice: &Invoice, answer: &str) {
        if self.0.borrow().contains(&invoice.id) {
            return;
        }
        let (now, reference, base) = (deps.clock.now(), &invoice.reference, invoice.base);
        let detail =
            format!("asked about payment {reference} over Rp{}, the gateway answered with {answer}", base.0);
        let fault = Fault::new(Code::GatewayMismatch, format!("{detail}."));
        deps.metrics.fault("A payment does not match", &fault);
        let fact = Fact::Trouble { fault: fault.code.name().into(), detail };
        let entry = AuditEntry {
            at: now,
            by: By::gateway("poller"),
            action: "payment.mismatched",
            target: format!("reference:{reference}"),
            before: None,
            after: Some(json!({ "base": base, "answer": answer })),
        };
        let fact = NewFact { audience: Audience::Owners, fact, subject: None };
        match deps.store.note(entry, vec![fact], now).await {
            Ok(()) => drop(self.0.borrow_mut().insert(invoice.id)),
            Err(fault) => deps.metrics.fault("Owners could not be told of an odd answer", &fault),
        }
    }
}
