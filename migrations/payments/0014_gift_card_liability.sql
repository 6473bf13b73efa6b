-- What is owed for gift cards by currency, by the cards and by the ledger: each a scan of its index alone.
CREATE INDEX gift_cards_owed ON gift_cards (currency, balance, held) WHERE state <> 'pending' AND (balance > 0 OR held > 0);
CREATE INDEX ledger_entries_of_gift_cards ON ledger_entries (currency, amount) WHERE account = 'gift_cards';
