import type { TaxMode } from '#shared/domain/pricing/priced.ts';
import type { PromotionOffer } from '#shared/domain/pricing/promotion.ts';
import type { ShippingMethod } from '#shared/domain/pricing/shipping.ts';
import type { TaxRate } from '#shared/domain/pricing/tax.ts';

/** What operators have set that matters for one price. */
export interface Rules {
  taxMode: TaxMode;
  offers: PromotionOffer[];
  taxRates: TaxRate[];
  shippingMethods: ShippingMethod[];
  /** There is a way of shipping at all, be it to elsewhere. */
  shippingOffered: boolean;
  /** Handles of the customer's groups. */
  groups: string[];
}

/** A shop nobody has set anything for. */
export const NO_RULES: Rules = {
  taxMode: 'inclusive',
  offers: [],
  taxRates: [],
  shippingMethods: [],
  shippingOffered: false,
  groups: [],
};
