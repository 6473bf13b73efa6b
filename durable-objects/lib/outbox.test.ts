import { describe, expect, it } from 'vitest';
import { Outbox, OUTBOX_MIGRATION, type OutboxEffect, type OutboxLimits } from './outbox.ts';
import { TryLater } from './retry.ts';
import { manualClock, withStorage } from './testing.ts';

type Payload = { n: number };
type Deliver = (effect: OutboxEffect<Payload>) => Promise<() => void>;
const effect = (key: string, lane = 'a'): OutboxEffect<Payload> => ({ key, lane, payload: { n: 1 } });
const done = (): void => {};

function outboxIn(storage: DurableObjectStorage, deliver: Deliver, limits: Partial<OutboxLimits> = {}) {
  const clock = manualClock();
  const parked: string[] = [];
  const make = (): Outbox<Payload> =>
    new Outbox<Payload>(storage, clock, { deliver, parked: (row) => void parked.push(row.key) }, limits);
  return { clock, parked, make, outbox: make() };
}
const withOutbox = (
  deliver: Deliver,
  test: (parts: ReturnType<typeof outboxIn> & { storage: DurableObjectStorage }) => Promise<void>,
  limits?: Partial<OutboxLimits>,
): Promise<void> =>
  withStorage(async (storage) => {
    storage.sql.exec(OUTBOX_MIGRATION.sql);
    await test({ ...outboxIn(storage, deliver, limits), storage });
  });

/** A delivery that waits until the test lets it go. */
function gate() {
  const open = new Map<string, () => void>();
  const started: string[] = [];
  const deliver: Deliver = async ({ key }) => {
    started.push(key);
    await new Promise<void>((resolve) => open.set(key, resolve));
    return done;
  };
  return { started, deliver, open: (key: string) => open.get(key)?.() };
}
const turns = async (): Promise<void> => {
  for (let turn = 0; turn < 20; turn += 1) await Promise.resolve();
};

describe('the outbox', () => {
  it('delivers a lane in order and lanes side by side, so that a slow one holds up nobody else', async () => {
    const { started, deliver, open } = gate();
    await withOutbox(deliver, async ({ outbox }) => {
      outbox.add(effect('a1', 'a'));
      outbox.add(effect('a2', 'a'));
      outbox.add(effect('b1', 'b'));
      outbox.add(effect('b2', 'b'));
      const drained = outbox.drain();
      await turns();
      expect(started).toEqual(['a1', 'b1']);
      open('b1');
      await turns();
      expect(started).toEqual(['a1', 'b1', 'b2']);
      open('a1');
      open('b2');
      await turns();
      expect(started).toEqual(['a1', 'b1', 'b2', 'a2']);
      open('a2');
      await drained;
      expect(outbox.nextDueAt()).toBeNull();
    });
  });

  it('runs one drain at a time, and a call during it delivers what was added meanwhile', async () => {
    const { started, deliver, open } = gate();
    await withOutbox(deliver, async ({ outbox }) => {
      outbox.add(effect('a1', 'a'));
      const first = outbox.drain();
      await turns();
      outbox.add(effect('b1', 'b'));
      const second = outbox.drain();
      await turns();
      expect(started).toEqual(['a1', 'b1']);
      open('a1');
      open('b1');
      await Promise.all([first, second]);
      outbox.add(effect('c1', 'c'));
      const third = outbox.drain();
      await turns();
      open('c1');
      await third;
      expect(started).toEqual(['a1', 'b1', 'c1']);
    });
  });

  it('adds a key once for ever, because its effect must not happen twice', async () => {
    const delivered: string[] = [];
    const deliver: Deliver = async ({ key }) => {
      delivered.push(key);
      return done;
    };
    await withOutbox(deliver, async ({ outbox }) => {
      outbox.add(effect('a1'));
      await outbox.drain();
      outbox.add(effect('a1'));
      await outbox.drain();
      expect(delivered).toEqual(['a1']);
    });
  });

  it('takes a key anew that was not wanted when its turn came, also one that is wanted again by then', async () => {
    let outbox: Outbox<Payload> | null = null;
    const delivered: string[] = [];
    let wanted = [false, true];
    await withOutbox(
      async ({ key }) => {
        const isWanted = wanted.shift() ?? true;
        if (isWanted) delivered.push(key);
        return isWanted
          ? done
          : () => {
              outbox?.forget(key);
              if (wanted[0] === true) outbox?.add(effect(key));
            };
      },
      async (parts) => {
        ({ outbox } = parts);
        parts.outbox.add(effect('a1'));
        await parts.outbox.drain();
        expect(delivered).toEqual(['a1']);
        wanted = [false];
        parts.outbox.add(effect('a2'));
        await parts.outbox.drain();
        expect([delivered, parts.outbox.isDone('a2')]).toEqual([['a1'], false]);
        parts.outbox.add(effect('a2'));
        await parts.outbox.drain();
        expect(delivered).toEqual(['a1', 'a2']);
      },
    );
  });

  it('retries with growing pauses and then parks, telling the object in the same transaction', async () => {
    let attempts = 0;
    const deliver: Deliver = async () => {
      attempts += 1;
      throw new Error(`away ${attempts}`);
    };
    await withOutbox(
      deliver,
      async ({ outbox, clock, parked }) => {
        outbox.add(effect('a1'));
        outbox.add(effect('a2'));
        await outbox.drain();
        expect(attempts).toBe(1);
        const pauses: number[] = [];
        while (parked.length === 0) {
          const due = outbox.nextDueAt() ?? 0;
          pauses.push(due - clock.now());
          clock.advance(due - clock.now());
          await outbox.drain();
        }
        expect(attempts).toBe(3 + 1);
        expect(pauses).toHaveLength(2);
        expect(pauses[0]).toBeGreaterThanOrEqual(250);
        expect(pauses[1]).toBeGreaterThanOrEqual(500);
        expect(outbox.parkedEffects()).toMatchObject([{ key: 'a1', attempts: 3, lastError: 'away 3' }]);
        expect(outbox.unpark()).toBe(1);
        expect(outbox.parkedEffects()).toEqual([]);
      },
      { attemptsMax: 3 },
    );
  });

  it('does not try a parked effect again when a newer one stands for it', async () => {
    const delivered: string[] = [];
    let away = true;
    const deliver: Deliver = async ({ key }) => {
      if (away) throw new Error('away');
      delivered.push(key);
      return done;
    };
    await withOutbox(
      deliver,
      async ({ outbox }) => {
        outbox.add({ ...effect('a1'), payload: { n: 1 } });
        outbox.add({ ...effect('b1', 'b'), payload: { n: 2 } });
        await outbox.drain();
        away = false;
        outbox.add({ ...effect('a2'), payload: { n: 1 } });
        expect(outbox.unpark(({ n }) => n === 1)).toBe(1);
        await outbox.drain();
        expect(delivered).toEqual(['b1', 'a2']);
        expect(outbox.parkedEffects()).toEqual([]);
      },
      { attemptsMax: 1 },
    );
  });

  it('delivers again after a crash between effect and record, because that is what at least once means', async () => {
    const delivered: string[] = [];
    let crash = true;
    const deliver: Deliver = async ({ key }) => {
      delivered.push(key);
      return () => {
        if (crash) throw new Error('the process dies before the commit');
      };
    };
    await withOutbox(deliver, async ({ outbox, make, clock }) => {
      outbox.add(effect('a1'));
      await outbox.drain();
      crash = false;
      clock.advance(10_000);
      await make().drain();
      expect(delivered).toEqual(['a1', 'a1']);
      expect(outbox.nextDueAt()).toBeNull();
    });
  });

  it('rolls back what the commit wrote when it fails, so that record and state never disagree', async () => {
    const deliver: Deliver = async () => () => {
      throw new Error('no');
    };
    await withOutbox(deliver, async ({ outbox, storage }) => {
      outbox.add(effect('a1'));
      await outbox.drain();
      const row = storage.sql.exec('SELECT state, attempts, last_error FROM _outbox').one();
      expect(row).toEqual({ state: 'pending', attempts: 1, last_error: 'no' });
    });
  });

  it('gives a delivery that never answers up after its time', async () => {
    await withOutbox(
      () => new Promise(() => {}),
      async ({ outbox, parked }) => {
        outbox.add(effect('a1'));
        await outbox.drain();
        expect(parked).toEqual(['a1']);
      },
      { deliveryTimeoutMs: 5, attemptsMax: 1 },
    );
  });

  it('leaves alone what was settled while it was under way and then failed for the last time', async () => {
    let fail = (): void => {};
    const deliver: Deliver = () =>
      new Promise((_resolve, reject) => {
        fail = () => reject(new Error('words of somebody'));
      });
    await withOutbox(
      deliver,
      async ({ outbox, parked, storage }) => {
        outbox.add(effect('a1'));
        const drained = outbox.drain();
        await turns();
        outbox.settle('a1');
        fail();
        await drained;
        expect(parked).toEqual([]);
        const row = storage.sql.exec('SELECT state, last_error FROM _outbox').one();
        expect(row).toEqual({ state: 'done', last_error: null });
      },
      { attemptsMax: 1 },
    );
  });

  it('waits with what is not due yet', async () => {
    const delivered: string[] = [];
    const deliver: Deliver = async ({ key }) => {
      delivered.push(key);
      return done;
    };
    await withOutbox(deliver, async ({ outbox, clock }) => {
      outbox.add(effect('a1'), clock.now() + 500);
      await outbox.drain();
      expect(delivered).toEqual([]);
      expect(outbox.nextDueAt()).toBe(clock.now() + 500);
      clock.advance(500);
      await outbox.drain();
      expect(delivered).toEqual(['a1']);
    });
  });

  it.each([
    ['as long as it was told to', 60_000, 60_000],
    ['its own time when that is longer', 1, 250],
    ['no longer than five minutes', 86_400_000, 300_000],
  ])('waits with a repeat %s by whoever refused', async (_how, afterMs, leastMs) => {
    const attempts: number[] = [];
    await withOutbox(
      async () => {
        attempts.push(1);
        throw new TryLater('too much at once', afterMs);
      },
      async ({ outbox, clock }) => {
        outbox.add(effect('a1'));
        const start = clock.now();
        await outbox.drain();
        const due = outbox.nextDueAt() ?? 0;
        expect(due - start).toBeGreaterThanOrEqual(leastMs);
        expect(due - start).toBeLessThanOrEqual(Math.max(leastMs, 500));
        clock.advance(due - start - 1);
        await outbox.drain();
        expect(attempts).toHaveLength(1);
        clock.advance(1);
        await outbox.drain();
        expect(attempts).toHaveLength(2);
      },
    );
  });

  it('goes on far longer with what had to wait for its turn than with what failed, but not for ever', async () => {
    let asked = 0;
    await withOutbox(
      async () => {
        asked += 1;
        throw new TryLater('held back', 1_000);
      },
      async ({ outbox, clock, parked }) => {
        outbox.add(effect('a1'));
        await outbox.drain();
        while (parked.length === 0) {
          clock.advance((outbox.nextDueAt() ?? 0) - clock.now());
          await outbox.drain();
        }
        expect(asked).toBe(3 * 5);
      },
      { attemptsMax: 3 },
    );
  });

  it('forgets what is long done when told so, because a hot object would grow for ever', async () => {
    await withOutbox(
      async () => done,
      async ({ outbox, storage }) => {
        for (let n = 0; n < 10; n += 1) outbox.add(effect(`a${n}`, `lane${n}`));
        await outbox.drain();
        expect(storage.sql.exec('SELECT count(*) AS n FROM _outbox').one()).toEqual({ n: 3 });
      },
      { doneKept: 3 },
    );
  });
});
