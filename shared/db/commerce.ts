import type { WebhookEndpointView } from '#shared/contracts/http/webhook-endpoints.ts';
import { integer, primaryKey, sqliteTable, text } from 'drizzle-orm/sqlite-core';
import type { Condition } from '#shared/domain/fraud/rule.ts';
import type { PromotionConditions, PromotionEffect } from '#shared/domain/pricing/promotion.ts';
import type { ShippingRate } from '#shared/domain/pricing/shipping.ts';
import type { Currency } from '#shared/money/money.ts';

/** Tables of `COMMERCE_DB`; see migrations/commerce. Times are milliseconds since the epoch, amounts minor units. */
export const customerGroups = sqliteTable('customer_groups', {
  id: text().primaryKey(),
  handle: text().notNull().unique(),
  title: text().notNull(),
  version: integer().notNull(),
  createdAtMs: integer('created_at_ms').notNull(),
  updatedAtMs: integer('updated_at_ms').notNull(),
});

export const customerGroupMembers = sqliteTable(
  'customer_group_members',
  {
    customerId: text('customer_id').notNull(),
    groupId: text('group_id').notNull(),
    addedAtMs: integer('added_at_ms').notNull(),
  },
  (table) => [primaryKey({ columns: [table.customerId, table.groupId] })],
);

const written = {
  createdAtMs: integer('created_at_ms').notNull(),
  updatedAtMs: integer('updated_at_ms').notNull(),
};

export const promotions = sqliteTable('promotions', {
  id: text().primaryKey(),
  status: text({ enum: ['active', 'paused', 'archived'] }).notNull(),
  version: integer().notNull(),
  title: text().notNull(),
  automatic: integer({ mode: 'boolean' }).notNull(),
  stacking: text({ enum: ['combinable', 'exclusive'] }).notNull(),
  priority: integer().notNull(),
  conditions: text({ mode: 'json' }).$type<PromotionConditions>().notNull(),
  effect: text({ mode: 'json' }).$type<PromotionEffect>().notNull(),
  limitTotal: integer('limit_total'),
  limitPerCustomer: integer('limit_per_customer'),
  startsAtMs: integer('starts_at_ms'),
  endsAtMs: integer('ends_at_ms'),
  ...written,
});

export const promotionCodes = sqliteTable('promotion_codes', {
  code: text().primaryKey(),
  promotionId: text('promotion_id').notNull(),
  createdAtMs: integer('created_at_ms').notNull(),
});

export const taxRates = sqliteTable('tax_rates', {
  id: text().primaryKey(),
  status: text({ enum: ['active', 'archived'] }).notNull(),
  version: integer().notNull(),
  name: text().notNull(),
  country: text().notNull(),
  region: text().notNull(),
  taxClass: text('tax_class').notNull(),
  ratePpm: integer('rate_ppm').notNull(),
  compound: integer({ mode: 'boolean' }).notNull(),
  position: integer().notNull(),
  startsAtMs: integer('starts_at_ms'),
  endsAtMs: integer('ends_at_ms'),
  ...written,
});

export const taxModes = sqliteTable('tax_modes', {
  currency: text().$type<Currency>().primaryKey(),
  mode: text({ enum: ['inclusive', 'exclusive'] }).notNull(),
  updatedAtMs: integer('updated_at_ms').notNull(),
});

export const shippingMethods = sqliteTable('shipping_methods', {
  id: text().primaryKey(),
  status: text({ enum: ['active', 'archived'] }).notNull(),
  version: integer().notNull(),
  title: text().notNull(),
  position: integer().notNull(),
  taxClass: text('tax_class').notNull(),
  destinations: text({ mode: 'json' }).$type<{ country: string; region: string | null }[]>().notNull(),
  rates: text({ mode: 'json' }).$type<ShippingRate[]>().notNull(),
  ...written,
});

export const shippingDestinations = sqliteTable(
  'shipping_destinations',
  {
    country: text().notNull(),
    region: text().notNull(),
    methodId: text('method_id').notNull(),
  },
  (table) => [primaryKey({ columns: [table.country, table.region, table.methodId] })],
);
/** A directory; the truth of each is its `WebhookEndpoint` object. */
export const webhookEndpoints = sqliteTable('webhook_endpoints', {
  id: text().primaryKey(),
  url: text().notNull(),
  eventTypes: text('event_types', { mode: 'json' }).$type<string[]>().notNull(),
  description: text().notNull(),
  disabledReason: text('disabled_reason').$type<WebhookEndpointView['disabledReason']>(),
  version: integer().notNull(),
  createdAtMs: integer('created_at_ms').notNull(),
  updatedAtMs: integer('updated_at_ms').notNull(),
});

export const webhookEndpointRequests = sqliteTable('webhook_endpoint_requests', {
  keyHash: text('key_hash').primaryKey(),
  fingerprint: text().notNull(),
  endpointId: text('endpoint_id').notNull(),
  createdAtMs: integer('created_at_ms').notNull(),
});

export const fraudRules = sqliteTable('fraud_rules', {
  id: text().primaryKey(),
  status: text({ enum: ['active', 'paused', 'archived'] }).notNull(),
  version: integer().notNull(),
  condition: text({ mode: 'json' }).$type<Condition>().notNull(),
  score: integer().notNull(),
  reason: text().notNull(),
  writtenBy: text('written_by').notNull(),
  ...written,
});

export const fraudRuleVersions = sqliteTable(
  'fraud_rule_versions',
  {
    ruleId: text('rule_id').notNull(),
    version: integer().notNull(),
    status: text({ enum: ['active', 'paused', 'archived'] }).notNull(),
    condition: text({ mode: 'json' }).$type<Condition>().notNull(),
    score: integer().notNull(),
    reason: text().notNull(),
    writtenBy: text('written_by').notNull(),
    writtenAtMs: integer('written_at_ms').notNull(),
  },
  (table) => [primaryKey({ columns: [table.ruleId, table.version] })],
);

export const fraudSettings = sqliteTable('fraud_settings', {
  version: integer().primaryKey(),
  challenge: integer().notNull(),
  review: integer().notNull(),
  block: integer().notNull(),
  reviewHours: integer('review_hours').notNull(),
  remindHours: integer('remind_hours').notNull(),
  providerReviewDecides: integer('provider_review_decides', { mode: 'boolean' }).notNull(),
  afterDelivery: text('after_delivery', { enum: ['suspend', 'keep'] }).notNull(),
  writtenBy: text('written_by').notNull(),
  writtenAtMs: integer('written_at_ms').notNull(),
});

export const fraudEmailDomains = sqliteTable('fraud_email_domains', {
  domain: text().primaryKey(),
  verdict: text({ enum: ['disposable', 'trusted', 'none'] }).notNull(),
  writtenBy: text('written_by').notNull(),
  writtenAtMs: integer('written_at_ms').notNull(),
});

export const mailTemplates = sqliteTable(
  'mail_templates',
  {
    kind: text().notNull(),
    language: text().notNull(),
    subject: text(),
    lead: text(),
    version: integer().notNull(),
    updatedAtMs: integer('updated_at_ms').notNull(),
  },
  (table) => [primaryKey({ columns: [table.kind, table.language] })],
);
