//! Invoices as rows, and reading them.

use super::{Answer, Backend, Conn};
use crate::rules::ids::{ChatId, InvoiceId, MessageId, OrderId, UserId};
use crate::rules::invoice::{Invoice, InvoiceState};
use crate::rules::money::Rupiah;
use crate::store::Scope;
use crate::store::error::StoreError;
use crate::store::schema;
use crate::store::schema::invoices::{self as columns, table};
use crate::store::types::Ts;
use diesel::dsl::{AsSelect, IntoBoxed, Select};
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use std::collections::HashMap;

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = schema::invoices)]
pub(super) struct InvoiceRow {
    pub id: i64,
    pub shop_id: String,
    pub user_id: i64,
    pub chat_id: i64,
    pub order_id: Option<i64>,
    pub gateway: String,
    pub code: String,
    pub reference: String,
    pub request_key: String,
    pub base: i64,
    pub fee: Option<i64>,
    pub total: Option<i64>,
    pub qr: Option<String>,
    pub checkout_url: Option<String>,
    pub state: String,
    pub waiting_message_id: Option<i64>,
    pub created_at: Ts,
    pub expires_at: Ts,
}

/// The only gateway there is today; its references are unique within it.
pub(super) const GATEWAY: &str = "pakasir";

impl InvoiceRow {
    pub fn invoice(self) -> Answer<Invoice> {
        let state = InvoiceState::parse(&self.state)
            .ok_or_else(|| StoreError::Corrupt(format!("invoice {} has an unknown state.", self.id)))?;
        Ok(Invoice {
            id: InvoiceId(self.id),
            user: UserId(self.user_id),
            chat: ChatId(self.chat_id),
            order: self.order_id.map(OrderId),
            code: self.code,
            reference: self.reference,
            base: Rupiah(self.base),
            fee: self.fee.map(Rupiah),
            total: self.total.map(Rupiah),
            qr: self.qr,
            checkout_url: self.checkout_url,
            state,
            created_at: self.created_at.0,
            expires_at: self.expires_at.0,
        })
    }
}

/// Invoices of a shop, to be narrowed down.
type Rows<'a> = IntoBoxed<'a, Select<table, AsSelect<InvoiceRow, Backend>>, Backend>;

fn of_shop(scope: &Scope) -> Rows<'_> {
    table.select(InvoiceRow::as_select()).filter(columns::shop_id.eq(&scope.shop)).into_boxed()
}

pub(super) async fn load(c: &mut Conn, scope: &Scope, ids: &[InvoiceId]) -> Answer<HashMap<i64, Invoice>> {
    let ids: Vec<i64> = ids.iter().map(|id| id.0).collect();
    let found: Vec<InvoiceRow> = of_shop(scope).filter(columns::id.eq_any(ids)).load(c).await?;
    found.into_iter().map(|row| row.invoice().map(|invoice| (invoice.id.0, invoice))).collect()
}

pub async fn invoice(c: &mut Conn, scope: &Scope, id: InvoiceId) -> Answer<Option<Invoice>> {
    Ok(load(c, scope, &[id]).await?.remove(&id.0))
}

async fn only(c: &mut Conn, rows: Rows<'_>) -> Answer<Option<Invoice>> {
    let row: Option<InvoiceRow> = rows.get_result(c).await.optional()?;
    row.map(InvoiceRow::invoice).transpose()
}

pub async fn invoice_of_order(c: &mut Conn, scope: &Scope, order: OrderId) -> Answer<Option<Invoice>> {
    only(c, of_shop(scope).filter(columns::order_id.eq(order.0))).await
}

pub async fn invoice_by_reference(c: &mut Conn, scope: &Scope, reference: String) -> Answer<Option<Invoice>> {
    let named = columns::gateway.eq(GATEWAY).and(columns::reference.eq(reference));
    only(c, of_shop(scope).filter(named)).await
}

/// The invoice that a press asked for.
pub(super) async fn of_press(c: &mut Conn, scope: &Scope, key: &str) -> Answer<Option<Invoice>> {
    only(c, of_shop(scope).filter(columns::request_key.eq(key.to_owned()))).await
}

/// An invoice whose gateway answer is still awaited, with the message that says so.
pub(super) async fn opening(
    c: &mut Conn,
    scope: &Scope,
    id: InvoiceId,
) -> Answer<Option<(Invoice, Option<MessageId>)>> {
    let opening = columns::id.eq(id.0).and(columns::state.eq("opening"));
    let row: Option<InvoiceRow> = of_shop(scope).filter(opening).get_result(c).await.optional()?;
    row.map(|row| {
        let waiting = row.waiting_message_id.map(MessageId);
        Ok((row.invoice()?, waiting))
    })
    .transpose()
}
