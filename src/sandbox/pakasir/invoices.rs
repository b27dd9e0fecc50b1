//! Invoices as the gateway keeps them.

use std::collections::{BTreeMap, HashMap};

use chrono::{DateTime, Duration, Utc};
use serde::Serialize;

use super::{CallbackSent, qris};
use crate::sandbox::Options;
use crate::sandbox::pace::Bucket;

pub(super) const MIN_AMOUNT: i64 = 500;
pub(super) const MIN_ORDER_ID: usize = 5;

/// Where an invoice is. Any of them but `Completed` can still be paid.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum InvoiceStatus {
    Pending,
    Completed,
    Expired,
    Cancelled,
}

/// A QRIS invoice; amounts in rupiah.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Invoice {
    pub order_id: String,
    /// The base amount, without fee.
    pub amount: i64,
    pub fee: i64,
    pub total: i64,
    pub status: InvoiceStatus,
    /// The text behind the QR picture.
    pub qr: String,
    pub created_at: DateTime<Utc>,
    pub expired_at: DateTime<Utc>,
    pub completed_at: Option<DateTime<Utc>>,
    /// Money came although the invoice was expired or cancelled.
    pub late: bool,
    /// What `transactiondetail` says was paid, where a test wants it to differ.
    pub recorded_amount: Option<i64>,
}

pub(in crate::sandbox) struct Pakasir {
    pub project: String,
    pub api_key: String,
    pub base_url: String,
    pub callback_url: Option<String>,
    pub callbacks: Vec<CallbackSent>,
    invoices: BTreeMap<String, Invoice>,
    life: Duration,
    pub creates: Bucket,
    pub details: HashMap<String, Bucket>,
}

impl Pakasir {
    pub fn new(options: &Options) -> Self {
        Pakasir {
            project: options.project.clone(),
            api_key: options.api_key.clone(),
            base_url: String::new(),
            callback_url: None,
            callbacks: Vec::new(),
            invoices: BTreeMap::new(),
            life: Duration::seconds(options.invoice_expiry_seconds),
            creates: Bucket::new(2.0, 10.0),
            details: HashMap::new(),
        }
    }

    /// All invoices, oldest first, expired ones marked as such.
    pub fn all(&mut self) -> Vec<Invoice> {
        let ids: Vec<String> = self.invoices.keys().cloned().collect();
        let mut all: Vec<Invoice> = ids.iter().filter_map(|id| self.find(id).cloned()).collect();
        all.sort_by_key(|invoice| invoice.created_at);
        all
    }

    /// The invoice as it is now.
    pub fn find(&mut self, order_id: &str) -> Option<&mut Invoice> {
        let invoice = self.invoices.get_mut(order_id)?;
        if invoice.status == InvoiceStatus::Pending && invoice.expired_at <= Utc::now() {
            invoice.status = InvoiceStatus::Expired;
        }
        Some(invoice)
    }

    /// Finds or creates; another amount for a known order id is refused.
    pub fn create(&mut self, order_id: &str, amount: i64) -> Result<Invoice, &'static str> {
        if order_id.chars().count() < MIN_ORDER_ID {
            return Err("order_id must be at least 5 characters");
        }
        if amount < MIN_AMOUNT {
            return Err("amount must be at least 500");
        }
        if let Some(known) = self.find(order_id) {
            return match known.amount == amount {
                true => Ok(known.clone()),
                false => Err("order_id is already used with another amount"),
            };
        }
        let (fee, now) = (fee(amount), Utc::now());
        let invoice = Invoice {
            order_id: order_id.into(),
            amount,
            fee,
            total: amount + fee,
            status: InvoiceStatus::Pending,
            qr: qris::text(order_id, amount + fee),
            created_at: now,
            expired_at: now + self.life,
            completed_at: None,
            late: false,
            recorded_amount: None,
        };
        self.invoices.insert(order_id.into(), invoice.clone());
        Ok(invoice)
    }
}

/// 0.7 % and Rp310, rounded half up.
fn fee(amount: i64) -> i64 {
    (amount * 7 + 500) / 1000 + 310
}
