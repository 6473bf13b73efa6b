import { describe, expect, it } from 'vitest';
import { delivered, lineOf, orderOf } from '../testing/documents.ts';
import type { OpenEffect } from '../../lib/outbox.ts';
import type { OrderDocument } from './document.ts';
import type { EffectStep } from './intents.ts';
import { publicEffects } from './public-effects.ts';

const order = orderOf([delivered(lineOf(1))], {});
const stopped: OrderDocument = {
  ...order,
  state: 'needs_operator',
  resume: 'capturing',
  attention: { code: 'capturing_overdue', text: 'It takes long.', detail: 'x' },
};
const effect = (
  values: Partial<OpenEffect<{ step: EffectStep }>> = {},
): OpenEffect<{ step: EffectStep }> => ({
  key: 'payment.void',
  lane: 'payment',
  state: 'pending',
  attempts: 2,
  nextAt: 1_000,
  lastError: 'no answer',
  payload: { step: { step: 'payment.void', attempt: 1 } },
  ...values,
});

describe('what staff see of an order’s work', () => {
  it('is the step it is at and why it stopped there', () => {
    expect(publicEffects(stopped, [])).toMatchObject({
      state: 'needs_operator',
      step: 'capturing',
      attention: { code: 'capturing_overdue', detail: 'x' },
      items: [],
    });
    expect(publicEffects({ ...order, state: 'rejected' }, [])).toBeNull();
  });

  it('is what is under way and when it is tried again, and what was given up, without an end in sight', () => {
    expect(publicEffects(order, [effect(), effect({ state: 'parked', nextAt: null })])?.items).toEqual([
      {
        key: 'payment.void',
        lane: 'payment',
        state: 'pending',
        attempts: 2,
        nextAt: '1970-01-01T00:00:01.000Z',
        lastError: 'no answer',
        payload: { step: 'payment.void', attempt: 1 },
      },
      expect.objectContaining({ state: 'parked', nextAt: null }),
    ]);
  });

  it('is how it could be ended by hand, each with what would not fit, once it waits for a person', () => {
    const eur = (amount: number) => ({ amount, currency: 'EUR' });
    expect(publicEffects(order, [])?.resolutions).toEqual([]);
    const resolutions = publicEffects(stopped, [])?.resolutions ?? [];
    expect(resolutions.map(({ as, kept, due, open }) => [as, kept, due, open])).toEqual([
      ['completed', eur(500), eur(500), eur(0)],
      ['cancelled', eur(500), eur(0), eur(0)],
      ['refunded', eur(500), eur(0), eur(0)],
    ]);
    expect(resolutions.map(({ code }) => code === null)).toEqual([true, false, false]);
  });

  it('offers no completion of what never had a price, because nothing of it could be delivered', () => {
    const unpriced = { ...stopped, lines: [], resume: 'pricing' as const };
    expect(publicEffects(unpriced, [])?.resolutions.map(({ as }) => as)).toEqual(['cancelled', 'refunded']);
  });
});
