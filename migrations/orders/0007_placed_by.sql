-- The person who placed an order; `customer_id` may be an organisation. NULL in rows of before: the customer.
ALTER TABLE orders ADD COLUMN placed_by TEXT;
