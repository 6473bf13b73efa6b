import { holds } from '../templates/condition.ts';
import type { PlanStep } from '../templates/plan.ts';
import { OWN_POLICY, type StepFailure } from '../templates/template.ts';
import { askPerson, type PersonsWord } from './ask-person.ts';
import { attempt, type AttemptEnd } from './attempt.ts';
import { currentOperation, scopeOfMade } from './made.ts';
import type { Run, StepEnd } from './run.ts';
import { settleDecision } from './settle-decision.ts';

/** A step may ask so often; then it fails. */
const QUESTIONS_MAX = 10;
/** An operator may decide so often about one step; then it fails. */
const DECISIONS_MAX = 50;

/** Runs one step of a plan to its end, whoever has to be asked on the way. */
export async function runStep(run: Run, step: PlanStep, position: number): Promise<StepEnd> {
  const before = await prepare(run, step, position);
  if (before !== null) return before;
  const tries = new Tries();
  for (let round = 1; round <= DECISIONS_MAX; round += 1) {
    const end = await attempts(run, step, position, tries);
    if (end.kind !== 'refused' || step.onFailure === 'roll-back') return end;
    const word = await askPerson(run, step, round, {
      kind: 'failed_step',
      askedOf: 'operator',
      ...end.failure,
      fields: null,
      timeoutSeconds: step.personTimeoutSeconds,
    });
    const settled = await settleDecision(run, step, position, { round, word, failure: end.failure });
    if (settled !== null) return settled;
  }
  return { kind: 'refused', failure: step.exhausted };
}

/** Counts every try of a step, so that each has a name and, where one is lost for good, a key of its own. */
class Tries {
  count = 0;
  questions = 0;
}

/** Tries while failures are passing ones, and again after each answer. */
async function attempts(run: Run, step: PlanStep, position: number, tries: Tries): Promise<StepEnd> {
  let failure = step.exhausted;
  for (let left = step.settle?.attempts ?? 1; left > 0; left -= 1) {
    tries.count += 1;
    const end = await attempt(run, step, position, tries.count);
    if (end.kind === 'action-required') {
      const refused = await answered(run, step, tries, end);
      if (refused !== null) return refused;
      left += 1;
    } else if (end.kind === 'transient') ({ failure } = end);
    else return end;
  }
  return { kind: 'refused', failure };
}

/** Null: it was answered, and the step goes on. */
async function answered(
  run: Run,
  step: PlanStep,
  tries: Tries,
  { question }: Extract<AttemptEnd, { kind: 'action-required' }>,
): Promise<StepEnd | null> {
  tries.questions += 1;
  if (tries.questions > QUESTIONS_MAX) return { kind: 'refused', failure: UNANSWERED };
  const word = await askPerson(run, step, tries.questions, {
    kind: 'question',
    ...question,
    timeoutSeconds: step.personTimeoutSeconds,
  });
  return word === 'answer' ? null : endOf(word, UNANSWERED);
}

/** What comes before a step: whether it is for this line at all, and whether somebody has to agree. Null: it begins. */
async function prepare(run: Run, step: PlanStep, position: number): Promise<StepEnd | null> {
  if (step.when !== null) {
    const isFor = await run.steps.run(`${step.name}: when`, OWN_POLICY, () => isForLine(run, step, position));
    if (isFor !== 'yes') return { kind: isFor === 'no' ? 'done' : 'stopped' };
  }
  if (step.approval === null) return null;
  const word = await askPerson(run, step, 1, {
    kind: 'approval',
    askedOf: 'operator',
    code: 'approval_required',
    ...step.approval,
    fields: null,
  });
  return word === 'approve' ? null : endOf(word, NOT_APPROVED);
}

const endOf = (word: PersonsWord, failure: StepFailure): StepEnd =>
  word === 'stopped' ? { kind: 'stopped' } : { kind: 'refused', failure };

async function isForLine(
  { ports, params: { instanceId } }: Run,
  step: PlanStep,
  position: number,
): Promise<'yes' | 'no' | 'stopped'> {
  const store = ports.stores.ofInstance(instanceId);
  const made = await store.steps.withInstance(instanceId);
  if (made?.instance.state !== 'provisioning' || made.instance.failureCode !== null) return 'stopped';
  if (step.when === null || holds(step.when, await scopeOfMade(ports, made))) return 'yes';
  const { operation: action } = currentOperation(made, step);
  const end = { as: 'left_out' as const, position, action, sealedOutput: null };
  await store.steps.endAs({ instanceId, step: step.name }, end, ports.clock.now());
  return 'no';
}

const NOT_APPROVED: StepFailure = { code: 'not_approved', text: 'It was not approved.' };
const UNANSWERED: StepFailure = {
  code: 'unanswered',
  text: 'Something that was asked for was not answered in time.',
};
