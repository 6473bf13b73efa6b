import { sha256Hex } from '#shared/crypto/bytes.ts';
import type { PartnerRefusal, PartnerResource } from '../adapters/partner-api.ts';
import type { Ports } from '../ports.ts';
import type { OperationRow } from '../queries/operations.ts';
import type { StepKey } from '../queries/steps.ts';
import { SECOND_MS } from '#shared/time/time.ts';
import type { OperationInput } from './operations.ts';
import type { StepFailure } from '../templates/template.ts';
import {
  type AccessCall,
  type AccessOutcome,
  type OperationCall,
  type Connector,
  type Outcome,
  ownDoor,
  type UndoOutcome,
  type UndoTask,
} from './connector.ts';
import { outcomeOf } from './partner-outcome.ts';

type PartnerAction = 'partner.order-service' | 'partner.order-shipment';

/** First look whether something undone while it was being made has been made after all. */
const LATE_CHECK_DELAY_MS = 30 * SECOND_MS;

/**
 * Orders something at the partner. The operation, with its key and body, is written down before the call, so that it can
 * be found and removed whatever becomes of the answer.
 */
const orderAtPartner =
  <Name extends PartnerAction>(
    resource: PartnerResource,
    bodyOf: (input: OperationInput<Name>) => Record<string, unknown>,
  ) =>
  async ({ ports, instance, step, attempt, input }: OperationCall<Name>): Promise<Outcome> => {
    const idempotencyKey = attempt === 1 ? step.idempotencyKey : `${step.idempotencyKey}/${attempt}`;
    const id = `op_${sha256Hex(idempotencyKey).slice(0, 32)}`;
    const body = { ...bodyOf(input), callbackUrl: `${ports.publicOrigin}/v1/partner-callbacks/${id}` };
    const store = ports.stores.ofInstance(instance.id);
    const operation = await store.operations.intend(
      {
        id,
        instanceId: instance.id,
        step: step.name,
        attempt,
        resource,
        idempotencyKey,
        sealedRequest: await ports.sealer.seal(body, requestPlace(id)),
      },
      ports.clock.now(),
    );
    if (operation === null) return { kind: 'stopped' };
    if (operation.state !== 'requested') return outcomeOf(ports, operation);
    const refused = await place(ports, operation);
    return refused === null ? { kind: 'pending', operationId: id } : { kind: 'refused', failure: refused };
  };

/** Sends the order, or sends it again: the same key and body. Answers with the refusal, or null when it was taken. */
async function place(ports: Ports, operation: OperationRow): Promise<StepFailure | null> {
  const store = ports.stores.ofInstance(operation.instanceId);
  const body = await ports.sealer.open(operation.sealedRequest, requestPlace(operation.id));
  const answer = await ports.partner.order(
    operation.resource,
    operation.idempotencyKey,
    body as Record<string, unknown>,
  );
  const now = ports.clock.now();
  if (answer.kind === 'refused') {
    const failure = refusalText(answer);
    await store.operations.refused(operation.id, failure, now);
    return failure;
  }
  const { operationId, resourceId } = answer.operation;
  await store.operations.accepted(operation.id, { partnerOperationId: operationId, resourceId }, now);
  return null;
}

/**
 * Undoing an order takes two calls each: find what it made, then remove it. An order whose answer was lost is found by
 * placing it again under its key, which also takes the key from a call that is still on its way: arriving later, it
 * meets an order that is known and removed, and makes nothing.
 */
async function undoTasks(ports: Ports, key: StepKey): Promise<UndoTask[]> {
  const operations = await ports.stores.ofInstance(key.instanceId).operations.of(key.instanceId, key.step);
  return operations
    .filter(({ undoneAt }) => undoneAt === null)
    .flatMap(({ id, attempt }) => [
      { name: `find ${attempt}`, task: 'find' as const, operationId: id },
      { name: `remove ${attempt}`, task: 'remove' as const, operationId: id },
    ]);
}

async function undo(ports: Ports, key: StepKey, task: UndoTask): Promise<UndoOutcome> {
  const store = ports.stores.ofInstance(key.instanceId);
  const operation = task.operationId === null ? null : await store.operations.get(task.operationId);
  if (operation === null || operation.state === 'refused') return { kind: 'undone' };
  if (task.task === 'find') {
    if (operation.resourceId === null) await place(ports, operation);
    return { kind: 'undone' };
  }
  if (operation.resourceId === null) {
    if (operation.state === 'failed') return { kind: 'undone' };
    throw new Error(`operation ${operation.id} names nothing to remove`);
  }
  const answer = await ports.partner.remove(operation.resource, operation.resourceId);
  if (answer.kind === 'refused') return { kind: 'kept', failure: keptText(answer) };
  const now = ports.clock.now();
  await store.operations.undone(operation.id, now, now + LATE_CHECK_DELAY_MS);
  return { kind: 'undone' };
}

/**
 * Asks the partner to suspend or resume what a step ordered. What was ordered and not made, or is gone, has no use to stop.
 */
const useOf =
  (wish: 'suspend' | 'resume') =>
  async (ports: Ports, { key, round, reason }: AccessCall): Promise<AccessOutcome> => {
    const operations = await ports.stores.ofInstance(key.instanceId).operations.of(key.instanceId, key.step);
    for (const { state, undoneAt, resource, resourceId, idempotencyKey } of operations) {
      if (state !== 'succeeded' || undoneAt !== null || resourceId === null) continue;
      const answer = await ports.partner.changeUse(resource, resourceId, {
        wish,
        reason,
        sequence: round,
        idempotencyKey: `${idempotencyKey}/${wish}/${round}`,
      });
      if (answer.kind === 'refused') return { kind: 'kept', failure: useText(wish, answer) };
    }
    return { kind: 'done' };
  };

const useText = (wish: 'suspend' | 'resume', { message }: PartnerRefusal): StepFailure => ({
  code: `partner_refused_to_${wish}`,
  text: `Our partner did not ${wish} it${message === null ? '.' : `: ${message}`}`,
});

const requestPlace = (id: string) => ({ table: 'operations', row: id, field: 'sealed_request' });

/** Refusals that tell of our own set-up are none of the customer's business. */
const refusalText = (refusal: PartnerRefusal): StepFailure => ({
  code: 'partner_refused',
  text:
    refusal.message === null || refusal.status === 401 || refusal.status === 403
      ? 'Our partner did not accept the order.'
      : `Our partner did not accept the order: ${refusal.message}`,
});

const keptText = (refusal: PartnerRefusal): StepFailure => ({
  code: 'partner_kept',
  text: `Our partner could not take it back${refusal.message === null ? '.' : `: ${refusal.message}`}`,
});

/** The partner's plans know no quantity of their own: it goes along as a parameter. */
export const orderService: Connector<'partner.order-service'> = {
  run: orderAtPartner<'partner.order-service'>('services', ({ reference, plan, parameters, quantity }) => ({
    reference,
    plan,
    parameters: { ...parameters, quantity },
  })),
  undoTasks,
  undo,
  suspend: useOf('suspend'),
  resume: useOf('resume'),
};
/** A parcel that was sent is out of everybody's hands. */
export const orderShipment: Connector<'partner.order-shipment'> = {
  run: orderAtPartner<'partner.order-shipment'>(
    'shipments',
    ({ reference, address, weightGrams, sku, title, quantity }) => ({
      reference,
      address,
      weightGrams,
      items: [{ sku, title, quantity }],
    }),
  ),
  undoTasks,
  undo,
  ...ownDoor,
};
