//! Paying, and what else tests and the page do at the gateway.

use chrono::Utc;
use serde::Deserialize;

use super::callback::{self, Due};
use super::{CallbackSent, Invoice, InvoiceStatus, Pakasir};
use crate::sandbox::{CallbackFaults, Sandbox};

/// How a payment differs from a plain one.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct PayOptions {
    /// Instead of the switches in [`crate::sandbox::Faults`].
    pub callback: Option<CallbackFaults>,
    /// What `transactiondetail` will say was paid, in rupiah.
    pub recorded_amount: Option<i64>,
}

impl Pakasir {
    /// Marks an invoice as paid, whether pending, expired or cancelled; the callback that follows.
    pub(super) fn settle(
        &mut self,
        order_id: &str,
        switches: &CallbackFaults,
        options: &PayOptions,
    ) -> Result<Option<Due>, String> {
        let project = self.project.clone();
        let invoice = self.find(order_id).ok_or(format!("there is no invoice {order_id}"))?;
        if invoice.status == InvoiceStatus::Completed {
            return Err(format!("{order_id} is already paid"));
        }
        invoice.late = invoice.status != InvoiceStatus::Pending;
        invoice.status = InvoiceStatus::Completed;
        invoice.completed_at = Some(Utc::now());
        invoice.recorded_amount = options.recorded_amount;
        Ok(callback::about(invoice, &project, options.callback.as_ref().unwrap_or(switches)))
    }
}

impl Sandbox {
    /// Where payments are reported, usually `…/webhooks/pakasir`; `None` reports nothing.
    pub fn set_callback_url(&self, url: Option<&str>) {
        self.world.change(|state| state.pakasir.callback_url = url.map(Into::into));
    }

    /// All invoices, oldest first.
    pub fn invoices(&self) -> Vec<Invoice> {
        self.world.change_quietly(|state| state.pakasir.all())
    }

    /// Pays an invoice, also an expired or cancelled one: a QRIS picture stays payable.
    pub fn pay(&self, order_id: &str, options: PayOptions) -> Result<(), String> {
        let due = self.world.change(|state| {
            let switches = state.faults.callback.clone();
            state.pakasir.settle(order_id, &switches, &options)
        })?;
        callback::send_later(self.world.clone(), due);
        Ok(())
    }

    /// Reports an invoice as paid, whether it is or not: a forged callback, or a late copy of a true one.
    pub fn send_callback(&self, order_id: &str, faults: &CallbackFaults) -> Result<(), String> {
        let due = self.world.change_quietly(|state| {
            let project = state.pakasir.project.clone();
            let invoice = state.pakasir.find(order_id).ok_or(format!("there is no invoice {order_id}"))?;
            Ok::<_, String>(callback::about(invoice, &project, faults))
        })?;
        callback::send_later(self.world.clone(), due);
        Ok(())
    }

    /// Lets an invoice's time run out at the gateway now.
    pub fn expire(&self, order_id: &str) -> Result<(), String> {
        self.world.change(|state| {
            let invoice = state.pakasir.find(order_id).ok_or(format!("there is no invoice {order_id}"))?;
            invoice.expired_at = Utc::now();
            Ok(())
        })
    }

    /// Callbacks posted so far, with the shop's answers.
    pub fn callbacks_sent(&self) -> Vec<CallbackSent> {
        self.world.read(|state| state.pakasir.callbacks.clone())
    }
}
