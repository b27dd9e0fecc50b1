//! What must hold when a scenario is over, whatever happened in it.

use crate::world::TestShop;
use chrono::TimeDelta;

/// Statements that find nothing on a shop whose books hold. Said here once more, in other words than the shop's own
/// `verify`, which is asked as well.
const STRAYS: [(&str, &str); 5] = [
    (
        "facts that were never sent",
        "SELECT CAST(fact AS TEXT) AS value FROM outbox WHERE state IN ('queued', 'sending')",
    ),
    ("audit entries that were never shipped", "SELECT action AS value FROM audit_outbox"),
    (
        "units held by no pending order",
        "SELECT CAST(u.id AS TEXT) AS value FROM stock_units u LEFT JOIN orders o ON o.id = u.order_id AND o.state = 'pending' \
         WHERE u.state = 'reserved' AND o.id IS NULL",
    ),
    (
        "customers with a balance below zero",
        "SELECT account AS value FROM balances WHERE account LIKE 'user:%' AND amount < 0",
    ),
    ("updates set aside", "SELECT key AS value FROM inbox WHERE state = 'set_aside'"),
];

impl TestShop {
    /// Looks around, then closes and removes everything.
    pub async fn leave(mut self) {
        self.settles().await;
        let mut problems = self.deaths();
        let store = self.app().store.clone();
        let faults = self.faults();
        self.stops().await;
        problems.extend(faults);
        for (what, sql) in STRAYS {
            let found = self.databases.main.lines(sql);
            problems.extend((!found.is_empty()).then(|| format!("{what}: {found:?}")));
        }
        if self.db_number("SELECT CAST(COALESCE(SUM(amount), 0) AS BIGINT) AS value FROM entries") != 0 {
            problems.push("the ledger does not sum to zero".into());
        }
        let broken = store.verify(self.clock.now() + TimeDelta::seconds(1)).await.unwrap();
        let broken = broken.into_iter().map(|broken| format!("{}: {}", broken.rule, broken.row));
        let violations = self.sandbox.violations().into_iter().map(|words| format!("violation: {words}"));
        problems.extend(broken.chain(violations));
        problems.retain(|words| !self.forgiven.iter().any(|forgiven| words.contains(forgiven)));
        self.sandbox.stop().await;
        assert!(problems.is_empty(), "\n{}\n{}", problems.join("\n"), self.everything());
    }

    fn deaths(&self) -> Vec<String> {
        let states = self.app().actors.states();
        let dead = states.iter().filter(|(_, alive)| !alive).map(|(name, _)| format!("{name} is dead"));
        dead.chain(self.counted(&["quickcart_actor_restarts_total", "quickcart_actor_panics_total"]))
            .collect()
    }

    /// Faults that the scenario did not provoke.
    fn faults(&self) -> Vec<String> {
        let provoked = |line: &String| self.provoked.iter().any(|code| line.contains(&format!("\"{code}\"")));
        self.counted(&["quickcart_faults_total"]).into_iter().filter(|line| !provoked(line)).collect()
    }

    /// Lines of the metrics that begin so and are not zero.
    fn counted(&self, names: &[&str]) -> Vec<String> {
        let metrics = self.app().metrics.render();
        let named = metrics.lines().filter(|line| names.iter().any(|name| line.starts_with(name)));
        named.filter(|line| !line.ends_with(" 0")).map(str::to_owned).collect()
    }
}
