//! Paying orders from their customers' balances.

use super::ledger::{self, Posting, shop_account, user_account};
use super::orders::{self, Stored};
use super::sale::{Sale, sell};
use super::{Answer, BEGIN_HOT, Conn, Opening, Writes, check_lease, invoices, outbox, people, stock_news};
use crate::rules::audit::By;
use crate::rules::invoice::{Invoice, Paid};
use crate::rules::money::Rupiah;
use crate::rules::order::{OrderState, PaymentMethod};
use crate::store::Scope;
use crate::store::model::{BalancePayment, PaidBatch, Scarcity};
use chrono::{DateTime, Utc};
use std::collections::HashMap;

/// Pays a batch of different orders from their customers' balances. An order that was paid before is
/// recognised before anything is judged.
pub async fn pay_from_balance(
    c: &mut Conn,
    scope: &Scope,
    opening: Opening,
    requests: Vec<BalancePayment>,
    scarcity: Scarcity,
    at: DateTime<Utc>,
) -> Answer<PaidBatch> {
    let ids: Vec<i64> = requests.iter().map(|request| request.order.0).collect();
    let users: Vec<_> = requests.iter().map(|request| request.user).collect();
    let user_ids: Vec<i64> = users.iter().map(|user| user.0).collect();
    let ((), (), found, lines, mut balances, persons, invoices) = at_once!(c:
        opening.begin(c, BEGIN_HOT),
        check_lease(c, scope),
        orders::rows(c, scope, &ids),
        orders::lines(c, &ids),
        ledger::balances_of(c, &users),
        people::persons(c, &user_ids),
        invoices::unpaid_of_orders(c, &ids),
    )?;
    let mut found: HashMap<i64, Stored> =
        orders::joined(found, lines)?.into_iter().map(|stored| (stored.order.id.0, stored)).collect();
    let (mut outcomes, mut sales) = (Vec::new(), Vec::new());
    for request in &requests {
        let stored = found.remove(&request.order.0).filter(|stored| stored.order.user == request.user);
        let balance = balances.entry(request.user.0).or_default();
        outcomes.push(match stored {
            Some(stored) => pay(scope, stored, balance, &mut sales, at),
            None => Paid::Unknown,
        });
    }
    let paid: Vec<i64> = sales.iter().map(|sale| sale.stored.order.id.0).collect();
    let is_paid = |invoice: &Invoice| invoice.order.is_some_and(|order| paid.contains(&order.0));
    let voided: Vec<Invoice> = invoices.into_iter().filter(is_paid).collect();
    // Orders before invoices, here as everywhere: locking in another order could deadlock.
    let mut writes = Writes::default();
    let sold = sell(&mut writes, scope, sales, Vec::new(), &persons, at)?;
    invoices::cancel_of_orders(&mut writes, &paid, voided.len(), at);
    outbox::add(&mut writes, scope, voided.iter().map(invoices::withdrawn).collect(), at);
    writes.finish(c).await?;
    stock_news::tell_scarce(c, scope, &sold, &scarcity, at).await?;
    let voided = voided.into_iter().map(|invoice| (invoice.reference, invoice.base)).collect();
    Ok(PaidBatch { outcomes, sold, voided })
}

/// Takes an order's total out of what is left of its customer's balance, if it can be paid.
fn pay(
    scope: &Scope,
    stored: Stored,
    balance: &mut Rupiah,
    sales: &mut Vec<Sale>,
    at: DateTime<Utc>,
) -> Paid {
    let total = stored.order.total;
    match stored.order.state {
        OrderState::Paid | OrderState::Delivered => Paid::AlreadyPaid(stored.order),
        OrderState::Pending if *balance < total => {
            Paid::TooLittle { missing: total.less(*balance), balance: *balance }
        }
        OrderState::Pending => {
            *balance = balance.less(total);
            let mut order = stored.order.clone();
            order.state = OrderState::Paid;
            order.method = Some(PaymentMethod::Balance);
            order.paid_at = Some(at);
            sales.push(balance_sale(scope, stored));
            Paid::Paid { order, balance: *balance }
        }
        _ => Paid::NotPending(stored.order),
    }
}

fn balance_sale(scope: &Scope, stored: Stored) -> Sale {
    let (order, total) = (&stored.order, stored.order.total);
    let posting = Posting {
        id: order.id.0,
        source: "order",
        reference: order.code.clone(),
        user: Some(order.user),
        note: None,
        entries: vec![(user_account(order.user), Rupiah(-total.0)), (shop_account(scope, "sales"), total)],
    };
    Sale { by: By::user(order.user), stored, method: PaymentMethod::Balance, posting, late: false }
}
