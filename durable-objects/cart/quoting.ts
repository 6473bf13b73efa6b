import { fail, ok, type Result } from '#shared/domain/result.ts';
import { MINUTE_MS } from '#shared/time/time.ts';
import { changesOf, looksOf, problemsOf } from './look.ts';
import type { CartDocument, CartRefusal, Quote } from './machine/document.ts';
import type { PriceAnswer } from './pricing.ts';

/** How long a quote holds. */
const QUOTE_TTL_MS = 30 * MINUTE_MS;

/** What was promised stands, unless it would cost less by now. */
export const costsLess = (answer: PriceAnswer | null, promised: Quote | null): boolean =>
  answer !== null &&
  answer.priced !== null &&
  promised !== null &&
  answer.priced.total < promised.priced.total;

/** The price of the cart as a promise, or what stands against ordering it. Pure. */
export function quoteFor(
  cart: CartDocument,
  answer: PriceAnswer,
  { id, at }: { id: string; at: number },
): Result<Quote, CartRefusal> {
  const looks = looksOf(cart, answer);
  // The stock alone decides whether there is enough: what it said last may be old.
  const problems = problemsOf(cart, looks, answer).filter(({ code }) => code !== 'out_of_stock');
  const nothing = { pointer: '/lines', detail: 'are none: put something in first' };
  if (problems.length > 0 || answer.priced === null) {
    const faults = problems.map(({ pointer, detail }) => ({ pointer, detail }));
    return fail({ code: 'refused', faults: faults.length > 0 ? faults : [nothing] });
  }
  return ok({
    id,
    cartVersion: cart.version,
    lineIds: cart.lines.map((line) => line.id),
    priced: answer.priced,
    changes: changesOf(looks, cart.settings.currency),
    createdAt: at,
    expiresAt: at + QUOTE_TTL_MS,
  });
}
