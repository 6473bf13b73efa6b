import { array, assert, boolean, constantFrom, integer, property } from 'fast-check';
import { describe, expect, it } from 'vitest';
import { plainLine } from '#shared/domain/pricing/priced.ts';
import { SMALLEST } from '#shared/domain/payment-methods.ts';
import { lineOf, orderOf } from '../testing/documents.ts';
import type { Line, OrderDocument } from './document.ts';
import {
  capturePlansOf,
  collectedOf,
  excessOf,
  isRestTooSmall,
  ledgersOf,
  payableLines,
  worthOf,
} from './money.ts';
import { newLedger } from './new-document.ts';
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
  for (const { attempt, upTo, final } of capturePlansOf(document)) {
    const ledger = ledgersOf(document).find((each) => each.attempt === attempt);
    if (ledger === undefined) throw new Error('a payment that is none');
    ledger.captured = upTo;
    if (final) Object.assign(ledger, { status: 'captured', voided: ledger.authorised - upTo });
  }
  for (const payable of payableLines(document))
    Object.assign(payable, { state: 'delivered', released: true });
}

describe('what is collected of an order delivered as ready', () => {
  it('waits until it is as much as the provider takes', () => {
    const document = order([line(30, 'provisioned'), line(20, 'provisioning'), line(500, 'pending')]);
    expect(capturePlansOf(document)).toEqual([]);
    expect(isRestTooSmall(document)).toBe(false);
    for (const each of document.lines.slice(0, 2)) each.state = 'provisioned';
    expect(capturePlansOf(document)).toEqual([{ attempt: 1, upTo: 50, final: false }]);
  });

  it('takes a rest along that could not be taken by itself, and owes it back when that is not made', () => {
    const document = order([line(500, 'provisioned'), line(30, 'provisioning')]);
    expect(capturePlansOf(document)).toEqual([{ attempt: 1, upTo: 530, final: true }]);
    collect(document);
    expect(document.lines.map(({ state }) => state)).toEqual(['delivered', 'provisioning']);
    expect(excessOf(document)).toBe(0);
    for (const each of document.lines.slice(1)) each.state = 'failed';
    expect(excessOf(document)).toBe(30);
  });

  it('is taken as soon as the small rest fails', () => {
    expect(capturePlansOf(order([line(500, 'provisioned'), line(30, 'failed')]))).toEqual([
      { attempt: 1, upTo: 500, final: true },
    ]);
  });

  it('is nothing when only little could be made: it is given up instead', () => {
    const document = order([line(30, 'provisioned'), line(500, 'failed')]);
    expect([capturePlansOf(document), isRestTooSmall(document)]).toEqual([[], true]);
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
    expect(capturePlansOf(document)).toEqual([{ attempt: 1, upTo: 530, final: true }]);
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

describe('what is collected of an order that gift cards pay a part of', () => {
  /** What the cards hold; the payment holds what they leave. */
  function withCards(
    lines: Parameters<typeof order>[0],
    cards: readonly number[],
    options: Parameters<typeof order>[1] = {},
  ): OrderDocument {
    const document = order(lines, options);
    let left = document.total;
    const giftCards = cards.map((amount, index) => {
      const authorised = Math.min(amount, left);
      left -= authorised;
      const attempt = 1_001 + index;
      const held = { ...newLedger(attempt, amount), paymentId: `card ${index}`, asked: true, authorised };
      const status = authorised > 0 ? ('authorised' as const) : ('voided' as const);
      return { ...held, status, cardId: `gft_${index}`, ending: 'K3M9' };
    });
    const payment =
      left === 0
        ? { ...newLedger(1, 0) }
        : { ...document.payment, amount: left, authorised: left, voided: 0 };
    return { ...document, giftCards, payment };
  }
  const plansOf = (document: OrderDocument) =>
    capturePlansOf(document).map(({ attempt, upTo, final }) => [attempt, upTo, final]);

  it('is taken from the cards first, one after the other, then from the payment', () => {
    const document = withCards([line(1_000, 'provisioned'), line(500, 'provisioning')], [300, 200]);
    expect(plansOf(document)).toEqual([
      [1_001, 300, true],
      [1_002, 200, true],
      [1, 500, false],
    ]);
  });

  it('leaves the payment alone as long as the cards pay for what is made', () => {
    const document = withCards([line(300, 'provisioned'), line(500, 'provisioning')], [400]);
    expect(plansOf(document)).toEqual([[1_001, 300, false]]);
  });

  it('takes less from the cards where the payment would be asked for less than the provider takes', () => {
    const document = withCards([line(420, 'provisioned'), line(500, 'provisioning')], [400]);
    expect(plansOf(document)).toEqual([
      [1_001, 370, false],
      [1, 50, false],
    ]);
  });

  it('leaves no rest on the payment that could not be taken: the cards pay the later part', () => {
    const document = withCards([line(6_020, 'provisioned'), line(60, 'provisioning')], [6_000]);
    expect(plansOf(document)).toEqual([
      [1_001, 5_940, false],
      [1, 80, true],
    ]);
  });

  it('is asked for anew as no less than the provider takes when the hold lapses: the cards pay less', () => {
    const document = withCards([line(430, 'provisioning'), line(500, 'failed')], [400]);
    Object.assign(document.payment, { authorisedAt: 0, captureBefore: 10 });
    const renewing = transition(document, { type: 'authorisation.expiring', at: 10 }).document;
    expect(renewing.renewal).toMatchObject({ attempt: 2, amount: 50 });
    for (const made of renewing.lines.slice(0, 1)) made.state = 'provisioned';
    const payment = { ...document.payment, attempt: 2, authorised: 50 };
    expect(plansOf({ ...renewing, payment, renewal: null })).toEqual([
      [1_001, 380, true],
      [2, 50, true],
    ]);
  });

  it('is taken from the payment early where the cards would leave it too little', () => {
    const document = withCards(
      [line(400, 'provisioned'), line(30, 'provisioning'), line(500, 'failed')],
      [400],
    );
    expect(plansOf(document)).toEqual([
      [1_001, 350, false],
      [1, 50, true],
    ]);
    collect(document);
    for (const last of document.lines.slice(1, 2)) last.state = 'provisioned';
    expect(plansOf(document)).toEqual([[1_001, 380, true]]);
  });

  it('releases what is left on the cards with the last of it', () => {
    const document = withCards([line(300, 'provisioned'), line(500, 'failed')], [400]);
    expect(plansOf(document)).toEqual([[1_001, 300, true]]);
  });

  it('is collected line by line where cards pay for everything', () => {
    const document = withCards([line(300, 'provisioned'), line(500, 'provisioning')], [800]);
    expect(plansOf(document)).toEqual([[1_001, 300, false]]);
  });

  it('is never too little for the provider, never more than is held, and always comes to an end', () => {
    const shares = array(integer({ min: 1, max: 400 }), { minLength: 1, maxLength: 7 });
    const fails = array(boolean(), { minLength: 7, maxLength: 7 });
    const cards = array(integer({ min: 0, max: 900 }), { minLength: 1, maxLength: 3 });
    assert(
      property(shares, fails, cards, boolean(), (costs, lost, worth, multicapture) => {
        const lines = costs.map((share) => line(share, 'provisioning'));
        const total = costs.reduce((all, one) => all + one, 0);
        const held = heldOf(worth, total);
        if (held === null) return;
        const document = withCards(lines, held, { multicapture });
        for (const [index, each] of document.lines.entries()) {
          each.state = lost[index] === true ? 'failed' : 'provisioned';
          const before = document.payment.captured;
          collect(document);
          const taken = document.payment.captured - before;
          expect(taken === 0 || taken >= SMALLEST.EUR).toBe(true);
          for (const { captured, authorised } of ledgersOf(document))
            expect(captured).toBeLessThanOrEqual(authorised);
        }
        const isOver = document.lines.every(({ state }) => state === 'delivered' || state === 'failed');
        expect(isOver || isRestTooSmall(document)).toBe(true);
        // What was taken along and not made is owed back; what is delivered is paid for.
        const ahead = collectedOf(document) - valueDelivered(document);
        expect(!isOver || (ahead >= 0 && excessOf(document) === ahead)).toBe(true);
      }),
    );
  });

  /** As much as each card holds of an order of this total, by the rule of the smallest rest; null: too little to be paid. */
  function heldOf(worth: readonly number[], total: number): number[] | null {
    if (total < SMALLEST.EUR) return null;
    let left = total;
    return worth.map((balance) => {
      const held = balance >= left ? left : Math.max(0, Math.min(balance, left - SMALLEST.EUR));
      left -= held;
      return held;
    });
  }
});

const valueDelivered = ({ lines }: OrderDocument): number =>
  lines.filter(({ state }) => state === 'delivered').reduce((sum, { price }) => sum + price.total, 0);
