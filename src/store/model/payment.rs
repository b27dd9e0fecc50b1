//! Invoices, payments, balances.

use crate::rules::ids::{ChatId, InvoiceId, MessageId, OrderId, ProductId, UnitId, UserId};
use crate::rules::invoice::{Invoice, Paid, Settled};
use crate::rules::money::Rupiah;
use chrono::{DateTime, Utc};
use std::collections::HashMap;

/// A request to have an invoice made.
#[derive(Debug, Clone)]
pub struct InvoiceRequest {
    /// Fresh, in case it comes to one.
    pub id: InvoiceId,
    pub user: UserId,
    pub chat: ChatId,
    pub pays: Pays,
    /// Names the press that asked.
    pub key: String,
    /// The message that says the QR is being made.
    pub waiting: Option<MessageId>,
    pub expiry_seconds: i64,
    /// When to ask the gateway again if no answer of it is stored by then.
    pub ask_at: DateTime<Utc>,
    /// The smallest amount the gateway takes.
    pub minimum: Rupiah,
    /// How many invoices the customer may have opened within an hour and not paid.
    pub unpaid_per_hour: i64,
}

/// An invoice about which the gateway is to be asked now.
#[derive(Debug, Clone)]
pub struct DueInvoice {
    pub invoice: Invoice,
    /// Whether the window of questions ends with this one.
    pub is_last: bool,
    /// Whether somebody said once that it is paid.
    pub is_hinted: bool,
    /// When it is due again, unless something becomes of it.
    pub again_at: DateTime<Utc>,
}

/// What an invoice is to pay for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Pays {
    Order(OrderId),
    /// A deposit, with a fresh code for it.
    Deposit {
        amount: Rupiah,
        code: String,
    },
}

/// The gateway's figures for an invoice.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InvoiceFigures {
    pub fee: Rupiah,
    pub total: Rupiah,
    pub qr: String,
    pub checkout_url: String,
    pub expires_at: DateTime<Utc>,
    /// When to ask for the first time if no callback comes before.
    pub ask_at: DateTime<Utc>,
}

/// One customer's wish to pay an order from the balance.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BalancePayment {
    pub order: OrderId,
    pub user: UserId,
}

/// How many free units of each product the shelf shows, and from how many downward staff are told. For notices only.
#[derive(Debug, Clone, Default)]
pub struct Scarcity {
    pub threshold: i64,
    pub free: HashMap<ProductId, i64>,
}

impl Scarcity {
    /// How many units of a product are left, if they are few.
    pub fn left(&self, product: ProductId) -> Option<i64> {
        self.free.get(&product).copied().filter(|free| *free <= self.threshold)
    }

    pub fn takes_one(&mut self, product: ProductId) {
        self.free.entry(product).and_modify(|free| *free -= 1);
    }
}

/// How a batch of payments ended, and what the stock actor should know.
#[derive(Debug, Clone, Default)]
pub struct PaidBatch {
    /// One for each request, in order.
    pub outcomes: Vec<Paid>,
    /// Units sold for good, by product.
    pub sold: Vec<(ProductId, i64)>,
    /// Reference and base of invoices that the gateway should drop.
    pub voided: Vec<(String, Rupiah)>,
}

/// A balance changed by staff.
#[derive(Debug, Clone)]
pub struct TransferRequest {
    /// Fresh; also the transfer's reference, so that a repeat finds it.
    pub id: i64,
    pub key: String,
    pub user: UserId,
    pub chat: ChatId,
    pub amount: Rupiah,
    pub note: Option<String>,
}

/// How changing a balance ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Transferred {
    Done {
        balance: Rupiah,
    },
    /// It would fall below zero.
    NotThatMuch {
        balance: Rupiah,
    },
}

/// How a batch of confirmed payments ended, and what the stock actor should know.
#[derive(Debug, Clone, Default)]
pub struct SettledBatch {
    /// One for each invoice, in order.
    pub outcomes: Vec<Settled>,
    /// Units that were taken from the free ones for late payments.
    pub taken: Vec<(ProductId, UnitId)>,
    /// Units sold for good, by product.
    pub sold: Vec<(ProductId, i64)>,
}

/// An order or a deposit that ended without payment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ended {
    pub order: Option<OrderId>,
    pub code: String,
    /// Its invoice at the gateway, which is to be cancelled there.
    pub invoice: Option<(InvoiceId, String, Rupiah)>,
    /// Units that are free again.
    pub freed: Vec<(ProductId, UnitId)>,
}

/// A movement of a customer's balance, newest first in lists.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Movement {
    pub at: DateTime<Utc>,
    /// `deposit`, `order`, `late`, `transfer` …
    pub source: String,
    pub reference: String,
    pub amount: Rupiah,
}

/// One page of a list and how many there are in all.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page<T> {
    pub rows: Vec<T>,
    pub total: i64,
}
