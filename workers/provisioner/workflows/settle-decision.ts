import type { PlanStep } from '../templates/plan.ts';
import { OWN_POLICY, type StepFailure } from '../templates/template.ts';
import { stepOutputPlace } from '../connectors/connector.ts';
import { taskId, type PersonsWord } from './ask-person.ts';
import { currentOperation, overrideSchema } from './made.ts';
import type { Run, StepEnd } from './run.ts';
import { answerPlace } from './task-places.ts';
import { clearStep } from './undo-steps.ts';

interface Decision {
  round: number;
  word: PersonsWord;
  failure: StepFailure;
}

/**
 * Does what an operator decided about a step that failed. Null: it is tried again, by whom it was handed over to.
 * Skipped or handed over, what the failed try may have left at a partner is removed first: nobody would look for it later.
 * A result in its place keeps that, since it may well be what the operator found there.
 */
export async function settleDecision(
  run: Run,
  step: PlanStep,
  position: number,
  { round, word, failure }: Decision,
): Promise<StepEnd | null> {
  switch (word) {
    case 'retry':
      return null;
    case 'replace':
      await run.steps.run(`${step.name}: replaced ${round}`, OWN_POLICY, () =>
        end(run, step, position, round, 'replaced'),
      );
      return { kind: 'done' };
    case 'skip': {
      const kept = await clearStep(run, step, { round, to: null });
      if (kept !== null) return { kind: 'refused', failure: kept };
      await run.steps.run(`${step.name}: skipped ${round}`, OWN_POLICY, () =>
        end(run, step, position, round, 'skipped'),
      );
      return { kind: 'done' };
    }
    case 'hand_over': {
      const to = await run.steps.run(`${step.name}: to whom ${round}`, OWN_POLICY, () =>
        takesOver(run, step, round),
      );
      const kept = await clearStep(run, step, { round, to });
      if (kept !== null) return { kind: 'refused', failure: kept };
      await run.steps.run(`${step.name}: handed over ${round}`, OWN_POLICY, () => handOver(run, step, round));
      return null;
    }
    case 'stopped':
      return { kind: 'stopped' };
    case 'approve':
    case 'refuse':
    case 'answer':
    case 'roll_back':
    case 'expired':
      return { kind: 'refused', failure };
  }
}

async function answerOf({ ports, params }: Run, step: PlanStep, round: number): Promise<unknown> {
  const id = taskId(params.instanceId, step.name, 'failed_step', round);
  const task = await ports.stores.ofInstance(params.instanceId).tasks.get(id);
  const sealed = task?.sealedAnswer ?? null;
  return sealed === null ? null : ports.sealer.open(sealed, answerPlace(id));
}

async function end(
  run: Run,
  step: PlanStep,
  position: number,
  round: number,
  as: 'replaced' | 'skipped',
): Promise<void> {
  const { ports, params } = run;
  const key = { instanceId: params.instanceId, step: step.name };
  const store = ports.stores.ofInstance(params.instanceId);
  const made = await store.steps.withInstance(params.instanceId);
  if (made === null) return;
  const { operation: action } = currentOperation(made, step);
  const result = as === 'replaced' ? await answerOf(run, step, round) : null;
  const sealedOutput = result === null ? null : await ports.sealer.seal(result, stepOutputPlace(key));
  await store.steps.endAs(key, { as, position, action, sealedOutput }, ports.clock.now());
}

const takesOver = async (run: Run, step: PlanStep, round: number): Promise<string> =>
  overrideSchema.parse(await answerOf(run, step, round)).operation;

async function handOver(run: Run, step: PlanStep, round: number): Promise<void> {
  const override = overrideSchema.parse(await answerOf(run, step, round));
  await run.ports.stores
    .ofInstance(run.params.instanceId)
    .steps.handOver(
      { instanceId: run.params.instanceId, step: step.name },
      { action: override.operation, override },
    );
}
