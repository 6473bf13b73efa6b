-- JSON object, see shared/domain/purchase-limits.ts. Of a variant null: its product's.
ALTER TABLE products ADD COLUMN limits TEXT NOT NULL DEFAULT '{"quantityMin":1,"quantityMultiple":1,"perCustomer":null}';
ALTER TABLE variants ADD COLUMN limits TEXT;
