import { sha256Hex } from '#shared/crypto/bytes.ts';
import { ID_PREFIXES } from '#shared/ids/ids.ts';
import { idBeside } from '#shared/ids/shard.ts';
import { DAY_MS } from '#shared/time/time.ts';
import { NotNow } from '../../adapters/not-now.ts';
import type { OperationRow } from '../../queries/operations.ts';
import type { StepFailure } from '../../templates/template.ts';
import type { ChangeCall, ChangeOutcome, Connector } from '../connector.ts';
import { failureOf, openResult, readEnd } from '../remote-outcome.ts';
import { openRequest, sealRequest } from '../remote.ts';
import { brokerRemote } from './remote.ts';
import { BROKER_RESOURCES, brokerIdOf, type BrokerRequest, brokerRequestSchema } from './requests.ts';

type Call = ChangeCall<'broker.bind'>;

/** A binding that nobody asked after for so long came to nothing: the sweeper removes it. */
const UNFINISHED_KEPT_MS = DAY_MS;

/**
 * Other credentials for the same service instance ("Binding Rotation" of the Open Service Broker API 2.17): a further binding,
 * beside which the one before goes on until the overlap is over. Where the plan does not rotate it is one like the first.
 */
export const rotateBinding: Pick<Required<Connector<'broker.bind'>>, 'rotate' | 'settle'> = {
  async rotate(call) {
    const operation = await intended(call);
    if (operation === null) return { kind: 'refused', failure: GONE };
    return stands(call, operation) ?? place(call, operation);
  },

  async settle(call, token) {
    const { ports, instance } = call;
    const { operations } = ports.stores.ofInstance(instance.id);
    const now = ports.clock.now();
    const operation = await operations.keepUntil(token, now + UNFINISHED_KEPT_MS);
    if (operation === null) return { kind: 'refused', failure: GONE };
    if (operation.state !== 'in_progress') return stands(call, operation) ?? { kind: 'pending', token };
    const news = await brokerRemote.ask(ports, operation).catch((error: unknown) => {
      if (error instanceof NotNow) return null;
      throw error;
    });
    const end = news === null ? null : await readEnd(brokerRemote, ports, operation, news, false);
    if (end === null) return { kind: 'pending', token };
    // What failed is removed soon, what was made is kept until it counts.
    const followAt = end.state === 'failed' ? now : now + UNFINISHED_KEPT_MS;
    await operations.ended(operation.id, { ...end, followAt }, now);
    const ended = await operations.get(operation.id);
    return (ended === null ? null : stands(call, ended)) ?? { kind: 'pending', token };
  },
};

/** The operation that makes the new binding, of this rotation's tries the last; null: there is none to follow. */
async function intended(call: Call): Promise<OperationRow | null> {
  const { ports, instance, step } = call;
  const { operations } = ports.stores.ofInstance(instance.id);
  const all = await operations.of(instance.id, step.name);
  const own = all.filter(({ idempotencyKey: key }) => key.startsWith(`${step.idempotencyKey}/`));
  const [last] = own;
  const until = ports.clock.now() + UNFINISHED_KEPT_MS;
  if (last !== undefined && last.undoneAt === null && last.state !== 'failed')
    return operations.keepUntil(last.id, until);
  const former = all.find(
    (each) =>
      !own.includes(each) && each.state === 'succeeded' && each.undoneAt === null && each.checkAt === null,
  );
  if (former === undefined) return null;
  const idempotencyKey = `${step.idempotencyKey}/${own.length + 1}`;
  const derived = `${ID_PREFIXES.operation}_${sha256Hex(idempotencyKey).slice(0, 32)}`;
  const id = idBeside(derived, instance.customerId);
  const sealedRequest = await sealRequest(ports, id, await requestFollowing(call, former, id));
  return operations.intendChange(
    {
      id,
      instanceId: instance.id,
      step: step.name,
      attempt: (all[0]?.attempt ?? 0) + 1,
      resource: BROKER_RESOURCES.binding,
      idempotencyKey,
      sealedRequest,
    },
    { now: ports.clock.now(), until },
  );
}

/** Of the plan the service instance has by now. */
async function requestFollowing(
  { ports, instance }: Call,
  former: OperationRow,
  id: string,
): Promise<BrokerRequest> {
  const before = brokerRequestSchema.parse(await openRequest(ports, former));
  const resource = await ports.stores.ofInstance(instance.id).brokerResources.get(former.id);
  const planId = resource?.planId ?? before.planId;
  const plan = await ports.registry.brokerPlans.plan(before.connection, planId);
  return {
    ...before,
    what: 'binding',
    planId,
    userId: instance.customerId,
    bindingId: brokerIdOf(id),
    predecessorBindingId: plan?.offer.bindingRotatable === true ? brokerIdOf(former.id) : null,
  };
}

/** How a rotation stands by what was written down; null: the broker is to be asked for it. */
function stands(call: Call, operation: OperationRow): Promise<ChangeOutcome> | ChangeOutcome | null {
  switch (operation.state) {
    case 'requested':
      return null;
    case 'in_progress':
      return { kind: 'pending', token: operation.id };
    case 'failed':
    case 'refused':
      return { kind: 'refused', failure: failureOf(operation) };
    case 'succeeded':
      return replaced(call, operation);
  }
}

async function place(call: Call, operation: OperationRow): Promise<ChangeOutcome> {
  const { ports, instance } = call;
  const { operations } = ports.stores.ofInstance(instance.id);
  const placed = await brokerRemote.place(ports, operation, await openRequest(ports, operation));
  const now = ports.clock.now();
  switch (placed.kind) {
    case 'accepted':
      await operations.accepted(
        operation.id,
        { partnerOperationId: placed.operationId, resourceId: placed.resourceId },
        now,
      );
      return { kind: 'pending', token: operation.id };
    case 'ended': {
      const end = await readEnd(brokerRemote, ports, operation, placed.news, false);
      if (end === null) throw new Error(`operation ${operation.id}: the answer brings no credentials`);
      await operations.ended(operation.id, { ...end, followAt: now + UNFINISHED_KEPT_MS }, now);
      const ended = await operations.get(operation.id);
      return ended?.state === 'succeeded' ? replaced(call, ended) : { kind: 'refused', failure: GONE };
    }
    case 'refused':
      await operations.refused(operation.id, placed.failure, now);
      return placed;
    case 'action-required':
      return { kind: 'refused', failure: placed.question };
  }
}

/** The credentials count, those before end with the overlap: at once where there is none. Safe to repeat. */
async function replaced(call: Call, operation: OperationRow): Promise<ChangeOutcome> {
  const { ports, instance, step, overlapMs } = call;
  const { operations } = ports.stores.ofInstance(instance.id);
  const output = await call.keep((await openResult(ports, operation)) as Record<string, unknown>);
  const now = ports.clock.now();
  await operations.replace({ id: operation.id, instanceId: instance.id, step: step.name }, now + overlapMs);
  if (overlapMs > 0) return { kind: 'done', output };
  for (const former of await operations.of(instance.id, step.name)) {
    if (former.id === operation.id || former.undoneAt !== null) continue;
    const kept = await brokerRemote.remove(ports, former);
    if (kept !== null) return { kind: 'refused', failure: kept };
    await operations.undone(former.id, ports.clock.now(), null);
  }
  return { kind: 'done', output };
}

const GONE: StepFailure = { code: 'resource_gone', text: 'Our partner does not have it any more.' };
