-- Gift cards: what was asked for under one key, the cards, and what happened to their money. The truth of each card is its
-- object; rows here are for finding it, for lists and for reports. Times are epoch milliseconds, amounts minor units.
CREATE TABLE gift_card_issues (
  issue_key TEXT PRIMARY KEY,
  quantity INTEGER NOT NULL CHECK (quantity >= 0),
  -- Of everything that was asked for; empty: it was withdrawn before.
  fingerprint TEXT NOT NULL,
  withdrawn_at INTEGER,
  created_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE gift_cards (
  id TEXT PRIMARY KEY,
  issue_key TEXT NOT NULL,
  -- HMAC of the code under GIFT_CARD_KEY; code_key names which of its keys the code was made with.
  code_hash TEXT NOT NULL UNIQUE,
  code_key TEXT NOT NULL,
  -- The last symbols of the code, for people to tell cards apart.
  ending TEXT NOT NULL,
  order_id TEXT,
  by_id TEXT,
  reason TEXT NOT NULL,
  currency TEXT NOT NULL,
  value INTEGER NOT NULL,
  created_at INTEGER NOT NULL,
  -- As its object told last; the greater version counts.
  state TEXT NOT NULL DEFAULT 'pending',
  balance INTEGER NOT NULL DEFAULT 0,
  held INTEGER NOT NULL DEFAULT 0,
  expires_at INTEGER,
  version INTEGER NOT NULL DEFAULT 0
) STRICT, WITHOUT ROWID;
CREATE INDEX gift_cards_by_creation ON gift_cards (created_at, id);
CREATE INDEX gift_cards_by_order ON gift_cards (order_id) WHERE order_id IS NOT NULL;

CREATE TABLE gift_card_entries (
  card_id TEXT NOT NULL,
  sequence INTEGER NOT NULL,
  kind TEXT NOT NULL,
  amount INTEGER NOT NULL,
  currency TEXT NOT NULL,
  order_id TEXT,
  by_id TEXT,
  reason TEXT NOT NULL,
  at INTEGER NOT NULL,
  PRIMARY KEY (card_id, sequence)
) STRICT, WITHOUT ROWID;
CREATE INDEX gift_card_entries_by_time ON gift_card_entries (at, card_id, sequence);
