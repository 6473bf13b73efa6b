-- `together`: never delivered without the other lines of its order, whatever the customer prefers.
ALTER TABLE products ADD COLUMN delivery TEXT NOT NULL DEFAULT 'any' CHECK (delivery IN ('any', 'together'));
