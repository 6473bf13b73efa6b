import { array, assert, constantFrom, integer, property, record } from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Calendar, EMPTY, GUARD_MS, lease, type Rates, slowDown } from './machine.ts';

const WAIT_MAX_MS = 10_000;
const LIVE: Rates = { perSecond: 100, perOperation: 25 };
const asks = array(
  record({
    afterMs: integer({ min: 0, max: 400 }),
    wanted: integer({ min: 1, max: 30 }),
    lane: constantFrom('create', 'get', 'capture', 'search', 'refund'),
  }),
  { minLength: 1, maxLength: 80 },
);
const rates = record({
  perSecond: integer({ min: 1, max: 120 }),
  perOperation: integer({ min: 1, max: 60 }),
});

interface Sent {
  lane: string;
  at: number;
}

/**
 * Holders that do as much harm as a lease lets them: all of a share at its first moment, again each second, and once more
 * at its very end. `lane` of a lease for anything is whichever: the worst is one and the same.
 */
function sentBy(leaseOf: { lane: string | null; share: number; from: number; until: number }): Sent[] {
  const moments: number[] = [];
  for (let at = leaseOf.until; at >= leaseOf.from; at -= 1_000) moments.push(at);
  const lane = leaseOf.lane ?? 'create';
  return moments.flatMap((at) => Array.from({ length: leaseOf.share }, () => ({ lane, at })));
}

/** The most requests in any second. */
function busiest(sent: readonly Sent[]): number {
  const times = sent.map(({ at }) => at).toSorted((first, second) => first - second);
  let [start, most] = [0, 0];
  for (const [end, at] of times.entries()) {
    while (at - (times[start] ?? at) >= 1_000) start += 1;
    most = Math.max(most, end - start + 1);
  }
  return most;
}

describe('the governor', () => {
  it('lets no more through in any second than the rate, of all operations and of each', () => {
    assert(
      property(asks, rates, (wishes, limits) => {
        let calendar: Calendar = EMPTY;
        let now = 1_000_000;
        const sent: Sent[] = [];
        for (const { afterMs, wanted, lane } of wishes) {
          now += afterMs;
          const done = lease(calendar, { lane, wanted, now }, limits, WAIT_MAX_MS);
          ({ calendar } = done);
          if (!done.grant.granted) continue;
          const from = now + done.grant.startsInMs;
          sent.push(...sentBy({ ...done.grant, from, until: from + done.grant.forMs }));
        }
        expect(busiest(sent)).toBeLessThanOrEqual(limits.perSecond);
        for (const lane of new Set(sent.map((request) => request.lane))) {
          const own = sent.filter((request) => request.lane === lane);
          expect(busiest(own)).toBeLessThanOrEqual(Math.max(limits.perOperation, 1));
        }
      }),
      { numRuns: 300 },
    );
  });

  it('serves everybody within the bound, or says from when it will', () => {
    assert(
      property(asks, rates, (wishes, limits) => {
        let calendar: Calendar = EMPTY;
        let now = 0;
        for (const { afterMs, wanted, lane } of wishes) {
          now += afterMs;
          const { calendar: next, grant } = lease(calendar, { lane, wanted, now }, limits, WAIT_MAX_MS);
          // When it is refused: as asked again at the time it was told.
          const served = grant.granted
            ? grant
            : lease(next, { lane, wanted, now: now + grant.retryAfterMs }, limits, 0).grant;
          expect(served).toMatchObject({ granted: true });
          expect(served.granted && served.share >= 1 && served.startsInMs <= WAIT_MAX_MS).toBe(true);
          calendar = next;
        }
      }),
    );
  });

  it('gets a lease back by itself when its holder is gone', () => {
    assert(
      property(asks, rates, (wishes, limits) => {
        let calendar: Calendar = EMPTY;
        let end = 0;
        for (const { wanted, lane } of wishes) {
          const done = lease(calendar, { lane, wanted, now: 0 }, limits, 600_000);
          ({ calendar } = done);
          if (done.grant.granted) end = Math.max(end, done.grant.startsInMs + done.grant.forMs);
        }
        const later = end + GUARD_MS;
        const wanted = Math.min(limits.perSecond, limits.perOperation);
        const { grant } = lease(calendar, { lane: 'get', wanted, now: later }, limits, 0);
        expect(grant).toMatchObject({ granted: true, startsInMs: 0, share: wanted });
      }),
    );
  });

  it('gives a long lease for anything while little is asked, so that a purchase asks once', () => {
    const { grant } = lease(EMPTY, { lane: 'create', wanted: 1, now: 0 }, LIVE, WAIT_MAX_MS);
    expect(grant).toEqual({ granted: true, lane: null, share: 2, startsInMs: 0, forMs: 30_000 });
  });

  it('uses most of the rate when everybody asks at once', () => {
    let calendar: Calendar = EMPTY;
    let granted = 0;
    for (let now = 0; now < 20_000; now += 50) {
      for (const lane of ['create', 'get', 'capture', 'refund', 'search', 'customer']) {
        const done = lease(calendar, { lane, wanted: 1, now }, LIVE, 1_000);
        ({ calendar } = done);
        if (done.grant.granted) granted += done.grant.share;
      }
    }
    expect(granted / 20).toBeGreaterThan(LIVE.perSecond / 2);
  });

  it('halves the rate when the provider says that it is too much, and recovers step by step', () => {
    const slow = slowDown(slowDown(EMPTY, 0, 0), 0, 0);
    const shareAt = (now: number): number => {
      const { grant } = lease(slow, { lane: 'get', wanted: 1_000, now }, LIVE, 0);
      return grant.granted ? grant.share : 0;
    };
    expect([shareAt(1), shareAt(10_000), shareAt(20_000), shareAt(60_000)]).toEqual([6, 12, 25, 25]);
  });
});
