//! All invariants of money, stock, orders and audit, checked over both databases.

use super::Store;
use super::model::{Broken, Chain};
use crate::fault::Fault;
use chrono::{DateTime, TimeDelta, Utc};
use std::collections::HashMap;

/// Sent facts are forgotten after three days; what is older cannot be checked for its message.
const SENT_KEPT: TimeDelta = TimeDelta::hours(71);

impl Store {
    /// Names every row that breaks a rule; none on a shop whose books hold. The main database is read first and
    /// at one moment: whatever it holds, the audit database holds by the time it is read, or its queue did.
    pub async fn verify(&self, now: DateTime<Utc>) -> Result<Vec<Broken>, Fault> {
        let books = self.verify_books(now - SENT_KEPT).await?;
        let mut broken = books.broken;
        if let Chain::BrokenAt { seq, why } = self.verify_audit().await? {
            broken
                .push(Broken { rule: "the audit chain is whole".into(), row: format!("entry {seq}: {why}") });
        }
        let mut known: HashMap<(String, String), i64> = HashMap::new();
        for (action, target, count) in self.audited_changes().await? {
            *known.entry((action, target)).or_default() += count;
        }
        // An entry that is being carried over may be in both; it is one entry all the same.
        for (action, target) in books.waiting {
            known.entry((action, target)).or_insert(1);
        }
        for (actions, target) in books.changes {
            let count: i64 =
                actions.iter().filter_map(|action| known.get(&((*action).to_owned(), target.clone()))).sum();
            if count != 1 {
                let rule = format!("the audit log knows {} once", actions.join(" or "));
                broken.push(Broken { rule, row: format!("{target} ({count} times)") });
            }
        }
        Ok(broken)
    }
}
