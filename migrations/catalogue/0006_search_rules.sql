-- What the shop has decided about searches. Archived, never deleted.
CREATE TABLE search_synonyms (
  id TEXT PRIMARY KEY,
  status TEXT NOT NULL CHECK (status IN ('active', 'archived')),
  version INTEGER NOT NULL CHECK (version >= 1),
  -- BCP 47; null: in every language.
  locale TEXT,
  direction TEXT NOT NULL CHECK (direction IN ('one_way', 'two_way')),
  -- JSON arrays of words or several words.
  words TEXT NOT NULL,
  targets TEXT NOT NULL,
  created_at_ms INTEGER NOT NULL,
  updated_at_ms INTEGER NOT NULL
) STRICT;

CREATE TABLE search_boosts (
  id TEXT PRIMARY KEY,
  status TEXT NOT NULL CHECK (status IN ('active', 'archived')),
  version INTEGER NOT NULL CHECK (version >= 1),
  title TEXT NOT NULL,
  facet TEXT NOT NULL,
  value TEXT NOT NULL,
  -- Thousandths by which the score of what has the value is multiplied.
  permille INTEGER NOT NULL CHECK (permille BETWEEN 1 AND 100000),
  created_at_ms INTEGER NOT NULL,
  updated_at_ms INTEGER NOT NULL
) STRICT;
