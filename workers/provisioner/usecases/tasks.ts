import { Validator } from '@cfworker/json-schema';
import { z } from 'zod';
import type { DecisionInput, Task, TaskDecision } from '#shared/contracts/http/provisioning-tasks.ts';
import { fail, ok, type Result } from '#shared/domain/result.ts';
import { log } from '#shared/observability/log.ts';
import { rfc3339 } from '#shared/time/time.ts';
import { contractOf, operationOf, OWN_GOODS } from '../connectors/operations.ts';
import type { Ports } from '../ports.ts';
import type { ProductStore } from '../queries/store.ts';
import type { TaskFilter, TaskRow } from '../queries/tasks.ts';
import { mappingSchema, referencesOf, stepOf } from '../templates/mapping.ts';
import { planSchema } from '../templates/plan.ts';
import { answerEventType, lifecycleWorkflowId } from '../workflows/params.ts';
import { answerPlace, payloadPlace } from '../workflows/task-places.ts';
import { carryOutAgain } from './carry-out-access.ts';
import { redacted } from './redacted.ts';
import { tryUndoAgain } from './undo-again.ts';

export type TaskError =
  | 'unknown_task'
  | 'task_decided'
  | 'step_needed'
  | { code: 'decision_unfit'; pointer: string; detail: string };

/** What can be decided about an open task, by its kind. */
const DECISIONS: Record<TaskRow['kind'], readonly TaskDecision[]> = {
  approval: ['approve', 'refuse'],
  question: ['answer', 'refuse'],
  failed_step: ['retry', 'skip', 'replace', 'hand_over', 'roll_back'],
  failed_undo: ['retry', 'skip'],
  failed_access: ['retry', 'skip'],
};
/** What was made before stays there: of a change a person says whether it is tried, left out or given up. */
function decisionsOn(task: TaskRow): readonly TaskDecision[] {
  if (task.lifecycleId !== null) return ['retry', 'skip', 'roll_back'];
  const possible = DECISIONS[task.kind];
  return makesOwnGoods(task) ? possible.filter((decision) => decision !== 'replace') : possible;
}

function makesOwnGoods(task: TaskRow): boolean {
  const operation = operationOf(task);
  return operation !== null && OWN_GOODS.has(operation);
}

/** Without a reason: these say all there is to say. */
const PLAIN: ReadonlySet<TaskDecision> = new Set(['retry', 'approve', 'answer']);

export const listTasks = (ports: Ports, filter: TaskFilter): Promise<TaskRow[]> =>
  gatherTasks(ports, (store) => store.tasks.list(filter)).then((tasks) =>
    tasks.sort((a, b) => (a.id < b.id ? -1 : 1)).slice(0, filter.limit),
  );

const gatherTasks = (ports: Ports, query: (store: ProductStore) => Promise<TaskRow[]>): Promise<TaskRow[]> =>
  ports.stores.gather(query, ({ customerId }) => customerId);

/** A task with its payload, masked, and what can be decided. */
export async function readTask(
  ports: Ports,
  id: string,
): Promise<Result<Task & { payload: unknown; decisions: TaskDecision[] }, TaskError>> {
  const task = await findTask(ports, id);
  if (task === null) return fail('unknown_task');
  const sealed = task.sealedPayload;
  const payload = sealed === null ? null : redacted(await ports.sealer.open(sealed, payloadPlace(id)));
  return ok({
    ...taskView(task),
    payload,
    decisions: task.state === 'open' ? [...decisionsOn(task)] : [],
  });
}

/** All shards are asked: a task's id says nothing of where its instance lies. */
async function findTask(ports: Ports, id: string): Promise<TaskRow | null> {
  const [task] = await gatherTasks(ports, async (store) => {
    const found = await store.tasks.get(id);
    return found === null ? [] : [found];
  });
  return task ?? null;
}

export interface Decision {
  input: DecisionInput;
  /** Names the request: the same one decides once. */
  key: string;
  by: string;
  requestId: string;
}

/** An operator decides. The first decision stays; the same request again is told what it was. */
export async function decideTask(
  ports: Ports,
  id: string,
  decision: Decision,
): Promise<Result<{ task: TaskRow; replayed: boolean }, TaskError>> {
  const task = await findTask(ports, id);
  return task === null ? fail('unknown_task') : settle(ports, task, decision);
}

/** Its owner answers what was asked of him; what is asked of others is unknown to him. */
export async function answerTask(
  ports: Ports,
  asker: { customerId: string; instanceId: string; taskId: string },
  decision: Decision,
): Promise<Result<{ task: TaskRow; replayed: boolean }, TaskError>> {
  const store = ports.stores.ofCustomer(asker.customerId);
  const [instance, task] = await Promise.all([
    store.instances.get(asker.instanceId),
    store.tasks.get(asker.taskId),
  ]);
  if (instance?.customerId !== asker.customerId) return fail('unknown_task');
  const isAsked = task?.instanceId === asker.instanceId && task.askedOf === 'customer';
  return task === null || !isAsked ? fail('task_decided') : settle(ports, task, decision);
}

async function settle(
  ports: Ports,
  task: TaskRow,
  { input, key, by, requestId }: Decision,
): Promise<Result<{ task: TaskRow; replayed: boolean }, TaskError>> {
  if (task.state !== 'open')
    return task.decisionKey === key ? ok({ task, replayed: true }) : fail('task_decided');
  const unfit = await unfitness(ports, task, input);
  if (unfit !== null) return fail(unfit);
  const store = ports.stores.ofInstance(task.instanceId);
  const answer = answerOf(task, input);
  const decided = await store.tasks.decide(task.id, {
    instanceId: task.instanceId,
    decision: input.decision,
    reason: input.reason ?? null,
    sealedAnswer: answer === null ? null : await ports.sealer.seal(answer, answerPlace(task.id)),
    key,
    by,
    now: ports.clock.now(),
    history: `${task.step}: ${input.decision.replace('_', ' ')} by ${by}${input.reason === undefined ? '' : `: ${input.reason}`}`,
  });
  if (decided === null || decided.decisionKey !== key) return fail('task_decided');
  log.info('provisioning task decided', { requestId, taskId: task.id, decision: input.decision, by });
  await carryOutDecision(ports, decided, requestId);
  return ok({ task: decided, replayed: false });
}

/** Wakes whoever waits for it. What breaks off here the sweeper does again. */
export async function carryOutDecision(ports: Ports, task: TaskRow, requestId: string): Promise<void> {
  const store = ports.stores.ofInstance(task.instanceId);
  try {
    if (task.lifecycleId !== null) await wakeLifecycle(ports, task, task.lifecycleId);
    else if (task.kind === 'failed_undo') await tryUndoAgain(ports, task, requestId);
    else if (task.kind === 'failed_access') await carryOutAgain(ports, task);
    else {
      const instance = await store.instances.get(task.instanceId);
      if (instance !== null) await ports.provisionings.wake(instance.workflowId, answerEventType(task.id));
    }
    await store.tasks.woken(task.id);
  } catch (error) {
    log.warn('workflow not woken', { requestId, taskId: task.id, error });
  }
}

async function wakeLifecycle(ports: Ports, task: TaskRow, lifecycleId: string): Promise<void> {
  const operation = await ports.stores.ofInstance(task.instanceId).lifecycles.get(lifecycleId);
  if (operation !== null)
    await ports.lifecycles.wake(lifecycleWorkflowId(operation), answerEventType(task.id));
}

/** Wakes the Workflows of tasks that were decided and whose turn it is. Answers with how many. */
export async function wakeDecided(ports: Ports, limit: number, requestId: string): Promise<number> {
  const due = await gatherTasks(ports, (store) => store.tasks.toWake(ports.clock.now(), limit));
  for (const task of due) await carryOutDecision(ports, task, requestId);
  return due.length;
}

/** What the step will find: the answer, a result in its place, or who takes it over. */
function answerOf(task: TaskRow, input: DecisionInput): unknown {
  if (input.decision === 'answer') return input.result ?? {};
  if (input.decision === 'replace') {
    const operation = operationOf(task);
    // With what the operation adds where it is silent: the delivery looks for it.
    return operation === null ? {} : contractOf(operation).output.parse(input.result ?? {});
  }
  if (input.decision !== 'hand_over') return null;
  return {
    operation: `${input.connector ?? task.connector}.${input.operation ?? task.operation}`,
    inputs: input.inputs ?? null,
  };
}

type Unfit = Extract<TaskError, { code: 'decision_unfit' }>;
const unfitAt = (pointer: string, detail: string): Unfit => ({ code: 'decision_unfit', pointer, detail });

async function unfitness(ports: Ports, task: TaskRow, input: DecisionInput): Promise<TaskError | null> {
  const possible = decisionsOn(task);
  if (input.decision === 'replace' && task.kind === 'failed_step' && makesOwnGoods(task))
    return unfitAt(
      '/decision',
      `must not be replace: the step makes goods of our own, which no check knows unless it made them; must be one of ${possible.join(', ')}: retry or hand_over delivers them`,
    );
  if (!possible.includes(input.decision))
    return unfitAt('/decision', `must be one of ${possible.join(', ')}`);
  if (input.reason === undefined && !PLAIN.has(input.decision)) return unfitAt('/reason', 'is required');
  switch (input.decision) {
    case 'answer': {
      const { valid, errors } = new Validator(task.fields ?? {}, '2020-12', false).validate(
        input.result ?? {},
      );
      const [error] = errors;
      return valid ? null : unfitAt('/result', error?.error ?? 'does not fit');
    }
    case 'replace': {
      const operation = operationOf(task);
      const result = operation === null ? null : contractOf(operation).output.safeParse(input.result ?? {});
      return result?.success === true ? null : unfitAt('/result', 'is not what the operation leaves');
    }
    case 'skip':
      return task.kind === 'failed_step' && task.lifecycleId === null && (await isNeeded(ports, task))
        ? 'step_needed'
        : null;
    case 'hand_over':
      return handOverFault(input);
    case 'approve':
    case 'refuse':
    case 'retry':
    case 'roll_back':
      return null;
  }
}

/** Does something later need what this step leaves? */
async function isNeeded(ports: Ports, task: TaskRow): Promise<boolean> {
  const instance = await ports.stores.ofInstance(task.instanceId).instances.get(task.instanceId);
  const plan = planSchema.safeParse(instance?.plan);
  if (!plan.success) return true;
  const mappings = [
    ...plan.data.steps.flatMap((step) => Object.values(step.inputs)),
    ...Object.values(plan.data.delivery.fields),
  ];
  return mappings
    .flatMap(referencesOf)
    .some(({ pointer, isOptional }) => !isOptional && stepOf(pointer) === task.step);
}

function handOverFault(input: DecisionInput): Unfit | null {
  const step = { connector: input.connector ?? '', operation: input.operation ?? '' };
  if (operationOf(step) === null) return unfitAt('/operation', 'does not exist');
  const inputs = z.record(z.string(), mappingSchema).safeParse(input.inputs ?? {});
  return inputs.success ? null : unfitAt('/inputs', 'must be mappings, as in a template');
}

/** Everybody's failed step of a kind, after an outage. The same key is the same batch. */
export async function retryMany(
  ports: Pick<Ports, 'stores' | 'clock'>,
  batch: { id: string; by: string; reason: string; perMinute: number; limit: number },
  filter: { connector?: string | undefined; code?: string | undefined; createdAfter: number },
): Promise<{ count: number; until: string }> {
  const now = ports.clock.now();
  const paceMs = Math.ceil(60_000 / batch.perMinute);
  // One database after the other: what one has taken is neither free nor first in the next.
  const known = await ports.stores.everywhere((store) => store.tasks.heldBy(batch.id));
  let count = known.reduce((sum, each) => sum + each, 0);
  await ports.stores.inTurn(async (store, isOpenHere) => {
    const room = { limit: Math.max(0, batch.limit - count), first: count };
    count += await store.tasks.retryMany({ ...batch, ...room, now, paceMs }, filter, isOpenHere);
  });
  return { count, until: rfc3339(now + count * paceMs) };
}

const at = (epochMs: number | null): string | null => (epochMs === null ? null : rfc3339(epochMs));

export const taskView = (task: TaskRow): Task => ({
  id: task.id,
  instanceId: task.instanceId,
  orderId: task.orderId,
  step: task.step,
  kind: task.kind,
  askedOf: task.askedOf,
  connector: task.connector,
  operation: task.operation,
  code: task.code,
  text: task.text,
  fields: task.fields ?? null,
  state: task.state,
  decision: task.decision,
  reason: task.reason,
  decidedBy: task.decidedBy,
  decidedAt: at(task.decidedAt),
  dueAt: at(task.dueAt),
  createdAt: rfc3339(task.createdAt),
});
