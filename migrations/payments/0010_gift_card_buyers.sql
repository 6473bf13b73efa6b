-- Whose order a card was sold in: a copy of their data names it, and an erasure finds to whom it was to be sent. Null: issued by
-- hand. Cards of before are found by what was paid for their order, and so are of the person who ordered them also where that was
-- for an organisation.
ALTER TABLE gift_cards ADD COLUMN customer_id TEXT;
UPDATE gift_cards SET customer_id = (
  SELECT payments.customer_id FROM payments
  WHERE payments.order_id = gift_cards.order_id AND payments.customer_id IS NOT NULL ORDER BY attempt LIMIT 1
) WHERE order_id IS NOT NULL;
CREATE INDEX gift_cards_by_customer ON gift_cards (customer_id, id) WHERE customer_id IS NOT NULL;
