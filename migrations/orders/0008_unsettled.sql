-- An order that has ended and still waits for word of an instance, that it is suspended, resumed or taken back: the sweeper
-- comes again until it is there.
ALTER TABLE orders ADD COLUMN unsettled INTEGER NOT NULL DEFAULT 0;
