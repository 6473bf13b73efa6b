import { describe, expect, it } from 'vitest';
import { workerEnv } from '#shared/testing/runtime.ts';
import type { Env } from '../env.ts';
import { ports as portsOf } from '../ports.ts';
import type { Fault } from '../testing/wire.ts';
import { activation, deliver, newLine, type ProvisionMessage, reaches, row } from '../testing/harness.ts';
import { keysTemplate, makeTemplate, QUICK } from '../testing/templates.ts';
import type { World } from '../testing/world.ts';
import type { ChangeCall, ChangeOutcome, Connector } from './connector.ts';
import { CONNECTORS } from './connectors.ts';
import type { OperationInput, OperationName } from './operations.ts';

/** A connector that declares `update` or `rotate`, as the suite must know it. */
export interface ChangeSubject<Name extends OperationName> {
  name: string;
  world: World;
  operation: Name;
  input: OperationInput<Name>;
  /** Null: it declares no `update`. `now`: what of an instance the other side has, as far as `to` differs from `input`. */
  update: { to: OperationInput<Name>; now: (instanceId: string) => Promise<unknown> } | null;
  /** Null: it declares no `rotate`. `isGood`: whether what the step left can be used. */
  rotate: { isGood: (instanceId: string, output: Record<string, unknown>) => Promise<boolean> } | null;
  /** Faults of the next changes; null: nothing leaves the house. */
  faults: (() => Fault[]) | null;
}

/** As often as the engine would, of one call. */
const TRIES = 6;

/** What every connector that changes what it made holds to. Call it in a test file that has a world. */
export function changeSuite<Name extends OperationName>(subject: ChangeSubject<Name>): void {
  const { name, operation, input, update, rotate } = subject;
  const connector = CONNECTORS[operation] as Connector<Name>;

  const made = async (): Promise<ProvisionMessage> => {
    subject.world.partner.onOrder = 'finish';
    const step = {
      ...QUICK,
      name: 'it',
      title: 'It',
      connector: operation.split('.')[0],
      operation: operation.split('.')[1],
      inputs: Object.fromEntries(Object.entries<unknown>(input).map(([field, value]) => [field, { value }])),
      settle: { attempts: 1, waitSeconds: [600] },
      undo: QUICK,
      exhausted: { code: 'exhausted', text: 'Away.' },
    };
    const { id } = await makeTemplate(keysTemplate([step]));
    await subject.world.timeOut('it: wait 1');
    const line = newLine({ template: 'custom', templateId: id, parameters: {} });
    await deliver(line);
    await reaches(line, 'ready', 'line.provisioned');
    await deliver(activation(line));
    return line;
  };

  /** One change with its key; repeated while it fails in a way that a repeat may mend. */
  const changer = async (line: ProvisionMessage) => {
    const instance = await row(line);
    if (instance === undefined) throw new Error('nothing was made');
    const kept = new Map<string, Record<string, unknown>>();
    return async (
      method: 'update' | 'rotate',
      change: Pick<ChangeCall<Name>, 'before' | 'input' | 'sequence'>,
    ): Promise<ChangeOutcome> => {
      const key = `${method}-${change.sequence}`;
      const call: ChangeCall<Name> = {
        ...change,
        ports: portsOf(workerEnv<Env>()),
        instance,
        step: { name: 'it', idempotencyKey: key },
        overlapMs: 0,
        keep: (output) => {
          if (!kept.has(key)) kept.set(key, output);
          return Promise.resolve(kept.get(key) as typeof output);
        },
      };
      for (let left = TRIES; ; left -= 1) {
        try {
          const outcome = await connector[method]?.(call);
          if (outcome === undefined) throw new Error(`${operation} declares no ${method}`);
          return outcome.kind === 'pending'
            ? ((await connector.settle?.(call, outcome.token)) ?? outcome)
            : outcome;
        } catch (error) {
          if (left === 1) throw error;
        }
      }
    };
  };
  const goWrong = (...faults: Fault[]) => subject.faults?.().push(...faults);

  const updates = () => {
    if (update === null) return;
    it('to another plan once whatever is lost on the way, and back, where a late repeat changes nothing', async () => {
      const line = await made();
      const change = await changer(line);
      const former = await update.now(line.instanceId);
      const forth = { before: input, input: update.to, sequence: 1 };
      goWrong('error', 'lost', 'timeout', 'garbage');
      expect(await change('update', forth)).toMatchObject({ kind: 'done' });
      const changed = await update.now(line.instanceId);
      expect(changed).not.toEqual(former);
      await change('update', forth);
      expect(await update.now(line.instanceId)).toEqual(changed);
      await change('update', { before: update.to, input, sequence: 2 });
      expect(await update.now(line.instanceId)).toEqual(former);
      if (subject.faults === null) return;
      await change('update', forth);
      expect(await update.now(line.instanceId)).toEqual(former);
      goWrong('refuse');
      const refused = await change('update', { before: input, input: update.to, sequence: 3 });
      expect(refused).toMatchObject({ kind: 'refused' });
      expect(await update.now(line.instanceId)).toEqual(former);
    });
  };
  const rotations = () => {
    if (rotate === null) return;
    it('to other credentials once whatever is lost on the way; those before are good no more', async () => {
      const line = await made();
      const change = await changer(line);
      const first = await change('rotate', { before: input, input, sequence: 1 });
      goWrong('lost', 'error');
      const second = await change('rotate', { before: input, input, sequence: 2 });
      expect(await change('rotate', { before: input, input, sequence: 2 })).toEqual(second);
      if (first.kind !== 'done' || second.kind !== 'done') throw new Error('not rotated');
      expect(second.output).not.toEqual(first.output);
      expect(await rotate.isGood(line.instanceId, first.output ?? {})).toBe(false);
      expect(await rotate.isGood(line.instanceId, second.output ?? {})).toBe(true);
    });
  };
  describe(`${name} can be changed`, () => {
    updates();
    rotations();
  });
}
