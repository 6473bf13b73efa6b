import { log } from '#shared/observability/log.ts';
import { INSTANCE_SUSPENSION_TEXTS, isOrdersReason } from '#shared/domain/suspension.ts';
import { MINUTE_MS, SECOND_MS } from '#shared/time/time.ts';
import { CONNECTORS } from '../connectors/connectors.ts';
import type { AccessCall } from '../connectors/connector.ts';
import type { Ports } from '../ports.ts';
import type { AccessRow } from '../queries/accesses.ts';
import type { InstanceRow } from '../queries/instances.ts';
import type { StepRow } from '../queries/steps.ts';
import type { NewTask, TaskRow } from '../queries/tasks.ts';
import { operationNameSchema } from '../connectors/operations.ts';
import { activeText } from '../templates/delivery.ts';
import type { StepFailure } from '../templates/template.ts';
import { taskId } from '../workflows/ask-person.ts';
import { openDelivery } from '../workflows/line-facts.ts';
import { resultOf, sendReports } from './reports.ts';

/** One try, calls to a partner included, takes less; then another may have its turn. */
const LEASE_MS = 45 * SECOND_MS;
/** A partner that does not answer is asked again after these pauses, doubling: some three hours, then a person looks. */
const PAUSE_MS = { first: 5 * SECOND_MS, most: 30 * MINUTE_MS } as const;
const ATTEMPTS_MAX = 14;

const UNREACHABLE: StepFailure = {
  code: 'access_unreachable',
  text: 'Our partner could not be reached about a suspension.',
};

/**
 * Carries out what is wanted of an instance's use. Ours is done first when it is suspended and last when it is resumed: no
 * key is shown and no file handed out in between. A try that broke off is made again by the sweeper; the keys of a round
 * are the same however often, and of two rounds the partner heeds the newer. Throws nothing a partner did.
 */
export async function carryOut(ports: Ports, instanceId: string): Promise<void> {
  const { accesses, instances } = ports.stores.ofInstance(instanceId);
  const now = ports.clock.now();
  const access = await accesses.take(instanceId, now, now + LEASE_MS);
  if (access === null) return;
  const instance = await instances.get(instanceId);
  if (instance === null || instance.state === 'provisioning' || instance.state === 'ready') {
    return accesses.wait(access);
  }
  if (instance.state !== 'active' && instance.state !== 'suspended') return end(ports, access, null);
  if (access.suspended) await shut(ports, access);
  try {
    const obstacle = await change(ports, access, instance);
    if (obstacle === null) await end(ports, access, instance);
    else await stuck(ports, access, obstacle);
  } catch (error) {
    log.warn('access not carried out', { requestId: access.requestId, instanceId, error });
    if (access.attempts + 1 >= ATTEMPTS_MAX && error instanceof Unreached)
      return stuck(ports, access, { row: error.row, failure: UNREACHABLE });
    const pause = Math.min(PAUSE_MS.most, PAUSE_MS.first * 2 ** access.attempts);
    await accesses.tryAgain(access, ports.clock.now() + pause);
  }
}

/** Carries out what is due anywhere. Answers with how much. */
export async function carryOutDue(ports: Ports, limit: number): Promise<number> {
  const due = await ports.stores.gather((store) => store.accesses.due(ports.clock.now(), limit));
  const ids = due.map(({ instanceId }) => instanceId);
  for (const instanceId of ids) {
    await carryOut(ports, instanceId);
    await sendReports(ports, instanceId);
  }
  return ids.length;
}

const shut = (ports: Ports, { instanceId, reason, round }: AccessRow): Promise<void> =>
  ports.stores.ofInstance(instanceId).accesses.shut({
    id: instanceId,
    to: 'suspended',
    type: 'instance.suspended',
    detail: INSTANCE_SUSPENSION_TEXTS[reason],
    now: ports.clock.now(),
    round,
  });

/** Where it got stuck, and why. */
interface Obstacle {
  row: StepRow;
  failure: StepFailure;
}
/** A call about a step that broke off. */
class Unreached extends Error {
  readonly row: StepRow;
  constructor(row: StepRow, cause: unknown) {
    super(cause instanceof Error ? cause.message : 'no answer', { cause });
    this.row = row;
  }
}

/** Every step that made something: the last first to suspend, the first first to resume. Null: all is done. */
async function change(
  ports: Ports,
  access: AccessRow,
  { id: instanceId }: InstanceRow,
): Promise<Obstacle | null> {
  const rows = await ports.stores.ofInstance(instanceId).steps.of(instanceId);
  const made = rows.filter(({ doneAt, undoneAt }) => doneAt !== null && undoneAt === null);
  const { round, suspended, reason } = access;
  for (const row of suspended ? made.toReversed() : made) {
    const connector = CONNECTORS[operationNameSchema.parse(row.action)];
    const call: AccessCall = { key: { instanceId, step: row.step }, round, reason };
    const outcome = await connector[suspended ? 'suspend' : 'resume'](ports, call).catch((error: unknown) => {
      throw new Unreached(row, error);
    });
    if (outcome.kind === 'kept') return { row, failure: outcome.failure };
  }
  return null;
}

async function end(ports: Ports, access: AccessRow, instance: InstanceRow | null): Promise<void> {
  const { instanceId, suspended, reason, round } = access;
  const now = ports.clock.now();
  // What is between its owner and its term is none of the order's business.
  const isOrders = suspended && isOrdersReason(reason);
  const detail = isOrders ? INSTANCE_SUSPENSION_TEXTS[reason] : '';
  const move =
    suspended || instance === null
      ? null
      : {
          id: instanceId,
          to: 'active' as const,
          type: 'instance.resumed',
          detail: await usedText(ports, instance),
          now,
          round,
        };
  const report = resultOf(access, isOrders ? 'line.suspended' : 'line.resumed', detail);
  await ports.stores.ofInstance(instanceId).accesses.end(access, { state: 'done', move, report }, now);
}

async function usedText(ports: Ports, { id, sealedDelivery, detail }: InstanceRow): Promise<string> {
  if (sealedDelivery === null) return detail;
  return activeText(await openDelivery(ports, id, sealedDelivery)).text;
}

/** What an operator decided about one that got stuck; `skip`: somebody has seen to it by hand. */
export async function carryOutAgain(ports: Ports, task: TaskRow): Promise<void> {
  const { instanceId } = task;
  const { accesses, instances } = ports.stores.ofInstance(instanceId);
  if (task.decision === 'skip') {
    const [access, instance] = await Promise.all([accesses.get(instanceId), instances.get(instanceId)]);
    if (access?.state === 'stuck') await end(ports, access, instance);
  } else {
    await accesses.again(instanceId, ports.clock.now());
    await carryOut(ports, instanceId);
  }
  await sendReports(ports, instanceId);
}

/** One that could not be carried out is told to its order, and a person decides. */
async function stuck(ports: Ports, access: AccessRow, { row, failure }: Obstacle): Promise<void> {
  log.error('access stuck', {
    requestId: access.requestId,
    instanceId: access.instanceId,
    code: failure.code,
  });
  const report = resultOf(access, 'line.stuck', failure.text, failure.code);
  const [connector = '', operation = ''] = row.action.split('.');
  const task: NewTask = {
    id: taskId(access.instanceId, row.step, 'failed_access', access.round),
    instanceId: access.instanceId,
    step: row.step,
    kind: 'failed_access',
    askedOf: 'operator',
    connector,
    operation,
    code: failure.code,
    text: `${access.suspended ? 'Not put out of use' : 'Not back in use'}: ${failure.text}`,
    fields: null,
    sealedPayload: null,
    dueAt: null,
  };
  await ports.stores
    .ofInstance(access.instanceId)
    .accesses.end(access, { state: 'stuck', move: null, report, task }, ports.clock.now());
}
