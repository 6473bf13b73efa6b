import { array, assert, constantFrom, integer, property, record } from 'fast-check';
import { describe, expect, it } from 'vitest';
import { enter, type GateState, held, leave, LEASE_MS, NEW_GATE, viewOf } from './machine.ts';

const LIMITS = { concurrencyMax: 3, faultsMax: 4, openSeconds: 30 };
const gate = (): GateState => ({ ...NEW_GATE, limits: LIMITS });

/** Calls that come and end one after the other, all with the same end. */
function calls(state: GateState, count: number, isFault: boolean, now: number): GateState {
  let next = state;
  for (let index = 0; index < count; index += 1) {
    const id = `${now}-${index}-${String(isFault)}`;
    next = leave(enter(next, id, now).state, id, isFault, now);
  }
  return next;
}

describe('a gate', () => {
  it('never lets more through at once than it may, and gets a place back when its holder is gone', () => {
    const steps = array(
      record({ act: constantFrom('enter', 'leave', 'vanish'), who: integer({ min: 0, max: 6 }) }),
    );
    assert(
      property(steps, (acts) => {
        let state = gate();
        let now = 1_000;
        const running = new Map<string, number>();
        for (const { act, who } of acts) {
          now += 7_000;
          const id = `call-${who}`;
          for (const [other, until] of running) if (until <= now) running.delete(other);
          if (act === 'enter') {
            const { state: next, entry } = enter(state, id, now);
            state = next;
            if (entry.granted && !running.has(id)) running.set(id, now + LEASE_MS);
          } else if (act === 'leave' && running.delete(id)) state = leave(state, id, false, now);
          expect(running.size).toBeLessThanOrEqual(LIMITS.concurrencyMax);
        }
        expect(enter(state, 'late', now + LEASE_MS).entry).toMatchObject({ granted: true });
      }),
    );
  });

  it('opens after too many faults, tries with one call, and closes when that does', () => {
    let state = calls(gate(), 4, true, 0);
    expect(enter(state, 'x', 1).entry).toEqual({ granted: false, why: 'open', retryAfterMs: 29_999 });
    const probe = enter(state, 'probe', 30_000);
    expect(probe.entry.granted).toBe(true);
    expect(enter(probe.state, 'second', 30_000).entry).toMatchObject({ granted: false, why: 'open' });

    state = leave(probe.state, 'probe', true, 30_001);
    expect(viewOf(state, 30_002)).toMatchObject({ breaker: 'open', openUntil: 90_001, openSince: 0 });
    state = leave(enter(state, 'again', 90_001).state, 'again', false, 90_002);
    expect(viewOf(state, 90_003).breaker).toBe('closed');
  });

  it('stays closed while most calls go well, and forgets what is a minute ago', () => {
    const mixed = calls(calls(gate(), 10, false, 0), 4, true, 0);
    expect(viewOf(mixed, 1).breaker).toBe('closed');
    expect(viewOf(calls(calls(gate(), 3, true, 0), 1, true, 61_000), 61_001).breaker).toBe('closed');
  });

  it('is not closed again by a call that began before it opened', () => {
    const slow = enter(gate(), 'slow', 0).state;
    const open = calls(slow, 4, true, 1);
    expect(viewOf(leave(open, 'slow', false, 2), 3).breaker).toBe('open');
  });

  it('is kept shut by an operator until he lets go, and then tried at once', () => {
    const shut = held(calls(gate(), 4, true, 0), 'usr_1');
    expect(enter(shut, 'x', 600_000).entry).toMatchObject({ granted: false, why: 'held' });
    expect(enter(held(shut, null), 'x', 1).entry.granted).toBe(true);
  });
});
