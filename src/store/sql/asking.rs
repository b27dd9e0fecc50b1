//! Schedules the questions to the gateway: to create the invoice if it is not known to exist, else to report its
//! status.

use super::invoice_rows::InvoiceRow;
use super::{Answer, Conn, Statement};
use crate::limits::ASK_WAIT_MAX;
use crate::rules::ids::InvoiceId;
use crate::rules::invoice::AskRule;
use crate::store::Scope;
use crate::store::model::DueInvoice;
use crate::store::schema::invoices::{self as columns, table};
use crate::store::types::{Ts, TsSql};
use chrono::{DateTime, TimeDelta, Utc};
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Text};
use diesel_async::RunQueryDsl;

/// More than the time between two questions about one payment, so that the answer comes before the expiry.
const HINT_GRACE: TimeDelta = TimeDelta::seconds(10);

/// How long until the last question of a window is due again, unless it was answered.
const LAST_AGAIN: TimeDelta = TimeDelta::minutes(30);

/// Invoices that are due, oldest first. When to ask next is written here, before anybody asks: a question that gets no
/// answer is not asked again every second. An invoice that was given another time meanwhile keeps it.
pub async fn take_due_invoices(
    c: &mut Conn,
    scope: &Scope,
    rule: AskRule,
    at: DateTime<Utc>,
    limit: i64,
) -> Answer<Vec<DueInvoice>> {
    let due = columns::shop_id
        .eq(&scope.shop)
        .and(columns::ask_at.le(Ts(at)).or(columns::ask_at.gt(Ts(at + ASK_WAIT_MAX))));
    let found: Vec<(InvoiceRow, i64, bool)> = table
        .filter(due)
        .order(columns::ask_at)
        .limit(limit)
        .select((InvoiceRow::as_select(), columns::asked_count, columns::hinted_at.is_not_null()))
        .load(c)
        .await?;
    let mut taken = Vec::with_capacity(found.len());
    for (row, asked, is_hinted) in found {
        let invoice = row.invoice()?;
        let next = rule.next(at, &invoice, asked);
        let is_last = next.is_none();
        let again_at = next.unwrap_or(at + LAST_AGAIN);
        let moved = diesel::update(table.find(invoice.id.0))
            .filter(due)
            .set((columns::ask_at.eq(Some(Ts(again_at))), columns::asked_count.eq(asked + 1)))
            .execute(c)
            .await?;
        if moved == 1 {
            taken.push(DueInvoice { invoice, is_last, is_hinted, again_at });
        }
    }
    Ok(taken)
}

/// Somebody says that an invoice is paid, but the gateway can be asked only at `ask_at`. Whoever paid in time must not
/// find the order expired because of that: it gets [`HINT_GRACE`] more, only once, since anybody can say so.
pub async fn note_hint(
    c: &mut Conn,
    scope: &Scope,
    id: InvoiceId,
    ask_at: DateTime<Utc>,
    at: DateTime<Utc>,
) -> Answer<()> {
    // Orders before invoices, here as everywhere. The sum goes by way of a column, since PostgreSQL cannot know the
    // types of two bound values.
    let order = "UPDATE orders SET expires_at = orders.expires_at + ($1 - orders.created_at) - ($2 - orders.created_at) \
                 FROM invoices WHERE invoices.id = $3 AND invoices.shop_id = $4 AND invoices.hinted_at IS NULL \
                 AND orders.id = invoices.order_id AND orders.state = 'pending'";
    let invoice = "UPDATE invoices SET expires_at = CASE WHEN hinted_at IS NULL AND state IN ('opening', 'open') \
                   THEN expires_at + ($1 - created_at) - ($2 - created_at) ELSE expires_at END, \
                   hinted_at = COALESCE(hinted_at, $2), ask_at = $5 \
                   WHERE id = $3 AND shop_id = $4 AND state <> 'settled'";
    let bound = |words| {
        Statement::new(words)
            .bind::<TsSql, _>(Ts(at + HINT_GRACE))
            .bind::<TsSql, _>(Ts(at))
            .bind::<BigInt, _>(id.0)
            .bind::<Text, _>(&scope.shop)
    };
    bound(order).execute(c).await?;
    bound(invoice).bind::<TsSql, _>(Ts(ask_at)).execute(c).await?;
    Ok(())
}

/// The last question was answered: it is not paid, and nothing more is expected of it. Unless it is due at another time
/// than `again_at` by now: then somebody said meanwhile that it is paid.
pub async fn asked_out(c: &mut Conn, scope: &Scope, id: InvoiceId, again_at: DateTime<Utc>) -> Answer<()> {
    diesel::update(table.find(id.0))
        .filter(columns::shop_id.eq(&scope.shop).and(columns::state.ne("settled")))
        .filter(columns::ask_at.eq(Some(Ts(again_at))))
        .set(columns::ask_at.eq(None::<Ts>))
        .execute(c)
        .await?;
    Ok(())
}

/// An invoice counts as asked when it is taken, so that the window ends. If the gateway did not answer, the count is
/// taken back: an outage must not use up the window. It is due at `at`, unless it was given another time than
/// `again_at` meanwhile.
pub async fn unanswered(
    c: &mut Conn,
    scope: &Scope,
    id: InvoiceId,
    again_at: DateTime<Utc>,
    at: DateTime<Utc>,
) -> Answer<()> {
    Statement::new(
        "UPDATE invoices SET asked_count = asked_count - 1, ask_at = CASE WHEN ask_at = $1 THEN $2 ELSE ask_at END \
         WHERE id = $3 AND shop_id = $4 AND state <> 'settled' AND asked_count > 0",
    )
    .bind::<TsSql, _>(Ts(again_at))
    .bind::<TsSql, _>(Ts(at))
    .bind::<BigInt, _>(id.0)
    .bind::<Text, _>(&scope.shop)
    .execute(c)
    .await?;
    Ok(())
}
