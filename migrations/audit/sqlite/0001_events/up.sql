-- Append-only: who changed what, each entry chained by hash to the shop's one before.
CREATE TABLE events (
  shop_id TEXT NOT NULL,
  seq INTEGER NOT NULL,
  -- the id it had in the main database's queue: shipping it twice changes nothing
  event_id INTEGER NOT NULL,
  at INTEGER NOT NULL,
  actor TEXT NOT NULL,
  action TEXT NOT NULL,
  target TEXT NOT NULL,
  before TEXT,
  after TEXT,
  origin TEXT NOT NULL,
  prev_hash TEXT NOT NULL,
  hash TEXT NOT NULL,
  PRIMARY KEY (shop_id, seq),
  UNIQUE (shop_id, event_id)
) STRICT;
CREATE INDEX events_action ON events (shop_id, action, seq);
CREATE INDEX events_target ON events (shop_id, target, seq);
CREATE INDEX events_actor ON events (shop_id, actor, seq);

CREATE TRIGGER events_are_final_1 BEFORE UPDATE ON events BEGIN SELECT RAISE(ABORT, 'events is append-only'); END;
CREATE TRIGGER events_are_final_2 BEFORE DELETE ON events BEGIN SELECT RAISE(ABORT, 'events is append-only'); END;
