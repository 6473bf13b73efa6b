import { sha256Hex } from '#shared/crypto/bytes.ts';
import { SECOND_MS } from '#shared/time/time.ts';
import { NotNow } from '../adapters/not-now.ts';
import { PartnerFault } from '../adapters/partner-fault.ts';
import type { Ports } from '../ports.ts';
import type { OperationRow } from '../queries/operations.ts';
import type { StepKey } from '../queries/steps.ts';
import { ID_PREFIXES } from '#shared/ids/ids.ts';
import { idBeside } from '#shared/ids/shard.ts';
import type { OperationCall, Outcome, UndoOutcome, UndoTask } from './connector.ts';
import type { OperationName } from './operations.ts';
import { outcomeOf, readEnd } from './remote-outcome.ts';
import { openRequest, sealRequest, type Placed, type Remote } from './remote.ts';

/** First look whether something undone while it was being made has been made after all. */
const LATE_CHECK_DELAY_MS = 30 * SECOND_MS;

/**
 * Orders something at a partner. The operation, with its key and request, is written down before the call, so that it can
 * be found and removed whatever becomes of the answer. `requestOf` gets the id for call-backs to name.
 */
export async function order<Name extends OperationName>(
  remote: Remote,
  resource: string,
  { ports, instance, step, attempt: wanted }: OperationCall<Name>,
  requestOf: (operationId: string) => unknown,
): Promise<Outcome> {
  const attempt = await attemptToUse(ports, { instanceId: instance.id, step: step.name }, wanted);
  const idempotencyKey = attempt === 1 ? step.idempotencyKey : `${step.idempotencyKey}/${attempt}`;
  const derived = `${ID_PREFIXES.operation}_${sha256Hex(idempotencyKey).slice(0, 32)}`;
  const id = idBeside(derived, instance.customerId);
  const store = ports.stores.ofInstance(instance.id);
  const sealedRequest = await sealRequest(ports, id, requestOf(id));
  const operation = await store.operations.intend(
    { id, instanceId: instance.id, step: step.name, attempt, resource, idempotencyKey, sealedRequest },
    ports.clock.now(),
  );
  if (operation === null) return { kind: 'stopped' };
  if (operation.state !== 'requested') return outcomeOf(ports, operation);
  const placed = await place(remote, ports, operation, operation.unanswered === 1);
  switch (placed.kind) {
    case 'accepted':
      return {
        kind: 'pending',
        operationId: operation.id,
        ...(placed.polling === undefined ? {} : { polling: placed.polling }),
      };
    case 'ended':
      return outcomeOf(ports, (await store.operations.get(operation.id)) ?? operation);
    case 'action-required':
    case 'refused':
      return placed;
  }
}

/**
 * A try anew is another order only when the one before is over: one whose answer was lost, or that is still being made,
 * is asked about under its own key, so that nothing is made twice.
 */
async function attemptToUse(ports: Ports, key: StepKey, wanted: number): Promise<number> {
  if (wanted === 1) return 1;
  const [last] = await ports.stores.ofInstance(key.instanceId).operations.of(key.instanceId, key.step);
  const isUnderWay =
    last !== undefined && last.undoneAt === null && ['requested', 'in_progress'].includes(last.state);
  return isUnderWay ? last.attempt : wanted;
}

/**
 * Sends the order, or sends it again: the same key and request. Keeps what the partner said. A refusal is the end only where
 * no try before went unanswered: that one may have been carried out, so it is looked for when the step is undone.
 */
async function place(
  remote: Remote,
  ports: Ports,
  operation: OperationRow,
  isFirst: boolean,
): Promise<Placed> {
  const store = ports.stores.ofInstance(operation.instanceId);
  const request = await openRequest(ports, operation);
  const placed = await remote.place(ports, operation, request).catch(async (error: unknown) => {
    const madeNothing = error instanceof NotNow || (error instanceof PartnerFault && error.madeNothing);
    if (madeNothing) await store.operations.madeNothing(operation.id);
    throw error;
  });
  const now = ports.clock.now();
  switch (placed.kind) {
    case 'accepted': {
      const { operationId: partnerOperationId, resourceId } = placed;
      await store.operations.accepted(operation.id, { partnerOperationId, resourceId }, now);
      return placed;
    }
    case 'ended': {
      const end = await readEnd(remote, ports, operation, placed.news, false);
      if (end === null)
        throw new Error(`operation ${operation.id}: the answer does not bring what was ordered`);
      await store.operations.ended(operation.id, end, now);
      return placed;
    }
    case 'refused':
      if (isFirst) await store.operations.refused(operation.id, placed.failure, now);
      return placed;
    case 'action-required': {
      const { code, text } = placed.question;
      await store.operations.refused(operation.id, { code, text }, now);
      return placed;
    }
  }
}

/**
 * Undoing an order takes two calls each: find what it made, then remove it. An order whose answer was lost is found by
 * placing it again under its key, which also takes the key from a call that is still on its way: arriving later, it
 * meets an order that is known and removed, and makes nothing.
 */
export async function undoTasks(ports: Ports, key: StepKey): Promise<UndoTask[]> {
  const operations = await ports.stores.ofInstance(key.instanceId).operations.of(key.instanceId, key.step);
  return operations
    .filter(({ undoneAt }) => undoneAt === null)
    .flatMap(({ id, attempt }) => [
      { name: `find ${attempt}`, task: 'find' as const, operationId: id },
      { name: `remove ${attempt}`, task: 'remove' as const, operationId: id },
    ]);
}

export const undoAt =
  (remote: Remote) =>
  async (ports: Ports, key: StepKey, task: UndoTask): Promise<UndoOutcome> => {
    const store = ports.stores.ofInstance(key.instanceId);
    const operation = task.operationId === null ? null : await store.operations.get(task.operationId);
    if (operation === null || operation.state === 'refused') return { kind: 'undone' };
    if (task.task === 'find') {
      if (operation.resourceId === null && operation.state !== 'succeeded') {
        await store.operations.asking(operation.id);
        await place(remote, ports, operation, operation.unanswered === 0);
      }
      return { kind: 'undone' };
    }
    if (operation.resourceId === null && operation.state === 'failed') return { kind: 'undone' };
    const kept = await remote.remove(ports, operation);
    if (kept !== null) return { kind: 'kept', failure: kept };
    const now = ports.clock.now();
    await store.operations.undone(operation.id, now, now + LATE_CHECK_DELAY_MS);
    return { kind: 'undone' };
  };
