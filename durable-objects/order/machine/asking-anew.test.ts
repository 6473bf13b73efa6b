import { describe, expect, it } from 'vitest';
import type { AppliedPromotion } from '#shared/domain/pricing/priced.ts';
import { HOUR_MS, MINUTE_MS } from '#shared/time/time.ts';
import { delivered, lineOf, orderOf } from '../testing/documents.ts';
import { claimsOf, promotionClaims } from './claims.ts';
import type { OrderDocument, State } from './document.ts';
import type { OrderEvent } from './events.ts';
import {
  endAtOf,
  grantRetry,
  heldUntil,
  HOLD_GRACE_MS,
  holdUntil,
  renewAtOf,
  RETRY_GRACE_MS,
} from './holds.ts';
import { fulfilmentOf, isStockReturned } from './lines.ts';
import { openOrder, type Outcome, transition } from './transition.ts';

const LINE = lineOf(1);
const MAKING = lineOf(1, { state: 'provisioning' });
const sold = orderOf([LINE], {});
const reserved: OrderDocument = {
  ...sold,
  payment: { ...sold.payment, status: 'authorised', captured: 0, authorised: 500, asking: 'x', refusals: 2 },
};
/** Stopped in the middle of a step. */
const stopped = (resume: State, values: Partial<OrderDocument> = {}): OrderDocument => ({
  ...reserved,
  state: 'needs_operator',
  resume,
  attention: { code: `${resume}_overdue`, text: 'It takes long.', detail: 'x' },
  ...values,
});
const on = (document: OrderDocument, event: Omit<OrderEvent, 'at'>, at = 10): Outcome =>
  transition(document, { ...event, at } as OrderEvent);
const keysOf = ({ intents }: Outcome, step: string): string[] =>
  intents.filter(({ effect }) => effect.step === step).map(({ key }) => key);
const RETRY = { type: 'operator.retried' } as const;

describe('what is asked for again', () => {
  it('has a key of its own after a person let the order go on, because the provider remembers the first', () => {
    const first = on(stopped('returning_money'), RETRY);
    expect(first.document).toMatchObject({
      state: 'returning_money',
      rounds: 1,
      attention: null,
      resume: null,
    });
    expect(first.document.payment).toMatchObject({ round: 1, refusals: 0 });
    const [key] = keysOf(first, 'payment.void');
    const { payment } = first.document;
    const second = on({ ...first.document, ...stopped('returning_money'), rounds: 1, payment }, RETRY);
    expect(key).toBeDefined();
    expect(keysOf(second, 'payment.void')).not.toContain(key);
    expect(second.document.payment.round).toBe(2);
  });

  it('has another key in another round of undoing, and the first one none', () => {
    const lines = [lineOf(1, { state: 'provisioning' })];
    const wish = { type: 'cancel.requested', by: 'operator', text: null } as const;
    const cancelled = on({ ...reserved, state: 'provisioning', lines }, wish);
    expect(cancelled.document).toMatchObject({ state: 'undoing_lines', rounds: 1 });
    expect(keysOf(cancelled, 'lines.deprovision').every((key) => key.endsWith('#1'))).toBe(true);
    const again = on(stopped('undoing_lines', { lines, rounds: 1 }), RETRY);
    expect(again.document.rounds).toBe(2);
    expect(keysOf(again, 'lines.deprovision').every((key) => key.endsWith('#2'))).toBe(true);
    expect(openOrder({ ...opening, id: sold.id }).intents.map(({ key }) => key)).toEqual(['price']);
  });

  it('forgets refusals of the state before, and counts no round for going on by itself', () => {
    const { document } = on({ ...reserved, state: 'provisioning', lines: [MAKING] }, provisioned);
    expect(document).toMatchObject({ state: 'capturing', rounds: 0 });
    expect(document.payment).toMatchObject({ refusals: 0, round: 0 });
    expect(document.payment.asking).not.toBe('x');
  });
});
const provisioned = { type: 'line.provisioned', lineId: LINE.id, detail: 'made' } as const;
const opening = {
  number: 'TP-1',
  customerId: sold.customerId,
  request: sold.request,
  lineIds: sold.lineIds,
  at: 5,
};

describe('an order that a person was asked about', () => {
  it('goes on by itself when what it waited for comes after all', () => {
    const made = on(stopped('provisioning', { lines: [MAKING] }), provisioned);
    expect(made.document).toMatchObject({ state: 'capturing', attention: null });
  });

  it('stays where it is for what opens no way, and says whom it waits for', () => {
    const still = on(stopped('provisioning', { lines: [MAKING, lineOf(2)] }), provisioned);
    expect(still.document).toMatchObject({ state: 'needs_operator', resume: 'provisioning' });
    const asked = on({ ...reserved, state: 'provisioning', lines: [MAKING] }, { type: 'stage.overdue' });
    expect(asked.document).toMatchObject({ state: 'needs_operator', resume: 'provisioning' });
    expect(asked.notes).toContainEqual({
      type: 'order.needs_operator',
      text: asked.document.attention?.text,
      lineId: null,
    });
  });
});

it('an order begins as a change, and is never younger than it was', () => {
  const opened = openOrder({ ...opening, id: sold.id });
  expect(opened).toMatchObject({ changed: true, allowed: true, notes: [] });
  const later = { ...reserved, state: 'provisioning' as const, lines: [MAKING], updatedAt: 99 };
  expect(on(later, provisioned, 10).document.updatedAt).toBe(99);
  expect(on(later, provisioned, 100).document.updatedAt).toBe(100);
});

it('a wish that the state does not allow changes nothing and asks for nothing', () => {
  const refused = on(sold, RETRY);
  expect(refused).toEqual({ document: sold, changed: false, allowed: false, intents: [], notes: [] });
});

describe('the hold on the stock', () => {
  const held = {
    ...reserved,
    stock: claimsOf(sold, [LINE]).map((claim) => ({ ...claim, state: 'held' as const })),
  };

  it('lasts a little longer than the time to pay, until another time is asked for', () => {
    expect(heldUntil({ ...sold, dueAt: 7, holdsUntil: null })).toBe(7 + HOLD_GRACE_MS);
    expect(heldUntil({ ...sold, dueAt: 7, holdsUntil: 3 })).toBe(3);
  });

  it('is only ever made longer, under a key of the version, and of what is held alone', () => {
    const draft = { ...held, version: 4, holdsUntil: 100 };
    expect(holdUntil(draft, 100)).toEqual([]);
    expect(holdUntil(draft, 99)).toEqual([]);
    expect(holdUntil(draft, 101)).toEqual([
      {
        key: 'stock.hold:sku-1:of:4',
        lane: 'stock:sku-1',
        effect: { step: 'stock.hold', sku: 'sku-1', expiresAt: 101 },
      },
    ]);
    expect(draft.holdsUntil).toBe(101);
    expect(holdUntil({ ...held, holdsUntil: null, stock: claimsOf(sold, [LINE]) }, 5)).toEqual([]);
  });
});

describe('the hold on the account', () => {
  const hold = (hours: number) => ({
    ...reserved.payment,
    authorisedAt: HOUR_MS,
    captureBefore: (1 + hours) * HOUR_MS,
  });

  it('of a long one the customer is asked 36 hours before its end, and undoing begins 2 hours before', () => {
    expect(renewAtOf(hold(200))).toBe((201 - 36) * HOUR_MS);
    expect(endAtOf(hold(200))).toBe((201 - 2) * HOUR_MS);
  });

  it('of a short one both take a part of it alone', () => {
    expect(renewAtOf(hold(12))).toBe((13 - 4) * HOUR_MS);
    expect(endAtOf(hold(12))).toBe((13 - 1) * HOUR_MS);
  });

  it('time to pay again is granted once, and not when the own time lasts as long', () => {
    const draft = { ...sold, createdAt: 0, retryUntil: null };
    const windowMs = sold.request.paymentWindowSeconds * 1_000;
    grantRetry(draft, windowMs - RETRY_GRACE_MS);
    expect(draft).toMatchObject({ retryUntil: null, dueAt: windowMs });
    grantRetry(draft, windowMs - MINUTE_MS);
    const until = windowMs - MINUTE_MS + RETRY_GRACE_MS;
    expect(draft).toMatchObject({ retryUntil: until, dueAt: until });
    grantRetry(draft, windowMs);
    expect(draft).toMatchObject({ retryUntil: until, dueAt: until });
  });
});

describe('what an order takes', () => {
  it('is one claim a SKU, of the lines whose units are counted', () => {
    const again = lineOf(2, { sku: LINE.sku, quantity: 3 });
    const free = lineOf(3, { stockTracked: false });
    expect(claimsOf(sold, [LINE, again, free])).toEqual([
      {
        sku: LINE.sku,
        object: LINE.sku,
        state: 'wanted',
        lines: [
          { lineId: LINE.id, quantity: 1 },
          { lineId: again.id, quantity: 3 },
        ],
        returnedLines: [],
      },
    ]);
    expect(claimsOf(sold, [lineOf(4, { stockShards: 4 })])[0]?.object).toMatch(/^sku-4\t[0-3]$/);
  });

  it('is a use of each promotion that is limited, in whichever way', () => {
    const applied = (id: string, limits: Partial<AppliedPromotion>): AppliedPromotion => ({
      promotionId: id,
      code: null,
      title: id,
      amount: 1,
      limitTotal: null,
      limitPerCustomer: null,
      ...limits,
    });
    const claims = promotionClaims({
      promotions: [applied('A', {}), applied('B', { limitTotal: 3 }), applied('C', { limitPerCustomer: 1 })],
    });
    expect(claims.map(({ promotionId, state }) => [promotionId, state])).toEqual([
      ['B', 'wanted'],
      ['C', 'wanted'],
    ]);
  });

  it('is back when every unit is for which nothing was delivered', () => {
    const lines = [delivered(LINE), lineOf(2, { sku: LINE.sku, state: 'undone' })];
    const claim = { ...claimsOf(sold, lines)[0], state: 'committed' as const };
    const withClaim = (returnedLines: string[]): OrderDocument =>
      ({
        ...sold,
        keep: 'delivered',
        state: 'returning_stock',
        lines,
        stock: [{ ...claim, returnedLines }],
      }) as OrderDocument;
    expect(isStockReturned(withClaim([]))).toBe(false);
    expect(isStockReturned(withClaim([lineOf(2).id]))).toBe(true);
    // Nothing is kept of it: one answer for the whole of it is waited for.
    const undone = { ...withClaim([LINE.id, lineOf(2).id]), keep: 'nothing' as const };
    expect(isStockReturned(undone)).toBe(false);
    expect(fulfilmentOf(sold)).toBe('none');
    expect(fulfilmentOf({ lines: [] })).toBe('none');
    expect(fulfilmentOf({ lines })).toBe('partial');
  });
});
