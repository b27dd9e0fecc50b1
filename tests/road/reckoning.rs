//! What must be true after every scenario, and looks past the front door (`db_…`).

use crate::patience::until;
use crate::shop::{PATIENCE, Shop, WEBHOOK_SECRET};
use quickcart::sandbox::{ChatMessage, Options};
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::time::Duration;

/// What was being sent when a process died is sent again after its lease of a minute.
pub const DELIVERED_WITHIN: Duration = Duration::from_secs(100);

/// What is under way: facts, audit entries, orders, units held. Asked at one moment: what moves on between two questions
/// would be in neither answer.
const UNDER_WAY: &str = "SELECT (SELECT COUNT(*) FROM outbox WHERE state IN ('queued', 'sending')) \
     + (SELECT COUNT(*) FROM audit_outbox) + (SELECT COUNT(*) FROM orders WHERE state IN ('pending', 'paid')) \
     + (SELECT COUNT(*) FROM stock_units WHERE state = 'reserved') AS value";

/// The units in a message.
fn units(message: &ChatMessage) -> BTreeSet<String> {
    let text = message.text.split(|c: char| !(c.is_ascii_alphanumeric() || c == '-'));
    text.filter(|word| word.starts_with("unit-")).map(str::to_owned).collect()
}

/// Whether these are the goods of the order with this code.
pub fn is_goods_of(message: &ChatMessage, code: &str) -> bool {
    message.text.contains(code) && !units(message).is_empty()
}

impl Shop {
    /// Waits until everything is over, then checks the books, the chats and the servers.
    pub async fn is_in_order(&self) {
        self.wait_ready().await;
        self.comes_to_rest().await;
        self.goods_are_right();
        self.keeps_its_secrets();
        let verified = self.carries_out("verify");
        let said = String::from_utf8_lossy(&verified.stdout).into_owned();
        assert!(verified.status.success(), "verify: {said}{}", String::from_utf8_lossy(&verified.stderr));
        let provoked = self.provoked.borrow();
        let violations: Vec<String> = self.sandbox.violations();
        let violations: Vec<&String> = violations
            .iter()
            .filter(|violation| !provoked.iter().any(|words| violation.contains(words)))
            .collect();
        assert!(violations.is_empty(), "violations: {violations:#?}");
        assert_eq!(self.db_number("SELECT COUNT(*) AS value FROM outbox WHERE state = 'undeliverable'"), 0);
    }

    /// No update waits, nothing is unsent, nothing paid is undelivered, nothing is held for anybody.
    pub async fn comes_to_rest(&self) {
        self.sees("all updates handled", || (self.sandbox.unacknowledged_updates() == 0).then_some(())).await;
        let reserved = "SELECT COUNT(*) AS value FROM stock_units WHERE state = 'reserved'";
        let rest = until(DELIVERED_WITHIN, async || (self.db_number(UNDER_WAY) == 0).then_some(()));
        if rest.await.is_none() {
            let facts = "SELECT state || ' ' || CAST(attempts AS TEXT) || ' ' || COALESCE(last_fault, '') || ' ' || \
                         SUBSTR(CAST(fact AS TEXT), 1, 60) AS value FROM outbox WHERE state IN ('queued', 'sending')";
            panic!(
                "never at rest: orders {:?}, {} units reserved, {} audit entries wait, facts {:#?}",
                self.db_states(),
                self.db_number(reserved),
                self.db_number("SELECT COUNT(*) AS value FROM audit_outbox"),
                self.db_lines(facts)
            );
        }
    }

    /// Exactly one set of units for each order, in its customer's chat only; a message may have come twice.
    fn goods_are_right(&self) {
        let delivered =
            "SELECT code || ' ' || CAST(chat_id AS TEXT) AS value FROM orders WHERE state = 'delivered'";
        let delivered: BTreeMap<String, i64> = self
            .db_lines(delivered)
            .iter()
            .map(|line| line.split_once(' ').unwrap())
            .map(|(code, chat)| (code.to_owned(), chat.parse().unwrap()))
            .collect();
        let mut got: BTreeMap<String, (i64, BTreeSet<String>)> = BTreeMap::new();
        for person in
            self.sandbox.people().into_iter().filter(|person| person.id >= crate::people::FIRST_CUSTOMER)
        {
            for message in self.sandbox.messages(person.id).iter().filter(|message| message.from_bot) {
                let units = units(message);
                if units.is_empty() {
                    continue;
                }
                let code = delivered.keys().find(|code| message.text.contains(*code));
                let code = code.unwrap_or_else(|| panic!("goods of no delivered order: {:?}", message.text));
                let before = got.entry(code.clone()).or_insert((person.id, units.clone()));
                assert_eq!(*before, (person.id, units), "{code} came with other goods, or to another chat");
            }
        }
        let whose = |codes: &BTreeMap<String, (i64, BTreeSet<String>)>| -> BTreeMap<String, i64> {
            codes.iter().map(|(code, (chat, _))| (code.clone(), *chat)).collect()
        };
        assert_eq!(whose(&got), delivered, "orders whose goods came, and delivered orders");
        let mut all = BTreeSet::new();
        for (code, (_, units)) in &got {
            for unit in units {
                assert!(all.insert(unit.clone()), "{unit} of {code} was given twice");
            }
        }
        let sold = self.db_number("SELECT COUNT(*) AS value FROM stock_units WHERE state = 'sold'");
        assert_eq!(all.len() as i64, sold, "units in chats, and units sold");
    }

    /// Neither the log nor the console shows goods, or what opens a door.
    fn keeps_its_secrets(&self) {
        let (folder, stand_in) = (self.databases.folder(), Options::default());
        let key = fs::read_to_string(folder.join("encryption.key")).unwrap();
        let secrets =
            [stand_in.token.as_str(), stand_in.api_key.as_str(), WEBHOOK_SECRET, key.trim(), "unit-"];
        let logs = fs::read_dir(folder.join("logs")).unwrap().map(|log| log.unwrap().path());
        let logs = logs.flat_map(|log| fs::read_dir(log).unwrap()).map(|log| log.unwrap().path());
        let said = fs::read_dir(folder).unwrap().map(|file| file.unwrap().path());
        let said = said.filter(|file| file.extension().is_some_and(|kind| kind == "txt"));
        let told: Vec<_> = logs.chain(said).map(|file| fs::read_to_string(&file).unwrap()).collect();
        assert!(told.iter().any(|text| text.contains("is open")), "nothing was told");
        for secret in secrets {
            let line = told.iter().flat_map(|text| text.lines()).find(|line| line.contains(secret));
            assert_eq!(line, None, "a secret was told");
        }
    }

    /// How many the product's card shows as free; what memory believes, not the database.
    pub async fn shown_stock(&self, customer: i64, number: i64) -> i64 {
        let card = self.says(customer, &number.to_string(), "Stok:").await;
        let (_, rest) = card.text.split_once("Stok: ").unwrap();
        let digits = rest.chars().take_while(|symbol| symbol.is_ascii_digit() || *symbol == '.');
        digits.filter(char::is_ascii_digit).collect::<String>().parse().unwrap()
    }

    /// The same, once it is what the database holds: news of units may be on their way yet.
    pub async fn true_stock(&self, customer: i64, number: i64) -> i64 {
        let free = "SELECT COUNT(*) AS value FROM stock_units JOIN products ON products.id = product_id \
                    WHERE state = 'free' AND number = ";
        let agreed = until(PATIENCE, async || {
            let shown = self.shown_stock(customer, number).await;
            (shown == self.db_number(&format!("{free}{number}"))).then_some(shown)
        });
        agreed.await.unwrap_or_else(|| panic!("product {number} shows another stock than there is"))
    }

    // Past the front door ---------------------------------------------------------------------

    pub fn db_number(&self, sql: &str) -> i64 {
        self.databases.main.number(sql)
    }

    pub fn db_lines(&self, sql: &str) -> Vec<String> {
        self.databases.main.lines(sql)
    }

    /// How many orders are in each state.
    pub fn db_states(&self) -> BTreeMap<String, usize> {
        let mut states = BTreeMap::new();
        for state in self.db_lines("SELECT state AS value FROM orders") {
            *states.entry(state).or_default() += 1;
        }
        states
    }

    pub fn db_state(&self, order: i64) -> String {
        self.db_lines(&format!("SELECT state AS value FROM orders WHERE id = {order}")).remove(0)
    }

    pub fn db_is_paid(&self, order: i64) -> bool {
        matches!(self.db_state(order).as_str(), "paid" | "delivered")
    }

    pub fn db_code(&self, order: i64) -> String {
        self.db_lines(&format!("SELECT code AS value FROM orders WHERE id = {order}")).remove(0)
    }

    /// An order's invoice: its id, and its reference at the gateway.
    pub fn db_invoice(&self, order: i64) -> Option<(String, String)> {
        let sql = format!(
            "SELECT CAST(id AS TEXT) || ' ' || reference AS value FROM invoices WHERE order_id = {order}"
        );
        let line = self.db_lines(&sql).pop()?;
        line.split_once(' ').map(|(id, reference)| (id.to_owned(), reference.to_owned()))
    }

    /// Lets what a dead process was sending be sent again now, rather than in a minute.
    pub fn db_sending_lapses(&self) {
        self.databases.main.run("UPDATE outbox SET leased_until = NULL WHERE state = 'sending'");
    }
}
