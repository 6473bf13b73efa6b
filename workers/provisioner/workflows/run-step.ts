import { readEnd, outcomeOf } from '../connectors/partner-outcome.ts';
import { CONNECTORS } from '../connectors/connectors.ts';
import {
  stepOutputPlace,
  type OperationCall,
  type Connector,
  type Outcome,
} from '../connectors/connector.ts';
import type { Ports } from '../ports.ts';
import type { StepRow } from '../queries/steps.ts';
import { OPERATIONS, operationNameSchema, type OperationName } from '../connectors/operations.ts';
import { resolveMappings } from '../templates/mapping.ts';
import type { PlanStep } from '../templates/plan.ts';
import { scopeOf, type StepResults } from '../templates/scope.ts';
import { OWN_POLICY, type StepFailure } from '../templates/template.ts';
import { lineFacts } from './line-facts.ts';
import { newsEventType } from './params.ts';
import { isEngineAbort, type Steps } from './steps.ts';

export type StepEnd = { kind: 'done' } | { kind: 'refused'; failure: StepFailure } | { kind: 'stopped' };

/** Runs one step of a plan to its end: the call, the waits for news, and new orders while failures are passing ones. */
export async function runStep(
  ports: Ports,
  steps: Steps,
  instanceId: string,
  step: PlanStep,
  position: number,
): Promise<StepEnd> {
  let failure = step.exhausted;
  for (let attempt = 1; attempt <= (step.settle?.attempts ?? 1); attempt += 1) {
    const name = attempt === 1 ? step.name : `${step.name} again ${attempt}`;
    const outcome = await attemptStep(ports, steps, name, { instanceId, step, position, attempt });
    if (outcome.kind !== 'transient') return outcome;
    failure = outcome.failure;
  }
  return { kind: 'refused', failure };
}

interface Attempt {
  instanceId: string;
  step: PlanStep;
  position: number;
  attempt: number;
}
type AttemptEnd = Exclude<Outcome, { kind: 'pending' }>;

async function attemptStep(ports: Ports, steps: Steps, name: string, attempt: Attempt): Promise<AttemptEnd> {
  try {
    const outcome = await steps.run(name, attempt.step, () => callAction(ports, attempt));
    if (outcome.kind !== 'pending') return outcome;
    return await settle(ports, steps, name, attempt.step, outcome.operationId);
  } catch (error) {
    if (isEngineAbort(error)) throw error;
    return { kind: 'refused', failure: attempt.step.exhausted };
  }
}

/** Registers the step, fills its inputs in and calls its connector. A step that is done already stays as it is. */
async function callAction(ports: Ports, { instanceId, step, position, attempt }: Attempt): Promise<Outcome> {
  const store = ports.stores.ofInstance(instanceId);
  const operation = operationNameSchema.parse(`${step.connector}.${step.operation}`);
  const begun = await store.steps.begin(
    { instanceId, step: step.name },
    { position, action: operation },
    ports.clock.now(),
  );
  if (begun === null) return { kind: 'stopped' };
  const { failureCode, failureText } = begun.instance;
  if (failureCode !== null) {
    return { kind: 'refused', failure: { code: failureCode, text: failureText ?? '' } };
  }
  if (begun.steps.some((row) => row.step === step.name && row.doneAt !== null)) return { kind: 'done' };
  const line = await lineFacts(ports, begun.instance);
  const scope = scopeOf(line, await stepResults(ports, begun.steps));
  const inputs = resolveMappings(step.inputs, scope);
  return dispatch(operation, { ports, instance: begun.instance, step, attempt }, inputs);
}

function dispatch<Name extends OperationName>(
  operation: Name,
  call: Omit<OperationCall<Name>, 'input'>,
  inputs: unknown,
): Promise<Outcome> {
  const input = OPERATIONS[operation].input.parse(inputs) as OperationCall<Name>['input'];
  const connector: Connector<Name> = CONNECTORS[operation];
  return connector.run({ ...call, input });
}

/** Opens the outputs of the steps that are done. */
export async function stepResults(ports: Ports, rows: readonly StepRow[]): Promise<StepResults> {
  const opened = await Promise.all(
    rows.map(async (row) => [
      row.step,
      row.sealedOutput === null ? {} : await ports.sealer.open(row.sealedOutput, stepOutputPlace(row)),
    ]),
  );
  return Object.fromEntries(opened) as StepResults;
}

/** Waits for an operation to end: for the call-back first, asking the partner when none has come. */
async function settle(
  ports: Ports,
  steps: Steps,
  name: string,
  step: PlanStep,
  operationId: string,
): Promise<AttemptEnd> {
  const waits = step.settle?.waitSeconds ?? [];
  for (const [index, seconds] of waits.entries()) {
    const round = index + 1;
    const before = await steps.run(`${name}: look ${round}`, OWN_POLICY, () =>
      look(ports, operationId, round),
    );
    if (before.kind !== 'pending') return before;
    await steps.wait(`${name}: wait ${round}`, newsEventType(operationId, round), seconds);
    const after = await poll(ports, steps, `${name}: ask ${round}`, step, operationId);
    if (after.kind !== 'pending') return after;
  }
  return { kind: 'refused', failure: PARTNER_SILENT };
}

const PARTNER_SILENT: StepFailure = {
  code: 'partner_silent',
  text: 'Our partner took the order but did not finish it in time.',
};

async function look(ports: Ports, operationId: string, round: number): Promise<Outcome> {
  const standing = await ports.stores.ofOperation(operationId).operations.enterWait(operationId, round);
  if (standing === null || !standing.active) return { kind: 'stopped' };
  return outcomeOf(ports, standing.operation);
}

/** A partner that cannot be asked now is asked again after the next wait. */
async function poll(
  ports: Ports,
  steps: Steps,
  name: string,
  step: PlanStep,
  operationId: string,
): Promise<Outcome> {
  try {
    return await steps.run(name, step, () => ask(ports, operationId));
  } catch (error) {
    if (isEngineAbort(error)) throw error;
    return { kind: 'pending', operationId };
  }
}

/** The end that a call-back stored, or else what the partner says now. */
async function ask(ports: Ports, operationId: string): Promise<Outcome> {
  const { operations } = ports.stores.ofOperation(operationId);
  const standing = await operations.standing(operationId);
  if (standing === null || !standing.active) return { kind: 'stopped' };
  const { operation } = standing;
  const known = await outcomeOf(ports, operation);
  if (known.kind !== 'pending' || operation.partnerOperationId === null) return known;
  const news = await ports.partner.operation(operation.partnerOperationId);
  if (news === null || news.state === 'in_progress') return known;
  const end = await readEnd(ports, operation, news, false);
  if (end === null) throw new Error(`operation ${operationId}: the partner's answer does not parse`);
  const ended = await operations.ended(operationId, end, ports.clock.now());
  return ended === null ? { kind: 'stopped' } : outcomeOf(ports, ended.operation);
}
