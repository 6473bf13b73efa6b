import type { Address } from '#shared/domain/address.ts';
import type { SimulatedDatabase } from '../kernel/database.ts';

export const CODE = 'TENTH';
export const PROMOTION_ID = `promo_${'0'.repeat(31)}1`;

const PROMOTION = `INSERT INTO promotions VALUES (?, 'active', 1, 'A tenth less', 0, 'combinable', 0, '{}', ?, ?, NULL,
  NULL, NULL, 0, 0)`;
const EFFECT = JSON.stringify({ type: 'percent', ratePpm: 100_000, lines: {} });

export const ADDRESS: Address = {
  name: 'A. Buyer',
  line1: 'Hauptstr. 1',
  line2: '',
  postalCode: '10115',
  city: 'Berlin',
  country: 'DE',
};
const SHIPPING = [{ type: 'flat', currency: 'EUR', amount: 190, freeFrom: 1_000 }];

/** What operators have set in the shop: a rate of tax, a way of shipping, and a promotion by code that few orders may use. */
export function setRules(commerce: SimulatedDatabase, promotionCap: number | null): void {
  commerce.rows(
    `INSERT INTO tax_rates VALUES ('tax_1', 'active', 1, 'VAT', 'DE', '', 'standard', 190000, 0, 0, NULL, NULL, 0, 0)`,
  );
  commerce.rows(
    `INSERT INTO shipping_methods VALUES ('ship_1', 'active', 1, 'Parcel', 0, 'standard', ?, ?, 0, 0)`,
    [JSON.stringify([{ country: 'DE', region: null }]), JSON.stringify(SHIPPING)],
  );
  commerce.rows("INSERT INTO shipping_destinations VALUES ('DE', '', 'ship_1')");
  if (promotionCap === null) return;
  commerce.rows(PROMOTION, [PROMOTION_ID, EFFECT, promotionCap]);
  commerce.rows('INSERT INTO promotion_codes VALUES (?, ?, 0)', [CODE, PROMOTION_ID]);
}
