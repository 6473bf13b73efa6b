import type { Progress, StepProgress } from '#shared/contracts/http/provisioning-progress.ts';
import { fail, ok, type Result } from '#shared/domain/result.ts';
import { rfc3339 } from '#shared/time/time.ts';
import type { Ports } from '../ports.ts';
import type { InstanceRow } from '../queries/instances.ts';
import { WHOLE } from '../queries/step-times.ts';
import type { StepRow } from '../queries/steps.ts';
import type { TaskRow } from '../queries/tasks.ts';
import { type Plan, planSchema } from '../templates/plan.ts';
import type { Reader } from './instances.ts';
import { type Buckets, expectedOf } from './percentiles.ts';
import { taskView } from './tasks.ts';

/** How far one instance is: each step in words for people, what is waited for, and how long it should take. */
export async function readProgress(
  ports: Ports,
  reader: Reader,
  id: string,
): Promise<Result<Progress, 'unknown_instance'>> {
  const store = reader.readsAll ? ports.stores.ofInstance(id) : ports.stores.ofCustomer(reader.customerId);
  const made = await store.steps.withInstance(id);
  const isTheirs = made?.instance.customerId === reader.customerId;
  if (made === null || (!isTheirs && !reader.readsAll)) return fail('unknown_instance');
  const { instance, steps } = made;
  const plan = planSchema.parse(instance.plan);
  const [tasks, times] = await Promise.all([store.tasks.of(id), ports.registry.stepTimes.of(plan.template)]);
  const open = tasks.filter(({ state }) => state === 'open');
  return ok({
    instanceId: id,
    state: instance.state,
    detail: instance.detail,
    steps: plan.steps.map((step) => stepProgress(step, { instance, steps, open, times })),
    // What staff decide is no business of the customer's.
    asked: open.filter(({ askedOf }) => askedOf === 'customer' || reader.readsAll).map(taskView),
    expected: expectedOf(times.get(WHOLE)),
    startedAt: rfc3339(instance.createdAt),
    updatedAt: rfc3339(instance.updatedAt),
  });
}

interface Known {
  instance: InstanceRow;
  steps: readonly StepRow[];
  open: readonly TaskRow[];
  times: ReadonlyMap<string, Buckets>;
}

function stepProgress({ name, title }: Plan['steps'][number], known: Known): StepProgress {
  const row = known.steps.find((each) => each.step === name);
  const task = known.open.find((each) => each.step === name);
  return {
    name,
    title,
    ...standing(known.instance, row, task),
    startedAt: row === undefined ? null : rfc3339(row.begunAt),
    endedAt: row === undefined || row.doneAt === null ? null : rfc3339(row.doneAt),
    expected: expectedOf(known.times.get(name)),
  };
}

/** Where a step stands, in a word and a sentence. */
function standing(
  { state }: InstanceRow,
  row: StepRow | undefined,
  task: TaskRow | undefined,
): Pick<StepProgress, 'state' | 'detail'> {
  if (row?.endedAs === 'left_out') return { state: 'left_out', detail: 'Not needed for this order.' };
  if (row !== undefined && row.undoneAt !== null && row.endedAs === null)
    return { state: 'undone', detail: 'Taken back.' };
  if (row?.endedAs === 'skipped') return { state: 'left_out', detail: 'Left out by our staff.' };
  if (row !== undefined && row.doneAt !== null) return { state: 'done', detail: 'Done.' };
  if (state !== 'provisioning')
    return row === undefined
      ? { state: 'waiting', detail: 'Not begun.' }
      : { state: 'failed', detail: 'It could not be done.' };
  if (task?.askedOf === 'customer') return { state: 'asking', detail: task.text };
  if (task !== undefined) return { state: 'asking', detail: 'Our staff look into it.' };
  if (row === undefined) return { state: 'waiting', detail: 'Waits for the steps before.' };
  if (row.parkedUntil !== null) return { state: 'parked', detail: row.parkedWhy ?? 'It waits for its turn.' };
  return { state: 'running', detail: 'Being done.' };
}
