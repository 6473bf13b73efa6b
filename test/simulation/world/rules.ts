import type { SimulatedDatabase } from '../kernel/database.ts';

export const CODE = 'TENTH';
export const PROMOTION_ID = `promo_${'0'.repeat(31)}1`;

const PROMOTION = `INSERT INTO promotions VALUES (?, 'active', 1, 'A tenth less', 0, 'combinable', 0, '{}', ?, ?, NULL,
  NULL, NULL, 0, 0)`;
const EFFECT = JSON.stringify({ type: 'percent', ratePpm: 100_000, lines: {} });

/** What operators have set in the shop: a rate of tax, and a promotion by code that few orders may use. */
export function setRules(commerce: SimulatedDatabase, promotionCap: number | null): void {
  commerce.rows(
    `INSERT INTO tax_rates VALUES ('tax_1', 'active', 1, 'VAT', 'DE', '', 'standard', 190000, 0, 0, NULL, NULL, 0, 0)`,
  );
  if (promotionCap === null) return;
  commerce.rows(PROMOTION, [PROMOTION_ID, EFFECT, promotionCap]);
  commerce.rows('INSERT INTO promotion_codes VALUES (?, ?, 0)', [CODE, PROMOTION_ID]);
}
