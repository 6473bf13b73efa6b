import { array, assert, boolean, constantFrom, integer, property } from 'fast-check';
import { describe, expect, it } from 'vitest';
import { plainLine } from '#shared/domain/pricing/priced.ts';
import { SMALLEST } from '#shared/domain/payment-methods.ts';
import { lineOf, orderOf } from '../testing/documents.ts';
import type { Line, OrderDocument } from './document.ts';
import { capturePlanOf, collectedOf, excessOf, isRestTooSmall, payableLines, worthOf } from './money.ts';
import { transition } from './transition.ts';

type State = Line['state'];
const CURRENCIES = ['EUR', 'USD', 'GBP', 'SEK', 'JPY'] as const;

/** Delivered as ready, its whole price held, some of its lines made. */
function order(
  lines: readonly { share: number; state: State }[],
  {
    multicapture = true,
    currency = 'EUR',
  }: { multicapture?: boolean; currency?: (typeof CURRENCIES)[number] } = {},
): OrderDocument {
  const document = orderOf(
    lines.map(({ share, state }, index) =>
      lineOf(index, {
        state,
        price: plainLine(share, 1),
        fulfilment: { template: 'licence-key', activationsMax: 1, validDays: null },
      }),
    ),
    {},
  );
  const payment = { ...document.payment, status: 'authorised' as const, captured: 0, multicapture };
  return { ...document, state: 'delivering', delivery: 'as_ready', currency, payment };
}
const line = (share: number, state: State) => ({ share, state });

/** The provider takes what is planned, and what it pays for is handed over. */
function collect(document: OrderDocument): void {
  const plan = capturePlanOf(document);
  if (plan !== null) document.payment.captured = plan.upTo;
  if (plan?.final === true) document.payment.status = 'captured';
  for (const payable of payableLines(document))
    Object.assign(payable, { state: 'delivered', released: true });
}

describe('what is collected of an order delivered as ready', () => {
  it('waits until it is as much as the provider takes', () => {
    const document = order([line(30, 'provisioned'), line(20, 'provisioning'), line(500, 'pending')]);
    expect(capturePlanOf(document)).toBeNull();
    expect(isRestTooSmall(document)).toBe(false);
    for (const each of document.lines.slice(0, 2)) each.state = 'provisioned';
    expect(capturePlanOf(document)).toEqual({ upTo: 50, final: false });
  });

  it('takes a rest along that could not be taken by itself, and owes it back when that is not made', () => {
    const document = order([line(500, 'provisioned'), line(30, 'provisioning')]);
    expect(capturePlanOf(document)).toEqual({ upTo: 530, final: true });
    collect(document);
    expect(document.lines.map(({ state }) => state)).toEqual(['delivered', 'provisioning']);
    expect(excessOf(document)).toBe(0);
    for (const each of document.lines.slice(1)) each.state = 'failed';
    expect(excessOf(document)).toBe(30);
  });

  it('is taken as soon as the small rest fails', () => {
    expect(capturePlanOf(order([line(500, 'provisioned'), line(30, 'failed')]))).toEqual({
      upTo: 500,
      final: true,
    });
  });

  it('is nothing when only little could be made: it is given up instead', () => {
    const document = order([line(30, 'provisioned'), line(500, 'failed')]);
    expect([capturePlanOf(document), isRestTooSmall(document)]).toEqual([null, true]);
  });

  it.each([false, true])(
    'leaves what it paid for: it is handed over though the rest is given up',
    (released) => {
      const document = order([line(500, 'provisioned'), line(30, 'provisioning'), line(40, 'provisioning')]);
      Object.assign(document.payment, { captured: 500 });
      Object.assign(document.lines[0] ?? {}, { released });
      const idOf = (index: number): string => document.lines[index]?.id ?? '';
      const told = { lineId: idOf(0), detail: '', at: 2 };
      const failed = transition(document, {
        type: 'line.failed',
        lineId: idOf(2),
        code: null,
        detail: '',
        at: 1,
      });
      const handedOver = transition(failed.document, { type: 'line.activated', ...told });
      const states = [failed, handedOver].map(({ document: { state, lines } }) => [
        state,
        ...lines.map((each) => each.state),
      ]);
      expect(states).toEqual([
        [
          released ? 'undoing_lines' : 'delivering',
          'provisioned',
          released ? 'undoing' : 'provisioning',
          'undoing',
        ],
        ['undoing_lines', 'delivered', 'undoing', 'undoing'],
      ]);
    },
  );

  it('is the whole at once where the provider takes once', () => {
    const document = order([line(30, 'provisioned'), line(500, 'pending')], { multicapture: false });
    expect(capturePlanOf(document)).toEqual({ upTo: 530, final: true });
  });

  it('is never refused for being too little, ahead of what is delivered by cents alone, and always comes to an end', () => {
    const lines = array(integer({ min: 1, max: 400 }), { minLength: 1, maxLength: 8 });
    const fails = array(boolean(), { minLength: 8, maxLength: 8 });
    assert(
      property(
        lines,
        fails,
        constantFrom(...CURRENCIES),
        boolean(),
        (shares, lost, currency, multicapture) => {
          const document = order(
            shares.map((share) => line(share, 'provisioning')),
            { currency, multicapture },
          );
          if (worthOf(document) < SMALLEST[currency]) return;
          for (const [index, each] of document.lines.entries()) {
            each.state = lost[index] === true ? 'failed' : 'provisioned';
            const before = document.payment.captured;
            collect(document);
            const taken = document.payment.captured - before;
            expect(taken === 0 || taken >= SMALLEST[currency]).toBe(true);
            const ahead = document.payment.captured - valueDelivered(document);
            expect(!multicapture || (ahead >= 0 && ahead < SMALLEST[currency])).toBe(true);
          }
          const handedOver = document.lines.every(({ state }) => state === 'delivered' || state === 'failed');
          // Whoever is neither delivered nor failed is what is given up.
          expect(handedOver || isRestTooSmall(document)).toBe(true);
          const owedBack = collectedOf(document) - valueDelivered(document);
          expect(!handedOver || owedBack === Math.max(0, excessOf(document))).toBe(true);
        },
      ),
    );
  });
});

const valueDelivered = ({ lines }: OrderDocument): number =>
  lines.filter(({ state }) => state === 'delivered').reduce((sum, { price }) => sum + price.total, 0);
