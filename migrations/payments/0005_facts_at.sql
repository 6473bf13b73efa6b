-- As of when `amount` and `charge_id` are known: news may arrive late and in any order, and older news changes neither.
ALTER TABLE payments ADD COLUMN facts_at TEXT NOT NULL DEFAULT '';
