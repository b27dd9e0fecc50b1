//! All invariants of money, stock, orders and audit, checked over both databases.

use super::Store;
use super::model::{Books, Broken, Change, Prices, Tally};
use crate::fault::Fault;
use chrono::{DateTime, TimeDelta, Utc};
use std::collections::{HashMap, HashSet};

/// Sent facts are forgotten after three days; what is older cannot be checked for its message.
const SENT_KEPT: TimeDelta = TimeDelta::hours(71);

impl Store {
    /// Names every row that breaks a rule; none on a shop whose books hold. A running shop changes between the readings
    /// of its two databases; what is really broken is still so at a second reading.
    pub async fn verify(&self, now: DateTime<Utc>) -> Result<Vec<Broken>, Fault> {
        let first = self.look_for_broken(now).await?;
        if first.is_empty() {
            return Ok(first);
        }
        let second = self.look_for_broken(now).await?;
        Ok(second.into_iter().filter(|broken| first.contains(broken)).collect())
    }

    /// The main database is read first and at one moment: whatever it holds, the audit database holds by the time it is
    /// read, or its queue did.
    async fn look_for_broken(&self, now: DateTime<Utc>) -> Result<Vec<Broken>, Fault> {
        let Books { mut broken, changes, prices, waiting, carried_over } =
            self.verify_books(now - SENT_KEPT).await?;
        let chain = self.verify_audit(carried_over, waiting).await?;
        let trouble = |(seq, why)| Broken {
            rule: "the audit chain is whole".into(),
            row: format!("entry {seq}: {why}"),
        };
        broken.extend(chain.broken.into_iter().map(trouble));
        let Tally { counts, prices: told } = chain.tally;
        compare(&changes, counts, &mut broken);
        compare_prices(&prices, &told, &mut broken);
        Ok(broken)
    }
}

/// The books and the audit log must tell the same.
fn compare(changes: &[Change], told: HashMap<(String, String), (i64, i64)>, broken: &mut Vec<Broken>) {
    let mut known = HashSet::new();
    for Change { actions, target, count, amount } in changes {
        let keys = actions.iter().map(|action| ((*action).to_owned(), target.clone()));
        let (mut times, mut sum) = (0, 0);
        for key in keys {
            let (entries, over) = told.get(&key).copied().unwrap_or_default();
            (times, sum) = (times + entries, sum + over);
            known.insert(key);
        }
        if count.is_some_and(|count| count != times) || sum != *amount {
            let rule = format!("the audit log tells of {} as the books do", actions.join(" or "));
            let wanted = count.map_or(String::new(), |count| format!("{count} times "));
            let row =
                format!("{target} (it tells of it {times} times over {sum}, not {wanted}over {amount})");
            broken.push(Broken { rule, row });
        }
    }
    let unknown = told.into_keys().filter(|key| !known.contains(key));
    broken.extend(unknown.map(|(action, target)| Broken {
        rule: "the books know what the audit log tells of".into(),
        row: format!("{target} ({action})"),
    }));
}

/// A product costs what it was added with, and furnished with last.
fn compare_prices(
    prices: &HashMap<String, Prices>,
    told: &HashMap<String, Prices>,
    broken: &mut Vec<Broken>,
) {
    let products: HashSet<&String> = prices.keys().chain(told.keys()).collect();
    let differing = products.into_iter().filter(|product| prices.get(*product) != told.get(*product));
    broken.extend(differing.map(|product| Broken {
        rule: "a product costs what the audit log says".into(),
        row: product.clone(),
    }));
}
