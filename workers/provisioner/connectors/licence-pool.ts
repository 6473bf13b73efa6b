import { z } from 'zod';
import { sha256Hex } from '#shared/crypto/bytes.ts';
import { ID_PREFIXES } from '#shared/ids/ids.ts';
import type { Ports } from '../ports.ts';
import type { PoolRow } from '../queries/licence-pools.ts';
import type { Made, StepKey } from '../queries/steps.ts';
import { referencesOf, stepOf } from '../templates/mapping.ts';
import { planSchema } from '../templates/plan.ts';
import { currentOperation } from '../workflows/made.ts';
import {
  type Connector,
  type Outcome,
  stepOutputPlace,
  type UndoOutcome,
  type UndoTask,
} from './connector.ts';
import { suspendedKeys } from './licence-key.ts';

export const poolKeyPlace = (fingerprint: string) => ({
  table: 'pool_keys',
  row: fingerprint,
  field: 'sealed_key',
});
const holderOf = ({ instanceId, step }: StepKey): string => `${instanceId}/${step}`;

/**
 * Keys of others from a pool. They are taken for good before they are kept, so a try that broke off in between finds the same
 * ones; a pool that has not enough asks staff for more, one that is held asks to be released, and the line waits.
 */
export const takeFromPool: Connector<'licence-pool.take'> = {
  async execute({ ports, instance, step, input }): Promise<Outcome> {
    const key = { instanceId: instance.id, step: step.name };
    const { licencePools } = ports.registry;
    const pool = await licencePools.get(input.pool);
    if (pool === null)
      return {
        kind: 'refused',
        failure: { code: 'pool_unknown', text: 'This product is set up wrongly and cannot be delivered.' },
      };
    const now = ports.clock.now();
    const wanted = { quantity: input.quantity, now, countTo: Math.max(pool.lowAt, input.quantity) };
    const { keys: taken, left, isHeld } = await licencePools.take(pool.handle, holderOf(key), wanted);
    const isEmpty = taken.length === 0;
    if (isEmpty && isHeld) return held(pool);
    // There are enough, and it got none: it was taken back meanwhile.
    if (isEmpty && left >= input.quantity) return { kind: 'stopped' };
    await tellIfLow(ports, pool, left, isEmpty);
    if (isEmpty) return outOfKeys(pool, input.quantity);
    const keys = await Promise.all(
      taken.map(async ({ fingerprint, sealedKey }) =>
        z.string().parse(await ports.sealer.open(sealedKey, poolKeyPlace(fingerprint))),
      ),
    );
    const sealedOutput = await ports.sealer.seal({ keys }, stepOutputPlace(key));
    const issued = {
      sealedOutput,
      fingerprints: taken.map(({ fingerprint }) => fingerprint),
      activationsMax: input.activationsMax,
    };
    await ports.stores.ofInstance(instance.id).licences.issue(key, issued, now);
    return { kind: 'done' };
  },
  async check(ports, input) {
    const { pools, counts } = await ports.registry.licencePools.list(POOLS_MAX);
    if (!pools.some(({ handle }) => handle === input.pool))
      return [{ isObstacle: true, text: `There is no pool ${input.pool}.` }];
    if (pools.some(({ handle, heldAt }) => handle === input.pool && heldAt !== null))
      return [{ isObstacle: true, text: `The pool ${input.pool} is held: the line would wait.` }];
    const free = counts.find(({ pool }) => pool === input.pool)?.free ?? 0;
    return free >= input.quantity
      ? []
      : [{ isObstacle: true, text: `The pool ${input.pool} has ${free} keys left: the line would wait.` }];
  },
  explain: ({ pool, quantity }) => `Takes ${quantity} keys from the pool ${pool}.`,
  undoTasks: (): Promise<UndoTask[]> =>
    Promise.resolve([{ name: 'ours', task: 'own' as const, operationId: null }]),
  /** What somebody may have seen is nobody's any more. */
  async undo(ports, key): Promise<UndoOutcome> {
    const { licences, steps } = ports.stores.ofInstance(key.instanceId);
    const { licencePools } = ports.registry;
    const now = ports.clock.now();
    const isSeen = wasSeen(await steps.withInstance(key.instanceId), key.step);
    await licences.revoke(key.instanceId, now);
    // Before they are back: whoever is handed one out next is known by it alone.
    if (!isSeen) await licences.forget(key.instanceId, await licencePools.heldBy(holderOf(key)));
    await licencePools.close(holderOf(key), isSeen, now);
    return { kind: 'undone' };
  },
  /** Nothing but the step that failed has seen them. */
  async clear(ports, key, isOver): Promise<void> {
    const { licencePools } = ports.registry;
    const holder = holderOf(key);
    await ports.stores
      .ofInstance(key.instanceId)
      .licences.forget(key.instanceId, await licencePools.heldBy(holder));
    await (isOver ? licencePools.close(holder, false, ports.clock.now()) : licencePools.giveBack(holder));
  },
  ...suspendedKeys,
};

/** Its customer was shown the keys, or another step was given them: a mail, a partner. */
function wasSeen(made: Made | null, step: string): boolean {
  if (made === null || made.instance.activatedAt !== null) return true;
  const begun = new Set(made.steps.filter(({ endedAs }) => endedAs !== 'left_out').map((row) => row.step));
  return planSchema
    .parse(made.instance.plan)
    .steps.filter(({ name }) => name !== step && begun.has(name))
    .flatMap((each) => [each.inputs, currentOperation(made, each).inputs])
    .flatMap((inputs) => Object.values(inputs).flatMap(referencesOf))
    .some(({ pointer }) => stepOf(pointer) === step);
}

export const POOLS_MAX = 200;

const outOfKeys = ({ handle, title }: PoolRow, quantity: number): Outcome => ({
  kind: 'action-required',
  question: {
    askedOf: 'operator',
    code: POOL_EMPTY,
    text: `The pool ${handle} (${title}) has fewer than ${quantity} keys. Upload keys, and the line goes on.`,
    fields: { type: 'object', additionalProperties: false },
  },
});
const held = ({ handle, title }: PoolRow): Outcome => ({
  kind: 'action-required',
  question: {
    askedOf: 'operator',
    code: POOL_HELD,
    text: `The pool ${handle} (${title}) is held, as after a restore: keys that were sold since the backup look free. Burn those, release the pool, and the line goes on.`,
    fields: { type: 'object', additionalProperties: false },
  },
});
/** Code of the question that a release answers. */
export const POOL_HELD = 'pool_held';
/** Code of the question that an upload answers. */
export const POOL_EMPTY = 'pool_empty';

/** Once each time: until keys are uploaded it is the same notice. */
async function tellIfLow(ports: Ports, pool: PoolRow, left: number, isEmpty: boolean): Promise<void> {
  if (left >= pool.lowAt && !isEmpty) return;
  const kind = isEmpty ? 'licence_pool.empty' : 'licence_pool.low';
  const id = sha256Hex(JSON.stringify([kind, pool.handle, pool.uploads])).slice(0, 32);
  const text = isEmpty
    ? `The pool ${pool.title} has not enough keys: orders wait for more.`
    : `The pool ${pool.title} has ${left} keys left.`;
  await ports.registry.notices.append([
    { id: `${ID_PREFIXES.notice}_${id}`, kind, subject: pool.handle, text, at: ports.clock.now() },
  ]);
}
