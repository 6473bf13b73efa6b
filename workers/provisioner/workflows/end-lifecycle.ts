import { log } from '#shared/observability/log.ts';
import { DAY_MS } from '#shared/time/time.ts';
import type { Ports } from '../ports.ts';
import type { LifecycleRow } from '../queries/lifecycle.ts';
import type { NewReport, ReportType } from '../queries/reports.ts';
import { deliveryOf } from '../templates/delivery.ts';
import { planSchema } from '../templates/plan.ts';
import type { StepFailure } from '../templates/template.ts';
import { orderedRequest } from '../usecases/lifecycle/ordered-request.ts';
import { lifecycleTimesOf, wordsOf } from '../usecases/lifecycle/words.ts';
import { resultOf } from '../usecases/reports.ts';
import { under } from './change-plan.ts';
import { type Direction, termsIn } from './change-step.ts';
import { deliveryPlace } from './line-facts.ts';
import { scopeOfMade } from './made.ts';

/** What the instance delivers once this direction of an operation is done, sealed; null: it cannot be put together. */
export async function deliveryNow(
  ports: Ports,
  { operationId, instanceId }: { operationId: string; instanceId: string },
  direction: Direction,
): Promise<string | null> {
  const store = ports.stores.ofInstance(instanceId);
  const [operation, made, rows] = await Promise.all([
    store.lifecycles.get(operationId),
    store.steps.withInstance(instanceId),
    store.lifecycles.stepsOf(operationId),
  ]);
  if (operation === null || made === null) return null;
  const { former, target } = termsIn(operation, made);
  const kept = rows.filter((row) => row.direction === direction);
  const then = under(made, direction === 'forth' ? target : former, kept);
  const delivery = deliveryOf(planSchema.parse(made.instance.plan).delivery, await scopeOfMade(ports, then));
  return delivery === null ? null : ports.sealer.seal(delivery, deliveryPlace(instanceId));
}

/** A result for the order whose line it is; null: it is no order's. */
export const reportOf = (
  operation: LifecycleRow,
  type: ReportType,
  detail: string,
  code: string | null = null,
): NewReport | null => {
  const { handle, orderId, lineId, requestId } = operation;
  if (handle === null || orderId === null || lineId === null) return null;
  return resultOf({ instanceId: handle, orderId, lineId, requestId }, type, detail, code);
};

/** Its order may want it back at any moment: then it ends on its way back. */
const NOT_TURNED = `direction = 'forth'`;
/** Its changes counted before it was turned back: an end is noted only then. */
export const wasDone = ({ endedAt }: LifecycleRow): boolean => endedAt !== null;

/** All steps are done. What an order pays for waits for it to be settled; the rest is there at once. */
export async function endForth(ports: Ports, operation: LifecycleRow): Promise<string> {
  const { lifecycles } = ports.stores.ofInstance(operation.instanceId);
  const now = ports.clock.now();
  if (operation.handle !== null) {
    const text = wordsOf(operation.kind).made;
    await lifecycles.settle({
      turn: {
        id: operation.id,
        from: ['running'],
        to: 'made',
        now,
        history: { type: `lifecycle.${operation.kind}.made`, text },
        onlyIf: NOT_TURNED,
      },
      operation,
      terms: null,
      sealedDelivery: null,
      outputsOf: null,
      endsAt: null,
      report: reportOf(operation, 'line.provisioned', text),
    });
    await countTime(ports, operation);
    return 'made';
  }
  await commit(ports, operation, 'running');
  await countTime(ports, operation);
  return 'done';
}

/** The instance is what the operation made of it. False: the operation was not in that state any more. */
export async function commit(
  ports: Ports,
  operation: LifecycleRow,
  from: 'running' | 'made',
): Promise<boolean> {
  const { id, instanceId, kind } = operation;
  const store = ports.stores.ofInstance(instanceId);
  const made = await store.steps.withInstance(instanceId);
  if (made === null) return false;
  const { target } = termsIn(operation, made);
  const text = wordsOf(kind).done;
  const days = orderedRequest(operation)?.days ?? null;
  const now = ports.clock.now();
  return store.lifecycles.settle({
    turn: {
      id,
      from: [from],
      to: 'done',
      now,
      history: { type: `lifecycle.${kind}.done`, text },
      onlyIf: NOT_TURNED,
    },
    operation,
    terms: operation.target === null ? null : target,
    sealedDelivery: await deliveryNow(ports, { operationId: id, instanceId }, 'forth'),
    outputsOf: 'forth',
    endsAt: days === null ? null : now + days * DAY_MS,
    report: reportOf(operation, 'line.activated', text),
  });
}

/** It could not be done; what was changed is put back by now. */
export async function endFailed(
  ports: Ports,
  operation: LifecycleRow,
  failure: StepFailure,
): Promise<string> {
  const { id, kind, instanceId } = operation;
  // Renewing credentials is not taken back: what was renewed before the failure counts.
  const outputsOf = kind === 'rotate' || kind === 'transfer' ? 'forth' : 'back';
  await ports.stores.ofInstance(instanceId).lifecycles.settle({
    turn: {
      id,
      from: ['running'],
      to: 'failed',
      now: ports.clock.now(),
      history: { type: `lifecycle.${kind}.failed`, text: `${wordsOf(kind).failed} ${failure.text}` },
      error: failure,
      onlyIf: NOT_TURNED,
    },
    operation,
    terms: null,
    endsAt: null,
    sealedDelivery: await deliveryNow(ports, { operationId: id, instanceId }, outputsOf),
    outputsOf,
    report: reportOf(operation, 'line.failed', failure.text, failure.code),
  });
  return 'failed';
}

/** What an order paid for is taken back with it. */
export async function endBack(
  ports: Ports,
  operation: LifecycleRow,
  end: { kind: string; failure?: StepFailure },
): Promise<string> {
  const { id, instanceId, kind } = operation;
  const store = ports.stores.ofInstance(instanceId);
  const made = await store.steps.withInstance(instanceId);
  const failure = end.failure ?? null;
  const turn = {
    id,
    from: ['running'] as const,
    now: ports.clock.now(),
    history: { type: `lifecycle.${kind}.undone`, text: 'What the order changed is as it was before.' },
  };
  if (failure !== null || made === null) {
    const { code, text } = failure ?? { code: 'instance_gone', text: 'It is gone.' };
    await store.lifecycles.settle({
      turn: {
        ...turn,
        to: 'failed',
        history: { type: `lifecycle.${kind}.stuck`, text },
        error: { code, text },
      },
      operation,
      terms: null,
      sealedDelivery: null,
      outputsOf: 'back',
      endsAt: null,
      report: reportOf(operation, 'line.stuck', text, code),
    });
    return 'stuck';
  }
  const { former, target } = termsIn(operation, made);
  const ordered = orderedRequest(operation);
  const beganAnew = ordered !== null && ordered.days !== null;
  const isSuperseded = ![former.variantId, target.variantId].includes(made.instance.variantId);
  await store.lifecycles.settle({
    turn: { ...turn, to: 'undone' },
    operation,
    terms: isSuperseded || operation.former === null ? null : former,
    sealedDelivery: isSuperseded ? null : await deliveryNow(ports, { operationId: id, instanceId }, 'back'),
    outputsOf: 'back',
    endsAt: wasDone(operation) && beganAnew ? ordered.endedAt : null,
    report: reportOf(operation, 'line.deprovisioned', 'Taken back.'),
  });
  return 'undone';
}

/** For whoever asks later how long it takes. A count that is lost says nothing wrong. */
async function countTime(ports: Ports, operation: LifecycleRow): Promise<void> {
  const { instanceId, kind, startedAt } = operation;
  const instance = await ports.stores.ofInstance(instanceId).instances.get(instanceId);
  if (instance === null || startedAt === null) return;
  const { template } = planSchema.parse(instance.plan);
  const ms = ports.clock.now() - startedAt;
  await ports.registry.stepTimes
    .add(template, [{ step: lifecycleTimesOf(kind), ms }])
    .catch((error: unknown) => {
      log.warn('times not counted', { requestId: operation.requestId, instanceId, error });
    });
}
