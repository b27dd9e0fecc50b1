//! What `verify` compares: the books of the main database, and what the audit log tells.

use super::{AuditRow, Head};
use serde_json::Value;
use std::collections::HashMap;

/// A row that breaks a rule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Broken {
    pub rule: String,
    pub row: String,
}

/// The shop's books at one moment.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Books {
    pub broken: Vec<Broken>,
    /// What the audit log must know; of such actions it must know nothing else.
    pub changes: Vec<Change>,
    /// What each product costs, under the name that the log has for it.
    pub prices: HashMap<String, Prices>,
    /// Entries that have not been carried over yet.
    pub waiting: Vec<AuditRow>,
    /// How far the audit log had got when entries were last carried over.
    pub carried_over: Option<Head>,
}

/// What the books say happened to one thing; the audit log must say the same.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// The log calls it one of these.
    pub actions: &'static [&'static str],
    pub target: String,
    /// How often; none: that does not matter.
    pub count: Option<i64>,
    /// Rupiah or units in all.
    pub amount: i64,
}

impl Change {
    pub fn once(actions: &'static [&'static str], target: String, amount: i64) -> Self {
        Self { actions, target, count: Some(1), amount }
    }
}

/// What a product costs.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Prices {
    pub single: Option<i64>,
    pub reseller: Option<i64>,
    /// Quantity and price, ascending.
    pub packages: Vec<(i64, i64)>,
}

/// What the audit log tells of what the books can tell of too.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Tally {
    /// Entries about money, units and roles by action and target: how many, and over how much in all.
    pub counts: HashMap<(String, String), (i64, i64)>,
    pub prices: HashMap<String, Prices>,
}

/// How a role that somebody holds is named, in the log as in the books.
pub fn seat_of(user: &str, role: &str) -> String {
    format!("{user} as {role}")
}

impl Tally {
    /// Counts an entry; they come oldest first.
    pub fn add(&mut self, action: &str, target: &str, before: Option<&Value>, after: Option<&Value>) {
        let field = match action {
            "order.reserved" | "order.paid" => Some("total"),
            "deposit.paid" | "payment.credited_late" | "payment.credited_twice" | "balance.transferred" => {
                Some("amount")
            }
            "stock.added" => Some("units"),
            "order.delivered" | "order.expired" | "order.cancelled" | "order.refused" => None,
            "role.given" => return self.seat(target, after, 1),
            "role.taken" => return self.seat(target, before, -1),
            "product.added" | "product.furnished" => return self.price(target, after),
            _ => return,
        };
        let amount = field.and_then(|field| number(after?, field)).unwrap_or_default();
        let (count, sum) = self.counts.entry((action.to_owned(), target.to_owned())).or_default();
        (*count, *sum) = (*count + 1, sum.saturating_add(amount));
    }

    /// A role that was given and taken again leaves nothing.
    fn seat(&mut self, user: &str, seat: Option<&Value>, step: i64) {
        let role = seat.and_then(|seat| seat.get("role")?.as_str()).unwrap_or_default();
        let key = ("role.given".to_owned(), seat_of(user, role));
        let (count, _) = self.counts.entry(key.clone()).or_default();
        *count += step;
        if *count == 0 {
            self.counts.remove(&key);
        }
    }

    /// What an entry does not name stays as it was.
    fn price(&mut self, product: &str, after: Option<&Value>) {
        let Some(after) = after else { return };
        let prices = self.prices.entry(product.to_owned()).or_default();
        prices.single = number(after, "price").or(prices.single);
        prices.reseller = number(after, "reseller_price").or(prices.reseller);
        let packages = after.get("packages").and_then(Value::as_array).into_iter().flatten();
        let mut packages: Vec<(i64, i64)> = packages
            .filter_map(|package| Some((number(package, "quantity")?, number(package, "price")?)))
            .collect();
        if !packages.is_empty() {
            packages.sort_unstable();
            prices.packages = packages;
        }
    }
}

fn number(document: &Value, field: &str) -> Option<i64> {
    document.get(field)?.as_i64()
}
