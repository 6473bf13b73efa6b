import { z } from 'zod';
import { stepOutputPlace } from '../connectors/connector.ts';
import type { Ports } from '../ports.ts';
import type { Made, StepRow } from '../queries/steps.ts';
import { type Mapping, mappingSchema, type Scope } from '../templates/mapping.ts';
import type { PlanStep } from '../templates/plan.ts';
import { scopeOf, type StepResults } from '../templates/scope.ts';
import { answerPlace } from './task-places.ts';
import { lineFacts } from './line-facts.ts';

/** Who does a step in place of its template's connector. */
export const overrideSchema = z.strictObject({
  operation: z.string(),
  /** Null: those of the step. */
  inputs: z.record(z.string(), mappingSchema).nullable(),
});

/** Opens the outputs of the steps that are done. */
async function stepResults(ports: Ports, rows: readonly StepRow[]): Promise<StepResults> {
  const opened = await Promise.all(
    rows
      .filter(({ sealedOutput }) => sealedOutput !== null)
      .map(
        async (row) =>
          [row.step, await ports.sealer.open(row.sealedOutput ?? '', stepOutputPlace(row))] as const,
      ),
  );
  return Object.fromEntries(opened) as StepResults;
}

/** What people answered, by step; of several the last counts. */
export async function answersOf(ports: Ports, { answers }: Pick<Made, 'answers'>): Promise<StepResults> {
  const opened = await Promise.all(
    answers
      .filter(({ kind, sealedAnswer }) => kind === 'question' && sealedAnswer !== null)
      .map(
        async (task) =>
          [task.step, await ports.sealer.open(task.sealedAnswer ?? '', answerPlace(task.id))] as const,
      ),
  );
  return Object.fromEntries(opened) as StepResults;
}

/** All that a template's pointers can lead to now. */
export const scopeOfMade = async (ports: Ports, made: Made): Promise<Scope> =>
  scopeOf(
    await lineFacts(ports, made.instance),
    await stepResults(ports, made.steps),
    await answersOf(ports, made),
  );

/** The operation that carries a step out now, and its inputs: the template's, unless it was handed over. */
export function currentOperation(
  { steps }: Pick<Made, 'steps'>,
  step: PlanStep,
): { operation: string; inputs: Record<string, Mapping> } {
  const own = { operation: `${step.connector}.${step.operation}`, inputs: step.inputs };
  const row = steps.find((each) => each.step === step.name);
  const override = overrideSchema.safeParse(row?.override);
  if (!override.success) return own;
  return { operation: override.data.operation, inputs: override.data.inputs ?? step.inputs };
}
