import { describe, expect, it } from 'vitest';
import type { GovernorFace } from '#objects/provider-governor/face.ts';
import { type Calendar, EMPTY, lease, slowDown } from '#objects/provider-governor/machine.ts';
import { governedFetch, laneOf } from './governed-fetch.ts';

const URL_OF = 'https://provider.test/v1/payment_intents';

/** One governor, several isolates and a provider, on one clock that moves when somebody waits. */
function world(rates = { perSecond: 20, perOperation: 20 }) {
  let now = 1_000_000;
  let calendar: Calendar = EMPTY;
  const state = { asked: 0, slowed: 0, away: false };
  const sent: number[] = [];
  const timers: { at: number; wake: () => void }[] = [];
  const governor: GovernorFace = {
    async lease({ rates: limits, waitMaxMs, ...ask }) {
      await Promise.resolve();
      if (state.away) throw new Error('the object is away');
      state.asked += 1;
      const done = lease(calendar, { ...ask, now }, limits, waitMaxMs);
      ({ calendar } = done);
      return done.grant;
    },
    async slowDown({ retryAfterMs }) {
      await Promise.resolve();
      state.slowed += 1;
      calendar = slowDown(calendar, now, retryAfterMs);
    },
  };
  const sleep = (ms: number): Promise<void> =>
    new Promise((wake) => {
      timers.push({ at: now + ms, wake });
    });
  const isolate = (answer: () => Response = () => new Response('{}'), waitMaxMs = 20_000) =>
    governedFetch(
      async () => {
        await Promise.resolve();
        sent.push(now);
        return answer();
      },
      { governor, rates, clock: { now: () => now }, sleep, waitMaxMs },
    );
  /** Lets all that runs go on, and time pass, until everything is answered. */
  async function settle<Value>(all: Promise<Value>[]): Promise<Value[]> {
    let done = false;
    const results = Promise.all(all).finally(() => {
      done = true;
    });
    for (;;) {
      for (let turn = 0; turn < 50; turn += 1) await Promise.resolve();
      if (done) return results;
      timers.sort((first, second) => first.at - second.at);
      const next = timers.shift();
      if (next === undefined) continue;
      now = Math.max(now, next.at);
      next.wake();
    }
  }
  return { isolate, settle, sent, state, pass: (ms: number) => (now += ms) };
}

const perSecond = (sent: readonly number[]): number =>
  Math.max(0, ...sent.map((start) => sent.filter((at) => at >= start && at < start + 1_000).length));

describe('requests to the provider', () => {
  it('ask for a lease once while little is sent', async () => {
    const { isolate, settle, sent, state, pass } = world();
    const send = isolate();
    for (let each = 0; each < 6; each += 1) {
      await settle([send(URL_OF)]);
      pass(4_000);
    }
    expect(sent).toHaveLength(6);
    expect(state.asked).toBe(1);
  });

  it('of ten isolates at once are never above the rate and all sent', async () => {
    const { isolate, settle, sent } = world();
    const isolates = Array.from({ length: 10 }, () => isolate());
    const answers = await settle(isolates.flatMap((send) => Array.from({ length: 5 }, () => send(URL_OF))));
    expect(answers.map(({ status }) => status)).toEqual(Array.from({ length: 50 }, () => 200));
    expect(perSecond(sent)).toBeLessThanOrEqual(20);
  });

  it.each([
    ['searches are twenty a second at most, whatever other operations may have', '/search', 20],
    ['of another operation go at its rate', '', 50],
  ])('%s', async (_what, path, most) => {
    const { isolate, settle, sent } = world({ perSecond: 100, perOperation: 50 });
    const isolates = Array.from({ length: 10 }, () => isolate());
    await settle(isolates.flatMap((send) => Array.from({ length: 15 }, () => send(URL_OF + path))));
    expect(sent).toHaveLength(150);
    expect(perSecond(sent)).toBeLessThanOrEqual(most);
    expect(perSecond(sent)).toBeGreaterThan(most / 2);
  });

  it('that would wait too long are told when to come again, without asking the provider', async () => {
    const { isolate, settle, sent } = world({ perSecond: 1, perOperation: 1 });
    const send = isolate(undefined, 2_000);
    const answers = await settle(Array.from({ length: 10 }, () => send(URL_OF)));
    const refused = answers.filter(({ status }) => status === 429);
    expect(refused.length).toBeGreaterThan(5);
    expect(Number(refused[0]?.headers.get('retry-after'))).toBeGreaterThanOrEqual(2);
    expect(sent).toHaveLength(10 - refused.length);
  });

  it('slow everybody down when the provider says that it is too much, but not for a lock', async () => {
    const refusal = (headers: Record<string, string>) => () => new Response('{}', { status: 429, headers });
    const { isolate, settle, state } = world();
    await settle([isolate(refusal({}))(URL_OF)]);
    expect(state.slowed).toBe(0);
    await settle([isolate(refusal({ 'stripe-rate-limited-reason': 'global-rate' }))(URL_OF)]);
    expect(state.slowed).toBe(1);
  });

  it('go out all the same when the governor is away, because payments matter more than counting', async () => {
    const { isolate, settle, state, sent } = world();
    state.away = true;
    expect((await settle([isolate()(URL_OF)])).map(({ status }) => status)).toEqual([200]);
    expect(sent).toHaveLength(1);
  });

  it.each([
    ['GET', '/v1/payment_intents/pi_3Abc', 'GET /v1/payment_intents/{id}'],
    ['POST', '/v1/payment_intents/pi_3Abc/capture', 'POST /v1/payment_intents/{id}/capture'],
    ['POST', '/v1/payment_intents', 'POST /v1/payment_intents'],
    ['GET', '/v1/payment_intents/search', 'GET /v1/payment_intents/search'],
    ['GET', '/v1/customers/cus_9/payment_methods', 'GET /v1/customers/{id}/payment_methods'],
    ['POST', '/v1/refunds', 'POST /v1/refunds'],
  ])('%s %s count as one operation', (method, path, lane) => {
    expect(laneOf(`https://provider.test${path}?limit=1`, { method })).toBe(lane);
  });
});
