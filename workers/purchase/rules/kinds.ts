import {
  type Promotion,
  type PromotionInput,
  promotionSchema,
  type ShippingMethodInput,
  shippingMethodSchema,
  type ShippingMethodView,
  type TaxRateInput,
  taxRateSchema,
  type TaxRateView,
} from '#shared/contracts/http/pricing-rules.ts';
import { keptOf, msOf, parsed, timeOf } from '#shared/rules/columns.ts';
import type { RuleKind } from '#shared/rules/store.ts';

export const PROMOTIONS: RuleKind<PromotionInput, Promotion> = {
  table: 'promotions',
  columns: (input) => ({
    status: input.status,
    title: input.title,
    automatic: input.automatic ? 1 : 0,
    stacking: input.stacking,
    priority: input.priority,
    conditions: JSON.stringify(input.conditions),
    effect: JSON.stringify(input.effect),
    limit_total: input.limitTotal,
    limit_per_customer: input.limitPerCustomer,
    starts_at_ms: msOf(input.startsAt),
    ends_at_ms: msOf(input.endsAt),
  }),
  view: (row) =>
    promotionSchema.parse({
      ...keptOf(row),
      title: row['title'],
      automatic: row['automatic'] === 1,
      stacking: row['stacking'],
      priority: row['priority'],
      conditions: parsed(row['conditions']),
      effect: parsed(row['effect']),
      limitTotal: row['limit_total'],
      limitPerCustomer: row['limit_per_customer'],
      startsAt: timeOf(row['starts_at_ms']),
      endsAt: timeOf(row['ends_at_ms']),
    }),
};

export const TAX_RATES: RuleKind<TaxRateInput, TaxRateView> = {
  table: 'tax_rates',
  columns: (input) => ({
    status: 'active',
    name: input.name,
    country: input.country,
    region: input.region ?? '',
    tax_class: input.taxClass,
    rate_ppm: input.ratePpm,
    compound: input.compound ? 1 : 0,
    position: input.position,
    starts_at_ms: msOf(input.startsAt),
    ends_at_ms: msOf(input.endsAt),
  }),
  view: (row) =>
    taxRateSchema.parse({
      ...keptOf(row),
      name: row['name'],
      country: row['country'],
      region: row['region'] === '' ? null : row['region'],
      taxClass: row['tax_class'],
      ratePpm: row['rate_ppm'],
      compound: row['compound'] === 1,
      position: row['position'],
      startsAt: timeOf(row['starts_at_ms']),
      endsAt: timeOf(row['ends_at_ms']),
    }),
};

export const SHIPPING_METHODS: RuleKind<ShippingMethodInput, ShippingMethodView> = {
  table: 'shipping_methods',
  columns: (input) => ({
    status: 'active',
    title: input.title,
    position: input.position,
    tax_class: input.taxClass,
    destinations: JSON.stringify(input.destinations),
    rates: JSON.stringify(input.rates),
  }),
  view: (row) =>
    shippingMethodSchema.parse({
      ...keptOf(row),
      title: row['title'],
      position: row['position'],
      taxClass: row['tax_class'],
      destinations: parsed(row['destinations']),
      rates: parsed(row['rates']),
    }),
  follow: [
    'DELETE FROM shipping_destinations WHERE method_id = ?1',
    `INSERT INTO shipping_destinations (country, region, method_id)
     SELECT DISTINCT d.value->>'country', coalesce(d.value->>'region', ''), m.id
     FROM shipping_methods m, json_each(m.destinations) d WHERE m.id = ?1 AND m.status = 'active'`,
  ],
};
