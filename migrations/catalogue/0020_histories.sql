-- Whose writes price lists are, and what each changed: prices decide what orders cost, so it must be told who set them.
ALTER TABLE price_lists ADD COLUMN written_by TEXT NOT NULL DEFAULT '';

-- A row of a list itself (`variant_id` null) or of one of its prices. Null before: it was made; null after: taken out.
CREATE TABLE price_list_changes (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  price_list_id TEXT NOT NULL REFERENCES price_lists (id),
  -- The version of the list that this is part of.
  version INTEGER NOT NULL,
  at_ms INTEGER NOT NULL,
  actor_id TEXT NOT NULL,
  variant_id TEXT,
  quantity_min INTEGER,
  before TEXT,
  after TEXT
) STRICT;
CREATE INDEX price_list_changes_by_list ON price_list_changes (price_list_id, version, id);

CREATE TRIGGER price_lists_made_by AFTER INSERT ON price_lists
  BEGIN
    INSERT INTO price_list_changes (price_list_id, version, at_ms, actor_id, before, after)
    VALUES (NEW.id, NEW.version, NEW.updated_at_ms, NEW.written_by, NULL,
      json_object('status', NEW.status, 'title', NEW.title, 'currency', NEW.currency, 'groups', json(NEW.groups),
        'startsAtMs', NEW.starts_at_ms, 'endsAtMs', NEW.ends_at_ms));
  END;
CREATE TRIGGER price_lists_changed_by AFTER UPDATE OF version ON price_lists
  WHEN (NEW.status, NEW.title, NEW.currency, NEW.groups, NEW.starts_at_ms, NEW.ends_at_ms)
    IS NOT (OLD.status, OLD.title, OLD.currency, OLD.groups, OLD.starts_at_ms, OLD.ends_at_ms)
  BEGIN
    INSERT INTO price_list_changes (price_list_id, version, at_ms, actor_id, before, after)
    VALUES (NEW.id, NEW.version, NEW.updated_at_ms, NEW.written_by,
      json_object('status', OLD.status, 'title', OLD.title, 'currency', OLD.currency, 'groups', json(OLD.groups),
        'startsAtMs', OLD.starts_at_ms, 'endsAtMs', OLD.ends_at_ms),
      json_object('status', NEW.status, 'title', NEW.title, 'currency', NEW.currency, 'groups', json(NEW.groups),
        'startsAtMs', NEW.starts_at_ms, 'endsAtMs', NEW.ends_at_ms));
  END;

-- A struck-through price is higher than the price beside it, always: what was not showed nothing and says no more.
UPDATE prices SET compare_at_amount = NULL WHERE compare_at_amount <= amount;
UPDATE price_list_entries SET compare_at_amount = NULL WHERE compare_at_amount <= amount;
