import {
  TASK_DECISIONS,
  type DecisionInput,
  type TaskDecision,
  type TaskDetail,
} from '#shared/contracts/http/provisioning-tasks.ts';
import { fail, ok, type Result } from '#shared/domain/result.ts';
import type { Refusal } from '../api.ts';
import { Field, Option } from './parts.tsx';

const DECISION_TEXT: Record<TaskDecision, string> = {
  approve: 'Approve',
  refuse: 'Refuse: the step fails',
  answer: 'Answer',
  retry: 'Try the step again',
  skip: 'Go on without it',
  replace: 'It was done by hand: this is its result',
  hand_over: 'Hand it to another connector',
  roll_back: 'Give up: take the line back',
};
/** What else a decision needs to be told. */
const TAKES_RESULT: readonly TaskDecision[] = ['answer', 'replace'];

/** What can be decided, in one form. Fields that do not fit the decision are refused by the API, by name. */
export const DecideTask = ({ task, action }: { task: TaskDetail; action: string }) => {
  const [first = 'retry'] = task.decisions;
  const takes = (some: readonly TaskDecision[]): boolean =>
    some.some((decision) => task.decisions.includes(decision));
  return (
    <form method="post" action={action} class="panel">
      <h2>Decide</h2>
      <input type="hidden" name="key" value={crypto.randomUUID()} />
      <Field name="decision" label="What to do">
        {task.decisions.map((decision) => (
          <Option value={decision} label={DECISION_TEXT[decision]} chosen={first} />
        ))}
      </Field>
      <Field
        name="reason"
        label="Reason, for the history"
        maxlength={300}
        hint="Not needed to approve, answer or try again."
      />
      {takes(TAKES_RESULT) && (
        <>
          <div class="field">
            <label for="f-result">
              {task.fields === null ? 'Result, if it was done by hand' : 'Answer'}, as JSON
            </label>
            <textarea id="f-result" name="result" rows={4} spellcheck={false} />
          </div>
          {task.fields !== null && <pre>{JSON.stringify(task.fields, null, 2)}</pre>}
        </>
      )}
      {takes(['hand_over']) && (
        <>
          <Field name="connector" label="To the connector" maxlength={40} hint="Only to hand it over." />
          <Field name="operation" label="Its operation" maxlength={40} />
        </>
      )}
      <button type="submit">Decide</button>
    </form>
  );
};

const unreadable = (pointer: string, detail: string): Refusal => ({
  type: '/problems/validation-failed',
  title: 'Not valid',
  status: 422,
  detail: `${pointer.slice(1)} ${detail}.`,
  requestId: '',
  errors: [],
});

/** The request body of a sent form. */
export function decisionOf(form: Record<string, string>): Result<DecisionInput, Refusal> {
  const decision = TASK_DECISIONS.find((each) => each === form.decision);
  if (decision === undefined)
    return fail(unreadable('/decision', `must be one of ${TASK_DECISIONS.join(', ')}`));
  const text = (name: string): object => {
    const value = (form[name] ?? '').trim();
    return value === '' ? {} : { [name]: value };
  };
  const told = { decision, ...text('reason') };
  if (decision === 'hand_over') return ok({ ...told, ...text('connector'), ...text('operation') });
  if (!TAKES_RESULT.includes(decision)) return ok(told);
  const result = jsonObject(form.result ?? '');
  return result === null ? fail(unreadable('/result', 'must be a JSON object')) : ok({ ...told, result });
}

function jsonObject(text: string): Record<string, unknown> | null {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? (value as Record<string, unknown>)
      : null;
  } catch {
    return null;
  }
}
