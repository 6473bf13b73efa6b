import { SECOND_MS } from '#shared/time/time.ts';
import type { TaskRow } from '../queries/tasks.ts';
import { OWN_POLICY, PERSON_WAIT_SECONDS_MAX, type StepFailure } from '../templates/template.ts';
import { planSchema } from '../templates/plan.ts';
import { taskId, type PersonsWord } from './ask-person.ts';
import type { Direction, LifecycleRun, StepToChange } from './change-step.ts';
import { currentOperation } from './made.ts';
import { answerEventType } from './params.ts';

/** No order's deadline stands behind what its owner or staff asked for. */
const OWN_WAIT_SECONDS = 14 * 86_400;

/** Asks an operator about a step that could not be changed or put back, and waits: retry, leave it as it is, or give up. */
export async function askAboutChange(
  run: LifecycleRun,
  step: StepToChange,
  direction: Direction,
  { round, failure }: { round: number; failure: StepFailure },
): Promise<PersonsWord> {
  const { ports, steps, params } = run;
  const label = `${direction} ${step.name}: failed ${round}`;
  const id = taskId(
    params.instanceId,
    `${params.operationId}/${direction}/${step.name}`,
    'failed_step',
    round,
  );
  const opened = await steps.run(label, OWN_POLICY, () => open(run, id, step, failure));
  if (opened.word !== null) return opened.word;
  await steps.wait(`${label}, answer`, answerEventType(id), opened.waitSeconds);
  return steps.run(`${label}, read`, OWN_POLICY, async () => {
    const { tasks } = ports.stores.ofInstance(params.instanceId);
    const task = await tasks.expire(id);
    await tasks.woken(id);
    return wordOf(task) ?? 'expired';
  });
}

async function open(
  { ports, params }: LifecycleRun,
  id: string,
  step: StepToChange,
  failure: StepFailure,
): Promise<{ word: PersonsWord | null; waitSeconds: number }> {
  const store = ports.stores.ofInstance(params.instanceId);
  const [operation, made] = await Promise.all([
    store.lifecycles.get(params.operationId),
    store.steps.withInstance(params.instanceId),
  ]);
  const planned = planSchema.parse(made?.instance.plan).steps.find(({ name }) => name === step.name);
  if (made === null || planned === undefined || operation === null)
    return { word: 'stopped', waitSeconds: 0 };
  const [connector = '', name = ''] = currentOperation(made, planned).operation.split('.');
  const waitSeconds = operation.handle === null ? OWN_WAIT_SECONDS : PERSON_WAIT_SECONDS_MAX;
  const now = ports.clock.now();
  const task = await store.tasks.open(
    {
      id,
      instanceId: params.instanceId,
      step: step.name,
      kind: 'failed_step',
      askedOf: 'operator',
      connector,
      operation: name,
      ...failure,
      fields: null,
      sealedPayload: null,
      dueAt: now + waitSeconds * SECOND_MS,
      lifecycleId: params.operationId,
    },
    now,
  );
  return { word: wordOf(task), waitSeconds };
}

/** Null: it waits for a person. */
function wordOf(task: TaskRow | null): PersonsWord | null {
  if (task === null || task.state === 'withdrawn') return 'stopped';
  if (task.state === 'decided') return task.decision ?? 'stopped';
  return task.state === 'open' ? null : 'expired';
}
