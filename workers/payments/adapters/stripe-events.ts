import { Stripe } from 'stripe';
import { z } from 'zod';
import { sha256Hex } from '#shared/crypto/bytes.ts';
import {
  CARD_NUMBER_MASK,
  holdsCardNumber,
  isCardField,
  isNumberInBoxes,
  maskCardNumbers,
} from '#shared/domain/card-data.ts';
import { idSchema } from '#shared/ids/ids.ts';
import { SECOND_MS } from '#shared/time/time.ts';
import type { EventFlag, ProviderEvent, RegisteredPayment } from '../usecases/ports.ts';
import { CASH_MOVED, wakesOrder } from './stripe-event-types.ts';
import { REST_OF } from './stripe-transfers.ts';

/** An event with a snapshot of its object, or a thin one, which names no object and has its time as text. */
const eventSchema = z.looseObject({
  id: z.string().regex(/^evt_\w{1,250}$/),
  type: z.string().min(1).max(200),
  created: z.union([
    z
      .int()
      .min(0)
      .max(9_999_999_999)
      .transform((seconds) => seconds * SECOND_MS),
    z.iso.datetime({ offset: true }).transform((text) => Date.parse(text)),
  ]),
  livemode: z.boolean().optional().catch(undefined),
  api_version: z.string().optional().catch(undefined),
  data: z
    .looseObject({
      object: z.looseObject({}),
      previous_attributes: z.looseObject({}).optional().catch(undefined),
    })
    .optional(),
});

const idOf = (prefix: string) => {
  const id = z.string().regex(new RegExp(`^(?:${prefix})_\\w{1,250}$`));
  return z
    .union([id, z.looseObject({ id }).transform((expanded) => expanded.id)])
    .nullable()
    .catch(null);
};
const objectSchema = z.looseObject({
  object: z.string().catch(''),
  id: z.string().catch(''),
  customer: idOf('cus'),
  payment_intent: idOf('pi'),
  charge: idOf('ch|py'),
  latest_charge: idOf('ch|py'),
  net_amount: z.int().catch(0),
  unapplied_from_payment: z
    .looseObject({ payment_intent: idOf('pi') })
    .catch({ payment_intent: null })
    .transform((from) => from.payment_intent),
  metadata: z
    .looseObject({
      order_id: idSchema('order').nullable().catch(null),
      attempt: z.coerce.number().int().min(1).catch(1),
      [REST_OF]: idOf('pi'),
    })
    .catch({ order_id: null, attempt: 1, [REST_OF]: null }),
});
const priceSchema = z.looseObject({ currency: z.string().length(3), amount: z.int().min(0) });

/** Reads a verified body; null when it is no event. `isLive`: which mode this deployment's key is of. */
export function readEvent(body: string, options: { isLive: boolean }): ProviderEvent | null {
  let parsed: unknown;
  try {
    parsed = JSON.parse(body);
  } catch {
    return null;
  }
  const read = eventSchema.safeParse(parsed);
  if (!read.success) return null;
  const event = read.data;
  const kept = keptBody(parsed);
  if (kept === null) return null;
  const object = objectSchema.parse(event.data?.object ?? {});
  const about = {
    orderId: object.metadata.order_id,
    paymentId:
      object.object === 'payment_intent'
        ? ownId('pi', object.id)
        : (object.payment_intent ?? object.unapplied_from_payment ?? object.metadata[REST_OF]),
    chargeId:
      object.object === 'charge' ? ownId('ch|py', object.id) : (object.charge ?? object.latest_charge),
  };
  const flags: EventFlag[] = [];
  if (event.livemode !== undefined && event.livemode !== options.isLive) flags.push('other_mode');
  if (event.api_version !== undefined && event.api_version !== Stripe.API_VERSION)
    flags.push('other_api_version');
  return {
    eventId: event.id,
    provider: 'stripe',
    type: event.type,
    about,
    account: accountOf(object, event.data?.previous_attributes ?? {}),
    payment: flags.includes('other_mode') ? null : paymentOf(object, about),
    wakesOrder: wakesOrder(event.type) && !flags.includes('other_mode') && !isCashSpent(event.type, object),
    flags,
    occurredAt: event.created,
    bodyDigest: sha256Hex(body),
    body: kept,
  };
}

/** A method that was taken away names its customer among what was before. */
const accountOf = (
  { object, id, customer }: z.infer<typeof objectSchema>,
  before: Record<string, unknown>,
): string | null =>
  customer ?? ownId('cus', before['customer']) ?? (object === 'customer' ? ownId('cus', id) : null);

/** What a payment took of a customer's transfers, or went back to him, needs nobody's look: only what came does. */
const isCashSpent = (type: string, { net_amount: moved }: z.infer<typeof objectSchema>): boolean =>
  type === CASH_MOVED && moved <= 0;

/** A payment intent as the registry keeps it; null when it carries no order of ours. */
export function paymentShown(intent: unknown): RegisteredPayment | null {
  const object = objectSchema.safeParse(intent);
  if (!object.success) return null;
  const { metadata, id, latest_charge: chargeId } = object.data;
  return paymentOf(object.data, { orderId: metadata.order_id, paymentId: ownId('pi', id), chargeId });
}

const ownId = (prefix: string, id: unknown): string | null => idOf(prefix).parse(id);

function paymentOf(
  object: z.infer<typeof objectSchema>,
  { orderId, paymentId, chargeId }: ProviderEvent['about'],
): RegisteredPayment | null {
  const price = priceSchema.safeParse(object);
  if (object.object !== 'payment_intent' || orderId === null || paymentId === null || !price.success)
    return null;
  const { currency, amount } = price.data;
  return {
    paymentId,
    provider: 'stripe',
    orderId,
    customerId: null,
    attempt: object.metadata.attempt,
    currency: currency.toUpperCase(),
    amount,
    chargeId,
  };
}

/** Null for what is nested too deeply to be written again. */
function keptBody(event: unknown): string | null {
  try {
    return JSON.stringify(event, withoutSecrets);
  } catch {
    return null;
  }
}

/** Whoever has a client secret can act on the payment: it is not kept. Nor is card data, which the provider never sends. */
const withoutSecrets = (name: string, value: unknown): unknown => {
  if (name === 'client_secret' || (isCardField(name) && value !== null)) return undefined;
  if (typeof value === 'string') return maskCardNumbers(value);
  if (typeof value === 'number') return holdsCardNumber(String(value)) ? CARD_NUMBER_MASK : value;
  if (Array.isArray(value)) return isNumberInBoxes(value) ? CARD_NUMBER_MASK : value;
  if (value === null || typeof value !== 'object') return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [maskCardNumbers(key), inner]));
};
