//! Invoices, payments, balances.

use crate::rules::ids::{ChatId, InvoiceId, MessageId, OrderId, ProductId, UnitId, UserId};
use crate::rules::invoice::{Paid, Settled};
use crate::rules::money::Rupiah;
use chrono::{DateTime, Utc};

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
    /// When to ask for the first time without having been told.
    pub ask_at: DateTime<Utc>,
}

/// One customer's wish to pay an order from the balance.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BalancePayment {
    pub order: OrderId,
    pub user: UserId,
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
