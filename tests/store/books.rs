//! The books of a shop hold, and `verify` names every row that somebody damaged.

use crate::day::Day;
use crate::harness::*;
use quickcart::rules::catalogue::{Furnishing, Package};
use quickcart::rules::ids::{ChatId, ProductId};
use quickcart::rules::invoice::Settled;
use quickcart::rules::money::Rupiah;
use quickcart::rules::people::Role;
use quickcart::store::model::{BalancePayment, Broken, Pays, Scarcity, Seat};

const MAIN_TABLES: [&str; 15] = [
    "users",
    "customers",
    "staff",
    "products",
    "product_prices",
    "balances",
    "transfers",
    "entries",
    "orders",
    "order_lines",
    "stock_units",
    "invoices",
    "outbox",
    "audit_outbox",
    "settings",
];

/// What is done to the main database, the rule that it breaks, and what names the row.
const DAMAGE: [(&str, &str, &str); 46] = [
    (
        "UPDATE entries SET amount = amount + 1 WHERE account = 'sales:main' AND transfer_id = {DAY1-1}",
        "sums to zero",
        "transfer",
    ),
    ("DELETE FROM transfers WHERE reference = 'DAY1-1'", "sums to zero", "transfer"),
    (
        "UPDATE balances SET amount = amount + 1 WHERE account = 'sales:main'",
        "sum of its entries",
        "sales:main",
    ),
    ("DELETE FROM balances WHERE account = 'sales:main'", "with entries has a balance", "sales:main"),
    (
        "DELETE FROM balances WHERE account = (SELECT 'user:' || MAX(id) FROM users)",
        "customer has a balance",
        "user:",
    ),
    // sums are right, but not the cause
    (
        "UPDATE entries SET amount = amount / 1000 WHERE transfer_id = {DAY1-1}; \
         UPDATE balances SET amount = (SELECT SUM(amount) FROM entries e WHERE e.account = balances.account) \
         WHERE account IN (SELECT account FROM entries)",
        "paid from a balance",
        "DAY1-1",
    ),
    (
        "UPDATE transfers SET user_id = (SELECT MAX(id) FROM users) WHERE reference = 'DAY1-1'",
        "paid from a balance",
        "DAY1-1",
    ),
    ("UPDATE orders SET method = 'qris' WHERE code = 'DAY1-1'", "paid from a balance", "DAY1-1"),
    (
        "UPDATE transfers SET source = 'late' WHERE reference = {paid by QRIS}",
        "what an invoice credited",
        "DAY1-2",
    ),
    ("UPDATE transfers SET source = 'invoice' WHERE source = 'late'", "what an invoice sold", "DAY1-7"),
    ("UPDATE transfers SET source = 'deposit' WHERE source = 'late'", "what an invoice credited", "DAY1-7"),
    (
        "UPDATE entries SET amount = 2 * amount WHERE transfer_id IN (SELECT id FROM transfers WHERE source = 'deposit'); \
         UPDATE balances SET amount = (SELECT SUM(amount) FROM entries e WHERE e.account = balances.account) \
         WHERE account IN (SELECT account FROM entries)",
        "what an invoice credited",
        "deposit",
    ),
    ("UPDATE invoices SET fee = fee + 7, total = total + 7 WHERE code = 'DAY1-2'", "gateway owes", "DAY1-2"),
    (
        "UPDATE invoices SET state = 'expired', settled_at = NULL WHERE code = 'DAY1-2'",
        "what an invoice sold",
        "DAY1-2",
    ),
    (
        "DELETE FROM transfers WHERE source = 'deposit'; DELETE FROM entries WHERE transfer_id NOT IN (SELECT id FROM transfers)",
        "settled invoice moved",
        "deposit",
    ),
    (
        "DELETE FROM transfers WHERE reference = 'DAY1-1'; DELETE FROM entries WHERE transfer_id NOT IN (SELECT id FROM transfers)",
        "paid order moved its money",
        "DAY1-1",
    ),
    // sums and cause are right, but nobody caused it
    ("{gift} 'main', 'admin' {of 7000}", "a cause that the shop writes", "gift"),
    ("{gift} 'ghost', 'transfer' {of 7000}", "a cause that the shop writes, and a shop", "gift"),
    ("{gift} 'main', 'transfer' {of 7000}", "the books do", "user:"),
    (
        "INSERT INTO entries (transfer_id, account, amount) VALUES ({DAY1-1}, 'user:' || (SELECT MAX(id) FROM users), 7000), \
         ({DAY1-1}, 'adjustments:main', -7000); {balances fit}",
        "accounts of its cause",
        "DAY1-1",
    ),
    // figures
    ("UPDATE products SET sold = sold + 1", "product's figure", "product"),
    ("UPDATE customers SET spent = spent - 1 WHERE spent > 0", "customer's figures", "user:"),
    ("UPDATE customers SET orders_count = 1 WHERE orders_count = 0", "customer's figures", "user:"),
    ("DELETE FROM customers", "a customer of the shop", "DAY1-1"),
    // orders and units
    ("UPDATE orders SET total = total - 1 WHERE code = 'DAY1-2'", "sum to its total", "DAY1-2"),
    (
        "DELETE FROM order_lines WHERE order_id IN (SELECT id FROM orders WHERE code = 'DAY1-5')",
        "every order has lines",
        "DAY1-5",
    ),
    ("UPDATE invoices SET state = 'cancelled' WHERE code = 'DAY1-6'", "invoice is open while", "DAY1-6"),
    ("UPDATE invoices SET ask_at = NULL WHERE code = 'DAY1-6'", "invoice is open while", "DAY1-6"),
    ("UPDATE invoices SET base = base - 1 WHERE code = 'DAY1-6'", "invoice is open while", "DAY1-6"),
    ("UPDATE orders SET state = 'cancelled' WHERE code = 'DAY1-6'", "reserved by a pending order", "unit"),
    (
        "UPDATE orders SET state = 'expired', method = NULL, paid_at = NULL WHERE code = 'DAY1-2'",
        "what an invoice sold",
        "DAY1-2",
    ),
    (
        "UPDATE stock_units SET state = 'free', order_id = NULL WHERE order_id = (SELECT id FROM orders WHERE code = 'DAY1-2')",
        "exactly its units, sold",
        "DAY1-2",
    ),
    (
        "UPDATE stock_units SET state = 'free', order_id = NULL WHERE state = 'reserved'",
        "exactly its units, reserved",
        "DAY1-6",
    ),
    ("UPDATE stock_units SET state = 'sold' WHERE state = 'reserved'", "sold to a paid one", "unit"),
    // delivery
    ("UPDATE outbox SET chat_id = 1 WHERE subject = {goods of DAY1-2}", "has its message", "DAY1-2"),
    ("DELETE FROM outbox WHERE subject = {goods of DAY1-7}", "on their way", "DAY1-7"),
    ("UPDATE orders SET undeliverable_at = paid_at WHERE code = 'DAY1-7'", "could not be sent", "DAY1-7"),
    // what the audit log knows better
    (
        "DELETE FROM stock_units WHERE id IN (SELECT id FROM stock_units WHERE state = 'free' LIMIT 1)",
        "stock.added",
        "product:",
    ),
    (
        "UPDATE orders SET state = 'paid' WHERE code = 'DAY1-2'",
        "the books know",
        "order:DAY1-2 (order.delivered)",
    ),
    (
        "DELETE FROM transfers WHERE source = 'transfer'; DELETE FROM entries WHERE transfer_id NOT IN (SELECT id FROM transfers); \
         UPDATE balances SET amount = COALESCE((SELECT SUM(amount) FROM entries e WHERE e.account = balances.account), 0) \
         WHERE account NOT LIKE 'user:%'",
        "the books know",
        "(balance.transferred)",
    ),
    ("UPDATE products SET price = price - 1", "product costs", "product:"),
    ("UPDATE products SET reseller_price = 1", "product costs", "product:"),
    ("UPDATE product_prices SET price = 1 WHERE quantity = 10", "product costs", "product:"),
    (
        "INSERT INTO staff (shop_id, user_id, role, since) SELECT 'main', MAX(id), 'reseller', MAX(created_at) FROM users",
        "role.given",
        "as reseller",
    ),
    ("DELETE FROM staff WHERE role = 'owner'", "the books know", "as owner (role.given)"),
    (
        "INSERT INTO audit_outbox (shop_id, at, actor, action, target, origin) SELECT shop_id, at, actor, 'order.paid', 'order:DAY1-6', \
         origin FROM audit_outbox LIMIT 1",
        "the books know",
        "order:DAY1-6 (order.paid)",
    ),
];

/// A transfer of this shop and source to somebody …
const GIFT: &str = "INSERT INTO transfers (id, user_id, reference, created_at, shop_id, source) \
                    SELECT 77, user_id, 'gift', created_at,";
/// … who finds it in their balance.
const OF_7000: &str = "FROM transfers WHERE reference = 'DAY1-1'; \
                       INSERT INTO entries (transfer_id, account, amount) SELECT 77, 'user:' || user_id, 7000 \
                       FROM transfers WHERE id = 77; \
                       INSERT INTO entries (transfer_id, account, amount) VALUES (77, 'adjustments:main', -7000); \
                       {balances fit}";
const BALANCES_FIT: &str = "UPDATE balances SET amount = (SELECT SUM(amount) FROM entries e \
                            WHERE e.account = balances.account) WHERE account IN (SELECT account FROM entries)";

const AUDIT_DAMAGE: [(&str, &str, &str); 8] = [
    ("DELETE FROM events WHERE seq = (SELECT MAX(seq) FROM events)", "chain is whole", "it was carried over"),
    ("DELETE FROM events WHERE seq = 2", "chain is whole", "entry 3"),
    ("UPDATE events SET actor = 'user:99' WHERE seq = 4", "chain is whole", "entry 4"),
    ("DELETE FROM events WHERE action = 'role.given' AND after LIKE '%owner%'", "role.given", "as owner"),
    ("DELETE FROM events WHERE action = 'role.taken'", "the books know", "as admin (role.given)"),
    ("DELETE FROM events WHERE action = 'product.furnished'", "product costs", "product:"),
    ("DELETE FROM events WHERE action = 'balance.transferred'", "balance.transferred", "0 times"),
    (
        "DELETE FROM events WHERE action = 'order.paid' AND target = 'order:DAY1-3'",
        "order.paid",
        "order:DAY1-3",
    ),
];

on_both! {
    async fn a_shop_with_all_endings_holds_every_rule_and_each_damage_is_named(shop) {
        shop.has_all_endings().await;
        assert_eq!(shop.broken().await, []);
        shop.keep_copies();
        for (damage, rule, row) in DAMAGE {
            let damage = damage
                .replace("{DAY1-1}", "(SELECT id FROM transfers WHERE reference = 'DAY1-1')")
                .replace("{gift}", GIFT)
                .replace("{of 7000}", OF_7000)
                .replace("{balances fit}", BALANCES_FIT)
                .replace("{paid by QRIS}", "(SELECT reference FROM invoices WHERE code = 'DAY1-2')")
                .replace("{goods of DAY1-2}", "(SELECT 'goods:' || id FROM orders WHERE code = 'DAY1-2')")
                .replace("{goods of DAY1-7}", "(SELECT 'goods:' || id FROM orders WHERE code = 'DAY1-7')");
            shop.damage(&shop.databases.main, &damage);
            shop.names(&damage, rule, row).await;
            shop.restore(&shop.databases.main, &MAIN_TABLES);
        }
        for (damage, rule, row) in AUDIT_DAMAGE {
            shop.damage(&shop.databases.audit, damage);
            shop.names(damage, rule, row).await;
            shop.restore(&shop.databases.audit, &["events"]);
        }
        assert_eq!(shop.broken().await, [], "all of it was put right again");
    }
}

impl TestShop {
    /// A day, and after it an order that is being paid, one that was paid twice, and somebody who never bought.
    async fn has_all_endings(&self) {
        let product = self.product("Netflix").await;
        self.is_staffed().await;
        self.is_furnished(product).await;
        let day = Day { store: &self.store, product, number: 1, at: self.at };
        day.live().await;
        let (buyer, other) = (day.somebody_comes(8).await, day.somebody_comes(9).await);
        let pending = day.reserve(&buyer, 6, None).await;
        day.invoice(&buyer, 6, Pays::Order(pending.id)).await;
        let rich =
            self.store.profile_by_chat(PLATFORM, quickcart::rules::ids::ChatId(711)).await.unwrap().unwrap();
        let twice = day.reserve(&rich, 7, None).await;
        let invoice = day.invoice(&rich, 7, Pays::Order(twice.id)).await;
        let payment = BalancePayment { order: twice.id, user: rich.user };
        self.store.pay_from_balance(vec![payment], Scarcity::default(), self.at).await.unwrap();
        let settled =
            self.store.settle(vec![(invoice, "webhook")], true, Scarcity::default(), self.at).await.unwrap();
        assert!(matches!(settled.outcomes[0], Settled::LateCredited { .. }), "{settled:?}");
        assert!(other.user.0 > buyer.user.0);
    }

    /// An owner, and somebody who was an admin, an owner, and is no more.
    async fn is_staffed(&self) {
        let seat = |chat, role| Seat { chat: ChatId(chat), role, bank_id: chat as u32 };
        let owner = seat(901, Role::Owner);
        let all = vec![owner, seat(902, Role::Owner), seat(902, Role::Admin)];
        for seats in [all.clone(), vec![owner], all, vec![owner]] {
            self.store.seat_staff(PLATFORM, seats, self.at).await.unwrap();
        }
    }

    async fn is_furnished(&self, product: ProductId) {
        let package = |quantity, price| Package { quantity, price: Rupiah(price) };
        let reseller = Furnishing {
            reseller_price: Some(Rupiah(20_000)),
            packages: vec![package(3, 60_000)],
            ..Default::default()
        };
        let packages = Furnishing {
            packages: vec![package(10, 150_000), package(5, 90_000)],
            note: Some("Garansi".into()),
            ..Default::default()
        };
        for furnishing in [reseller, packages, Furnishing::default()] {
            self.store.furnish_product(product, furnishing, by_admin(), self.at).await.unwrap();
        }
    }

    async fn broken(&self) -> Vec<Broken> {
        self.store.verify(self.at).await.unwrap()
    }

    async fn names(&self, damage: &str, rule: &str, row: &str) {
        let broken = self.broken().await;
        let named = broken.iter().any(|broken| broken.rule.contains(rule) && broken.row.contains(row));
        assert!(named, "{damage}\nbreaks {rule:?} at {row:?}, but these were named: {broken:#?}");
    }

    fn keep_copies(&self) {
        for table in MAIN_TABLES {
            self.databases
                .main
                .run(format!("CREATE TABLE copy_of_{table} AS SELECT * FROM {table}"))
                .unwrap();
        }
        self.databases.audit.run("CREATE TABLE copy_of_events AS SELECT * FROM events").unwrap();
        for database in [&self.databases.main, &self.databases.audit] {
            if let Raw::Lite(_) = database {
                for guard in database.lines("SELECT name AS value FROM sqlite_master WHERE type = 'trigger'")
                {
                    database.run(format!("DROP TRIGGER {guard}")).unwrap();
                }
            }
        }
    }

    /// As somebody does who has the database's own password.
    fn damage(&self, database: &Raw, damage: &str) {
        let unguarded = match database {
            Raw::Pg(_) => "SET session_replication_role = replica",
            Raw::Lite(_) => "PRAGMA foreign_keys = OFF",
        };
        database.run(format!("{unguarded}; {damage}")).unwrap_or_else(|error| panic!("{damage}\n{error}"));
    }

    fn restore(&self, database: &Raw, tables: &[&str]) {
        for table in tables {
            let again = format!("DELETE FROM {table}; INSERT INTO {table} SELECT * FROM copy_of_{table}");
            self.damage(database, &again);
        }
    }
}
