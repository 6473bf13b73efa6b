import { z } from 'zod';
import type { Destination } from '#shared/domain/pricing/priced.ts';
import { conditionsSchema, effectSchema } from '#shared/domain/pricing/promotion.ts';
import { shippingRateSchema } from '#shared/domain/pricing/shipping.ts';
import type { Currency } from '#shared/money/money.ts';
import type { Rules } from './rules.ts';

/** As many as can count by themselves at once, read with every price. Held when one is made. */
export const AUTOMATIC_PROMOTIONS_MAX = 50;
const PLACE_ROWS_MAX = 100;

export interface RulesQuery {
  currency: Currency;
  codes: readonly string[];
  destination: Destination;
  /** Null: nobody has signed in. */
  customerId: string | null;
  nowMs: number;
}

const PROMOTION = `p.id, p.title, p.stacking, p.priority, p.conditions, p.effect, p.limit_total AS limitTotal,
  p.limit_per_customer AS limitPerCustomer`;
const COUNTS_NOW = (now: string): string =>
  `(starts_at_ms IS NULL OR starts_at_ms <= ${now}) AND (ends_at_ms IS NULL OR ends_at_ms > ${now})`;

const BY_CODE = `SELECT ${PROMOTION}, c.code FROM json_each(?1) AS asked JOIN promotion_codes c ON c.code = asked.value
  JOIN promotions p ON p.id = c.promotion_id WHERE p.status = 'active' AND p.automatic = 0 AND ${COUNTS_NOW('?2')}`;
const AUTOMATIC = `SELECT ${PROMOTION}, NULL AS code FROM promotions p
  WHERE p.automatic = 1 AND p.status = 'active' AND ${COUNTS_NOW('?1')}
  ORDER BY p.priority DESC, p.id LIMIT ${AUTOMATIC_PROMOTIONS_MAX}`;
const TAX_RATES = `SELECT id, name, tax_class AS taxClass, rate_ppm AS ratePpm, compound, position FROM tax_rates
  WHERE country = ?1 AND region IN ('', ?2) AND status = 'active' AND ${COUNTS_NOW('?3')}
  ORDER BY position, id LIMIT ${PLACE_ROWS_MAX}`;
const METHODS = `SELECT m.id, m.title, m.tax_class AS taxClass, m.position, m.rates FROM shipping_methods m
  WHERE m.status = 'active' AND m.id IN (SELECT method_id FROM shipping_destinations WHERE country = ?1 AND region IN ('', ?2))
  ORDER BY m.position, m.id LIMIT ${PLACE_ROWS_MAX}`;
const OFFERED = "SELECT EXISTS (SELECT 1 FROM shipping_methods WHERE status = 'active') AS offered";
const TAX_MODE = 'SELECT mode FROM tax_modes WHERE currency = ?1';
const GROUPS = `SELECT g.handle FROM customer_group_members m JOIN customer_groups g ON g.id = m.group_id
  WHERE m.customer_id = ?1 ORDER BY g.handle LIMIT ${PLACE_ROWS_MAX}`;

const json = <Schema extends z.ZodType>(schema: Schema) =>
  z
    .string()
    .transform((text): unknown => JSON.parse(text))
    .pipe(schema);
const offerSchema = z.object({
  id: z.string(),
  title: z.string(),
  code: z.string().nullable(),
  stacking: z.enum(['combinable', 'exclusive']),
  priority: z.int(),
  conditions: json(conditionsSchema),
  effect: json(effectSchema),
  limitTotal: z.int().nullable(),
  limitPerCustomer: z.int().nullable(),
});
const taxRateSchema = z.object({
  id: z.string(),
  name: z.string(),
  taxClass: z.string(),
  ratePpm: z.int(),
  compound: z.int().transform(Boolean),
  position: z.int(),
});
const methodSchema = z.object({
  id: z.string(),
  title: z.string(),
  taxClass: z.string(),
  position: z.int(),
  rates: json(z.array(shippingRateSchema)),
});

/**
 * Everything that counts for one price, straight from the primary database, in one round trip. Its cost does not grow
 * with the number of promotions, codes, customers or places: each statement reads one stretch of one index.
 */
export async function readRules(database: D1Database, query: RulesQuery): Promise<Rules> {
  const { country, region } = query.destination;
  const session = database.withSession('first-primary');
  const [byCode, automatic, taxes, methods, offered, mode, groups] = await session.batch<
    Record<string, unknown>
  >([
    session.prepare(BY_CODE).bind(JSON.stringify(query.codes), query.nowMs),
    session.prepare(AUTOMATIC).bind(query.nowMs),
    session.prepare(TAX_RATES).bind(country, region ?? '', query.nowMs),
    session.prepare(METHODS).bind(country, region ?? ''),
    session.prepare(OFFERED),
    session.prepare(TAX_MODE).bind(query.currency),
    session.prepare(GROUPS).bind(query.customerId ?? ''),
  ]);
  return {
    taxMode: mode?.results[0]?.['mode'] === 'exclusive' ? 'exclusive' : 'inclusive',
    offers: offerSchema.array().parse([...(byCode?.results ?? []), ...(automatic?.results ?? [])]),
    taxRates: taxRateSchema.array().parse(taxes?.results ?? []),
    shippingMethods: methodSchema.array().parse(methods?.results ?? []),
    shippingOffered: offered?.results[0]?.['offered'] === 1,
    groups: (groups?.results ?? []).map(({ handle }) => String(handle)),
  };
}

const OTHER_ORDER = `SELECT 1 FROM orders WHERE customer_id = ?1 AND id <> ?2 AND state <> 'cancelled' LIMIT 1`;

/** Has the customer another order that was not cancelled? The list of orders may be behind by moments; see `limitPerCustomer`. */
export async function hasOrdered(
  database: D1Database,
  customerId: string,
  exceptOrderId: string | null,
): Promise<boolean> {
  const row = await database
    .withSession('first-primary')
    .prepare(OTHER_ORDER)
    .bind(customerId, exceptOrderId ?? '')
    .first();
  return row !== null;
}
