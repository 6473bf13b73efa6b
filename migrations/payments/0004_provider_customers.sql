-- Whom a provider knows one of our customers as. Written before the provider is asked, so that whatever crashes leads back
-- to the same one: `asked_at` tells for how long the provider still knows the key, `generation` is part of it and counts
-- how often the provider lost him.
CREATE TABLE provider_customers (
  provider TEXT NOT NULL,
  customer_id TEXT NOT NULL,
  account TEXT,
  generation INTEGER NOT NULL DEFAULT 1,
  asked_at TEXT NOT NULL,
  PRIMARY KEY (provider, customer_id)
) WITHOUT ROWID;
CREATE UNIQUE INDEX provider_customers_by_account ON provider_customers (provider, account) WHERE account IS NOT NULL;
