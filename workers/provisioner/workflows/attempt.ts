import { NotNow } from '../adapters/not-now.ts';
import { CONNECTORS } from '../connectors/connectors.ts';
import type { Connector, OperationCall, Outcome, Question } from '../connectors/connector.ts';
import { OPERATIONS, operationNameSchema, type OperationName } from '../connectors/operations.ts';
import { outcomeOf, readEnd } from '../connectors/remote-outcome.ts';
import { remoteOf } from '../connectors/remotes.ts';
import type { Ports } from '../ports.ts';
import { SECOND_MS } from '#shared/time/time.ts';
import { resolveMappings } from '../templates/mapping.ts';
import type { PlanStep } from '../templates/plan.ts';
import { OWN_POLICY, PERSON_WAIT_SECONDS_MAX, type StepFailure } from '../templates/template.ts';
import { answersOf, currentOperation, scopeOfMade } from './made.ts';
import { newsEventType, turnEventType } from './params.ts';
import type { Run, StepEnd } from './run.ts';
import { isEngineAbort } from './steps.ts';

export type AttemptEnd =
  | StepEnd
  | { kind: 'transient'; failure: StepFailure }
  | { kind: 'action-required'; question: Question };
/** `parked`: the partner is not to be called now. Nothing was sent, no try is used up. */
type Called = Outcome | { kind: 'parked'; seconds: number };

const PARK_SECONDS_MAX = 600;

/** One try of a step: the call, once it is its turn at the partner, and the waits for news. */
export async function attempt(
  run: Run,
  step: PlanStep,
  position: number,
  count: number,
): Promise<AttemptEnd> {
  const name = count === 1 ? step.name : `${step.name} again ${count}`;
  try {
    let parkedSeconds = 0;
    for (let turn = 1; parkedSeconds < PERSON_WAIT_SECONDS_MAX; turn += 1) {
      const called = await run.steps.run(turn === 1 ? name : `${name}: turn ${turn}`, step, () =>
        callOperation(run, step, position, count),
      );
      if (called.kind === 'pending') return await settle(run, name, step, called);
      if (called.kind !== 'parked') return called;
      // Longer each time, so that a partner that is away for hours costs few looks.
      const seconds = Math.min(PARK_SECONDS_MAX, Math.max(called.seconds, 2 ** Math.min(turn, 10)));
      await run.steps.wait(`${name}: parked ${turn}`, turnEventType(step.name, count, turn), seconds);
      parkedSeconds += seconds;
    }
    return { kind: 'refused', failure: step.exhausted };
  } catch (error) {
    if (isEngineAbort(error)) throw error;
    return { kind: 'refused', failure: step.exhausted };
  }
}

/** Registers the step, fills its inputs in and calls its connector. A step that is done already stays as it is. */
async function callOperation(
  { ports, params: { instanceId } }: Run,
  step: PlanStep,
  position: number,
  count: number,
): Promise<Called> {
  const { steps } = ports.stores.ofInstance(instanceId);
  const key = { instanceId, step: step.name };
  const action = `${step.connector}.${step.operation}`;
  const made = await steps.begin(key, { position, action }, ports.clock.now());
  if (made === null) return { kind: 'stopped' };
  const { failureCode, failureText } = made.instance;
  if (failureCode !== null) {
    return { kind: 'refused', failure: { code: failureCode, text: failureText ?? '' } };
  }
  const row = made.steps.find((each) => each.step === step.name);
  if (row !== undefined && row.doneAt !== null) return { kind: 'done' };
  const { operation, inputs } = currentOperation(made, step);
  const answers = await answersOf(ports, made);
  const call = {
    ports,
    instance: made.instance,
    step: { name: step.name, idempotencyKey: step.idempotencyKey },
    attempt: count,
    answer: answers[step.name] ?? null,
  };
  try {
    const filled = resolveMappings(inputs, await scopeOfMade(ports, made));
    const outcome = await dispatch(operationNameSchema.parse(operation), call, filled);
    if (row !== undefined && row.parkedUntil !== null) await steps.park(key, null, null);
    return outcome;
  } catch (error) {
    if (!(error instanceof NotNow)) throw error;
    const seconds = error.retryAfterSeconds;
    await steps.park(key, ports.clock.now() + seconds * SECOND_MS, error.why);
    return { kind: 'parked', seconds };
  }
}

/** Inputs that do not fit fail the step for good: no repeat can mend them. */
function dispatch<Name extends OperationName>(
  operation: Name,
  call: Omit<OperationCall<Name>, 'input'>,
  inputs: unknown,
): Promise<Outcome> {
  const input = OPERATIONS[operation].input.safeParse(inputs);
  if (!input.success) return Promise.resolve({ kind: 'refused', failure: INPUTS_UNFIT });
  const connector = CONNECTORS[operation] as Connector<Name>;
  return connector.execute({ ...call, input: input.data as OperationCall<Name>['input'] });
}

const INPUTS_UNFIT: StepFailure = {
  code: 'inputs_unfit',
  text: 'Something that is needed to make it is missing or wrong.',
};
const PARTNER_SILENT: StepFailure = {
  code: 'partner_silent',
  text: 'Our partner took the order but did not finish it in time.',
};

/**
 * Waits for an operation to end: for the call-back first, asking the partner when none has come. As often and as long as the
 * template says, unless the partner says when to ask next, or a shorter time in all.
 */
async function settle(
  run: Run,
  name: string,
  step: PlanStep,
  { operationId, polling }: Pending,
): Promise<AttemptEnd> {
  const { ports, steps } = run;
  const waits = step.settle?.waitSeconds ?? [];
  const ours = waits.reduce((sum, seconds) => sum + seconds, 0);
  const limit = Math.min(ours, polling?.limitSeconds ?? ours);
  let after = polling?.afterSeconds ?? null;
  for (let round = 1, waited = 0; waited < limit && round <= ROUNDS_MAX; round += 1) {
    const before = await steps.run(`${name}: look ${round}`, OWN_POLICY, () =>
      look(ports, operationId, round),
    );
    if (before.kind !== 'pending') return before;
    const seconds = Math.min(after ?? waits[Math.min(round, waits.length) - 1] ?? 1, limit - waited);
    await steps.wait(`${name}: wait ${round}`, newsEventType(operationId, round), seconds);
    waited += seconds;
    const news = await poll(run, `${name}: ask ${round}`, step, operationId);
    if (news.kind !== 'pending') return news;
    after = news.polling?.afterSeconds ?? null;
  }
  return { kind: 'refused', failure: PARTNER_SILENT };
}

type Pending = Extract<Outcome, { kind: 'pending' }>;
/** Each takes three steps of the Workflow, which has a thousand. */
const ROUNDS_MAX = 200;

async function look(ports: Ports, operationId: string, round: number): Promise<Outcome> {
  const standing = await ports.stores.ofOperation(operationId).operations.enterWait(operationId, round);
  if (standing === null || !standing.active) return { kind: 'stopped' };
  return outcomeOf(ports, standing.operation);
}

/** A partner that cannot be asked now is asked again after the next wait. */
async function poll(
  { ports, steps }: Run,
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
  const remote = remoteOf(operation);
  const news = await remote.ask(ports, operation).catch((error: unknown) => {
    if (error instanceof NotNow) return null;
    throw error;
  });
  if (news === null) return known;
  if (news.state === 'in_progress') {
    return { ...known, polling: { afterSeconds: news.afterSeconds ?? null, limitSeconds: null } };
  }
  const end = await readEnd(remote, ports, operation, news, false);
  if (end === null) throw new Error(`operation ${operationId}: the partner's answer does not parse`);
  const ended = await operations.ended(operationId, end, ports.clock.now());
  return ended === null ? { kind: 'stopped' } : outcomeOf(ports, ended.operation);
}
