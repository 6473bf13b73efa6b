-- What a person ordered, for themselves and for organisations: staff find it by the person's address.
UPDATE orders SET placed_by = customer_id WHERE placed_by IS NULL;
CREATE INDEX orders_by_placer ON orders (placed_by, created_at, id);
