import { Hono, type Context } from 'hono';
import type { Task, TaskDetail } from '#shared/contracts/http/provisioning-tasks.ts';
import type { PageEnv } from '../env.ts';
import { api, inOneSentence, valueOf, type Refusal } from '../api.ts';
import { formOf } from '../form.ts';
import { signedIn } from '../signed-in.ts';
import { page } from './layout.tsx';
import { type Gate, Partners } from './operate-partners.tsx';
import { DecideTask, decisionOf } from './operate-task.tsx';
import { Field, NextPage, Notice, Option, RefusalNotice, Time } from './parts.tsx';

interface TaskPage {
  items: Task[];
  next: string | null;
}
/** What was taken on: so many, the last of them by then. */
interface Retries {
  count: number;
  until: string;
}
interface NoticeOfPartner {
  at: string;
  kind: string;
  text: string;
}

const KIND_TEXT: Record<Task['kind'], string> = {
  approval: 'To approve',
  question: 'To answer',
  failed_step: 'A step failed',
  failed_undo: 'Could not be taken back',
  failed_access: 'Use not changed',
};
const HOME = '/operate/provisioning';

/** For the team: what deliveries wait for, why, and whether partners are there. Everything goes through the public API. */
export const operateProvisioning = new Hono<PageEnv>()
  .use(HOME, signedIn)
  .use(`${HOME}/*`, signedIn)
  .get(HOME, (c) => showAll(c, {}))
  .post(`${HOME}/retries`, async (c) => {
    const { key, reason = '', connector = '', code = '', perMinute = '60' } = await formOf(c);
    const narrowed = { ...(connector === '' ? {} : { connector }), ...(code === '' ? {} : { code }) };
    const body = { reason, perMinute: Number(perMinute), ...narrowed };
    const answer = await post<Retries>(c, '/v1/provisioning/retries', body, key);
    return answer.ok ? showAll(c, { taken: answer.value }) : showAll(c, { refusal: answer.error });
  })
  .post(`${HOME}/partners/:partner`, async (c) => {
    const { held } = await formOf(c);
    const path = `/v1/provisioning/gates/${encodeURIComponent(c.req.param('partner'))}`;
    const answer = await api(c, { method: 'PUT', path, body: { held: held === 'yes' } });
    return answer.ok ? c.redirect(HOME, 303) : showAll(c, { refusal: answer.error });
  })
  .get(`${HOME}/tasks/:id`, (c) => showOne(c, null))
  .post(`${HOME}/tasks/:id`, async (c) => {
    const form = await formOf(c);
    const decision = decisionOf(form);
    if (!decision.ok) return showOne(c, decision.error);
    const answer = await post(c, `${taskPath(c)}/decisions`, decision.value, form.key);
    return answer.ok ? c.redirect(HOME, 303) : showOne(c, answer.error);
  });

type TaskContext = Context<PageEnv, `${typeof HOME}/tasks/:id`>;
const taskPath = (c: TaskContext): string =>
  `/v1/provisioning/tasks/${encodeURIComponent(c.req.param('id'))}`;

/** The form's key makes a second click the same request. */
const post = <Value,>(c: Context<PageEnv>, path: string, body: object, key: string | undefined) =>
  api<Value>(c, {
    method: 'POST',
    path,
    body,
    headers: { 'idempotency-key': key ?? crypto.randomUUID() },
  });

const statusOf = (refusal: Refusal | null): 200 | 422 | 503 =>
  refusal === null ? 200 : refusal.status < 500 ? 422 : 503;

async function showOne(c: TaskContext, refusal: Refusal | null) {
  const task = valueOf(await api<TaskDetail>(c, { method: 'GET', path: taskPath(c) }));
  return page(c, {
    title: KIND_TEXT[task.kind],
    status: statusOf(refusal),
    children: (
      <>
        <p>
          <a href={HOME}>What deliveries wait for</a>
        </p>
        <RefusalNotice refusal={refusal === null ? null : inOneSentence(refusal)} />
        <h1>{KIND_TEXT[task.kind]}</h1>
        <p>{task.text}</p>
        <dl>
          <dt>Cause</dt>
          <dd>
            <code>{task.code}</code>
          </dd>
          <dt>Step</dt>
          <dd>
            <code>{task.step}</code>, {task.connector}.{task.operation}
          </dd>
          <dt>Order</dt>
          <dd>
            <a href={`/operate/${task.orderId}`}>{task.orderId}</a>
          </dd>
          <dt>Instance</dt>
          <dd>
            <code>{task.instanceId}</code>
          </dd>
          <dt>Since</dt>
          <dd>
            <Time at={task.createdAt} />
          </dd>
          {task.dueAt !== null && (
            <>
              <dt>Fails without a decision</dt>
              <dd>
                <Time at={task.dueAt} />
              </dd>
            </>
          )}
        </dl>
        <h2>What the step was given</h2>
        <pre>{JSON.stringify(task.payload, null, 2)}</pre>
        {task.decision !== null && <Decided task={task} />}
        {task.decisions.length > 0 && <DecideTask task={task} action={`${HOME}/tasks/${task.id}`} />}
      </>
    ),
  });
}

const Decided = ({ task }: { task: Task }) => (
  <Notice>
    Decided: {task.decision} by {task.decidedBy}
    {task.decidedAt !== null && (
      <>
        , <Time at={task.decidedAt} />
      </>
    )}
    {task.reason !== null && `: ${task.reason}`}
  </Notice>
);

async function showAll(
  c: Context<PageEnv>,
  { refusal = null, taken }: { refusal?: Refusal | null; taken?: Retries },
) {
  const query = new URLSearchParams({ limit: '50' });
  for (const name of ['cursor', 'kind', 'connector', 'code'] as const) {
    const value = c.req.query(name);
    if (value !== undefined && value !== '') query.set(name, value);
  }
  const [{ items, next }, gates, notices] = await Promise.all([
    api<TaskPage>(c, { method: 'GET', path: `/v1/provisioning/tasks?${query.toString()}` }).then(valueOf),
    api<{ items: Gate[] }>(c, { method: 'GET', path: '/v1/provisioning/gates' }).then(valueOf),
    api<{ items: NoticeOfPartner[] }>(c, {
      method: 'GET',
      path: '/v1/provisioning/notices?limit=10',
    }).then(valueOf),
  ]);
  return page(c, {
    title: 'Deliveries',
    status: statusOf(refusal),
    children: (
      <>
        <p>
          <a href="/operate">Needs attention</a>
        </p>
        <h1>Deliveries</h1>
        <RefusalNotice refusal={refusal === null ? null : inOneSentence(refusal)} />
        {taken !== undefined && <Taken {...taken} />}
        <h2>What they wait for</h2>
        {items.length === 0 && <p>Nothing: every delivery goes its way.</p>}
        {items.length > 0 && <Tasks items={items} />}
        <NextPage url={c.req.url} next={next} />
        <ManyAgain items={items} />
        <h2>Partners</h2>
        <Partners gates={gates.items} home={HOME} />
        <h2>News of partners and supplies</h2>
        {notices.items.length === 0 && <p>None.</p>}
        <ul>
          {notices.items.map(({ at, text }) => (
            <li>
              <Time at={at} /> {text}
            </li>
          ))}
        </ul>
      </>
    ),
  });
}

const Taken = ({ count, until }: Retries) => (
  <Notice kind="good">
    {count === 0 ? (
      'Nothing waits that would be tried again.'
    ) : (
      <>
        {count} are tried again, the last of them by <Time at={until} />.
      </>
    )}
  </Notice>
);

const Tasks = ({ items }: { items: Task[] }) => (
  <div class="scroll">
    <table>
      <thead>
        <tr>
          <th scope="col">What</th>
          <th scope="col">Why</th>
          <th scope="col">Since</th>
          <th scope="col">Of whom</th>
        </tr>
      </thead>
      <tbody>
        {items.map((task) => (
          <tr>
            <td>
              <a href={`${HOME}/tasks/${task.id}`}>{KIND_TEXT[task.kind]}</a>
              <div class="soft">
                {task.connector}.{task.operation}
              </div>
            </td>
            <td>
              <strong>{task.code}</strong>
              <div>{task.text}</div>
            </td>
            <td>
              <Time at={task.createdAt} />
            </td>
            <td>{task.askedOf === 'customer' ? 'the customer' : 'the team'}</td>
          </tr>
        ))}
      </tbody>
    </table>
  </div>
);

/** After an outage: steps that failed alike, one after the other, so that the partner is not down again at once. */
const ManyAgain = ({ items }: { items: Task[] }) => {
  const failed = items.filter(({ kind }) => kind === 'failed_step' || kind === 'failed_undo');
  if (failed.length === 0) return null;
  const connectors = [...new Set(failed.map(({ connector }) => connector))];
  const codes = [...new Set(failed.map(({ code }) => code))];
  return (
    <details>
      <summary>Many at once</summary>
      <form method="post" action={`${HOME}/retries`} class="panel">
        <p>Tries failed steps again, up to 1,000, the oldest first. Nothing is done twice.</p>
        <input type="hidden" name="key" value={crypto.randomUUID()} />
        <Field name="connector" label="Of the connector">
          <Option value="" label="any" chosen="" />
          {connectors.map((connector) => (
            <Option value={connector} label={connector} chosen="" />
          ))}
        </Field>
        <Field name="code" label="That failed with">
          <Option value="" label="anything" chosen="" />
          {codes.map((code) => (
            <Option value={code} label={code} chosen="" />
          ))}
        </Field>
        <Field name="perMinute" label="A minute" type="number" min={1} max={600} value="60" />
        <Field name="reason" label="Reason, for the history" maxlength={300} required />
        <button type="submit">Try them again</button>
      </form>
    </details>
  );
};
