-- Product lists and full-text search, rebuilt from the catalogue at any time. One row a product; `revision` is the
-- product's revision it was made from, and an older one never replaces a newer one.
CREATE TABLE documents (
  number INTEGER PRIMARY KEY,
  id TEXT NOT NULL UNIQUE,
  revision INTEGER NOT NULL,
  write_token TEXT NOT NULL,
  status TEXT NOT NULL,
  kind TEXT NOT NULL,
  vendor TEXT NOT NULL,
  availability TEXT NOT NULL,
  -- Folded title: lower case, no diacritics.
  title_key TEXT NOT NULL,
  -- JSON of the product's row in a list.
  summary TEXT NOT NULL
) STRICT;
CREATE INDEX documents_newest ON documents (status, id);
CREATE INDEX documents_by_title ON documents (status, title_key, id);

-- Lowest price of a product in each currency.
CREATE TABLE document_prices (
  currency TEXT NOT NULL,
  amount INTEGER NOT NULL,
  id TEXT NOT NULL,
  PRIMARY KEY (id, currency)
) STRICT, WITHOUT ROWID;
CREATE INDEX document_prices_by_amount ON document_prices (currency, amount, id);

-- What a list can be narrowed to: `tag:<tag>` (lower case) and `collection:<handle>`.
CREATE TABLE document_labels (
  label TEXT NOT NULL,
  id TEXT NOT NULL,
  PRIMARY KEY (label, id)
) STRICT, WITHOUT ROWID;
CREATE INDEX document_labels_by_id ON document_labels (id);

-- Contentless: holds the index alone, the texts stay in the catalogue.
CREATE VIRTUAL TABLE document_text USING fts5 (
  title, sku, tags, vendor, summary, description,
  content = '', contentless_delete = 1,
  tokenize = "porter unicode61 remove_diacritics 2",
  prefix = '2 3'
);
