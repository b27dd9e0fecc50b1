//! A shop's past, as SQL that both databases understand: what years of selling leave behind, written in seconds.
//! `benches/history` fills its shops with it too.

use chrono::{DateTime, Utc};

/// Statements that give a shop `rows` customers more, each of whom bought a unit of `product` by QRIS and had it
/// delivered, one a minute until `until`; one in twenty let another order expire. The books balance. Ids are below
/// zero, or from a thousand up, where a young shop has none. Foreign keys are not checked on the way, which would
/// take longer than all the rest.
pub fn history(postgres: bool, shop: &str, product: i64, rows: i64, until: DateTime<Utc>) -> String {
    let past = Past { shop, product, rows };
    let statements = [past.people(), past.orders(), past.payments(), past.queues()].concat();
    let (until_text, until_micros) = (until.to_rfc3339(), until.timestamp_micros());
    let [prepare, code, at, bytes, end] = if postgres {
        let code = "upper(substr(md5(random()::text), 1, 16))";
        let at = format!("timestamptz '{until_text}' - ({rows} - i) * interval '1 minute'");
        let prepare = "SET session_replication_role = replica; SET synchronous_commit = off";
        [prepare, code, &at, "uuid_send(gen_random_uuid())", "ANALYZE"].map(String::from)
    } else {
        let at = format!("{until_micros} - ({rows} - i) * 60000000");
        let prepare = "PRAGMA synchronous = OFF; PRAGMA cache_size = -500000";
        let end = "PRAGMA wal_checkpoint(TRUNCATE)";
        [prepare, "hex(randomblob(8))", &at, "randomblob(16)", end].map(String::from)
    };
    format!(
        "{prepare}; BEGIN; CREATE TEMP TABLE past AS \
         WITH RECURSIVE numbers (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM numbers WHERE i < {rows}) \
         SELECT i, 1000 + i AS id, 9000000000 + i AS chat, 1000 + i % 9000 AS price, {code} AS code, \
         {bytes} AS bytes, {at} AS at FROM numbers; \
         {statements} DROP TABLE past; COMMIT; {end}"
    )
}

struct Past<'a> {
    shop: &'a str,
    product: i64,
    rows: i64,
}

impl Past<'_> {
    fn people(&self) -> String {
        let shop = self.shop;
        format!(
            "INSERT INTO users (id, name, language, bank_id, onboarded, created_at) SELECT id, 'Pelanggan ' || i, \
             'id', substr('abcdefghijk', 1 + i / 100000, 1) || substr(CAST(100000 + i % 100000 AS TEXT), 2), TRUE, \
             at FROM past; \
             INSERT INTO identities (platform, external_id, user_id, username) \
             SELECT 'telegram', CAST(chat AS TEXT), id, 'pelanggan_' || i FROM past; \
             INSERT INTO customers (shop_id, user_id, joined_at, orders_count, spent) \
             SELECT '{shop}', id, at, 1, price FROM past; \
             INSERT INTO sessions (shop_id, user_id, state, updated_at) SELECT '{shop}', id, '{{}}', at FROM past; \
             INSERT INTO balances (account, amount) SELECT 'user:' || id, 0 FROM past; "
        )
    }

    fn orders(&self) -> String {
        let Self { shop, product, rows } = self;
        let order = "INSERT INTO orders (id, shop_id, user_id, chat_id, code, request_key, state, open_slot, method, \
                     subtotal, total, created_at, expires_at, paid_at, closed_at)";
        format!(
            "{order} SELECT id, '{shop}', id, chat, code, 'telegram:' || code, 'delivered', 1, 'qris', price, price, \
             at, at, at, at FROM past; \
             {order} SELECT {rows} + id, '{shop}', id, chat, 'X' || code, 'telegram:X' || code, 'expired', 1, NULL, \
             price, price, at, at, NULL, at FROM past WHERE i % 20 = 0; \
             INSERT INTO order_lines (order_id, position, product_id, name, quantity, unit_price, amount) \
             SELECT id, 0, {product}, 'Netflix', 1, price, price FROM past; \
             INSERT INTO order_lines (order_id, position, product_id, name, quantity, unit_price, amount) \
             SELECT {rows} + id, 0, {product}, 'Netflix', 1, price, price FROM past WHERE i % 20 = 0; \
             INSERT INTO stock_units (id, shop_id, product_id, state, order_id, ciphertext, key_id, fingerprint, \
             created_at, sold_at) SELECT i - {rows} - 1, '{shop}', {product}, 'sold', id, bytes, 'old', bytes, at, at \
             FROM past; \
             UPDATE products SET sold = sold + {rows} WHERE id = {product}; "
        )
    }

    fn payments(&self) -> String {
        let shop = self.shop;
        format!(
            "INSERT INTO invoices (id, shop_id, user_id, chat_id, order_id, gateway, code, reference, request_key, \
             base, fee, total, state, created_at, expires_at, asked_count, settled_at) SELECT id, '{shop}', id, chat, \
             id, 'pakasir', code, 'QC-' || code, 'invoice:' || code, price, 0, price, 'settled', at, at, 3, at FROM past; \
             INSERT INTO transfers (id, shop_id, source, reference, user_id, created_at) \
             SELECT id, '{shop}', 'invoice', 'QC-' || code, id, at FROM past; \
             INSERT INTO entries (transfer_id, account, amount) SELECT id, 'gateway:{shop}', -price FROM past; \
             INSERT INTO entries (transfer_id, account, amount) SELECT id, 'sales:{shop}', price FROM past; \
             UPDATE balances SET amount = amount - (SELECT SUM(price) FROM past) WHERE account = 'gateway:{shop}'; \
             UPDATE balances SET amount = amount + (SELECT SUM(price) FROM past) WHERE account = 'sales:{shop}'; "
        )
    }

    fn queues(&self) -> String {
        let Self { shop, rows, .. } = self;
        format!(
            "INSERT INTO outbox (id, shop_id, audience, chat_id, fact, subject, state, not_before, attempts, \
             created_at, sent_at, message_id) SELECT i - {rows} - 1, '{shop}', 'chat', chat, '{{}}', 'goods:' || id, \
             'sent', at, 1, at, at, i FROM past; \
             INSERT INTO support_threads (shop_id, chat_id, message_id, user_id, created_at) \
             SELECT '{shop}', -5, i, id, at FROM past; \
             INSERT INTO inbox (shop_id, key, state, seen_at) SELECT '{shop}', 'telegram:' || i, 'done', at FROM past; "
        )
    }
}
