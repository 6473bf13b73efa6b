import { z } from 'zod';
import { moneySchema } from '#shared/money/money.ts';
import { addressSchema } from '#shared/domain/address.ts';
import type { DeliveredCode } from '#shared/contracts/messages.ts';
import type { Delivery } from '#shared/contracts/http/instances.ts';
import { DAY_MS, rfc3339 } from '#shared/time/time.ts';
import { resolveMappings, type Scope } from './mapping.ts';
import type { DeliveryTemplate } from './template.ts';

/**
 * What the customer received, as it is kept (sealed) in the Product Store. Validity runs from activation, so an expiry
 * is reckoned when it is read.
 */
export const storedDeliverySchema = z.discriminatedUnion('type', [
  z.strictObject({
    type: z.literal('licence-key'),
    keys: z.array(z.string()).min(1),
    activationsMax: z.int(),
    validDays: z.int().nullable(),
  }),
  z.strictObject({ type: z.literal('download'), fileName: z.string() }),
  z.strictObject({
    type: z.literal('partner-service'),
    accessUrl: z.string(),
    username: z.string(),
    password: z.string(),
    expiresAt: z.string().nullable(),
    validDays: z.int().nullable(),
  }),
  z.strictObject({
    type: z.literal('parcel'),
    carrier: z.string(),
    trackingCode: z.string(),
    address: addressSchema,
  }),
  z.strictObject({
    type: z.literal('gift-card'),
    codes: z.array(z.string()).min(1),
    cardIds: z.array(z.string()).min(1),
    value: moneySchema,
    validDays: z.int().nullable(),
  }),
  z.strictObject({
    type: z.literal('custom'),
    fields: z
      .array(z.strictObject({ name: z.string(), label: z.string(), value: z.string(), secret: z.boolean() }))
      .min(1),
  }),
]);
export type StoredDelivery = z.infer<typeof storedDeliverySchema>;

/** Puts together what a line receives; null: something of it is missing or of the wrong kind. Pure. */
export function deliveryOf(template: DeliveryTemplate, scope: Scope): StoredDelivery | null {
  const { type, fields, labels } = template;
  const resolved = resolveMappings(fields, scope);
  const delivery = storedDeliverySchema.safeParse(
    type === 'custom'
      ? {
          type,
          fields: Object.keys(fields).map((name) => ({
            name,
            label: labels[name]?.label ?? name,
            secret: labels[name]?.secret ?? false,
            value: shown(resolved[name]),
          })),
        }
      : { type, ...resolved },
  );
  return delivery.success ? delivery.data : null;
}

const shown = (value: unknown): unknown =>
  typeof value === 'number' || typeof value === 'boolean' ? String(value) : value;

/** As the API shows it. `activatedAt` in milliseconds since the epoch. Pure. */
export function presentDelivery(
  stored: StoredDelivery,
  facts: { activatedAt: number; endsAt: number | null; downloadsLeft: number },
): Delivery {
  const renewed = facts.endsAt === null ? null : rfc3339(facts.endsAt);
  switch (stored.type) {
    case 'licence-key': {
      const { validDays, ...shown } = stored;
      return { ...shown, expiresAt: renewed ?? expiry(facts.activatedAt, validDays) };
    }
    case 'download':
      return { ...stored, downloadsLeft: facts.downloadsLeft };
    case 'partner-service': {
      const { validDays, expiresAt, ...shown } = stored;
      const partners = expiresAt === null ? null : rfc3339(Date.parse(expiresAt));
      return { ...shown, expiresAt: renewed ?? partners ?? expiry(facts.activatedAt, validDays) };
    }
    case 'gift-card': {
      const { type, codes, cardIds, value, validDays } = stored;
      const cards = cardIds.map((id, index) => ({ id, code: codes[index] ?? null }));
      return { type, value, expiresAt: expiry(facts.activatedAt, validDays), cards };
    }
    case 'parcel':
    case 'custom':
      return stored;
  }
}

/** The same without what is revealed only on request. Pure. */
export function withoutSecrets(delivery: Delivery): Delivery {
  if (delivery.type === 'partner-service') return { ...delivery, password: null };
  if (delivery.type === 'gift-card')
    return { ...delivery, cards: delivery.cards.map(({ id }) => ({ id, code: null })) };
  if (delivery.type !== 'custom') return delivery;
  const fields = delivery.fields.map((field) => (field.secret ? { ...field, value: null } : field));
  return { ...delivery, fields };
}

/** What is revealed only on request, of a delivery that hides nothing. Pure. */
export function secretsOf(delivery: Delivery): (string | null)[] {
  if (delivery.type === 'partner-service') return [delivery.password];
  if (delivery.type === 'gift-card') return delivery.cards.map(({ code }) => code);
  if (delivery.type !== 'custom') return [];
  return delivery.fields.filter(({ secret }) => secret).map(({ value }) => value);
}

/** What the customer now has, as a sentence for the order, its timeline and its mail, and by a code for other languages. Pure. */
export function activeText(stored: StoredDelivery): DeliveredText {
  switch (stored.type) {
    case 'licence-key':
      return stored.keys.length === 1
        ? { code: 'key_ready', params: {}, text: 'Your key is ready.' }
        : { code: 'keys_ready', params: {}, text: 'Your keys are ready.' };
    case 'download':
      return { code: 'download_ready', params: {}, text: 'Ready to download.' };
    case 'partner-service':
    case 'custom':
      return { code: 'access_ready', params: {}, text: 'Your access is ready.' };
    case 'gift-card':
      return stored.codes.length === 1
        ? { code: 'gift_card_ready', params: {}, text: 'Your gift card is ready.' }
        : { code: 'gift_cards_ready', params: {}, text: 'Your gift cards are ready.' };
    case 'parcel': {
      const { carrier, trackingCode } = stored;
      const text = `Handed to the carrier: ${carrier} ${trackingCode}.`;
      return { code: 'handed_over', params: { carrier, trackingCode }, text };
    }
  }
}

interface DeliveredText {
  code: DeliveredCode;
  params: Record<string, string>;
  text: string;
}

/** When the term of what was delivered ends, in milliseconds since the epoch; null: it has none. Pure. */
export function endOf(stored: StoredDelivery, activatedAt: number): number | null {
  if (stored.type !== 'licence-key' && stored.type !== 'partner-service') return null;
  if (stored.type === 'partner-service' && stored.expiresAt !== null) return Date.parse(stored.expiresAt);
  return stored.validDays === null ? null : activatedAt + stored.validDays * DAY_MS;
}

const expiry = (activatedAt: number, validDays: number | null): string | null =>
  validDays === null ? null : rfc3339(activatedAt + validDays * DAY_MS);
