import { type LifecycleRequest, OVERLAP_SECONDS } from '#shared/contracts/http/lifecycle.ts';
import { canonicalJson } from '#shared/domain/canonical-json.ts';
import { SECOND_MS } from '#shared/time/time.ts';
import { NotNow } from '../adapters/not-now.ts';
import { CONNECTORS } from '../connectors/connectors.ts';
import {
  type ChangeCall,
  type ChangeOutcome,
  type Connector,
  stepOutputPlace,
} from '../connectors/connector.ts';
import type { OperationInput, OperationName } from '../connectors/operations.ts';
import type { Ports } from '../ports.ts';
import type { LifecycleRow, LifecycleStepKey } from '../queries/lifecycle.ts';
import type { Made } from '../queries/steps.ts';
import { type PlanStep, planSchema } from '../templates/plan.ts';
import {
  OWN_POLICY,
  PERSON_WAIT_SECONDS_MAX,
  type StepFailure,
  type StepPolicy,
} from '../templates/template.ts';
import { askAboutChange } from './ask-about-change.ts';
import { inputOf, standingStep, termsOf, under } from './change-plan.ts';
import { scopeOfMade } from './made.ts';
import { type LifecycleParams, turnEventType } from './params.ts';
import { isEngineAbort, type Steps } from './steps.ts';

export interface LifecycleRun {
  ports: Ports;
  steps: Steps;
  params: LifecycleParams;
  /** Which way the operation went when the run began. */
  direction: Direction;
}
export type Direction = LifecycleRow['direction'];
/** A step to go to, as far as the Workflow must know it. */
export interface StepToChange extends StepPolicy {
  name: string;
  title: string;
  waitSeconds: number[];
  exhausted: StepFailure;
}
export type ChangeEnd = { kind: 'done' } | { kind: 'refused'; failure: StepFailure } | { kind: 'stopped' };

/** Where a template says nothing of waiting: half an hour in all. */
const WAIT_SECONDS = [5, 20, 60, 120, 300, 600, 900];
const PARK_SECONDS_MAX = 600;
const DECISIONS_MAX = 20;

export const stepToChange = (step: PlanStep): StepToChange => ({
  name: step.name,
  title: step.title,
  retry: step.retry,
  timeoutSeconds: step.timeoutSeconds,
  waitSeconds: step.settle?.waitSeconds ?? WAIT_SECONDS,
  exhausted: step.exhausted,
});

/**
 * Changes one step, or puts it back. What a partner refuses is final on the way forth; whatever else fails, and everything
 * on the way back, an operator decides.
 */
export async function changeStep(
  run: LifecycleRun,
  step: StepToChange,
  direction: Direction,
): Promise<ChangeEnd> {
  for (let round = 1; round <= DECISIONS_MAX; round += 1) {
    const end = await attempt(run, step, direction, round);
    if (end.kind === 'done' || end.kind === 'stopped') return end;
    if (end.kind === 'refused' && direction === 'forth') return end;
    const word = await askAboutChange(run, step, direction, { round, failure: end.failure });
    if (word === 'stopped') return { kind: 'stopped' };
    if (word === 'skip') {
      await run.steps.run(`${direction} ${step.name}: left as it is`, OWN_POLICY, () =>
        skip(run, step, direction),
      );
      return { kind: 'done' };
    }
    if (word !== 'retry') return { kind: 'refused', failure: end.failure };
  }
  return { kind: 'refused', failure: step.exhausted };
}

const keyOf = (run: LifecycleRun, step: { name: string }, direction: Direction): LifecycleStepKey => ({
  operationId: run.params.operationId,
  direction,
  step: step.name,
});

const skip = (run: LifecycleRun, step: StepToChange, direction: Direction): Promise<void> =>
  run.ports.stores
    .ofInstance(run.params.instanceId)
    .lifecycles.endStep(keyOf(run, step, direction), 'skipped', run.ports.clock.now());

type AttemptEnd = ChangeEnd | { kind: 'exhausted'; failure: StepFailure };
type Called = ChangeEnd | { kind: 'pending'; token: string } | { kind: 'parked'; seconds: number };

async function attempt(
  run: LifecycleRun,
  step: StepToChange,
  direction: Direction,
  round: number,
): Promise<AttemptEnd> {
  const label = `${direction} ${step.name}${round === 1 ? '' : ` again ${round}`}`;
  const exhausted = { kind: 'exhausted' as const, failure: step.exhausted };
  try {
    let parkedSeconds = 0;
    for (let turn = 1; parkedSeconds < PERSON_WAIT_SECONDS_MAX; turn += 1) {
      const name = turn === 1 ? label : `${label}: turn ${turn}`;
      const called = await run.steps.run(name, step, () => callConnector(run, step, direction, null));
      if (called.kind === 'pending')
        return (await settled(run, step, direction, { label, ...called })) ?? exhausted;
      if (called.kind !== 'parked') return called;
      const seconds = Math.min(PARK_SECONDS_MAX, Math.max(called.seconds, 2 ** Math.min(turn, 10)));
      await run.steps.wait(`${label}: parked ${turn}`, turnEventType(step.name, round, turn), seconds);
      parkedSeconds += seconds;
    }
    return exhausted;
  } catch (error) {
    if (isEngineAbort(error)) throw error;
    return exhausted;
  }
}

/** Asks the partner until the change has ended there. Null: it did not in time. */
async function settled(
  run: LifecycleRun,
  step: StepToChange,
  direction: Direction,
  { label, token }: { label: string; token: string },
): Promise<ChangeEnd | null> {
  for (const [index, seconds] of step.waitSeconds.entries()) {
    await run.steps.wait(
      `${label}: wait ${index + 1}`,
      turnEventType(`settle-${step.name}`, index, 1),
      seconds,
    );
    const asked = await run.steps.run(`${label}: ask ${index + 1}`, step, () =>
      callConnector(run, step, direction, token),
    );
    if (asked.kind !== 'pending' && asked.kind !== 'parked') return asked;
  }
  return null;
}

/** Its order wants back what this run is still making: another run puts it back. */
const isTurned = ({ direction }: LifecycleRun, operation: LifecycleRow): boolean =>
  direction === 'forth' && operation.direction === 'back';

/** One call of the connector, for what the operation wants of this step as things stand now. */
async function callConnector(
  run: LifecycleRun,
  { name }: StepToChange,
  direction: Direction,
  token: string | null,
): Promise<Called> {
  const { ports, params } = run;
  const store = ports.stores.ofInstance(params.instanceId);
  const key = keyOf(run, { name }, direction);
  const found = await store.lifecycles.standing(params.operationId);
  if (found?.operation.state !== 'running' || isTurned(run, found.operation)) return { kind: 'stopped' };
  const row = await store.lifecycles.beginStep(
    { id: params.operationId, direction },
    name,
    ports.clock.now(),
  );
  if (row === null) return { kind: 'stopped' };
  if (row.state !== 'running') return { kind: 'done' };
  const made = await store.steps.withInstance(params.instanceId);
  if (made === null) return { kind: 'stopped' };
  const call = await changeCall(run, key, { operation: found.operation, kept: found.steps, made });
  if (call === 'unfit') return { kind: 'refused', failure: INPUTS_UNFIT };
  try {
    const outcome = call === 'unchanged' ? UNCHANGED : await calling(call, token);
    if (outcome.kind !== 'done') return outcome;
    if (outcome.output !== null) {
      const place = stepOutputPlace({ instanceId: params.instanceId, step: name });
      await store.lifecycles.keepOutput(key, await ports.sealer.seal(outcome.output, place));
    }
    await store.lifecycles.endStep(key, 'done', ports.clock.now());
    return { kind: 'done' };
  } catch (error) {
    if (!(error instanceof NotNow)) throw error;
    return { kind: 'parked', seconds: error.retryAfterSeconds };
  }
}

const UNCHANGED: ChangeOutcome = { kind: 'done', output: null };
const INPUTS_UNFIT: StepFailure = { code: 'inputs_unfit', text: 'It cannot be made with that.' };

interface Prepared {
  connector: Connector<OperationName>;
  method: 'update' | 'rotate';
  call: ChangeCall<OperationName>;
}

async function calling({ connector, method, call }: Prepared, token: string | null): Promise<ChangeOutcome> {
  const outcome = token === null ? await connector[method]?.(call) : await connector.settle?.(call, token);
  return outcome ?? { kind: 'refused', failure: NOT_CHANGEABLE };
}
const NOT_CHANGEABLE: StepFailure = { code: 'not_changeable', text: 'It cannot be changed once it is made.' };

/** What is to be asked of which connector. `unchanged`: nothing, since nothing of this step's is different. */
async function changeCall(
  { ports, params }: LifecycleRun,
  key: LifecycleStepKey,
  standing: {
    operation: LifecycleRow;
    kept: Parameters<typeof under>[2];
    made: Made;
  },
): Promise<Prepared | 'unchanged' | 'unfit'> {
  const { operation, made } = standing;
  const step = planSchema.parse(made.instance.plan).steps.find(({ name }) => name === key.step);
  const carriedOut = step === undefined ? null : standingStep(made, step);
  if (carriedOut === null) return 'unchanged';
  const { former, target } = termsIn(operation, made);
  const kept = standing.kept?.filter(({ direction }) => direction === 'forth') ?? [];
  const [then, now] = [under(made, former), under(made, target, kept)];
  const [before, input] = await Promise.all(
    (key.direction === 'forth' ? [then, now] : [now, then]).map(async (each) =>
      inputOf(carriedOut.operation, carriedOut.inputs, await scopeOfMade(ports, each)),
    ),
  );
  if (before === null || before === undefined || input === null || input === undefined) return 'unfit';
  const method = operation.kind === 'rotate' || operation.kind === 'transfer' ? 'rotate' : 'update';
  if (method === 'update' && canonicalJson(before) === canonicalJson(input)) return 'unchanged';
  const place = stepOutputPlace({ instanceId: params.instanceId, step: key.step });
  const store = ports.stores.ofInstance(params.instanceId);
  return {
    connector: CONNECTORS[carriedOut.operation],
    method,
    call: {
      ports,
      instance: made.instance,
      step: {
        name: key.step,
        idempotencyKey: `${operation.id}/${key.direction}/${operation.sequence}/${key.step}`,
      },
      sequence: operation.sequence * 2 + (key.direction === 'back' ? 1 : 0),
      before: before as OperationInput<OperationName>,
      input: input as OperationInput<OperationName>,
      overlapMs: overlapOf(operation),
      async keep<Output extends Record<string, unknown>>(output: Output): Promise<Output> {
        const sealed = await store.lifecycles.keepOutput(key, await ports.sealer.seal(output, place));
        return (await ports.sealer.open(sealed, place)) as Output;
      },
    },
  };
}

/** Who had it before has no say in it any more: what is handed on has nothing but new credentials. */
function overlapOf({ kind, request }: LifecycleRow): number {
  if (kind === 'transfer') return 0;
  const asked = request as Partial<Extract<LifecycleRequest, { kind: 'rotate' }>>;
  return (asked.overlapSeconds ?? OVERLAP_SECONDS.default) * SECOND_MS;
}

/** What it replaces and by what; where nothing but credentials changes, the same. */
export const termsIn = (operation: LifecycleRow, made: Made) => {
  const present = termsOf(made);
  return {
    former: (operation.former ?? present) as typeof present,
    target: (operation.target ?? present) as typeof present,
  };
};
