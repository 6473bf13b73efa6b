-- Events of products and price lists that are owed to merchants' systems; `id` is never reused and orders those of one subject.
CREATE TABLE catalogue_events (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  type TEXT NOT NULL CHECK (type IN ('product.created', 'product.updated', 'product.archived', 'product.published', 'price_list.updated')),
  subject TEXT NOT NULL,
  version INTEGER NOT NULL,
  status TEXT NOT NULL,
  at_ms INTEGER NOT NULL
) STRICT;

-- Whatever makes a version owes its event in the same batch: requests, imports, bulk edits, the schedule.
CREATE TRIGGER products_created AFTER INSERT ON products
  BEGIN
    INSERT INTO catalogue_events (type, subject, version, status, at_ms)
    VALUES ('product.created', NEW.id, NEW.version, NEW.status, NEW.updated_at_ms);
  END;
CREATE TRIGGER products_changed AFTER UPDATE OF version ON products WHEN NEW.version <> OLD.version
  BEGIN
    INSERT INTO catalogue_events (type, subject, version, status, at_ms)
    VALUES (iif(NEW.status = OLD.status, 'product.updated',
        iif(NEW.status = 'archived', 'product.archived', iif(NEW.status = 'published', 'product.published', 'product.updated'))),
      NEW.id, NEW.version, NEW.status, NEW.updated_at_ms);
  END;
CREATE TRIGGER price_lists_created AFTER INSERT ON price_lists
  BEGIN
    INSERT INTO catalogue_events (type, subject, version, status, at_ms)
    VALUES ('price_list.updated', NEW.id, NEW.version, NEW.status, NEW.updated_at_ms);
  END;
CREATE TRIGGER price_lists_changed AFTER UPDATE OF version ON price_lists WHEN NEW.version <> OLD.version
  BEGIN
    INSERT INTO catalogue_events (type, subject, version, status, at_ms)
    VALUES ('price_list.updated', NEW.id, NEW.version, NEW.status, NEW.updated_at_ms);
  END;
