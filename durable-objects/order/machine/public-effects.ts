import type { OrderDifference, OrderEffects } from '#shared/contracts/http/orders.ts';
import { rfc3339 } from '#shared/time/time.ts';
import type { OpenEffect } from '../../lib/outbox.ts';
import { effectiveState, type OrderDocument } from './document.ts';
import type { EffectStep } from './intents.ts';
import { type Difference, differenceOf, isAnythingPriced } from './resolution.ts';
import { attentionOf } from './money-attention.ts';
import { specOf } from './table.ts';

const ENDS = ['completed', 'cancelled', 'refunded'] as const;

/** What is under way and what was given up, and how the order could be ended by hand. An effect carries no secret. */
export function publicEffects(
  document: OrderDocument,
  effects: readonly OpenEffect<{ step: EffectStep }>[],
): OrderEffects | null {
  const state = specOf(document.state).public;
  if (state === null) return null;
  return {
    state,
    step: effectiveState(document),
    attention: attentionOf(document),
    items: effects.map(({ key, lane, state: standing, attempts, nextAt, lastError, payload }) => ({
      key,
      lane,
      state: standing,
      attempts,
      nextAt: nextAt === null ? null : rfc3339(nextAt),
      lastError,
      payload: { ...payload.step },
    })),
    resolutions:
      document.state === 'needs_operator'
        ? ENDS.filter((as) => as !== 'completed' || isAnythingPriced(document)).map((as) =>
            publicDifference(document, differenceOf(document, as)),
          )
        : [],
  };
}

export function publicDifference(
  { currency }: Pick<OrderDocument, 'currency'>,
  difference: Difference,
): OrderDifference {
  const money = (amount: number) => ({ amount, currency });
  const { kept, due, open } = difference;
  return { ...difference, kept: money(kept), due: money(due), open: money(open) };
}
