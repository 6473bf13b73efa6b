import { z } from 'zod';
import { addressSchema } from '#shared/domain/address.ts';
import type { DeliveredCode } from '#shared/contracts/messages.ts';
import type { Delivery } from '#shared/contracts/http/instances.ts';
import { DAY_MS, rfc3339 } from '#shared/time/time.ts';

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
]);
export type StoredDelivery = z.infer<typeof storedDeliverySchema>;

/** As the API shows it. `activatedAt` in milliseconds since the epoch. Pure. */
export function presentDelivery(
  stored: StoredDelivery,
  facts: { activatedAt: number; downloadsLeft: number },
): Delivery {
  switch (stored.type) {
    case 'licence-key': {
      const { validDays, ...shown } = stored;
      return { ...shown, expiresAt: expiry(facts.activatedAt, validDays) };
    }
    case 'download':
      return { ...stored, downloadsLeft: facts.downloadsLeft };
    case 'partner-service': {
      const { validDays, expiresAt, ...shown } = stored;
      const partners = expiresAt === null ? null : rfc3339(Date.parse(expiresAt));
      return { ...shown, expiresAt: partners ?? expiry(facts.activatedAt, validDays) };
    }
    case 'parcel':
      return stored;
  }
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
      return { code: 'access_ready', params: {}, text: 'Your access is ready.' };
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

const expiry = (activatedAt: number, validDays: number | null): string | null =>
  validDays === null ? null : rfc3339(activatedAt + validDays * DAY_MS);
