-- What is kept about one person is found without reading everybody's.
CREATE INDEX instance_quotes_of_customer ON instance_quotes (customer_id);
CREATE INDEX instance_renewals_of_customer ON instance_renewals (customer_id);
CREATE INDEX dead_letters_of_order ON dead_letters (json_extract(body, '$.orderId'))
  WHERE json_extract(body, '$.orderId') IS NOT NULL;
