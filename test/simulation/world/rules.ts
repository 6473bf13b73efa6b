import type { Address } from '#shared/domain/address.ts';
import type { SimulatedDatabase } from '../kernel/database.ts';
import type { Plan } from './plan.ts';

export const CODE = 'TENTH';

/** A promotion whose uses are limited. */
export interface Offer {
  id: string;
  title: string;
  /** Null: it counts by itself. */
  code: string | null;
  /** How many orders may use it in all. */
  cap: number;
  ratePpm: number;
  stacking: 'combinable' | 'exclusive';
  priority: number;
}
const AMPLE = 4;

/**
 * What a shop of this plan offers. When the first automatic one has no use left, the second counts in its place and rules
 * out the third: a price without the first may count what the former did not, and drop what an order has claimed already.
 */
export function offersOf({
  promotionCap,
  automaticCap,
}: Pick<Plan, 'promotionCap' | 'automaticCap'>): Offer[] {
  const byItself = { code: null, stacking: 'combinable', cap: AMPLE } as const;
  return [
    ...(promotionCap === null
      ? []
      : [
          {
            ...byItself,
            ...named(1, 'A tenth less'),
            code: CODE,
            cap: promotionCap,
            ratePpm: 100_000,
            priority: 0,
          },
        ]),
    ...(automaticCap === null
      ? []
      : [
          { ...byItself, ...named(2, 'A fifth less'), cap: automaticCap, ratePpm: 200_000, priority: 9 },
          { ...byItself, ...named(3, 'Alone'), stacking: 'exclusive' as const, ratePpm: 50_000, priority: 5 },
          { ...byItself, ...named(4, 'A little less'), ratePpm: 10_000, priority: 1 },
        ]),
  ];
}
const named = (number: number, title: string) => ({ id: `promo_${'0'.repeat(31)}${number}`, title });

const PROMOTION = `INSERT INTO promotions VALUES (?, 'active', 1, ?, ?, ?, ?, '{}', ?, ?, NULL, NULL, NULL, 0, 0)`;

export const ADDRESS: Address = {
  name: 'A. Buyer',
  line1: 'Hauptstr. 1',
  line2: '',
  postalCode: '10115',
  city: 'Berlin',
  country: 'DE',
};
const SHIPPING = [{ type: 'flat', currency: 'EUR', amount: 190, freeFrom: 1_000 }];

/** What operators have set in the shop: a rate of tax, a way of shipping, and promotions that few orders may use. */
export function setRules(commerce: SimulatedDatabase, offers: readonly Offer[]): void {
  commerce.rows(
    `INSERT INTO tax_rates VALUES ('tax_1', 'active', 1, 'VAT', 'DE', '', 'standard', 190000, 0, 0, NULL, NULL, 0, 0)`,
  );
  commerce.rows(
    `INSERT INTO shipping_methods VALUES ('ship_1', 'active', 1, 'Parcel', 0, 'standard', ?, ?, 0, 0)`,
    [JSON.stringify([{ country: 'DE', region: null }]), JSON.stringify(SHIPPING)],
  );
  commerce.rows("INSERT INTO shipping_destinations VALUES ('DE', '', 'ship_1')");
  for (const { id, title, code, cap, ratePpm, stacking, priority } of offers) {
    const effect = JSON.stringify({ type: 'percent', ratePpm, lines: {} });
    commerce.rows(PROMOTION, [id, title, code === null ? 1 : 0, stacking, priority, effect, cap]);
    if (code !== null) commerce.rows('INSERT INTO promotion_codes VALUES (?, ?, 0)', [code, id]);
  }
}
