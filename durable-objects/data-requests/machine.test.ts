import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  ATTEMPTS_MAX,
  begun,
  cancelled,
  COPY_EVERY_MS,
  type DataRequest,
  dataRequestSchema,
  ERASURE_STEPS,
  EXPORT_STEPS,
  hasClosed,
  isFetchable,
  isOpen,
  newRequest,
  outlived,
  READY_MS,
  type RequestKind,
  retried,
  standsFor,
  type StepResult,
  stepOf,
  stepped,
  tripped,
} from './machine.ts';

const asked = (kind: RequestKind, isRepeat = false) => ({
  id: 'dreq_1',
  accountId: 'usr_1',
  kind,
  askedBy: 'usr_1',
  requestId: 'req_1',
  isRepeat,
});
const result = (changes: Partial<StepResult> = {}): StepResult => ({
  next: null,
  parts: 0,
  erased: {},
  kept: [],
  obstacles: [],
  ...changes,
});
const copy = newRequest(asked('export'), 0, 9_000);
const erasure = newRequest(asked('erasure'), 0, 9_000);
/** Takes `count` steps, each at once. */
const after = (request: DataRequest, count: number): DataRequest =>
  Array.from({ length: count }).reduce<DataRequest>((at) => stepped(begun(at), result(), 1), request);

describe('a copy', () => {
  it('begins at once and is ready after the last service', () => {
    expect(copy).toMatchObject({ state: 'running', dueAt: 0 });
    const ready = after(copy, EXPORT_STEPS.length - 1);
    expect(ready).toMatchObject({
      state: 'ready',
      readyUntil: 1 + READY_MS,
      dueAt: 1 + READY_MS,
      endedAt: 1,
    });
    expect([isFetchable(ready, READY_MS), isFetchable(ready, 1 + READY_MS)]).toEqual([true, false]);
  });

  it('is deleted at its end, however often that takes', () => {
    let ready = after(copy, EXPORT_STEPS.length - 1);
    for (let tries = 0; tries < 3 * ATTEMPTS_MAX; tries += 1) ready = tripped(ready, 'away', 2, 0.5);
    expect(ready).toMatchObject({ state: 'ready', error: 'away' });
    expect(stepped(ready, result(), 3)).toMatchObject({
      state: 'expired',
      dueAt: null,
      readyUntil: null,
      parts: 0,
    });
  });

  it('stands for another one for a day, and an open one always', () => {
    const ready = after(copy, EXPORT_STEPS.length - 1);
    expect(standsFor(copy, COPY_EVERY_MS * 9)).toBe(true);
    expect([standsFor(ready, COPY_EVERY_MS - 1), standsFor(ready, COPY_EVERY_MS)]).toEqual([true, false]);
  });

  it('ends with the account, and an erasure does not', () => {
    expect(outlived(copy, 5)).toMatchObject({ state: 'expired', endedAt: 5, dueAt: null });
    expect(outlived(after(copy, EXPORT_STEPS.length - 1), 5)).toMatchObject({
      state: 'expired',
      readyUntil: null,
    });
    expect(outlived(erasure, 5)).toBe(erasure);
  });
});

describe('an erasure', () => {
  it('waits, and can be taken back until it begins', () => {
    expect(erasure).toMatchObject({ state: 'waiting', dueAt: 9_000 });
    expect(cancelled(erasure, 3)).toMatchObject({ state: 'cancelled', dueAt: null, endedAt: 3 });
    expect(cancelled(begun(erasure), 3)).toBeNull();
  });

  it.each([
    ['without a grace', newRequest(asked('erasure'), 7, 0)],
    ['that is done again', newRequest(asked('erasure', true), 7, 9_000)],
  ])('%s begins at once', (_which, request) => {
    expect(request).toMatchObject({ state: 'running', dueAt: 7 });
  });

  it('closes the account before anything is erased, and erases the account itself last', () => {
    const steps = Array.from({ length: ERASURE_STEPS.length }, (_, count) => stepOf(after(erasure, count)));
    expect(steps).toEqual(['check', 'close', 'purchase', 'provisioner', 'payments', 'catalogue', 'own']);
    expect([hasClosed(after(erasure, 1)), hasClosed(after(erasure, 2))]).toEqual([false, true]);
    expect(after(erasure, ERASURE_STEPS.length)).toMatchObject({ state: 'done', dueAt: null, endedAt: 1 });
  });

  it('is refused when something stands against it, with nothing erased', () => {
    const obstacles = [{ code: 'order_open', subject: 'ord_1' }];
    expect(stepped(begun(erasure), result({ obstacles }), 4)).toMatchObject({
      state: 'refused',
      obstacles,
      erased: {},
      endedAt: 4,
    });
  });

  it('adds up what was erased, and says once what is kept', () => {
    const kept = [{ section: 'orders', because: 'tax_law' }];
    const first = stepped(after(erasure, 2), result({ next: 'a', erased: { orders: 2 }, kept }), 1);
    const second = stepped(first, result({ erased: { orders: 1, carts: 4 }, kept }), 1);
    expect(first).toMatchObject({ step: 2, cursor: 'a' });
    expect(second).toMatchObject({ step: 3, cursor: null, erased: { orders: 3, carts: 4 }, kept });
  });
});

describe('a request that fails', () => {
  it('pauses longer and longer, then waits for staff, who let it go on where it was', () => {
    let at = stepped(after(erasure, 2), result({ next: 'a' }), 1);
    const pauses: number[] = [];
    while (at.state === 'running') {
      at = tripped(at, 'x'.repeat(999), 100, 0);
      if (at.dueAt !== null) pauses.push(at.dueAt - 100);
    }
    expect(pauses).toHaveLength(ATTEMPTS_MAX - 1);
    expect(pauses).toEqual(pauses.toSorted((a, b) => a - b));
    expect(at).toMatchObject({ state: 'failed', dueAt: null, error: 'x'.repeat(300) });
    expect([isOpen(at), retried(begun(erasure), 5)]).toEqual([true, null]);
    expect(retried(at, 5)).toMatchObject({ state: 'running', step: 2, cursor: 'a', attempts: 0, dueAt: 5 });
  });
});

it('whatever happens, a request stays one that can be read, and ends or is due or waits for staff', () => {
  const event = fc.oneof(
    fc.record({ kind: fc.constant('stepped' as const), next: fc.option(fc.string({ maxLength: 3 })) }),
    fc.constantFrom({ kind: 'obstructed' } as const, { kind: 'tripped' } as const),
    fc.constantFrom(
      { kind: 'cancelled' } as const,
      { kind: 'retried' } as const,
      { kind: 'outlived' } as const,
    ),
  );
  fc.assert(
    fc.property(
      fc.constantFrom<RequestKind>('export', 'erasure'),
      fc.array(event, { maxLength: 80 }),
      (kind, events) => {
        let at = newRequest(asked(kind), 0, 50);
        for (const [now, each] of events.entries()) {
          const isAtWork = at.dueAt !== null;
          if (each.kind === 'stepped' && isAtWork) at = stepped(begun(at), result({ next: each.next }), now);
          if (each.kind === 'obstructed' && isAtWork && kind === 'erasure' && at.step < 2) {
            at = stepped(begun(at), result({ obstacles: [{ code: 'order_open', subject: 'x' }] }), now);
          }
          if (each.kind === 'tripped' && isAtWork) at = tripped(begun(at), 'away', now, 0.3);
          if (each.kind === 'cancelled') at = cancelled(at, now) ?? at;
          if (each.kind === 'retried') at = retried(at, now) ?? at;
          if (each.kind === 'outlived') at = outlived(at, now);
          expect(dataRequestSchema.parse(JSON.parse(JSON.stringify(at)))).toEqual(at);
          const isAtRest = at.state === 'failed' || (!isOpen(at) && at.state !== 'ready');
          expect(at.dueAt === null).toBe(isAtRest);
          expect(at.endedAt === null).toBe(isOpen(at));
        }
      },
    ),
  );
});
