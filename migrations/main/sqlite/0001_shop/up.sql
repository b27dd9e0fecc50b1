-- The whole shop. Amounts are whole rupiah, times are microseconds since 1970, UTC.
-- The PostgreSQL twin of this file differs only in types, trigger syntax and the key of audit_outbox.

-- Shops and who runs them ------------------------------------------------------------------

CREATE TABLE shops (
  id TEXT NOT NULL PRIMARY KEY,
  name TEXT NOT NULL,
  created_at INTEGER NOT NULL
) STRICT;

-- One process per shop. Every statement that moves money or stock checks its epoch here first.
-- Times are microseconds of the database's own clock: processes may disagree about theirs.
CREATE TABLE shop_leases (
  shop_id TEXT NOT NULL PRIMARY KEY REFERENCES shops (id),
  holder TEXT NOT NULL,
  epoch INTEGER NOT NULL,
  renewed_at_micros INTEGER NOT NULL,
  expires_at_micros INTEGER NOT NULL
) STRICT;

CREATE TABLE settings (
  shop_id TEXT NOT NULL REFERENCES shops (id),
  key TEXT NOT NULL,
  value TEXT NOT NULL,
  updated_at INTEGER NOT NULL,
  PRIMARY KEY (shop_id, key)
) STRICT;

-- People: shared by all shops of this database ---------------------------------------------

CREATE TABLE users (
  id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
  name TEXT NOT NULL,
  whatsapp TEXT,
  email TEXT,
  language TEXT NOT NULL CHECK (language IN ('id', 'en')),
  bank_id TEXT NOT NULL UNIQUE CHECK (length(bank_id) = 6),
  onboarded INTEGER NOT NULL DEFAULT 0 CHECK (onboarded IN (0, 1)),
  created_at INTEGER NOT NULL
) STRICT;

CREATE TABLE identities (
  platform TEXT NOT NULL,
  external_id TEXT NOT NULL,
  user_id INTEGER NOT NULL REFERENCES users (id),
  username TEXT,
  -- the id first: chats are looked up without asking what platform they are of
  PRIMARY KEY (external_id, platform)
) STRICT;
CREATE UNIQUE INDEX identities_user ON identities (user_id, platform);
CREATE INDEX identities_username ON identities (username, platform);

CREATE TABLE customers (
  shop_id TEXT NOT NULL REFERENCES shops (id),
  user_id INTEGER NOT NULL REFERENCES users (id),
  joined_at INTEGER NOT NULL,
  banned_at INTEGER,
  -- set when the person blocked the bot, cleared when they are heard of again
  unreachable_at INTEGER,
  orders_count INTEGER NOT NULL DEFAULT 0,
  spent INTEGER NOT NULL DEFAULT 0 CHECK (spent >= 0),
  PRIMARY KEY (shop_id, user_id)
) STRICT;
CREATE INDEX customers_spent ON customers (shop_id, spent);

CREATE TABLE staff (
  shop_id TEXT NOT NULL REFERENCES shops (id),
  user_id INTEGER NOT NULL REFERENCES users (id),
  role TEXT NOT NULL CHECK (role IN ('reseller', 'admin', 'owner')),
  since INTEGER NOT NULL,
  added_by INTEGER REFERENCES users (id),
  PRIMARY KEY (shop_id, user_id, role)
) STRICT;

CREATE TABLE sessions (
  shop_id TEXT NOT NULL REFERENCES shops (id),
  user_id INTEGER NOT NULL REFERENCES users (id),
  state TEXT NOT NULL,
  updated_at INTEGER NOT NULL,
  PRIMARY KEY (shop_id, user_id)
) STRICT;

CREATE TABLE notify_chats (
  shop_id TEXT NOT NULL REFERENCES shops (id),
  chat_id INTEGER NOT NULL,
  added_by INTEGER REFERENCES users (id),
  added_at INTEGER NOT NULL,
  PRIMARY KEY (shop_id, chat_id)
) STRICT;

-- A staff chat's message that stands for a customer: replying to it answers them.
CREATE TABLE support_threads (
  shop_id TEXT NOT NULL REFERENCES shops (id),
  chat_id INTEGER NOT NULL,
  message_id INTEGER NOT NULL,
  user_id INTEGER NOT NULL REFERENCES users (id),
  created_at INTEGER NOT NULL,
  PRIMARY KEY (shop_id, chat_id, message_id)
) STRICT;

-- Catalogue --------------------------------------------------------------------------------

CREATE TABLE categories (
  shop_id TEXT NOT NULL REFERENCES shops (id),
  name TEXT NOT NULL,
  emoji TEXT,
  discount_percent TEXT CHECK (CAST(discount_percent AS REAL) BETWEEN 0 AND 100),
  discount_nominal INTEGER CHECK (discount_nominal >= 0),
  PRIMARY KEY (shop_id, name)
) STRICT;

CREATE TABLE products (
  id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
  shop_id TEXT NOT NULL REFERENCES shops (id),
  number INTEGER NOT NULL CHECK (number > 0),
  name TEXT NOT NULL,
  category TEXT NOT NULL,
  description TEXT NOT NULL,
  kind TEXT NOT NULL CHECK (kind IN ('unique', 'reusable', 'file')),
  request_key TEXT NOT NULL,
  price INTEGER NOT NULL CHECK (price >= 0),
  reseller_price INTEGER CHECK (reseller_price >= 0),
  discount_percent TEXT CHECK (CAST(discount_percent AS REAL) BETWEEN 0 AND 100),
  discount_nominal INTEGER CHECK (discount_nominal >= 0),
  min_quantity INTEGER NOT NULL DEFAULT 1 CHECK (min_quantity >= 1),
  max_quantity INTEGER CHECK (max_quantity >= min_quantity),
  per_customer INTEGER CHECK (per_customer >= 1),
  note TEXT,
  terms TEXT,
  picture TEXT,
  sold INTEGER NOT NULL DEFAULT 0,
  -- set when staff are told that few units, or none, are left; cleared by restocking
  low_stock_told_at INTEGER,
  sold_out_told_at INTEGER,
  created_at INTEGER NOT NULL,
  deleted_at INTEGER
) STRICT;
CREATE UNIQUE INDEX products_request ON products (shop_id, request_key);
CREATE UNIQUE INDEX products_number ON products (shop_id, number) WHERE deleted_at IS NULL;

CREATE TABLE product_prices (
  product_id INTEGER NOT NULL REFERENCES products (id),
  quantity INTEGER NOT NULL CHECK (quantity >= 1),
  price INTEGER NOT NULL CHECK (price >= 0),
  PRIMARY KEY (product_id, quantity)
) STRICT;

CREATE TABLE restock_subscriptions (
  shop_id TEXT NOT NULL REFERENCES shops (id),
  product_id INTEGER NOT NULL REFERENCES products (id),
  user_id INTEGER NOT NULL REFERENCES users (id),
  created_at INTEGER NOT NULL,
  PRIMARY KEY (shop_id, product_id, user_id)
) STRICT;
CREATE INDEX restock_subscriptions_first ON restock_subscriptions (shop_id, product_id, created_at);

-- Products that are on sale again, until all who waited have been told or the units are gone.
CREATE TABLE restocks (
  shop_id TEXT NOT NULL REFERENCES shops (id),
  product_id INTEGER NOT NULL REFERENCES products (id),
  created_at INTEGER NOT NULL,
  PRIMARY KEY (shop_id, product_id)
) STRICT;

CREATE TABLE carts (
  shop_id TEXT NOT NULL REFERENCES shops (id),
  user_id INTEGER NOT NULL REFERENCES users (id),
  product_id INTEGER NOT NULL REFERENCES products (id),
  quantity INTEGER NOT NULL CHECK (quantity >= 1),
  updated_at INTEGER NOT NULL,
  PRIMARY KEY (shop_id, user_id, product_id)
) STRICT;

-- Orders and stock -------------------------------------------------------------------------

-- What comes with every sale (orders, invoices, transfers, outbox, audit_outbox) names its shop without a foreign key:
-- every transaction that writes asks for the lease of that shop first, and a lease is only of a shop that is there.

CREATE TABLE orders (
  id INTEGER NOT NULL PRIMARY KEY,
  shop_id TEXT NOT NULL,
  user_id INTEGER NOT NULL REFERENCES users (id),
  chat_id INTEGER NOT NULL,
  code TEXT NOT NULL UNIQUE,
  -- names the press that made it: a redelivered press finds its order instead of making another
  request_key TEXT NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('pending', 'paid', 'delivered', 'expired', 'cancelled', 'refunded')),
  -- 1 … open orders allowed; unique among a customer's pending ones
  open_slot INTEGER NOT NULL CHECK (open_slot >= 1),
  method TEXT CHECK (method IN ('qris', 'balance')),
  subtotal INTEGER NOT NULL CHECK (subtotal >= 0),
  total INTEGER NOT NULL CHECK (total >= 0 AND total <= subtotal),
  created_at INTEGER NOT NULL,
  expires_at INTEGER NOT NULL,
  paid_at INTEGER,
  closed_at INTEGER,
  undeliverable_at INTEGER,
  UNIQUE (shop_id, request_key),
  CHECK ((state IN ('paid', 'delivered', 'refunded')) = (paid_at IS NOT NULL)),
  CHECK ((state IN ('paid', 'delivered', 'refunded')) <= (method IS NOT NULL))
) STRICT;
CREATE UNIQUE INDEX orders_open ON orders (shop_id, user_id, open_slot) WHERE state = 'pending';
CREATE INDEX orders_due ON orders (shop_id, expires_at) WHERE state = 'pending';
CREATE INDEX orders_of_user ON orders (user_id, shop_id, id);
CREATE INDEX orders_of_shop ON orders (shop_id, id);
-- finds those that a clock which went back since has left in the future
CREATE INDEX orders_made ON orders (shop_id, created_at) WHERE state = 'pending';
CREATE INDEX orders_by_state ON orders (shop_id, state, id);
CREATE INDEX orders_expired ON orders (shop_id, user_id, closed_at) WHERE state = 'expired';

CREATE TABLE order_lines (
  order_id INTEGER NOT NULL REFERENCES orders (id),
  position INTEGER NOT NULL,
  product_id INTEGER NOT NULL REFERENCES products (id),
  name TEXT NOT NULL,
  quantity INTEGER NOT NULL CHECK (quantity >= 1),
  unit_price INTEGER NOT NULL CHECK (unit_price >= 0),
  amount INTEGER NOT NULL CHECK (amount >= 0),
  note TEXT,
  terms TEXT,
  PRIMARY KEY (order_id, position)
) STRICT;

CREATE TABLE stock_units (
  id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
  shop_id TEXT NOT NULL REFERENCES shops (id),
  product_id INTEGER NOT NULL REFERENCES products (id),
  state TEXT NOT NULL CHECK (state IN ('free', 'reserved', 'sold', 'burned')),
  -- deferred: units are claimed first, the order is written once all of them are held
  order_id INTEGER REFERENCES orders (id) DEFERRABLE INITIALLY DEFERRED,
  ciphertext BLOB NOT NULL,
  key_id TEXT NOT NULL,
  -- keyed hash of the content: finds duplicates without opening anything
  fingerprint BLOB NOT NULL,
  created_at INTEGER NOT NULL,
  sold_at INTEGER,
  UNIQUE (shop_id, fingerprint),
  CHECK (CASE state WHEN 'free' THEN order_id IS NULL WHEN 'burned' THEN 1 ELSE order_id IS NOT NULL END)
) STRICT;
-- Hardly any but free units are in here: a claim never reads past the sold ones. Not by their state, so that selling
-- what was reserved touches no index.
CREATE INDEX stock_units_free ON stock_units (shop_id, product_id, id) WHERE order_id IS NULL;
CREATE INDEX stock_units_order ON stock_units (order_id) WHERE order_id IS NOT NULL;

-- Payment ----------------------------------------------------------------------------------

CREATE TABLE invoices (
  id INTEGER NOT NULL PRIMARY KEY,
  shop_id TEXT NOT NULL,
  user_id INTEGER NOT NULL REFERENCES users (id),
  chat_id INTEGER NOT NULL,
  -- none: a deposit
  order_id INTEGER UNIQUE REFERENCES orders (id),
  gateway TEXT NOT NULL,
  code TEXT NOT NULL UNIQUE,
  reference TEXT NOT NULL,
  request_key TEXT NOT NULL,
  base INTEGER NOT NULL CHECK (base > 0),
  fee INTEGER CHECK (fee >= 0),
  total INTEGER CHECK (total >= base),
  qr TEXT,
  checkout_url TEXT,
  state TEXT NOT NULL CHECK (state IN ('opening', 'open', 'settled', 'expired', 'cancelled', 'refused')),
  -- the message that says the QR is being made; the QR takes its place
  waiting_message_id INTEGER,
  created_at INTEGER NOT NULL,
  expires_at INTEGER NOT NULL,
  -- when to ask the gateway again; none once nothing more is expected
  ask_at INTEGER,
  asked_count INTEGER NOT NULL DEFAULT 0,
  -- when somebody first said that it is paid and the gateway could not be asked at once
  hinted_at INTEGER,
  settled_at INTEGER,
  UNIQUE (gateway, reference),
  UNIQUE (shop_id, request_key),
  CHECK ((state = 'settled') = (settled_at IS NOT NULL))
) STRICT;
CREATE INDEX invoices_ask ON invoices (shop_id, ask_at) WHERE ask_at IS NOT NULL;
CREATE INDEX invoices_due ON invoices (shop_id, expires_at) WHERE state IN ('opening', 'open');
CREATE INDEX invoices_of_user ON invoices (user_id, id);

CREATE TABLE transfers (
  id INTEGER NOT NULL PRIMARY KEY,
  shop_id TEXT NOT NULL,
  -- what caused it and which one: the same cause never moves money twice
  source TEXT NOT NULL,
  reference TEXT NOT NULL,
  user_id INTEGER REFERENCES users (id),
  note TEXT,
  created_at INTEGER NOT NULL,
  UNIQUE (source, reference)
) STRICT;
CREATE INDEX transfers_of_user ON transfers (user_id, created_at, id);

CREATE TABLE entries (
  transfer_id INTEGER NOT NULL REFERENCES transfers (id),
  account TEXT NOT NULL,
  amount INTEGER NOT NULL CHECK (amount <> 0),
  PRIMARY KEY (transfer_id, account)
) STRICT;

-- A guarded sum of the entries. Only customers' accounts have a floor.
CREATE TABLE balances (
  account TEXT NOT NULL PRIMARY KEY,
  amount INTEGER NOT NULL,
  CHECK (amount >= 0 OR account NOT LIKE 'user:%')
) STRICT;

-- Queues -----------------------------------------------------------------------------------

-- What people must be told, written with what made it true.
CREATE TABLE outbox (
  id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
  shop_id TEXT NOT NULL,
  audience TEXT NOT NULL CHECK (audience IN ('chat', 'staff', 'owners')),
  chat_id INTEGER,
  fact TEXT NOT NULL,
  -- what it is about, to find it again: 'order:…', 'invoice:…'
  subject TEXT,
  state TEXT NOT NULL CHECK (state IN ('queued', 'sending', 'sent', 'undeliverable')),
  not_before INTEGER NOT NULL,
  leased_until INTEGER,
  attempts INTEGER NOT NULL DEFAULT 0,
  created_at INTEGER NOT NULL,
  sent_at INTEGER,
  message_id INTEGER,
  last_fault TEXT,
  CHECK ((audience = 'chat') = (chat_id IS NOT NULL))
) STRICT;
CREATE INDEX outbox_chat ON outbox (shop_id, chat_id, id) WHERE state IN ('queued', 'sending');
-- notices for staff and owners, which nobody takes singly
CREATE INDEX outbox_staff ON outbox (shop_id, not_before, id)
  WHERE audience <> 'chat' AND state IN ('queued', 'sending');
CREATE INDEX outbox_subject ON outbox (shop_id, subject) WHERE subject IS NOT NULL;

-- What the audit database must still learn.
CREATE TABLE audit_outbox (
  id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
  shop_id TEXT NOT NULL,
  at INTEGER NOT NULL,
  actor TEXT NOT NULL,
  action TEXT NOT NULL,
  target TEXT NOT NULL,
  before TEXT,
  after TEXT,
  origin TEXT NOT NULL
) STRICT;
CREATE INDEX audit_outbox_shop ON audit_outbox (shop_id, id);

-- Outside events that were handled, so that a redelivery is recognised. A set, not a highest number.
CREATE TABLE inbox (
  shop_id TEXT NOT NULL REFERENCES shops (id),
  key TEXT NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('done', 'set_aside')),
  seen_at INTEGER NOT NULL,
  PRIMARY KEY (shop_id, key)
) STRICT;
CREATE INDEX inbox_seen ON inbox (shop_id, seen_at);

-- Guards that hold whoever writes ----------------------------------------------------------

CREATE TRIGGER transfers_are_final_1 BEFORE UPDATE ON transfers BEGIN SELECT RAISE(ABORT, 'transfers is append-only'); END;
CREATE TRIGGER transfers_are_final_2 BEFORE DELETE ON transfers BEGIN SELECT RAISE(ABORT, 'transfers is append-only'); END;
CREATE TRIGGER entries_are_final_1 BEFORE UPDATE ON entries BEGIN SELECT RAISE(ABORT, 'entries is append-only'); END;
CREATE TRIGGER entries_are_final_2 BEFORE DELETE ON entries BEGIN SELECT RAISE(ABORT, 'entries is append-only'); END;

CREATE TRIGGER orders_move_forward BEFORE UPDATE OF state ON orders
  WHEN OLD.state <> NEW.state AND NOT (
    (OLD.state = 'pending' AND NEW.state IN ('paid', 'expired', 'cancelled'))
    OR (OLD.state IN ('expired', 'cancelled') AND NEW.state = 'paid')
    OR (OLD.state = 'paid' AND NEW.state IN ('delivered', 'refunded'))
    OR (OLD.state = 'delivered' AND NEW.state = 'refunded'))
  BEGIN SELECT RAISE(ABORT, 'this move of an order is not possible'); END;
