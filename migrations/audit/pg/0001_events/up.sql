-- Append-only: who changed what, each entry chained by hash to the shop's one before.
CREATE TABLE events (
  shop_id TEXT NOT NULL,
  seq BIGINT NOT NULL,
  -- the id it had in the main database's queue: shipping it twice changes nothing
  event_id BIGINT NOT NULL,
  at TIMESTAMPTZ NOT NULL,
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
);
CREATE INDEX events_action ON events (shop_id, action, seq);
CREATE INDEX events_target ON events (shop_id, target, seq);
CREATE INDEX events_actor ON events (shop_id, actor, seq);

CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION '% is append-only', TG_TABLE_NAME;
END $$;
CREATE TRIGGER events_are_final BEFORE UPDATE OR DELETE ON events FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER events_stay BEFORE TRUNCATE ON events FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
