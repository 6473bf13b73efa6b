import {
  promotionInputSchema,
  promotionSchema,
  shippingMethodInputSchema,
  shippingMethodSchema,
  taxRateInputSchema,
  taxRateSchema,
} from '#shared/contracts/http/pricing-rules.ts';
import type { App } from '#shared/http/app.ts';
import { ruleRoutes } from '#shared/rules/rule-routes.ts';
import type { Env } from '../env.ts';
import { PROMOTIONS, SHIPPING_METHODS, TAX_RATES } from '../rules/kinds.ts';

/** What operators set for prices: promotions, tax rates and shipping methods. */
export function pricingRuleRoutes(app: App<Env>): void {
  const common = {
    tag: 'Pricing',
    database: (env: Env) => env.COMMERCE_DB,
    permissions: { read: 'pricing.read', write: 'pricing.write' } as const,
  };
  ruleRoutes(app, {
    ...common,
    path: '/v1/promotions',
    name: 'Promotion',
    words: 'a promotion',
    idKind: 'promotion',
    input: promotionInputSchema,
    view: promotionSchema,
    kind: PROMOTIONS,
  });
  ruleRoutes(app, {
    ...common,
    path: '/v1/tax-rates',
    name: 'TaxRate',
    words: 'a tax rate',
    idKind: 'taxRate',
    input: taxRateInputSchema,
    view: taxRateSchema,
    kind: TAX_RATES,
  });
  ruleRoutes(app, {
    ...common,
    path: '/v1/shipping-methods',
    name: 'ShippingMethod',
    words: 'a shipping method',
    idKind: 'shippingMethod',
    input: shippingMethodInputSchema,
    view: shippingMethodSchema,
    kind: SHIPPING_METHODS,
  });
}
