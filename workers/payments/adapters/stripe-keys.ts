import { Stripe } from 'stripe';
import { sha256Hex } from '#shared/crypto/bytes.ts';
import { DAY_MS, HOUR_MS, MINUTE_MS } from '#shared/time/time.ts';

/** The API forgets keys after 24 hours (https://docs.stripe.com/api/idempotent_requests); clocks may differ a little. */
export const KEY_TRUSTED_MS = DAY_MS - HOUR_MS;

/** A 5xx is kept under its idempotency key like any outcome (https://docs.stripe.com/api/idempotent_requests). */
export const isRememberedFault = (error: unknown): boolean =>
  error instanceof Stripe.errors.StripeAPIError &&
  (error.statusCode ?? 0) >= 500 &&
  error.headers?.['idempotent-replayed'] === 'true';

/** The key was used before, with a request that said something else. While that one is under way it is a 409. */
export const isKeyOfOther = (error: unknown): boolean =>
  error instanceof Stripe.errors.StripeIdempotencyError && error.statusCode === 400;

const KEY_LENGTH_MAX = 255;
/** Each key that remembers a fault is left behind, but not many in a short time. */
const LATER_SLOT_MS = 10 * MINUTE_MS;
export const laterKey = (key: string, now: number): string =>
  `later:${Math.floor(now / LATER_SLOT_MS)}:${key}`.slice(0, KEY_LENGTH_MAX);

/** Of the same request without what the provider refused of it. */
export const plainKey = (key: string): string => `plain:${key}`.slice(0, KEY_LENGTH_MAX);

/** Names of metadata have 40 characters at most (https://docs.stripe.com/api/metadata); a payment has room for 50. */
const MARK_DIGEST_CHARACTERS = 24;
const MARK = 'capture_';
/** The name under which a capture is noted with its payment, in the same step that captures. */
export const captureMark = (idempotencyKey: string): string =>
  `${MARK}${sha256Hex(idempotencyKey).slice(0, MARK_DIGEST_CHARACTERS)}`;

/** Far more than are ever still to be found again, far fewer than there is room for. */
const MARKS_KEPT = 20;
/**
 * What to write with a payment so that there is room for one mark more: the oldest are taken away. A mark's value is what
 * was captured with it in all, so it tells the order; the same payment always gives the same answer, as a repeat of a key must.
 */
export function marksToDrop(metadata: Readonly<Record<string, string>>): Record<string, ''> {
  const marks = Object.entries(metadata).filter(([name]) => name.startsWith(MARK));
  const oldest = marks
    .toSorted(([one, before], [other, after]) => Number(after) - Number(before) || (one < other ? -1 : 1))
    .slice(MARKS_KEPT);
  return Object.fromEntries(oldest.map(([name]) => [name, '']));
}
