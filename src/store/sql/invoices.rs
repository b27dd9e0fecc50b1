//! Invoices: asking the gateway for money, and what becomes of the asking.

use super::invoice_rows::{GATEWAY, InvoiceRow, invoice_of_order, of_press};
use super::{Answer, Conn, Expected, Reader, Rows, Statement, Writes, audit, invoice_rows, orders, outbox};
use crate::rules::audit::{AuditEntry, By};
use crate::rules::fact::{Audience, Fact};
use crate::rules::ids::{self, InvoiceId, MessageId, OrderId, deposit_reference, order_reference};
use crate::rules::invoice::{Invoice, InvoiceState, Opened};
use crate::rules::money::Rupiah;
use crate::rules::order::OrderState;
use crate::store::Scope;
use crate::store::error::StoreError;
use crate::store::live::{Pending, Unpaid};
use crate::store::model::{InvoiceFigures, InvoiceRequest, NewFact, Pays};
use crate::store::schema;
use crate::store::schema::invoices::{self as columns, table};
use crate::store::types::{Ts, TsSql};
use chrono::{DateTime, TimeDelta, Utc};
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use serde_json::json;

// Opening -----------------------------------------------------------------------------------

/// Writes down that the gateway is to be asked. An order has one invoice in its life; asking again finds it.
pub async fn open_invoice(
    c: &mut Conn,
    scope: &Scope,
    request: InvoiceRequest,
    at: DateTime<Utc>,
) -> Answer<Opened> {
    let known = of_press(c, scope, &request.key).await?;
    if let Some(invoice) = known.filter(|invoice| invoice.order.is_none()) {
        return Ok(again(invoice));
    }
    let expires_at = at + TimeDelta::seconds(request.expiry_seconds);
    let (order, code, reference, base) = match &request.pays {
        Pays::Deposit { amount, code } => {
            (None, code.clone(), deposit_reference(request.chat, code), *amount)
        }
        Pays::Order(id) => {
            let found = orders::load(c, scope, &[id.0]).await?.remove(&id.0);
            let Some(stored) = found.filter(|stored| stored.order.user == request.user) else {
                return Ok(Opened::Unknown);
            };
            if stored.order.state != OrderState::Pending {
                return Ok(Opened::NotPending(stored.order));
            }
            if let Some(invoice) = invoice_of_order(c, scope, *id).await? {
                return Ok(again(invoice));
            }
            let code = stored.order.code.clone();
            let reference = order_reference(request.chat, &code);
            (Some(*id), code, reference, stored.order.total)
        }
    };
    if base < request.minimum || base <= Rupiah::ZERO {
        return Ok(Opened::BelowMinimum { minimum: request.minimum });
    }
    if unpaid_lately(c, scope, &request, at).await? >= request.unpaid_per_hour {
        return Ok(Opened::TooManyUnpaid);
    }
    if let Some(order) = order {
        postpone_expiry(c, order, expires_at).await?;
    }
    let invoice = Fresh { order, code, reference, base, expires_at };
    Ok(Opened::Opening(write(c, scope, request, invoice, at).await?))
}

/// What a new invoice is about.
struct Fresh {
    order: Option<OrderId>,
    code: String,
    reference: String,
    base: Rupiah,
    expires_at: DateTime<Utc>,
}

async fn write(
    c: &mut Conn,
    scope: &Scope,
    request: InvoiceRequest,
    fresh: Fresh,
    at: DateTime<Utc>,
) -> Answer<Invoice> {
    let row = InvoiceRow {
        id: request.id.0,
        shop_id: scope.shop.clone(),
        user_id: request.user.0,
        chat_id: request.chat.0,
        order_id: fresh.order.map(|order| order.0),
        gateway: GATEWAY.into(),
        code: fresh.code,
        reference: fresh.reference,
        request_key: request.key,
        base: fresh.base.0,
        fee: None,
        total: None,
        qr: None,
        checkout_url: None,
        state: InvoiceState::Opening.name().into(),
        waiting_message_id: request.waiting.map(|message| message.0),
        created_at: Ts(at),
        expires_at: Ts(fresh.expires_at),
    };
    let asked = columns::ask_at.eq(Some(Ts(request.ask_at)));
    diesel::insert_into(table).values((&row, asked)).execute(c).await?;
    let entry = AuditEntry {
        at,
        by: By::user(request.user),
        action: "invoice.opened",
        target: format!("invoice:{}", row.code),
        before: None,
        after: Some(json!({ "base": fresh.base, "reference": row.reference })),
    };
    audit::write(c, scope, vec![entry]).await?;
    row.invoice()
}

fn again(invoice: Invoice) -> Opened {
    match invoice.state {
        InvoiceState::Opening => Opened::Opening(invoice),
        _ => Opened::Already(invoice),
    }
}

/// How many invoices the customer had made within the last hour and did not pay, however they ended; those that the
/// gateway refused were never made. Those from the future, made before the clock was set back, do not count.
async fn unpaid_lately(
    c: &mut Conn,
    scope: &Scope,
    request: &InvoiceRequest,
    at: DateTime<Utc>,
) -> Answer<i64> {
    let theirs = columns::shop_id.eq(&scope.shop).and(columns::user_id.eq(request.user.0));
    // by their ids, which an index has for each customer
    let lately = columns::id.ge(ids::first_at(at - TimeDelta::hours(1))).and(columns::created_at.le(Ts(at)));
    let unpaid = columns::state.ne("settled").and(columns::state.ne("refused"));
    Ok(table.filter(theirs.and(lately).and(unpaid)).count().get_result(c).await?)
}

/// Gives paying its full time from when the customer chose how to pay. It is a conflict if the order has just ended:
/// its invoice would be open for ever.
async fn postpone_expiry(c: &mut Conn, order: OrderId, expires_at: DateTime<Utc>) -> Answer<()> {
    use schema::orders;
    let moved = diesel::update(orders::table.find(order.0))
        .filter(Pending)
        .set(orders::expires_at.eq(Ts(expires_at)))
        .execute(c)
        .await?;
    Expected { rows: 1, miss: StoreError::Conflict("an order") }.check(moved)
}

/// The gateway made it: the QR is queued. Answers the state it was found in: only one that was opening is open now.
pub async fn invoice_opened(
    c: &mut Conn,
    scope: &Scope,
    id: InvoiceId,
    figures: InvoiceFigures,
    at: DateTime<Utc>,
) -> Answer<InvoiceState> {
    let known = invoice_rows::invoice(c, scope, id).await?;
    let known = known.ok_or_else(|| StoreError::Corrupt(format!("invoice {id} is gone.")))?;
    if known.state != InvoiceState::Opening {
        return Ok(known.state);
    }
    // If the invoice is over already by the gateway's time, its clock differs from ours, and ours counts.
    let theirs = Some(figures.expires_at).filter(|theirs| *theirs > at);
    let expires_at = theirs.map_or(known.expires_at, |theirs| theirs.min(known.expires_at));
    if let Some(order) = known.order {
        postpone_expiry(c, order, expires_at).await?; // orders before invoices, here as everywhere
    }
    let row: Option<InvoiceRow> = diesel::update(table.find(id.0))
        .filter(columns::shop_id.eq(&scope.shop).and(columns::state.eq("opening")))
        .set((
            columns::state.eq("open"),
            columns::fee.eq(Some(figures.fee.0)),
            columns::total.eq(Some(figures.total.0)),
            columns::qr.eq(Some(figures.qr)),
            columns::checkout_url.eq(Some(figures.checkout_url)),
            columns::expires_at.eq(Ts(expires_at)),
            columns::ask_at.eq(Some(Ts(figures.ask_at))),
        ))
        .returning(InvoiceRow::as_returning())
        .get_result(c)
        .await
        .optional()?;
    let row = row.ok_or(StoreError::Conflict("an invoice"))?;
    let replaces = row.waiting_message_id.map(MessageId);
    outbox::enqueue(c, scope, vec![shown(&row.invoice()?, replaces)], at).await?;
    Ok(InvoiceState::Opening)
}

/// The fact that shows an invoice's QR.
pub(super) fn shown(invoice: &Invoice, replaces: Option<MessageId>) -> NewFact {
    NewFact {
        audience: Audience::Chat(invoice.chat),
        subject: Some(format!("invoice:{}", invoice.id)),
        fact: Fact::InvoiceOpened { invoice: invoice.clone(), replaces },
    }
}

/// Sends the QR of an invoice once more if it is still open: if it has ended, the chat is told so.
pub async fn show_invoice(c: &mut Conn, scope: &Scope, id: InvoiceId, at: DateTime<Utc>) -> Answer<()> {
    let invoice = invoice_rows::invoice(c, scope, id).await?;
    let open = invoice.filter(|invoice| invoice.state == InvoiceState::Open);
    outbox::enqueue(c, scope, open.iter().map(|invoice| shown(invoice, None)).collect(), at).await
}

/// Takes the QR of an invoice away that was paid, or whose order was.
pub(super) fn withdrawn(invoice: &Invoice) -> NewFact {
    NewFact {
        audience: Audience::Chat(invoice.chat),
        fact: Fact::InvoiceWithdrawn { invoice: invoice.id },
        subject: None,
    }
}

// Moving ------------------------------------------------------------------------------------

/// Settles invoices that are still in the state they were seen in; a conflict otherwise.
pub(super) fn mark_settled(writes: &mut Writes, seen: &[(InvoiceId, InvoiceState)], at: DateTime<Utc>) {
    if seen.is_empty() {
        return;
    }
    let invoices = Rows::new("v")
        .numbers("id", seen.iter().map(|(id, _)| Some(id.0)).collect())
        .texts("seen", seen.iter().map(|(_, state)| state.name().to_owned()).collect());
    let query = format!(
        "UPDATE invoices SET state = 'settled', settled_at = $1, ask_at = NULL FROM {} \
         WHERE invoices.id = v.id AND invoices.state = v.seen",
        invoices.words(2)
    );
    let settle = Statement::new(query).bind::<TsSql, _>(Ts(at)).bind_all(invoices.values());
    let miss = StoreError::Conflict("an invoice");
    writes.push(settle, Some(Expected { rows: seen.len(), miss }));
}

/// The open invoices of these orders.
pub(super) async fn unpaid_of_orders(c: &mut impl Reader, orders: &[i64]) -> Answer<Vec<Invoice>> {
    let theirs = columns::order_id.eq_any(orders.to_vec()).and(Unpaid);
    let found: Vec<InvoiceRow> = table.filter(theirs).select(InvoiceRow::as_select()).load(c).await?;
    found.into_iter().map(InvoiceRow::invoice).collect()
}

/// Cancels the open invoices of orders that are paid from elsewhere, as many as were seen; a conflict otherwise. The
/// gateway is still asked about them, since a QRIS can be paid late.
pub(super) fn cancel_of_orders(writes: &mut Writes, orders: &[i64], seen: usize, at: DateTime<Utc>) {
    if orders.is_empty() {
        return;
    }
    let orders = Rows::new("v").numbers("order_id", orders.iter().copied().map(Some).collect());
    let query = format!(
        "UPDATE invoices SET state = 'cancelled', ask_at = $1, asked_count = 0 FROM {} \
         WHERE invoices.order_id = v.order_id AND invoices.state IN ('opening', 'open')",
        orders.words(2)
    );
    let cancel = Statement::new(query).bind::<TsSql, _>(Ts(at)).bind_all(orders.values());
    writes.push(cancel, Some(Expected { rows: seen, miss: StoreError::Conflict("an invoice") }));
}

/// Voids the open invoices of these orders; the gateway is still asked about them, since a QRIS can be paid late.
pub(super) async fn void_of_orders(
    c: &mut Conn,
    orders: &[i64],
    to: InvoiceState,
    at: DateTime<Utc>,
) -> Answer<Vec<Invoice>> {
    let unpaid = table.filter(columns::order_id.eq_any(orders.to_vec()).and(Unpaid)).select(columns::id);
    let ids: Vec<i64> = unpaid.load(c).await?; // mostly none, and an UPDATE of diesel's is planned anew each time
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let voided = diesel::update(table)
        .filter(columns::id.eq_any(ids).and(Unpaid))
        .set((columns::state.eq(to.name()), columns::ask_at.eq(Some(Ts(at))), columns::asked_count.eq(0)))
        .returning(InvoiceRow::as_returning())
        .get_results(c)
        .await?;
    voided.into_iter().map(InvoiceRow::invoice).collect()
}

/// Voids one deposit's invoice if it is still open.
pub(super) async fn void_deposit(
    c: &mut Conn,
    scope: &Scope,
    id: InvoiceId,
    to: InvoiceState,
    at: DateTime<Utc>,
) -> Answer<Option<Invoice>> {
    let voided: Option<InvoiceRow> = diesel::update(table.find(id.0))
        .filter(columns::shop_id.eq(&scope.shop).and(columns::order_id.is_null()))
        .filter(Unpaid)
        .set((columns::state.eq(to.name()), columns::ask_at.eq(Some(Ts(at))), columns::asked_count.eq(0)))
        .returning(InvoiceRow::as_returning())
        .get_result(c)
        .await
        .optional()?;
    voided.map(InvoiceRow::invoice).transpose()
}
