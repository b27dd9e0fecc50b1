//! Whether the books hold. Each rule is one statement that finds the rows breaking it; on a running shop all
//! of them look at the same moment.

use super::{Answer, Conn, SNAPSHOT, Statement};
use crate::rules::order::OrderState;
use crate::store::Scope;
use crate::store::model::{Books, Broken};
use crate::store::schema::{audit_outbox, invoices, orders};
use crate::store::types::{Ts, TsSql};
use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel::sql_types::Text;
use diesel_async::{RunQueryDsl, SimpleAsyncConnection};

/// A rule and the statement that finds what breaks it: `$1` is the shop, `$2` since when sent facts are kept.
struct Rule {
    says: &'static str,
    finds: &'static str,
}

const RULES: [Rule; 10] = [
    Rule {
        says: "every transfer sums to zero",
        finds: "SELECT 'transfer ' || CAST(transfer_id AS TEXT) AS row_name FROM entries WHERE $1 <> '' AND $2 IS NOT NULL \
                GROUP BY transfer_id HAVING SUM(amount) <> 0",
    },
    Rule {
        says: "every balance is the sum of its entries",
        finds: "SELECT 'account ' || b.account AS row_name FROM balances b \
                LEFT JOIN (SELECT account, SUM(amount) AS total FROM entries GROUP BY account) e ON e.account = b.account \
                WHERE $1 <> '' AND $2 IS NOT NULL AND b.amount <> COALESCE(e.total, 0)",
    },
    Rule {
        says: "every account with entries has a balance",
        finds: "SELECT DISTINCT 'account ' || e.account AS row_name FROM entries e \
                LEFT JOIN balances b ON b.account = e.account WHERE $1 <> '' AND $2 IS NOT NULL AND b.account IS NULL",
    },
    Rule {
        says: "every paid order has exactly its units, sold",
        finds: "SELECT 'order ' || o.code || ', product ' || CAST(l.product_id AS TEXT) AS row_name FROM orders o \
                JOIN order_lines l ON l.order_id = o.id \
                WHERE o.shop_id = $1 AND $2 IS NOT NULL AND o.state IN ('paid', 'delivered') AND l.quantity <> \
                (SELECT COUNT(*) FROM stock_units u WHERE u.order_id = o.id AND u.product_id = l.product_id AND u.state = 'sold')",
    },
    Rule {
        says: "every pending order has exactly its units, reserved",
        finds: "SELECT 'order ' || o.code || ', product ' || CAST(l.product_id AS TEXT) AS row_name FROM orders o \
                JOIN order_lines l ON l.order_id = o.id \
                WHERE o.shop_id = $1 AND $2 IS NOT NULL AND o.state = 'pending' AND l.quantity <> \
                (SELECT COUNT(*) FROM stock_units u WHERE u.order_id = o.id AND u.product_id = l.product_id AND u.state = 'reserved')",
    },
    Rule {
        says: "a unit is reserved by a pending order or sold to a paid one, and by no other",
        finds: "SELECT 'unit ' || CAST(u.id AS TEXT) AS row_name FROM stock_units u LEFT JOIN orders o ON o.id = u.order_id \
                WHERE u.shop_id = $1 AND $2 IS NOT NULL AND u.state IN ('reserved', 'sold') AND (o.id IS NULL \
                OR (u.state = 'reserved' AND o.state <> 'pending') \
                OR (u.state = 'sold' AND o.state NOT IN ('paid', 'delivered', 'refunded')) \
                OR NOT EXISTS (SELECT 1 FROM order_lines l WHERE l.order_id = o.id AND l.product_id = u.product_id))",
    },
    Rule {
        says: "every settled invoice moved its money once",
        finds: "SELECT 'invoice ' || i.code AS row_name FROM invoices i \
                WHERE i.shop_id = $1 AND $2 IS NOT NULL AND i.state = 'settled' AND 1 <> \
                (SELECT COUNT(*) FROM transfers t WHERE t.reference = i.reference AND t.source IN ('invoice', 'deposit', 'late'))",
    },
    Rule {
        says: "every paid order moved its money once",
        finds: "SELECT 'order ' || o.code AS row_name FROM orders o LEFT JOIN invoices i ON i.order_id = o.id \
                WHERE o.shop_id = $1 AND $2 IS NOT NULL AND o.state IN ('paid', 'delivered') AND 1 <> \
                (SELECT COUNT(*) FROM transfers t WHERE (t.source = 'order' AND t.reference = o.code) \
                 OR (t.source = 'invoice' AND t.reference = i.reference))",
    },
    Rule {
        says: "every paid order's goods are on their way, or known to be undeliverable",
        finds: "SELECT 'order ' || o.code AS row_name FROM orders o \
                WHERE o.shop_id = $1 AND $2 IS NOT NULL AND o.state = 'paid' AND o.undeliverable_at IS NULL AND NOT EXISTS \
                (SELECT 1 FROM outbox f WHERE f.shop_id = o.shop_id AND f.subject = 'goods:' || CAST(o.id AS TEXT) \
                 AND f.state IN ('queued', 'sending'))",
    },
    Rule {
        says: "every delivered order has its message",
        finds: "SELECT 'order ' || o.code AS row_name FROM orders o \
                WHERE o.shop_id = $1 AND o.paid_at >= $2 AND o.state = 'delivered' AND NOT EXISTS \
                (SELECT 1 FROM outbox f WHERE f.shop_id = o.shop_id AND f.subject = 'goods:' || CAST(o.id AS TEXT) \
                 AND f.state = 'sent')",
    },
];

#[derive(QueryableByName)]
struct Found {
    #[diesel(sql_type = Text)]
    row_name: String,
}

/// Reads the shop's books at one moment: what breaks a rule, and what the audit log must know of.
pub async fn verify_books(c: &mut Conn, scope: &Scope, sent_kept_since: DateTime<Utc>) -> Answer<Books> {
    c.batch_execute(SNAPSHOT).await?;
    let read = read_books(c, scope, sent_kept_since).await;
    c.batch_execute("ROLLBACK").await?;
    read
}

async fn read_books(c: &mut Conn, scope: &Scope, since: DateTime<Utc>) -> Answer<Books> {
    let mut broken = Vec::new();
    for rule in &RULES {
        let found: Vec<Found> = Statement::new(rule.finds)
            .bind::<Text, _>(&scope.shop)
            .bind::<TsSql, _>(Ts(since))
            .load(c)
            .await?;
        broken.extend(found.into_iter().map(|found| Broken { rule: rule.says.into(), row: found.row_name }));
    }
    let changes = changes(c, scope).await?;
    let waiting = audit_outbox::table
        .filter(audit_outbox::shop_id.eq(&scope.shop))
        .select((audit_outbox::action, audit_outbox::target))
        .load(c)
        .await?;
    Ok(Books { broken, changes, waiting })
}

/// Every change that orders and deposits have seen, as the audit log names it.
async fn changes(c: &mut Conn, scope: &Scope) -> Answer<Vec<(Vec<&'static str>, String)>> {
    let made: Vec<(String, String, bool)> = orders::table
        .filter(orders::shop_id.eq(&scope.shop))
        .select((orders::code, orders::state, orders::paid_at.is_not_null()))
        .load(c)
        .await?;
    let mut changes = Vec::new();
    for (code, state, paid) in made {
        let target = format!("order:{code}");
        changes.push((vec!["order.reserved"], target.clone()));
        if paid {
            changes.push((vec!["order.paid"], target.clone()));
        }
        match OrderState::parse(&state) {
            Some(OrderState::Delivered) => changes.push((vec!["order.delivered"], target)),
            Some(OrderState::Expired) => changes.push((vec!["order.expired"], target)),
            Some(OrderState::Cancelled) => changes.push((vec!["order.cancelled", "order.refused"], target)),
            _ => {}
        }
    }
    let deposits: Vec<String> = invoices::table
        .filter(invoices::shop_id.eq(&scope.shop).and(invoices::order_id.is_null()))
        .filter(invoices::state.eq("settled"))
        .select(invoices::code)
        .load(c)
        .await?;
    changes.extend(deposits.into_iter().map(|code| (vec!["deposit.paid"], format!("invoice:{code}"))));
    Ok(changes)
}
