//! Settling invoices by the gateway's confirmed word: orders, deposits, late money.

use super::ledger::{self, Posting, shop_account, user_account};
use super::orders::{self, Stored};
use super::sale::{Sale, sell};
use super::{Answer, Conn, Writes, audit, claim, invoice_rows, invoices, outbox, people, stock_news};
use crate::rules::audit::{AuditEntry, By};
use crate::rules::fact::{Audience, Fact, StaffNews};
use crate::rules::ids::{InvoiceId, OrderId, ProductId, UnitId};
use crate::rules::invoice::{Invoice, InvoiceState, Settled};
use crate::rules::money::Rupiah;
use crate::rules::order::{OrderState, PaymentMethod};
use crate::store::Scope;
use crate::store::model::{NewFact, Scarcity, SettledBatch};
use chrono::{DateTime, Utc};
use serde_json::json;

/// Settles different invoices that the gateway says are paid, each with who had the gateway asked. The invoice is the
/// identity: settling it again changes nothing.
pub async fn settle(
    c: &mut Conn,
    scope: &Scope,
    confirmed: Vec<(InvoiceId, &'static str)>,
    keeps_fee: bool,
    mut scarcity: Scarcity,
    at: DateTime<Utc>,
) -> Answer<SettledBatch> {
    let ids: Vec<InvoiceId> = confirmed.iter().map(|(id, _)| *id).collect();
    let mut found = invoice_rows::load(c, scope, &ids).await?;
    let order_ids: Vec<i64> = found.values().filter_map(|invoice| invoice.order).map(|id| id.0).collect();
    let mut stored = orders::load(c, scope, &order_ids).await?;
    let mut gathered = Gathered { keeps_fee, ..Gathered::default() };
    let (mut outcomes, mut settled) = (Vec::new(), Vec::new());
    for (id, origin) in confirmed {
        let Some(invoice) = found.remove(&id.0) else {
            outcomes.push(Settled::Unknown);
            continue;
        };
        if invoice.state == InvoiceState::Settled {
            outcomes.push(Settled::AlreadySettled);
            continue;
        }
        settled.push((invoice.id, invoice.state));
        if invoice.state == InvoiceState::Open {
            gathered.withdrawals.push(invoices::withdrawn(&invoice));
        }
        let order = invoice.order.and_then(|order| stored.remove(&order.0));
        outcomes.push(gather(c, scope, invoice, order, origin, &mut gathered).await?);
    }
    let buyers: Vec<i64> = gathered.sales.iter().map(|sale| sale.stored.order.user.0).collect();
    let persons = people::persons(c, &buyers).await?;
    let mut writes = Writes::default();
    let credits = gathered.credits.iter().map(|credit| credit.posting(scope)).collect();
    let sold = sell(&mut writes, scope, gathered.sales, credits, &persons, at)?;
    invoices::mark_settled(&mut writes, &settled, at);
    outbox::add(&mut writes, scope, gathered.withdrawals, at);
    writes.finish(c).await?;
    for (product, _) in &gathered.taken {
        scarcity.takes_one(*product); // the shelf does not know yet what late payments took
    }
    stock_news::tell_scarce(c, scope, &sold, &scarcity, at).await?;
    tell_of_credits(c, scope, gathered.credits, at).await?;
    Ok(SettledBatch { outcomes, taken: gathered.taken, sold })
}

/// Everything that settling one invoice leads to, gathered for the set statements.
#[derive(Default)]
struct Gathered {
    sales: Vec<Sale>,
    credits: Vec<Credit>,
    taken: Vec<(ProductId, UnitId)>,
    withdrawals: Vec<NewFact>,
    keeps_fee: bool,
}

impl Gathered {
    /// Late money, with or without the fee that the customer paid on top.
    fn credit_late(&mut self, invoice: Invoice, why: Why, origin: &'static str) -> Settled {
        let fee = if self.keeps_fee { Rupiah::ZERO } else { invoice.fee.unwrap_or_default() };
        let amount = Rupiah(invoice.base.0 + fee.0);
        self.credits.push(Credit { invoice, amount, why, origin });
        Settled::LateCredited { amount }
    }
}

/// Money that becomes a customer's balance.
struct Credit {
    invoice: Invoice,
    amount: Rupiah,
    why: Why,
    /// Who had the gateway asked.
    origin: &'static str,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Why {
    Deposit {
        late: bool,
    },
    /// The order ended and its units are gone.
    Late,
    /// The order was paid from elsewhere.
    PaidTwice,
}

async fn gather(
    c: &mut Conn,
    scope: &Scope,
    invoice: Invoice,
    order: Option<Stored>,
    origin: &'static str,
    gathered: &mut Gathered,
) -> Answer<Settled> {
    let Some(stored) = order else {
        let late = !matches!(invoice.state, InvoiceState::Opening | InvoiceState::Open);
        let amount = invoice.base;
        let why = Why::Deposit { late };
        gathered.credits.push(Credit { invoice, amount, why, origin });
        return Ok(Settled::Settled);
    };
    let late = match stored.order.state {
        OrderState::Pending => false,
        OrderState::Expired | OrderState::Cancelled => match reclaim(c, scope, &stored).await? {
            Some(units) => {
                gathered.taken.extend(units);
                true
            }
            None => return Ok(gathered.credit_late(invoice, Why::Late, origin)),
        },
        OrderState::Paid | OrderState::Delivered | OrderState::Refunded => {
            return Ok(gathered.credit_late(invoice, Why::PaidTwice, origin));
        }
    };
    let mut entries = received(scope, &invoice);
    entries.push((shop_account(scope, "sales"), invoice.base));
    let posting = posting(&invoice, "invoice", entries);
    let by = By::gateway(origin);
    gathered.sales.push(Sale { stored, method: PaymentMethod::Qris, posting, by, late });
    Ok(if late { Settled::LateDelivered } else { Settled::Settled })
}

/// The gateway's side of a payment: what the customer paid, and the fee that stays there.
fn received(scope: &Scope, invoice: &Invoice) -> Vec<(String, Rupiah)> {
    let fee = invoice.fee.unwrap_or_default();
    vec![
        (shop_account(scope, "gateway"), Rupiah(-invoice.base.0 - fee.0)),
        (shop_account(scope, "fees"), fee),
    ]
}

fn posting(invoice: &Invoice, source: &'static str, entries: Vec<(String, Rupiah)>) -> Posting {
    Posting {
        id: invoice.id.0,
        source,
        reference: invoice.reference.clone(),
        user: Some(invoice.user),
        note: None,
        entries,
    }
}

/// Takes the units of an ended order once more, all of them or none.
async fn reclaim(c: &mut Conn, scope: &Scope, stored: &Stored) -> Answer<Option<Vec<(ProductId, UnitId)>>> {
    let mut taken = Vec::new();
    for line in &stored.order.lines {
        let wanted = i64::from(line.quantity);
        let units = claim::claim_free(c, scope, line.product, stored.order.id, wanted).await?;
        let enough = units.len() as i64 == wanted;
        taken.extend(units.into_iter().map(|unit| (line.product, unit)));
        if !enough {
            claim::give_back(c, stored.order.id).await?;
            return Ok(None);
        }
    }
    Ok(Some(taken))
}

/// Tells the customers and staff, and the audit, of credits that were posted.
async fn tell_of_credits(c: &mut Conn, scope: &Scope, credits: Vec<Credit>, at: DateTime<Utc>) -> Answer<()> {
    if credits.is_empty() {
        return Ok(());
    }
    let users: Vec<_> = credits.iter().map(|credit| credit.invoice.user).collect();
    let balances = ledger::balances_of(c, &users).await?;
    let ids: Vec<i64> = users.iter().map(|user| user.0).collect();
    let persons = people::persons(c, &ids).await?;
    let (mut facts, mut entries) = (Vec::new(), Vec::new());
    for credit in &credits {
        let user = credit.invoice.user;
        let balance = balances.get(&user.0).copied().unwrap_or_default();
        let order = match credit.why {
            Why::Deposit { .. } => orders::payable_from(c, scope, user, balance).await?,
            Why::Late | Why::PaidTwice => None,
        };
        facts.extend(credit.facts(balance, order, persons.get(&user.0).cloned()));
        entries.push(credit.audit_entry(balance, at));
    }
    let mut writes = Writes::default();
    outbox::add(&mut writes, scope, facts, at);
    audit::add(&mut writes, scope, entries);
    writes.finish(c).await
}

impl Credit {
    fn posting(&self, scope: &Scope) -> Posting {
        let fee = Rupiah(self.amount.0 - self.invoice.base.0);
        let mut entries = received(scope, &self.invoice);
        if let Some((_, kept)) = entries.last_mut() {
            *kept = Rupiah(kept.0 - fee.0);
        }
        entries.push((user_account(self.invoice.user), self.amount));
        let source = if matches!(self.why, Why::Deposit { .. }) { "deposit" } else { "late" };
        posting(&self.invoice, source, entries)
    }

    fn facts(
        &self,
        balance: Rupiah,
        order: Option<(OrderId, String)>,
        buyer: Option<crate::rules::fact::Person>,
    ) -> Vec<NewFact> {
        let (code, amount) = (self.invoice.code.clone(), self.amount);
        let to = |audience, fact| NewFact { audience, fact, subject: None };
        let customer = Audience::Chat(self.invoice.chat);
        let mut facts = vec![match self.why {
            Why::Deposit { late } => {
                to(customer, Fact::DepositPaid { code: code.clone(), amount, balance, late, order })
            }
            Why::Late => to(customer, Fact::LateCredited { code: code.clone(), amount, balance }),
            Why::PaidTwice => to(customer, Fact::PaidTwice { code: code.clone(), amount, balance }),
        }];
        facts.extend(buyer.map(|buyer| {
            let news = match self.why {
                Why::Deposit { late } => StaffNews::DepositPaid { code: code.clone(), buyer, amount, late },
                Why::Late => StaffNews::LateCredited { code: code.clone(), buyer, amount },
                Why::PaidTwice => StaffNews::PaidTwice { code: code.clone(), buyer, amount },
            };
            to(Audience::Staff, Fact::News(vec![news]))
        }));
        if self.why == Why::PaidTwice {
            let detail =
                format!("order {code} was paid twice; Rp{} went to the customer's balance.", amount.0);
            let fault = crate::fault::Code::PaidTwice.name().to_owned();
            facts.push(to(Audience::Owners, Fact::Trouble { fault, detail }));
        }
        facts
    }

    fn audit_entry(&self, balance: Rupiah, at: DateTime<Utc>) -> AuditEntry {
        let action = match self.why {
            Why::Deposit { .. } => "deposit.paid",
            Why::Late => "payment.credited_late",
            Why::PaidTwice => "payment.credited_twice",
        };
        AuditEntry {
            at,
            by: By::gateway(self.origin),
            action,
            target: format!("invoice:{}", self.invoice.code),
            before: Some(json!({ "state": self.invoice.state })),
            after: Some(json!({
                "amount": self.amount,
                "balance": balance,
                "reference": self.invoice.reference,
            })),
        }
    }
}
