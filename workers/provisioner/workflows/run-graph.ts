import { OWN_POLICY, type StepFailure } from '../templates/template.ts';
import type { Run, StepEnd } from './run.ts';
import { runStep } from './run-step.ts';
import { wakeWaits } from './wake-waits.ts';

/**
 * Runs the steps of a plan, each as soon as those it waits for have ended, side by side where nothing is to be waited for.
 * After the first failure no further step begins, and those that wait are woken to stop. A step that engine or fault throws
 * out of is thrown once all others have come to rest.
 */
export async function runGraph(run: Run): Promise<StepEnd> {
  const { plan } = run.params;
  let failure: StepFailure | null = null;
  const ends = new Map<string, Promise<StepEnd>>();
  for (const [position, step] of plan.steps.entries()) {
    const earlier = step.after.map((name) => ends.get(name) ?? Promise.resolve(UNKNOWN));
    const end = Promise.all(earlier).then(async (all): Promise<StepEnd> => {
      if (failure !== null || all.some((each) => each.kind !== 'done')) return { kind: 'stopped' };
      const ended = await runStep(run, step, position);
      if (ended.kind === 'refused' && failure === null) {
        ({ failure } = ended);
        await giveUp(run, ended.failure);
      }
      return ended;
    });
    // Looked at below, all together: until then nobody may miss a handler.
    end.catch(() => undefined);
    ends.set(step.name, end);
  }
  const settled = await Promise.allSettled(ends.values());
  for (const each of settled) if (each.status === 'rejected') throw each.reason;
  if (failure !== null) return { kind: 'refused', failure };
  return settled.every((each) => each.status === 'fulfilled' && each.value.kind === 'done')
    ? { kind: 'done' }
    : { kind: 'stopped' };
}

/** Of a step that comes later in the plan: plans are in order, so there is none. */
const UNKNOWN: StepEnd = { kind: 'stopped' };

/** Marked before anything is rolled back: no step begins from here on. */
async function giveUp({ ports, steps, params }: Run, failure: StepFailure): Promise<void> {
  const { instanceId, plan } = params;
  await steps.run('give up', OWN_POLICY, () =>
    ports.stores.ofInstance(instanceId).instances.giveUp(instanceId, failure),
  );
  const isAlone = plan.steps.length === 1;
  if (!isAlone) await steps.run('wake what waits', OWN_POLICY, () => wakeWaits(ports, instanceId));
}
