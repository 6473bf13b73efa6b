import { describe, expect, it } from 'vitest';
import { deliver, eventually, newLine, reaches, row, told, undoing } from '../testing/harness.ts';
import type { Fault } from '../testing/fake-partner.ts';
import { sweepLate } from '../testing/sweeps.ts';
import { keysTemplate, makeTemplate, QUICK } from '../testing/templates.ts';
import type { World } from '../testing/world.ts';

/** What a step does and what the other side has, as the suite must know one connector. */
export interface ContractSubject {
  name: string;
  world: World;
  /** The step of a template that uses it: connector, operation, inputs. */
  step: () => object;
  /** What the other side ever made, and what of it could be used now. */
  made: () => number | Promise<number>;
  live: () => number | Promise<number>;
  /** Null: nothing leaves the house, so nothing can be lost on the way. */
  remote: {
    /** Faults of the next orders and removals. */
    faults: { POST: Fault[]; DELETE: Fault[] };
    /** Whether orders are done at once, or wait for `finish`. */
    onOrder: (what: 'wait' | 'finish') => void;
    /** Ends what is being made; also what was removed meanwhile. */
    finishAll: () => void;
  } | null;
}

/** Tries of a call and of a compensation, as `QUICK` repeats them. */
const TRIES = QUICK.retry.limit + 1;
const times = (count: number, fault: Fault): Fault[] => Array.from({ length: count }, () => fault);

interface Case {
  what: string;
  faults: Fault[];
  end: 'ready' | 'failed';
}
const CASES: Case[] = [
  { what: 'nothing', faults: [], end: 'ready' },
  { what: 'no answer', faults: ['timeout', 'timeout'], end: 'ready' },
  { what: 'a 5xx', faults: ['error', 'error'], end: 'ready' },
  { what: 'a lost reply', faults: ['lost', 'lost-timeout'], end: 'ready' },
  { what: 'garbage, then a redirect', faults: ['garbage', 'redirect'], end: 'ready' },
  { what: 'a permanent refusal', faults: ['refuse'], end: 'failed' },
  { what: 'no answer at all', faults: times(TRIES, 'timeout'), end: 'failed' },
  { what: 'every reply lost', faults: times(TRIES, 'lost'), end: 'failed' },
];

/**
 * What every connector holds to: whatever goes wrong on the way, a line ends where it must, nothing is made twice, and
 * nothing is left at the other side once it is taken back. Call it in a test file that has a world.
 */
export function contractSuite(subject: ContractSubject): void {
  const { name, world, remote } = subject;
  const begin = async () => {
    const step = {
      ...QUICK,
      name: 'it',
      title: 'It',
      undo: QUICK,
      exhausted: { code: 'exhausted', text: 'Away.' },
      ...subject.step(),
    };
    const { id } = await makeTemplate(keysTemplate([step]));
    await world.timeOut(
      'it: wait 1',
      'it: wait 2',
      ...[1, 2, 3].map((turn) => `undo it: remove 1, parked ${turn}`),
    );
    return newLine({ template: 'custom', templateId: id, parameters: {} });
  };
  const takenBack = async (line: Awaited<ReturnType<typeof begin>>) => {
    await deliver(undoing(line));
    await reaches(line, 'undone', 'line.deprovisioned');
    await eventually(async () => expect(await subject.live()).toBe(0));
  };

  describe(`${name} holds to the contract over`, () => {
    it.each(remote === null ? CASES.slice(0, 1) : CASES)('$what', async ({ faults, end }) => {
      const line = await begin();
      remote?.onOrder('finish');
      remote?.faults.POST.push(...faults);
      await deliver(line, line);
      await reaches(line, end, end === 'ready' ? 'line.provisioned' : 'line.failed');
      await deliver(line);
      expect(Object.keys(await told(line))).toEqual([end === 'ready' ? 'line.provisioned' : 'line.failed']);
      expect(await subject.live()).toBe(end === 'ready' ? 1 : 0);
      expect(await subject.made()).toBeLessThanOrEqual(1);
      await takenBack(line);
      expect(await subject.made()).toBeLessThanOrEqual(1);
    });

    if (remote === null) return;

    it('a removal whose answers are lost', async () => {
      const line = await begin();
      remote.onOrder('finish');
      remote.faults.DELETE.push('error', 'lost');
      await deliver(line);
      await reaches(line, 'ready', 'line.provisioned');
      await takenBack(line);
      expect(await subject.made()).toBe(1);
    });

    it('a success that comes after it was taken back', async () => {
      const line = await begin();
      remote.onOrder('wait');
      await deliver(line);
      await eventually(async () => expect(await subject.made()).toBe(1));
      await deliver(undoing(line));
      await reaches(line, 'undone', 'line.deprovisioned');
      remote.finishAll();
      expect(await subject.live()).toBe(1);
      await sweepLate(line);
      await eventually(async () => expect(await subject.live()).toBe(0));
      expect((await row(line))?.state).toBe('undone');
    });
  });
}
