-- The search index. Each row belongs to a generation: one serves, another may be built beside it, and both follow the
-- catalogue until the new one is switched to. Nothing here is truth.
DROP TABLE document_text;

CREATE TABLE index_generations (
  generation INTEGER PRIMARY KEY AUTOINCREMENT,
  -- Names this very generation to whoever holds parts of it in memory.
  token TEXT NOT NULL UNIQUE DEFAULT (lower(hex(randomblob(8)))),
  state TEXT NOT NULL CHECK (state IN ('serving', 'building', 'retired')),
  -- Counts writes. A writer states the version it read; when it is another by then, nothing of its batch happens.
  version INTEGER NOT NULL DEFAULT 0,
  write_token TEXT NOT NULL DEFAULT '',
  next_number INTEGER NOT NULL DEFAULT 0,
  -- Building: the last product that was read.
  cursor TEXT NOT NULL DEFAULT '',
  changed_at_ms INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE UNIQUE INDEX index_generations_serving ON index_generations (state) WHERE state = 'serving';
CREATE UNIQUE INDEX index_generations_building ON index_generations (state) WHERE state = 'building';

-- 512 products each: everything a filter, a facet and an order of a list looks at, packed as JSON. `version` is the
-- generation's version that wrote it, so that a reader fetches what is new alone.
CREATE TABLE index_chunks (
  generation INTEGER NOT NULL,
  chunk INTEGER NOT NULL,
  version INTEGER NOT NULL,
  columns TEXT NOT NULL,
  PRIMARY KEY (generation, chunk)
) STRICT;
CREATE INDEX index_chunks_changed ON index_chunks (generation, version);

-- A product: what it was indexed under (so that the next write changes only what differs) and what hits are shown from.
CREATE TABLE index_entries (
  row INTEGER PRIMARY KEY AUTOINCREMENT,
  generation INTEGER NOT NULL,
  id TEXT NOT NULL,
  number INTEGER NOT NULL,
  revision INTEGER NOT NULL,
  analysis TEXT NOT NULL,
  summary TEXT NOT NULL,
  descriptions TEXT NOT NULL,
  UNIQUE (generation, id)
) STRICT;
CREATE UNIQUE INDEX index_entries_by_number ON index_entries (generation, number);

-- Which products of a chunk have a term and how much of one, three characters a product.
CREATE TABLE index_postings (
  generation INTEGER NOT NULL,
  term TEXT NOT NULL,
  chunk INTEGER NOT NULL,
  data TEXT NOT NULL,
  PRIMARY KEY (generation, term, chunk)
) STRICT, WITHOUT ROWID;

-- The vocabulary of published products: words as they are written, and in how many products.
CREATE TABLE index_words (
  generation INTEGER NOT NULL,
  word TEXT NOT NULL,
  language TEXT NOT NULL,
  term TEXT NOT NULL,
  display TEXT NOT NULL,
  -- Backwards, to find compounds by their last part.
  reversed TEXT NOT NULL,
  offered INTEGER NOT NULL CHECK (offered IN (0, 1)),
  products INTEGER NOT NULL,
  PRIMARY KEY (generation, word, language)
) STRICT, WITHOUT ROWID;
CREATE INDEX index_words_by_term ON index_words (generation, term);
CREATE INDEX index_words_reversed ON index_words (generation, reversed);

-- Words by what is left of them without one or two letters: two words a typo apart share a row.
CREATE TABLE index_deletions (
  generation INTEGER NOT NULL,
  deletion TEXT NOT NULL,
  word TEXT NOT NULL,
  PRIMARY KEY (generation, deletion, word)
) STRICT, WITHOUT ROWID;

-- Stems in their order, for phrases. `rowid` is the entry's `row`. Contentless: the texts stay in the catalogue.
CREATE VIRTUAL TABLE index_phrases USING fts5 (
  en, de, fr, es, it, nl, xx,
  content = '', contentless_delete = 1,
  tokenize = "unicode61 remove_diacritics 0"
);

INSERT INTO index_generations (state) VALUES ('serving');
-- Products that were there before: the cron builds their index.
INSERT INTO index_generations (state) SELECT 'building' WHERE EXISTS (SELECT 1 FROM documents);
