import type { LifecycleRequest } from '#shared/contracts/http/lifecycle.ts';
import { log } from '#shared/observability/log.ts';
import { DAY_MS, HOUR_MS, MINUTE_MS, rfc3339 } from '#shared/time/time.ts';
import type { Ports } from '../../ports.ts';
import type { InstanceRow } from '../../queries/instances.ts';
import { BEGINS_IN, type LifecycleRow } from '../../queries/lifecycle.ts';
import { endForth, reportOf } from '../../workflows/end-lifecycle.ts';
import { lifecycleWorkflowId, undoWorkflowId } from '../../workflows/params.ts';
import { carryOut } from '../carry-out-access.ts';
import { NUDGE_AFTER_MS, revive } from '../nudge.ts';
import { sendReports } from '../reports.ts';
import type { OrderedRequest } from './ordered-request.ts';
import { signTerm } from './sign-term.ts';
import { termsFor } from './terms-for.ts';
import { undoRenewal } from './undo-renewal.ts';
import { wordsOf } from './words.ts';

const POSTPONED_MS = MINUTE_MS;
const NUDGE_AGAIN_MS = 2 * MINUTE_MS;

/** Brings an operation that runs a stage further. Safe to repeat at any time, and twice at once. */
export async function drive(ports: Ports, operation: LifecycleRow, requestId: string): Promise<void> {
  const instance = await ports.stores.ofInstance(operation.instanceId).instances.get(operation.instanceId);
  if (instance === null) return;
  const request = operation.request as LifecycleRequest | OrderedRequest;
  if (request.kind === 'renew' && operation.handle !== null) return driveRenewal(ports, operation);
  switch (request.kind) {
    case 'suspend':
    case 'resume':
      return changeUse(ports, operation, instance, request.kind === 'suspend');
    case 'renew':
      return 'until' in request
        ? renewUntil(ports, operation, instance, Date.parse(request.until))
        : undefined;
    case 'terminate':
      return beginGrace(ports, operation, instance, request.graceDays * DAY_MS);
    case 'configure':
    case 'change_plan':
    case 'rotate':
    case 'transfer':
      return revive(
        ports.lifecycles,
        lifecycleWorkflowId(operation),
        { operationId: operation.id, instanceId: operation.instanceId, requestId: operation.requestId },
        requestId,
      );
  }
}

/** Nothing is done before it is paid: then its end is moved. */
async function driveRenewal(ports: Ports, operation: LifecycleRow): Promise<void> {
  if (operation.direction === 'back') return undoRenewal(ports, operation);
  await endForth(ports, operation);
  await sendReports(ports, operation.handle ?? operation.instanceId);
}

const subjectOf = ({ id, orderId, lineId }: InstanceRow, operation: LifecycleRow, now: number) => ({
  instanceId: id,
  orderId,
  lineId,
  requestId: operation.requestId,
  sequence: null,
  note: operation.reason,
  by: operation.askedBy,
  now,
});

async function changeUse(
  ports: Ports,
  operation: LifecycleRow,
  instance: InstanceRow,
  wanted: boolean,
): Promise<void> {
  const store = ports.stores.ofInstance(instance.id);
  const now = ports.clock.now();
  const isStaff = operation.askedAs === 'operator';
  await store.accesses.wish({
    ...subjectOf(instance, operation, now),
    cause: isStaff ? 'operator' : 'owner',
    wanted,
    reason: isStaff ? 'by_operator' : 'by_owner',
  });
  await endSimply(ports, operation, 'done', null);
  await carryOut(ports, instance.id);
  await sendReports(ports, instance.id);
}

const endSimply = (ports: Ports, operation: LifecycleRow, to: 'done' | 'grace', dueAt: number | null) =>
  ports.stores.ofInstance(operation.instanceId).lifecycles.turn({
    id: operation.id,
    from: ['running'],
    to,
    now: ports.clock.now(),
    history: {
      type: `lifecycle.${operation.kind}.${to}`,
      text:
        to === 'grace' && dueAt !== null
          ? `Out of use; its data are kept until ${rfc3339(dueAt)}.`
          : wordsOf(operation.kind).done,
    },
    dueAt,
  });

async function renewUntil(ports: Ports, operation: LifecycleRow, instance: InstanceRow, endsAt: number) {
  await ports.stores.ofInstance(instance.id).lifecycles.renew(
    {
      id: operation.id,
      from: ['running'],
      to: 'done',
      now: ports.clock.now(),
      history: { type: 'lifecycle.renew.done', text: `Renewed until ${rfc3339(endsAt)}.` },
    },
    { ...instance, requestId: operation.requestId },
    { endsAt },
    null,
  );
  await carryOut(ports, instance.id);
  await signTerm(ports, instance.id);
  await sendReports(ports, instance.id);
}

async function beginGrace(ports: Ports, operation: LifecycleRow, instance: InstanceRow, graceMs: number) {
  if (operation.direction === 'back') return goOnRemoving(ports, operation, instance);
  const now = ports.clock.now();
  await ports.stores.ofInstance(instance.id).accesses.wish({
    ...subjectOf(instance, operation, now),
    cause: 'end',
    wanted: true,
    reason: 'ended',
  });
  await endSimply(ports, operation, 'grace', now + graceMs);
  await carryOut(ports, instance.id);
  await sendReports(ports, instance.id);
}

/** Its grace is over and it is being removed. What cannot be removed waits for a person, who has been asked. */
async function goOnRemoving(ports: Ports, operation: LifecycleRow, instance: InstanceRow): Promise<void> {
  const { undos, lifecycles } = ports.stores.ofInstance(instance.id);
  const undo = await undos.get(instance.id);
  return undo?.state === 'stuck' ? lifecycles.atRest(operation.id) : removeNow(ports, operation, instance);
}

/**
 * Takes back what was made, as for an order that is undone, and then wipes what belonged to its owner. Where that got stuck
 * before it is another round.
 */
export async function removeNow(ports: Ports, operation: LifecycleRow, instance: InstanceRow): Promise<void> {
  const { undos } = ports.stores.ofInstance(instance.id);
  const now = ports.clock.now();
  const { requestId } = operation;
  const { undo } = await undos.request(
    {
      instanceId: instance.id,
      orderId: instance.orderId,
      lineId: instance.lineId,
      workflowId: instance.workflowId,
      reason: 'It has ended.',
      requestId,
      nudgeAt: now + NUDGE_AFTER_MS,
      lifecycleId: operation.id,
    },
    {
      id: instance.id,
      to: 'undoing',
      type: 'instance.ending',
      detail: 'Ended; its data are being removed.',
      now,
    },
  );
  const params = { instanceId: instance.id, requestId, round: undo.round };
  await ports.deprovisionings.start(undoWorkflowId(undo), params);
}

/** Begins what is due: scheduled operations, offers nobody accepted, graces that are over. */
export async function beginDue(ports: Ports, limit: number, requestId: string): Promise<number> {
  const now = ports.clock.now();
  const due = await ports.stores.gather(
    (store) => store.lifecycles.due(now, limit),
    ({ customerId }) => customerId,
  );
  for (const operation of due) {
    await beginOne(ports, operation, requestId).catch((error: unknown) => {
      log.error('lifecycle operation not begun', { requestId, operationId: operation.id, error });
    });
  }
  return due.length;
}

async function beginOne(ports: Ports, operation: LifecycleRow, requestId: string): Promise<void> {
  const { id, instanceId, kind } = operation;
  const store = ports.stores.ofInstance(instanceId);
  const now = ports.clock.now();
  if (operation.state === 'offered') {
    const history = { type: 'lifecycle.transfer.called_off', text: 'Nobody accepted the offer in time.' };
    await store.lifecycles.turn({ id, from: ['offered'], to: 'called_off', now, history });
    return;
  }
  if (operation.state === 'grace') return endGrace(ports, operation);
  const made = await store.steps.withInstance(instanceId);
  // What was paid for waits until it can be had.
  if (kind === 'change_plan' && made?.instance.state === 'suspended')
    return store.lifecycles.postpone(id, now + HOUR_MS);
  if (made === null || !BEGINS_IN[kind].includes(made.instance.state)) {
    const text = `Not begun: it is ${made?.instance.state ?? 'gone'}.`;
    const error = { code: 'not_in_use', text };
    const history = { type: `lifecycle.${kind}.failed`, text };
    await store.lifecycles.turn({ id, from: ['scheduled'], to: 'failed', now, history, error });
    return;
  }
  const terms = termsFor(made, operation);
  if (terms !== null) await store.lifecycles.setTerms(id, terms);
  const begun = await store.lifecycles.turn({
    id,
    from: ['scheduled'],
    to: 'running',
    now,
    history: { type: `lifecycle.${kind}.begun`, text: 'Its time has come.' },
    nudgeAt: now + NUDGE_AFTER_MS,
  });
  if (!begun) return store.lifecycles.postpone(id, now + POSTPONED_MS);
  const running = await store.lifecycles.get(id);
  if (running !== null) await drive(ports, running, requestId);
}

async function endGrace(ports: Ports, operation: LifecycleRow): Promise<void> {
  const { id, instanceId, requestId } = operation;
  const { lifecycles, instances } = ports.stores.ofInstance(instanceId);
  const now = ports.clock.now();
  const marked = await lifecycles.turnBack(operation, ['grace'], {
    requestId,
    nudgeAt: now + NUDGE_AFTER_MS,
  });
  if (!marked) return lifecycles.postpone(id, now + POSTPONED_MS);
  const instance = await instances.get(instanceId);
  if (instance !== null) await removeNow(ports, operation, instance);
}

/** Looks after operations that should have gone on by themselves. */
export async function nudgeLifecycles(ports: Ports, limit: number, requestId: string): Promise<number> {
  const now = ports.clock.now();
  const late = await ports.stores.gather(
    (store) => store.lifecycles.toNudge(now, limit),
    ({ customerId }) => customerId,
  );
  for (const operation of late) {
    const { lifecycles } = ports.stores.ofInstance(operation.instanceId);
    await lifecycles.nudgeAgainAt(operation.id, now + NUDGE_AGAIN_MS);
    const pushed =
      operation.state === 'running' ? drive(ports, operation, requestId) : settleLate(ports, operation);
    await pushed.catch((error: unknown) => {
      log.error('lifecycle operation not nudged', { requestId, operationId: operation.id, error });
    });
  }
  return late.length;
}

/** What was called off still has to let its instance be used; what failed with its instance is told to its order. */
async function settleLate(ports: Ports, operation: LifecycleRow): Promise<void> {
  if (operation.state === 'called_off') return endWish(ports, operation);
  await tellFailed(ports, operation);
  await ports.stores.ofInstance(operation.instanceId).lifecycles.atRest(operation.id);
}

/** Its order, if it is one's, hears why nothing comes of it. Safe to repeat. */
export async function tellFailed(ports: Ports, operation: LifecycleRow): Promise<void> {
  const { errorText, errorCode, instanceId, handle } = operation;
  const report = reportOf(operation, 'line.failed', errorText ?? 'It was taken back.', errorCode);
  if (report === null || handle === null) return;
  await ports.stores.ofInstance(instanceId).reports.put(report, ports.clock.now());
  await sendReports(ports, handle);
}

/** It is not to end any more: nothing of that kind keeps it out of use. */
export async function endWish(ports: Ports, operation: LifecycleRow): Promise<void> {
  const store = ports.stores.ofInstance(operation.instanceId);
  const instance = await store.instances.get(operation.instanceId);
  if (instance !== null) {
    await store.accesses.wish({
      ...subjectOf(instance, operation, ports.clock.now()),
      cause: 'end',
      wanted: false,
      reason: 'ended',
    });
    await carryOut(ports, instance.id);
    await sendReports(ports, instance.id);
  }
  await store.lifecycles.atRest(operation.id);
}
