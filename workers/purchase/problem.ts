import type { Refusal } from '#objects/order/machine/document.ts';
import type { CartError } from '#objects/cart/face.ts';
import type { OrderDifference } from '#shared/contracts/http/orders.ts';
import { assertNever } from '#shared/domain/result.ts';
import { keyReused } from '#shared/http/idempotency-key.ts';
import { Problem } from '#shared/http/problems.ts';
import { cartProblem } from './cart-problem.ts';

/** Every way a use case of this worker refuses. */
export type PurchaseError =
  | { code: 'not_found' }
  /** The present state does not allow it, in words for whoever asked. */
  | { code: 'not_now'; detail: string }
  /** Another version than `If-Match` names. */
  | { code: 'changed' }
  | { code: 'staff_only' }
  | { code: 'unknown_instance' }
  /** Of a change of an instance. */
  | { code: 'unknown_quote' | 'quote_ended' }
  | { code: 'too_many_listeners' }
  | { code: 'unconfirmed'; difference: OrderDifference }
  | { code: 'in_flight' }
  | { code: 'key_reused' }
  /** Something that must be asked does not answer; nothing was changed. */
  | { code: 'unavailable' }
  | { code: 'out_of_stock'; orderId: string; lineIndex: number; available: number; replayed: boolean }
  /** Codes of gift cards that are none were tried too often. */
  | { code: 'too_many_codes'; retryAfterMs: number }
  | { code: 'cart'; error: CartError }
  /** `codeIndex` null: it counted by itself in the price of a quote. */
  | { code: 'promotion_used_up'; orderId: string; codeIndex: number | null; text: string; replayed: boolean }
  | {
      code: 'purchase_limit';
      orderId: string;
      lineIndex: number;
      left: number;
      text: string;
      replayed: boolean;
    }
  /** Refused without a word why. */
  | { code: 'blocked'; orderId: string; replayed: boolean }
  | { code: 'refused'; refusals: Refusal[]; replayed: boolean };

const REPLAYED = { 'idempotent-replayed': 'true' } as const;

export function toProblem(error: PurchaseError): Problem {
  switch (error.code) {
    case 'not_found':
      return new Problem({ slug: 'not-found', detail: 'There is no such order.' });
    case 'unknown_instance':
      return new Problem({ slug: 'not-found', detail: 'There is no such product of yours.' });
    case 'unknown_quote':
      return new Problem({ slug: 'not-found', detail: 'There is no such quote of yours.' });
    case 'quote_ended':
      return new Problem({
        slug: 'quote-expired',
        detail: 'The quote has ended: ask for another one.',
        errors: [{ in: 'body', pointer: '/quoteId', detail: 'is no quote that stands' }],
      });
    case 'staff_only':
      return new Problem({ slug: 'forbidden', detail: 'Only staff list or search the orders of others.' });
    case 'too_many_listeners':
      return new Problem({
        slug: 'rate-limited',
        detail: 'This order is followed by as many as it can be; read its timeline instead.',
        headers: { 'retry-after': '30' },
      });
    case 'unconfirmed':
      return new Problem({
        slug: 'difference-unconfirmed',
        detail: 'Money, deliveries and stock would not fit; see `difference`.',
        extra: { difference: error.difference },
      });
    case 'changed':
      return new Problem({
        slug: 'precondition-failed',
        detail: 'Read the order again and repeat the change.',
      });
    case 'not_now':
      return new Problem({ slug: 'conflict', detail: error.detail });
    case 'in_flight':
      return new Problem({
        slug: 'request-in-flight',
        detail: 'Repeat the request in a moment.',
        headers: { 'retry-after': '1' },
      });
    case 'key_reused':
      return keyReused();
    case 'unavailable':
      return new Problem({
        slug: 'unavailable',
        detail: 'The payment service does not answer for the moment; nothing was changed.',
        headers: { 'retry-after': '5' },
      });
    case 'too_many_codes':
      return new Problem({
        slug: 'rate-limited',
        detail: 'Too many codes that are no gift card were tried. Wait, then check the code.',
        headers: { 'retry-after': String(Math.ceil(error.retryAfterMs / 1_000)) },
      });
    case 'out_of_stock':
      return new Problem({
        slug: 'out-of-stock',
        detail: `Only ${error.available} available.`,
        errors: [
          {
            in: 'body',
            pointer: `/lines/${error.lineIndex}/quantity`,
            detail: `only ${error.available} available`,
          },
        ],
        extra: { orderId: error.orderId, available: error.available },
        ...(error.replayed ? { headers: REPLAYED } : {}),
      });
    case 'promotion_used_up':
      return new Problem({
        slug: 'promotion-used-up',
        detail: error.text,
        errors: [
          error.codeIndex === null
            ? { in: 'body', pointer: '/quoteId', detail: 'counts a promotion that has no use left' }
            : { in: 'body', pointer: `/codes/${error.codeIndex}`, detail: 'has no use left' },
        ],
        extra: { orderId: error.orderId },
        ...(error.replayed ? { headers: REPLAYED } : {}),
      });
    case 'purchase_limit':
      return new Problem({
        slug: 'purchase-limit',
        detail: error.text,
        errors: [
          {
            in: 'body',
            pointer: `/lines/${error.lineIndex}/quantity`,
            detail: `only ${error.left} more for this customer now`,
          },
        ],
        extra: { orderId: error.orderId, left: error.left },
        ...(error.replayed ? { headers: REPLAYED } : {}),
      });
    case 'blocked':
      return new Problem({
        slug: 'order-not-accepted',
        detail:
          'Nothing was reserved and nothing is charged. Please contact us if you think that this is wrong.',
        extra: { orderId: error.orderId },
        ...(error.replayed ? { headers: REPLAYED } : {}),
      });
    case 'refused':
      return new Problem({
        slug: 'validation-failed',
        detail: 'See `errors` for each field.',
        errors: error.refusals.map((refusal) => ({ in: 'body', ...refusal })),
        ...(error.replayed ? { headers: REPLAYED } : {}),
      });
    case 'cart':
      return cartProblem(error.error);
    default:
      return assertNever(error);
  }
}
