import { describe, expect, it } from 'vitest';
import { type Calendar, EMPTY, lease } from '#objects/provider-governor/machine.ts';
import { Slots } from '#objects/provider-governor/slots.ts';
import { STARTS_ALL_PER_SECOND, STARTS_PER_SECOND, TooManyStarts, workflowStarter } from './workflows.ts';

/** One governor, several isolates and the platform, on one clock that moves when somebody waits. */
function world() {
  let now = 1_000_000;
  let calendar: Calendar = EMPTY;
  const started: { kind: string; at: number }[] = [];
  const timers: { at: number; wake: () => void }[] = [];
  const isolate = (kind: string, waitMaxMs = 60_000) => {
    const slots = new Slots({
      governor: {
        async lease({ rates, waitMaxMs: longest, ...ask }) {
          await Promise.resolve();
          const done = lease(calendar, { ...ask, now }, rates, longest);
          ({ calendar } = done);
          return done.grant;
        },
        slowDown: () => Promise.resolve(),
      },
      rates: () => ({ perSecond: STARTS_ALL_PER_SECOND, perOperation: STARTS_PER_SECOND }),
      clock: { now: () => now },
      sleep: (ms) =>
        new Promise((wake) => {
          timers.push({ at: now + ms, wake });
        }),
      waitMaxMs,
      system: 'provisioner',
    });
    const binding = {
      create: async ({ id }: { id: string }) => {
        await Promise.resolve();
        started.push({ kind, at: now });
        return { id };
      },
      get: () => Promise.reject(new Error('instance.not_found')),
    } as unknown as Workflow<object>;
    return workflowStarter(binding, kind, slots);
  };
  async function settle(all: Promise<unknown>[]): Promise<void> {
    let done = false;
    const ended = Promise.all(all).finally(() => {
      done = true;
    });
    for (;;) {
      for (let turn = 0; turn < 50; turn += 1) await Promise.resolve();
      if (done) return void (await ended);
      timers.sort((first, second) => first.at - second.at);
      const next = timers.shift();
      if (next === undefined) continue;
      now = Math.max(now, next.at);
      next.wake();
    }
  }
  const mostInASecond = (kind?: string): number => {
    const times = started.filter((each) => kind === undefined || each.kind === kind).map(({ at }) => at);
    return Math.max(...times.map((from) => times.filter((at) => at >= from && at < from + 1000).length));
  };
  return { isolate, settle, started, mostInASecond };
}

describe('starting Workflows', () => {
  it('keeps below the platform’s rate of each kind and of all, whatever comes at once from several isolates', async () => {
    const { isolate, settle, started, mostInASecond } = world();
    const kinds = ['provisionings', 'deprovisionings', 'lifecycles', 'provisionings'];
    const starters = kinds.map((kind) => isolate(kind));
    await settle(
      starters.flatMap((starter) =>
        Array.from({ length: 200 }, (_, index) => starter.start(`w${index}`, {})),
      ),
    );
    expect(started.length).toBe(800);
    for (const kind of new Set(kinds)) expect(mostInASecond(kind)).toBeLessThanOrEqual(STARTS_PER_SECOND);
    expect(mostInASecond()).toBeLessThanOrEqual(STARTS_ALL_PER_SECOND);
  });

  it('gives its message back when the turn is too far off, and has started nothing', async () => {
    const { isolate, settle, started } = world();
    const starter = isolate('provisionings', 2_000);
    const outcomes: unknown[] = [];
    await settle(
      Array.from({ length: 400 }, (_, index) =>
        starter.start(`w${index}`, {}).then(
          () => outcomes.push('started'),
          (error: unknown) => outcomes.push(error),
        ),
      ),
    );
    const refused = outcomes.filter((outcome) => outcome !== 'started');
    expect(refused.length).toBeGreaterThan(0);
    expect(refused.every((error) => error instanceof TooManyStarts)).toBe(true);
    expect(started.length).toBe(400 - refused.length);
  });
});
