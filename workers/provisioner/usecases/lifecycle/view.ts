import type { LifecycleOperation } from '#shared/contracts/http/lifecycle.ts';
import { fail, ok, type Result } from '#shared/domain/result.ts';
import { rfc3339 } from '#shared/time/time.ts';
import type { Ports } from '../../ports.ts';
import type { LifecycleRow, LifecycleStepRow } from '../../queries/lifecycle.ts';
import type { TaskRow } from '../../queries/tasks.ts';
import { planSchema } from '../../templates/plan.ts';
import { expectedOf } from '../percentiles.ts';
import { codePlace, type LifecycleError } from './ask.ts';
import { findOperation } from './call-off.ts';
import { lifecycleTimesOf, wordsOf } from './words.ts';

interface LifecycleReader {
  customerId: string;
  operates: boolean;
}

/** One operation with its steps, in words for people. */
export async function readOperation(
  ports: Ports,
  reader: LifecycleReader,
  instanceId: string,
  id: string,
): Promise<Result<LifecycleOperation, LifecycleError>> {
  const found = await findOperation(ports, reader, instanceId, id);
  if (!found.ok) return found;
  const store = ports.stores.ofInstance(instanceId);
  const [instance, steps, tasks] = await Promise.all([
    store.instances.get(instanceId),
    store.lifecycles.stepsOf(id),
    store.tasks.of(instanceId),
  ]);
  if (instance === null) return fail('unknown_instance');
  const plan = planSchema.parse(instance.plan);
  const times = (await ports.registry.stepTimes.of(plan.template)).get(lifecycleTimesOf(found.value.kind));
  const open = tasks.filter(({ state, lifecycleId }) => state === 'open' && lifecycleId === id);
  return ok({
    ...view(found.value),
    detail: detailOf(found.value, open),
    steps: steps
      .filter(({ direction }) => direction === 'forth')
      .map((row) => ({
        name: row.step,
        title: plan.steps.find(({ name }) => name === row.step)?.title ?? row.step,
        state: stateOfStep(row, steps, open),
      })),
    expected: expectedOf(times),
    transferCode: await codeOf(ports, found.value, reader),
  });
}

/** Newest first; one more than asked for tells whether a page follows. */
export async function listOperations(
  ports: Ports,
  reader: LifecycleReader,
  instanceId: string,
  page: { before: number; limit: number },
): Promise<Result<{ operation: LifecycleOperation; sequence: number }[], LifecycleError>> {
  const store = ports.stores.ofInstance(instanceId);
  const [instance, rows] = await Promise.all([
    store.instances.get(instanceId),
    store.lifecycles.list(instanceId, page.before, page.limit),
  ]);
  if (instance === null || (instance.customerId !== reader.customerId && !reader.operates))
    return fail('unknown_instance');
  return ok(rows.map((row) => ({ operation: view(row), sequence: row.sequence })));
}

/** Told to its owner alone, while it can be accepted. */
async function codeOf(ports: Ports, row: LifecycleRow, reader: LifecycleReader): Promise<string | null> {
  if (row.state !== 'offered' || row.sealedCode === null || row.customerId !== reader.customerId) return null;
  const code = await ports.sealer.open(row.sealedCode, codePlace(row.id));
  return typeof code === 'string' ? code : null;
}

function stateOfStep(
  row: LifecycleStepRow,
  all: readonly LifecycleStepRow[],
  open: readonly TaskRow[],
): LifecycleOperation['steps'][number]['state'] {
  const isBack = all.some(
    (each) => each.step === row.step && each.direction === 'back' && each.state === 'done',
  );
  if (isBack) return 'put_back';
  return row.state === 'running' && open.some(({ step }) => step === row.step) ? 'asking' : row.state;
}

function detailOf(row: LifecycleRow, open: readonly TaskRow[] = []): string {
  const words = wordsOf(row.kind);
  if (open.length > 0) return 'Our staff look into it.';
  switch (row.state) {
    case 'scheduled':
      return `${words.asked}, and begins at its time.`;
    case 'offered':
      return 'Waits for its receiver to accept.';
    case 'grace':
      return 'Out of use; until the grace is over it can be called off, then its data are removed.';
    case 'running':
      return row.direction === 'back' ? 'Being taken back.' : 'Being done.';
    case 'made':
      return words.made;
    case 'done':
      return words.done;
    case 'failed':
      return `${words.failed} ${row.errorText ?? ''}`.trim();
    case 'called_off':
      return 'Called off.';
    case 'undone':
      return 'Taken back with its order.';
  }
}

const at = (epochMs: number | null): string | null => (epochMs === null ? null : rfc3339(epochMs));

const view = (row: LifecycleRow): LifecycleOperation => ({
  id: row.id,
  instanceId: row.instanceId,
  kind: row.kind,
  state: row.state,
  detail: detailOf(row),
  reason: row.reason,
  askedAs: row.askedAs,
  askedBy: row.askedBy,
  orderId: row.orderId,
  dueAt: at(row.dueAt),
  steps: [],
  expected: null,
  error: row.errorCode === null ? null : { code: row.errorCode, text: row.errorText ?? '' },
  transferCode: null,
  createdAt: rfc3339(row.createdAt),
  startedAt: at(row.startedAt),
  endedAt: at(row.endedAt),
});
