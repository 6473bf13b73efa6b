import { HOUR_MS, MINUTE_MS, SECOND_MS } from '#shared/time/time.ts';
import type { Ledger, OrderDocument } from './document.ts';
import { isSuspected } from './fraud/guards.ts';
import type { Intent } from './intents.ts';
import { intentAs } from './keys.ts';
import { nextAttemptOf } from './money.ts';

/** So long before a hold lapses the customer is asked to pay anew, and so long before it undoing begins. */
const RENEW_BEFORE_MS = 36 * HOUR_MS;
const END_BEFORE_MS = 2 * HOUR_MS;
/** Of a short hold: at most these parts of it. */
const RENEW_PART = 3;
const END_PART = 12;

/** Longer than closing an unpaid order takes, so that its stock is never sold twice meanwhile. */
export const HOLD_GRACE_MS = 120 * SECOND_MS;

/** Until when its stock is held, epoch milliseconds. */
export const heldUntil = ({ holdsUntil, dueAt }: OrderDocument): number =>
  holdsUntil ?? dueAt + HOLD_GRACE_MS;

/** Asks for the stock to be held until then, epoch milliseconds, unless it is already. */
export function holdUntil(draft: OrderDocument, expiresAt: number): Intent[] {
  if (draft.holdsUntil !== null && draft.holdsUntil >= expiresAt) return [];
  draft.holdsUntil = expiresAt;
  return draft.stock
    .filter(({ state }) => state === 'held')
    .map(({ sku }) =>
      intentAs(`stock.hold:${sku}:of:${draft.version}`, `stock:${sku}`, {
        step: 'stock.hold',
        sku,
        expiresAt,
      }),
    );
}

/**
 * Payments one order may ask for, each in place of the one before: what is not ready after so many holds is undone. With the
 * seven days that a card is held it is over two months.
 */
export const PAYMENTS_MAX = 12;

/**
 * May another payment be asked for in time? Of an order that somebody may refuse nobody is asked to pay anew: the other
 * payment would be one more to decide about.
 */
export const isRenewable = (document: OrderDocument): boolean =>
  document.renewal === null && !isSuspected(document) && nextAttemptOf(document) <= PAYMENTS_MAX;

/** Epoch milliseconds; null when nothing is held or the provider does not tell when it lapses. */
export const renewAtOf = (payment: Ledger): number | null => before(payment, RENEW_BEFORE_MS, RENEW_PART);
export const endAtOf = (payment: Ledger): number | null => before(payment, END_BEFORE_MS, END_PART);

function before({ status, captureBefore, authorisedAt }: Ledger, ms: number, part: number): number | null {
  if (status !== 'authorised' || captureBefore === null) return null;
  const holdMs = Math.max(0, captureBefore - (authorisedAt ?? captureBefore));
  return captureBefore - Math.min(ms, Math.floor(holdMs / part));
}

/** Time to try again when a payment under way fails after the customer's own time; never more than that time was. */
export const RETRY_GRACE_MS = 5 * MINUTE_MS;

/** End of the customer's own time to pay, epoch milliseconds. */
export const windowEndOf = ({ createdAt, request }: OrderDocument): number =>
  createdAt + request.paymentWindowSeconds * SECOND_MS;

/**
 * The payment that was under way is none: the customer's own time to pay counts again. The time to try again is granted
 * once, so that failing over and over holds no stock.
 */
export function grantRetry(draft: OrderDocument, at: number): void {
  const windowMs = draft.request.paymentWindowSeconds * SECOND_MS;
  const windowEnd = windowEndOf(draft);
  const retryUntil = at + Math.min(RETRY_GRACE_MS, windowMs);
  if (retryUntil > windowEnd) draft.retryUntil ??= retryUntil;
  draft.dueAt = Math.max(windowEnd, draft.retryUntil ?? 0);
}
