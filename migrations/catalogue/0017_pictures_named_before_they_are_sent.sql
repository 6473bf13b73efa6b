-- A product may name a picture that is uploaded later (an import does): its use is kept all the same, else nothing would
-- hold the picture. So a use no longer needs the picture to be there.
CREATE TABLE media_uses_next (
  hash TEXT NOT NULL,
  product_id TEXT NOT NULL REFERENCES products (id),
  PRIMARY KEY (hash, product_id)
) STRICT, WITHOUT ROWID;
INSERT INTO media_uses_next (hash, product_id) SELECT hash, product_id FROM media_uses;
INSERT INTO media_uses_next (hash, product_id)
  SELECT DISTINCT substr(i.value->>'url', instr(i.value->>'url', '/v1/media/') + 10, 64), p.id
  FROM products AS p, json_each(p.images) AS i WHERE instr(i.value->>'url', '/v1/media/') > 0
  ON CONFLICT DO NOTHING;
DROP TABLE media_uses;
ALTER TABLE media_uses_next RENAME TO media_uses;
CREATE INDEX media_uses_by_product ON media_uses (product_id);
