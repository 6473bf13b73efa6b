import { sha256Hex } from '#shared/crypto/bytes.ts';
import { ID_PREFIXES } from '#shared/ids/ids.ts';
import { SECOND_MS } from '#shared/time/time.ts';
import type { TaskDecision } from '#shared/contracts/http/provisioning-tasks.ts';
import { currentOperation, scopeOfMade } from './made.ts';
import type { PlanStep } from '../templates/plan.ts';
import { resolveMappings, type Scope } from '../templates/mapping.ts';
import type { Ports } from '../ports.ts';
import type { Made } from '../queries/steps.ts';
import type { TaskRow } from '../queries/tasks.ts';
import { withoutSecrets } from '../usecases/redacted.ts';
import { OWN_POLICY } from '../templates/template.ts';
import { answerEventType } from './params.ts';
import { payloadPlace } from './task-places.ts';
import type { Run } from './run.ts';

export interface Asked {
  kind: TaskRow['kind'];
  askedOf: TaskRow['askedOf'];
  code: string;
  text: string;
  fields: Record<string, unknown> | null;
  timeoutSeconds: number;
}
/** `expired`: nobody decided in time; `stopped`: it is of no interest any more. */
export type PersonsWord = TaskDecision | 'expired' | 'stopped';

/** Asks a person and waits. What was decided stays in the task: here only the word itself is told. */
export async function askPerson(run: Run, step: PlanStep, round: number, asked: Asked): Promise<PersonsWord> {
  const { ports, steps, params } = run;
  const id = taskId(params.instanceId, step.name, asked.kind, round);
  const label = `${step.name}: ${asked.kind} ${round}`;
  const before = await steps.run(label, OWN_POLICY, () => openTask(run, id, step, asked));
  if (before !== 'open') return before;
  await steps.wait(`${label}, answer`, answerEventType(id), asked.timeoutSeconds);
  const after = await steps.run(`${label}, read`, OWN_POLICY, () => readTask(ports, params.instanceId, id));
  return after === 'open' ? 'expired' : after;
}

/** The same question is the same task, however often the Workflow runs. */
export const taskId = (instanceId: string, step: string, kind: string, round: number): string =>
  `${ID_PREFIXES.task}_${sha256Hex(JSON.stringify([instanceId, step, kind, round])).slice(0, 32)}`;

async function openTask(
  { ports, params: { instanceId } }: Run,
  id: string,
  step: PlanStep,
  asked: Asked,
): Promise<PersonsWord | 'open'> {
  const store = ports.stores.ofInstance(instanceId);
  const made = await store.steps.withInstance(instanceId);
  if (made === null) return 'stopped';
  const { operation, inputs } = currentOperation(made, step);
  const [connector = '', name = ''] = operation.split('.');
  const payload = resolveMappings(inputs, await scopeForStaff(ports, made));
  const now = ports.clock.now();
  const task = await store.tasks.open(
    {
      id,
      instanceId,
      step: step.name,
      kind: asked.kind,
      askedOf: asked.askedOf,
      connector,
      operation: name,
      code: asked.code,
      text: asked.text,
      fields: asked.fields,
      sealedPayload: await ports.sealer.seal(payload, payloadPlace(id)),
      dueAt: now + asked.timeoutSeconds * SECOND_MS,
    },
    now,
  );
  return wordOf(task);
}

/** Whoever decides sees what is asked for, and none of the keys and credentials that were made before. */
async function scopeForStaff(ports: Ports, made: Made): Promise<Scope> {
  const scope = await scopeOfMade(ports, made);
  const results = Object.entries(scope['results'] ?? {}).map(([step, left]) => [step, withoutSecrets(left)]);
  return { ...scope, results: Object.fromEntries(results) as unknown };
}

/** What was decided, or that the time is over: whichever is written down first counts. */
async function readTask(ports: Ports, instanceId: string, id: string): Promise<PersonsWord | 'open'> {
  const store = ports.stores.ofInstance(instanceId);
  const instance = await store.instances.get(instanceId);
  if (instance?.state !== 'provisioning' || instance.failureCode !== null) {
    await store.tasks.withdraw(instanceId);
    return 'stopped';
  }
  const task = await store.tasks.expire(id);
  await store.tasks.woken(id);
  return wordOf(task);
}

function wordOf(task: TaskRow | null): PersonsWord | 'open' {
  if (task === null || task.state === 'withdrawn') return 'stopped';
  if (task.state === 'decided') return task.decision ?? 'stopped';
  return task.state;
}
