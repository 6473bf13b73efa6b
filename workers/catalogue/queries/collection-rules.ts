/*
 * Rules of collections as SQL, so that who belongs is decided in the very batch that writes the product or the rule:
 * nothing can change in between, and no write looks at products other than its own.
 */

const HOLDS = `CASE k.value->>'field'
  WHEN 'kind' THEN p.kind = k.value->>'value'
  WHEN 'vendor' THEN p.vendor = k.value->>'value'
  WHEN 'productType' THEN EXISTS (SELECT 1 FROM product_types y WHERE y.id = p.product_type_id AND y.handle = k.value->>'value')
  WHEN 'tag' THEN EXISTS (SELECT 1 FROM json_each(p.tags) t WHERE lower(t.value) = lower(k.value->>'value'))
  WHEN 'attribute' THEN EXISTS (SELECT 1 FROM json_each(p.attributes) a WHERE a.key = k.value->>'key'
    AND a.value = k.value->>'value' AND (a.type IN ('true', 'false')) = (json_type(k.value, '$.value') IN ('true', 'false')))
  WHEN 'attributeRange' THEN EXISTS (SELECT 1 FROM json_each(p.attributes) a WHERE a.key = k.value->>'key'
    AND a.type IN ('integer', 'real') AND (k.value->>'min' IS NULL OR a.value >= k.value->>'min')
    AND (k.value->>'max' IS NULL OR a.value <= k.value->>'max'))
  WHEN 'price' THEN EXISTS (SELECT 1 FROM variants v JOIN prices m ON m.variant_id = v.id WHERE v.product_id = p.id
    AND m.currency = k.value->>'currency' AND (k.value->>'min' IS NULL OR m.amount >= k.value->>'min')
    AND (k.value->>'max' IS NULL OR m.amount <= k.value->>'max'))
END`;

/** Does the rule of collection `c` hold for product `p`? */
export const RULE_HOLDS = `(SELECT CASE c.rule->>'match' WHEN 'any' THEN max(holds) ELSE min(holds) END
  FROM (SELECT (${HOLDS}) <> (k.value->>'not') AS holds FROM json_each(c.rule, '$.conditions') AS k))`;

/** Collections and all above them, of those that `start`, a SELECT of ids, gives. */
export const withAncestors = (start: string): string =>
  `WITH RECURSIVE up(id) AS (${start} UNION SELECT o.parent_id FROM collections o JOIN up ON up.id = o.id WHERE o.parent_id IS NOT NULL)`;

/** The same with all below them. */
export const withDescendants = (start: string): string =>
  `WITH RECURSIVE down(id) AS (${start} UNION SELECT o.id FROM collections o JOIN down ON o.parent_id = down.id)`;
