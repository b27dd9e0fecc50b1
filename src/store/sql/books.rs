//! The rules that the books obey. Each is one statement that finds the rows breaking it: `$1` is the shop, `$2` since
//! when sent facts are kept. Accounts and customers are shared by all shops of a database.

/// A rule and the statement that finds what breaks it.
pub(super) struct Rule {
    pub says: &'static str,
    pub finds: &'static str,
}

pub(super) const RULES: [Rule; 23] = [
    // Money -------------------------------------------------------------------------------------
    Rule {
        says: "every transfer sums to zero",
        finds: "SELECT 'transfer ' || CAST(e.transfer_id AS TEXT) AS row_name FROM entries e \
                LEFT JOIN transfers t ON t.id = e.transfer_id \
                GROUP BY e.transfer_id HAVING SUM(e.amount) <> 0 OR COUNT(t.id) = 0",
    },
    Rule {
        says: "every balance is the sum of its entries",
        finds: "SELECT 'account ' || b.account AS row_name FROM balances b \
                LEFT JOIN (SELECT account, SUM(amount) AS total FROM entries GROUP BY account) e ON e.account = b.account \
                WHERE b.amount <> COALESCE(e.total, 0)",
    },
    Rule {
        says: "every account with entries has a balance",
        finds: "SELECT DISTINCT 'account ' || e.account AS row_name FROM entries e \
                LEFT JOIN balances b ON b.account = e.account WHERE b.account IS NULL",
    },
    Rule {
        says: "every customer has a balance, and none is negative",
        finds: "SELECT 'account user:' || CAST(u.id AS TEXT) AS row_name FROM users u \
                LEFT JOIN balances b ON b.account = 'user:' || CAST(u.id AS TEXT) \
                WHERE b.account IS NULL OR b.amount < 0",
    },
    Rule {
        says: "what was paid from a balance is the total of its customer's paid order",
        finds: "SELECT 'transfer ' || t.reference AS row_name FROM transfers t \
                LEFT JOIN orders o ON o.code = t.reference AND o.shop_id = t.shop_id \
                WHERE t.shop_id = $1 AND t.source = 'order' AND (o.id IS NULL OR o.method <> 'balance' \
                OR o.state NOT IN ('paid', 'delivered', 'refunded') OR t.user_id IS NULL OR o.user_id <> t.user_id \
                OR o.total <> COALESCE((SELECT -e.amount FROM entries e WHERE e.transfer_id = t.id \
                AND e.account = 'user:' || CAST(o.user_id AS TEXT)), 0) \
                OR o.total <> COALESCE((SELECT e.amount FROM entries e WHERE e.transfer_id = t.id \
                AND e.account = 'sales:' || t.shop_id), 0))",
    },
    Rule {
        says: "what an invoice sold is the total of its customer's paid order",
        finds: "SELECT 'transfer ' || t.reference AS row_name FROM transfers t \
                LEFT JOIN invoices i ON i.reference = t.reference AND i.shop_id = t.shop_id \
                LEFT JOIN orders o ON o.id = i.order_id \
                WHERE t.shop_id = $1 AND t.source = 'invoice' AND (o.id IS NULL OR o.method <> 'qris' \
                OR i.state <> 'settled' OR o.state NOT IN ('paid', 'delivered', 'refunded') \
                OR t.user_id IS NULL OR i.user_id <> t.user_id \
                OR i.base <> COALESCE((SELECT e.amount FROM entries e WHERE e.transfer_id = t.id \
                AND e.account = 'sales:' || t.shop_id), 0))",
    },
    Rule {
        says: "what an invoice credited is its amount, to its customer",
        finds: "SELECT 'transfer ' || t.reference AS row_name FROM transfers t \
                LEFT JOIN invoices i ON i.reference = t.reference AND i.shop_id = t.shop_id \
                WHERE t.shop_id = $1 AND t.source IN ('deposit', 'late') AND (i.id IS NULL OR i.state <> 'settled' \
                OR (t.source = 'deposit') <> (i.order_id IS NULL) OR t.user_id IS NULL OR i.user_id <> t.user_id \
                OR COALESCE((SELECT e.amount FROM entries e WHERE e.transfer_id = t.id \
                AND e.account = 'user:' || CAST(i.user_id AS TEXT)), 0) NOT BETWEEN i.base \
                AND i.base + CASE t.source WHEN 'late' THEN COALESCE(i.fee, 0) ELSE 0 END)",
    },
    Rule {
        says: "what the gateway owes for an invoice is its amount and fee",
        finds: "SELECT 'invoice ' || i.code AS row_name FROM invoices i JOIN transfers t ON t.reference = i.reference \
                AND t.source IN ('invoice', 'deposit', 'late') WHERE i.shop_id = $1 AND i.base + COALESCE(i.fee, 0) <> \
                COALESCE((SELECT -e.amount FROM entries e WHERE e.transfer_id = t.id AND e.account = 'gateway:' || t.shop_id), 0)",
    },
    Rule {
        says: "every settled invoice moved its money once",
        finds: "SELECT 'invoice ' || i.code AS row_name FROM invoices i \
                WHERE i.shop_id = $1 AND i.state = 'settled' AND 1 <> \
                (SELECT COUNT(*) FROM transfers t WHERE t.reference = i.reference AND t.source IN ('invoice', 'deposit', 'late'))",
    },
    Rule {
        says: "every paid order moved its money once",
        finds: "SELECT 'order ' || o.code AS row_name FROM orders o LEFT JOIN invoices i ON i.order_id = o.id \
                WHERE o.shop_id = $1 AND o.state IN ('paid', 'delivered', 'refunded') AND 1 <> \
                (SELECT COUNT(*) FROM transfers t WHERE (t.source = 'order' AND t.reference = o.code) \
                 OR (t.source = 'invoice' AND t.reference = i.reference))",
    },
    Rule {
        says: "every transfer has a cause that the shop writes, and a shop",
        finds: "SELECT 'transfer ' || t.reference AS row_name FROM transfers t \
                WHERE t.source NOT IN ('order', 'invoice', 'deposit', 'late', 'transfer') \
                OR t.shop_id NOT IN (SELECT id FROM shops)",
    },
    Rule {
        says: "a transfer moves the accounts of its cause, and no other",
        finds: "SELECT 'transfer ' || t.reference AS row_name FROM transfers t WHERE t.shop_id = $1 AND EXISTS \
                (SELECT 1 FROM entries e WHERE e.transfer_id = t.id AND NOT CASE t.source \
                WHEN 'order' THEN e.account IN ('user:' || CAST(COALESCE(t.user_id, 0) AS TEXT), 'sales:' || t.shop_id) \
                WHEN 'invoice' THEN e.account IN ('gateway:' || t.shop_id, 'fees:' || t.shop_id, 'sales:' || t.shop_id) \
                WHEN 'transfer' THEN e.account IN ('user:' || CAST(COALESCE(t.user_id, 0) AS TEXT), 'adjustments:' || t.shop_id) \
                ELSE e.account IN ('user:' || CAST(COALESCE(t.user_id, 0) AS TEXT), 'gateway:' || t.shop_id, 'fees:' || t.shop_id) END)",
    },
    // Orders and units --------------------------------------------------------------------------
    Rule {
        says: "every order has lines, which sum to its total",
        finds: "SELECT 'order ' || o.code AS row_name FROM orders o LEFT JOIN order_lines l ON l.order_id = o.id \
                WHERE o.shop_id = $1 GROUP BY o.id, o.code, o.total \
                HAVING COUNT(l.order_id) = 0 OR SUM(l.amount) <> o.total",
    },
    Rule {
        says: "an invoice is open while its order is pending, over the same amount, and asked about",
        finds: "SELECT 'invoice ' || i.code AS row_name FROM invoices i LEFT JOIN orders o ON o.id = i.order_id \
                WHERE i.shop_id = $1 AND ((i.state IN ('opening', 'open') AND i.ask_at IS NULL) \
                OR (i.order_id IS NOT NULL AND (o.id IS NULL OR o.total <> i.base OR o.user_id <> i.user_id \
                OR (i.state IN ('opening', 'open')) <> (o.state = 'pending'))))",
    },
    Rule {
        says: "every paid order has exactly its units, sold",
        finds: "SELECT 'order ' || o.code || ', product ' || CAST(l.product_id AS TEXT) AS row_name FROM orders o \
                JOIN order_lines l ON l.order_id = o.id \
                WHERE o.shop_id = $1 AND o.state IN ('paid', 'delivered') AND l.quantity <> \
                (SELECT COUNT(*) FROM stock_units u WHERE u.order_id = o.id AND u.product_id = l.product_id AND u.state = 'sold')",
    },
    Rule {
        says: "every pending order has exactly its units, reserved",
        finds: "SELECT 'order ' || o.code || ', product ' || CAST(l.product_id AS TEXT) AS row_name FROM orders o \
                JOIN order_lines l ON l.order_id = o.id \
                WHERE o.shop_id = $1 AND o.state = 'pending' AND l.quantity <> \
                (SELECT COUNT(*) FROM stock_units u WHERE u.order_id = o.id AND u.product_id = l.product_id AND u.state = 'reserved')",
    },
    Rule {
        says: "a unit is free, or reserved by a pending order of its shop, or sold to a paid one, and by no other",
        finds: "SELECT 'unit ' || CAST(u.id AS TEXT) AS row_name FROM stock_units u LEFT JOIN orders o ON o.id = u.order_id \
                WHERE u.shop_id = $1 AND ((u.state = 'free' AND u.order_id IS NOT NULL) \
                OR (u.state IN ('reserved', 'sold') AND (o.id IS NULL OR o.shop_id <> u.shop_id \
                OR (u.state = 'reserved' AND o.state <> 'pending') \
                OR (u.state = 'sold' AND o.state NOT IN ('paid', 'delivered', 'refunded')) \
                OR NOT EXISTS (SELECT 1 FROM order_lines l WHERE l.order_id = o.id AND l.product_id = u.product_id))))",
    },
    // Figures -----------------------------------------------------------------------------------
    Rule {
        says: "a product's figure is what was sold of it",
        finds: "SELECT 'product ' || CAST(p.id AS TEXT) AS row_name FROM products p LEFT JOIN \
                (SELECT l.product_id, SUM(l.quantity) AS units FROM order_lines l JOIN orders o ON o.id = l.order_id \
                 WHERE o.shop_id = $1 AND o.paid_at IS NOT NULL GROUP BY l.product_id) s ON s.product_id = p.id \
                WHERE p.shop_id = $1 AND p.sold <> COALESCE(s.units, 0)",
    },
    Rule {
        says: "a customer's figures are their paid orders",
        finds: "SELECT 'customer user:' || CAST(c.user_id AS TEXT) AS row_name FROM customers c LEFT JOIN \
                (SELECT user_id, COUNT(*) AS orders, SUM(total) AS spent FROM orders \
                 WHERE shop_id = $1 AND paid_at IS NOT NULL GROUP BY user_id) o ON o.user_id = c.user_id \
                WHERE c.shop_id = $1 AND (c.orders_count <> COALESCE(o.orders, 0) OR c.spent <> COALESCE(o.spent, 0))",
    },
    Rule {
        says: "whoever has an order is a customer of the shop",
        finds: "SELECT 'order ' || o.code AS row_name FROM orders o \
                LEFT JOIN customers c ON c.shop_id = o.shop_id AND c.user_id = o.user_id \
                WHERE o.shop_id = $1 AND c.user_id IS NULL",
    },
    // Delivery ----------------------------------------------------------------------------------
    Rule {
        says: "every paid order's goods are on their way to its customer, or known to be undeliverable",
        finds: "SELECT 'order ' || o.code AS row_name FROM orders o \
                WHERE o.shop_id = $1 AND o.state = 'paid' AND o.undeliverable_at IS NULL AND NOT EXISTS \
                (SELECT 1 FROM outbox f WHERE f.shop_id = o.shop_id AND f.subject = 'goods:' || CAST(o.id AS TEXT) \
                 AND f.chat_id = o.chat_id AND f.state IN ('queued', 'sending'))",
    },
    Rule {
        says: "every delivered order has its message",
        finds: "SELECT 'order ' || o.code AS row_name FROM orders o \
                WHERE o.shop_id = $1 AND o.paid_at >= $2 AND o.state = 'delivered' AND NOT EXISTS \
                (SELECT 1 FROM outbox f WHERE f.shop_id = o.shop_id AND f.subject = 'goods:' || CAST(o.id AS TEXT) \
                 AND f.chat_id = o.chat_id AND f.state = 'sent')",
    },
    Rule {
        says: "every undeliverable order has the message that could not be sent",
        finds: "SELECT 'order ' || o.code AS row_name FROM orders o \
                WHERE o.shop_id = $1 AND o.paid_at >= $2 AND o.undeliverable_at IS NOT NULL AND NOT EXISTS \
                (SELECT 1 FROM outbox f WHERE f.shop_id = o.shop_id AND f.subject = 'goods:' || CAST(o.id AS TEXT) \
                 AND f.state = 'undeliverable')",
    },
];
