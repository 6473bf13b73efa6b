import { expect, it, vi } from 'vitest';
import {
  deliver,
  eventually,
  newLine,
  type ProvisionMessage,
  reaches,
  row,
  told,
  undoing,
} from '../testing/harness.ts';
import { sweepLate } from '../testing/sweeps.ts';
import { keysTemplate, makeTemplate, QUICK } from '../testing/templates.ts';
import { type Fault, Wire } from '../testing/wire.ts';
import type { World } from '../testing/world.ts';
import type { Connector } from './connector.ts';
import { CONNECTORS } from './connectors.ts';
import type { OperationName } from './operations.ts';

/** What can go wrong with whatever a step asks for. */
export const FAULTS = [
  'nothing',
  'slow',
  'time-out',
  '5xx',
  'lost reply',
  'late success after compensation',
  'garbage',
  'permanent refusal',
] as const;
export type FaultKind = (typeof FAULTS)[number];

interface SubjectBase {
  name: string;
  operation: OperationName;
  /** More of the step of a template that uses it: its inputs, and how long it waits. */
  step: () => object;
  /** What of a line was ever made at the other side, and what of it could be used now. */
  made: (line: ProvisionMessage) => number | Promise<number>;
  live: (line: ProvisionMessage) => number | Promise<number>;
  /** What a person does on the way, unless the line ends before. */
  meanwhile?: (line: ProvisionMessage) => Promise<void>;
}
/** Whoever is called over the network. */
export interface RemoteSubject extends SubjectBase {
  wire: () => Wire;
  /** Faults of the next calls that make something, and that remove it. */
  faults: () => { POST: Fault[]; DELETE: Fault[] };
  /** What is made from now on goes on until `finishAll`. Null: it is made with the answer itself. */
  later: { wait: () => void; finishAll: () => void } | null;
}
/** Our own data: what goes wrong is the call of the connector itself, which breaks off before or after its effect. */
export interface OwnSubject extends SubjectBase {
  /** Choices of a customer that cannot be read, and that are refused for good. */
  unreadable: Record<string, unknown>;
  refused: Record<string, unknown>;
}
export type Subject = RemoteSubject | OwnSubject;

/** Tries of a call, as `QUICK` repeats them. */
const TRIES = QUICK.retry.limit + 1;
const times = (count: number, fault: Fault): Fault[] => Array.from({ length: count }, () => fault);

interface Cell {
  what: string;
  faults: Fault[];
  /** Of its removal. */
  removal?: Fault[];
  end: 'ready' | 'failed';
}
/** What goes wrong on the way to somebody. */
const REMOTE: Record<Exclude<FaultKind, 'late success after compensation'>, Cell[]> = {
  nothing: [{ what: 'nothing goes wrong', faults: [], end: 'ready' }],
  slow: [{ what: 'a call arrives after its repeat', faults: ['late'], removal: ['late'], end: 'ready' }],
  'time-out': [
    { what: 'nobody answers twice', faults: times(2, 'timeout'), removal: ['timeout'], end: 'ready' },
    { what: 'nobody ever answers', faults: times(TRIES, 'timeout'), end: 'failed' },
  ],
  '5xx': [
    { what: 'two calls are answered by a 5xx', faults: times(2, 'error'), removal: ['error'], end: 'ready' },
    { what: 'every call is answered by a 5xx', faults: times(TRIES, 'error'), end: 'failed' },
  ],
  'lost reply': [
    { what: 'two replies are lost', faults: ['lost', 'lost-timeout'], removal: ['lost'], end: 'ready' },
    { what: 'a reply is lost, and its repeat is refused', faults: ['lost', 'refuse'], end: 'failed' },
    { what: 'every reply is lost', faults: times(TRIES, 'lost'), removal: ['lost-timeout'], end: 'failed' },
  ],
  garbage: [
    {
      what: 'garbage, then a redirect',
      faults: ['garbage', 'redirect'],
      removal: ['redirect'],
      end: 'ready',
    },
  ],
  'permanent refusal': [{ what: 'it is refused for good', faults: ['refuse'], end: 'failed' }],
};

type OwnFault = 'timeout' | 'late' | 'held' | 'lost-timeout';
/** What goes wrong with our own calls. */
const OWN: Record<
  Exclude<FaultKind, 'late success after compensation' | 'garbage' | 'permanent refusal'>,
  (Omit<Cell, 'faults'> & { faults: OwnFault[] })[]
> = {
  nothing: [{ what: 'nothing goes wrong', faults: [], end: 'ready' }],
  slow: [{ what: 'a call goes on beside its repeat', faults: ['late'], end: 'ready' }],
  'time-out': [{ what: 'two calls end without an effect', faults: ['timeout', 'timeout'], end: 'ready' }],
  '5xx': [
    { what: 'the database is away for every call', faults: ['timeout', 'timeout', 'timeout'], end: 'failed' },
  ],
  'lost reply': [{ what: 'two ends are lost', faults: ['lost-timeout', 'lost-timeout'], end: 'ready' }],
};

/**
 * Runs one subject through every kind of fault: whatever goes wrong, a line ends where it must, nothing is made twice, and
 * nothing is left at the other side once it is taken back. Answers with the kinds that it ran. Call it in a `describe` of a
 * test file that has a world.
 */
export function everyFault(world: World, subject: Subject): FaultKind[] {
  return FAULTS.filter((kind) => {
    const cells = 'wire' in subject ? remoteTests(world, subject, kind) : ownTests(world, subject, kind);
    for (const { what, run } of cells)
      it(`${kind}: ${what}`, async () => {
        const line = await run();
        // Without an instance: what can be seen before anything is asked for.
        expect((await row(line))?.state ?? 'failed').toMatch(/^(failed|undone)$/);
        expect(await subject.live(line)).toBe(0);
      });
    return cells.length > 0;
  });
}

/** Ends with a line that failed or was taken back. */
type Test = { what: string; run: () => Promise<ProvisionMessage> };

function remoteTests(world: World, subject: RemoteSubject, kind: FaultKind): Test[] {
  const { faults, wire, later } = subject;
  if (kind !== 'late success after compensation')
    return REMOTE[kind].map(({ what, end, removal = [], ...cell }) => ({
      what,
      async run() {
        const line = await begin(world, subject);
        faults().POST.push(...cell.faults);
        await ends(subject, line, end);
        faults().DELETE.push(...removal);
        await takenBack(subject, line);
        return line;
      },
    }));
  const arrivesLate: Test = {
    what: 'a call arrives after it was taken back',
    async run() {
      const line = await begin(world, subject);
      faults().POST.push(...times(TRIES, 'held'));
      await ends(subject, line, 'failed');
      expect(await wire().release()).toBeGreaterThan(0);
      await staysGone(subject, line, 'failed');
      return line;
    },
  };
  if (later === null) return [arrivesLate];
  const endsLate: Test = {
    what: 'it is made after it was taken back',
    async run() {
      const line = await begin(world, subject);
      later.wait();
      await deliver(line);
      await eventually(async () => expect(await subject.made(line)).toBe(1));
      await deliver(undoing(line));
      await reaches(line, 'undone', 'line.deprovisioned');
      later.finishAll();
      expect(await subject.live(line)).toBe(1);
      await staysGone(subject, line, 'undone');
      return line;
    },
  };
  return [arrivesLate, endsLate];
}

function ownTests(world: World, subject: OwnSubject, kind: FaultKind): Test[] {
  const { unreadable, refused } = subject;
  const failing = (what: string, customisation: Record<string, unknown>): Test => ({
    what,
    async run() {
      const line = await begin(world, subject, customisation);
      await deliver(line, line);
      await eventually(async () => expect(Object.keys(await told(line))).toEqual(['line.failed']));
      expect(await subject.made(line)).toBe(0);
      return line;
    },
  });
  if (kind === 'garbage') return [failing('what it is told cannot be read', unreadable)];
  if (kind === 'permanent refusal') return [failing('it is refused for good', refused)];
  if (kind !== 'late success after compensation')
    return OWN[kind].map(({ what, end, faults }) => ({
      what,
      async run() {
        const line = await begin(world, subject);
        breakOff(subject.operation, [...faults]);
        await ends(subject, line, end);
        await takenBack(subject, line);
        return line;
      },
    }));
  return [
    {
      what: 'a call arrives after it was taken back',
      async run() {
        const line = await begin(world, subject);
        const wire = breakOff(subject.operation, ['held', 'held', 'held']);
        await ends(subject, line, 'failed');
        expect(await wire.release()).toBeGreaterThan(0);
        await staysGone(subject, line, 'failed');
        return line;
      },
    },
  ];
}

/** Has the next calls of a connector break off. */
function breakOff(operation: OperationName, faults: OwnFault[]): Wire {
  const wire = new Wire();
  const connector = CONNECTORS[operation] as Connector<OperationName>;
  const execute = connector.execute.bind(connector);
  vi.spyOn(connector, 'execute').mockImplementation((call) => wire.call(faults.shift(), () => execute(call)));
  return wire;
}

async function begin(
  world: World,
  { operation, step }: Subject,
  customisation: Record<string, unknown> = {},
) {
  const [connector, name] = operation.split('.');
  const whole = {
    ...QUICK,
    name: 'it',
    title: 'It',
    connector,
    operation: name,
    undo: QUICK,
    exhausted: { code: 'exhausted', text: 'Away.' },
    ...step(),
  };
  const { id } = await makeTemplate(keysTemplate([whole]));
  await world.timeOut(
    'it: wait 1',
    'it: wait 2',
    ...[1, 2, 3].map((turn) => `undo it: remove 1, parked ${turn}`),
  );
  return newLine({ template: 'custom', templateId: id, parameters: {} }, { customisation });
}

async function ends(subject: Subject, line: ProvisionMessage, end: Cell['end']): Promise<void> {
  await deliver(line, line);
  await subject.meanwhile?.(line);
  const report = end === 'ready' ? 'line.provisioned' : 'line.failed';
  await reaches(line, end, report);
  await deliver(line);
  expect(Object.keys(await told(line))).toEqual([report]);
  if (end === 'failed') expect(await subject.live(line)).toBe(0);
  const made = await subject.made(line);
  if (end === 'ready' && 'wire' in subject) expect(made).toBe(1);
  expect(made).toBeLessThanOrEqual(1);
}

async function takenBack(subject: Subject, line: ProvisionMessage): Promise<void> {
  await deliver(undoing(line));
  await reaches(line, 'undone', 'line.deprovisioned');
  await eventually(async () => expect(await subject.live(line)).toBe(0));
  expect(await subject.made(line)).toBeLessThanOrEqual(1);
}

/** Whatever came late is removed, and the line stays as it ended. */
async function staysGone(subject: Subject, line: ProvisionMessage, state: string): Promise<void> {
  await sweepLate(line);
  await eventually(async () => expect(await subject.live(line)).toBe(0));
  expect((await row(line))?.state).toBe(state);
}
