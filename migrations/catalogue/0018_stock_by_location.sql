-- What the stock said of each of its locations, as JSON: [{"code", "available", "availability"}]; empty: it said nothing of them.
ALTER TABLE stock_levels ADD COLUMN locations TEXT NOT NULL DEFAULT '[]' CHECK (json_valid(locations));
