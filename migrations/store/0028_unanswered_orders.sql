-- How often an order was sent to a partner without an answer that says what became of it: one that refuses the repeat may have
-- carried out the first. What was asked for before this was counted may have gone unanswered.
ALTER TABLE operations ADD COLUMN unanswered INTEGER NOT NULL DEFAULT 1;
