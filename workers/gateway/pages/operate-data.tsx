import { Hono, type Context } from 'hono';
import type { z } from 'zod';
import type { customerDataRequestPageSchema, DataRequestBody } from '#shared/contracts/http/data-requests.ts';
import { api, type Answer, inOneSentence, type Refusal, valueOf } from '../api.ts';
import type { PageEnv } from '../env.ts';
import { formOf } from '../form.ts';
import { signedIn } from '../signed-in.ts';
import { Obstacles } from './account-data.tsx';
import { page } from './layout.tsx';
import { Field, NextPage, Option, RefusalNotice, Time } from './parts.tsx';

type Listed = z.infer<typeof customerDataRequestPageSchema>;

const HOME = '/operate/data-requests';
const KIND_TEXT: Record<DataRequestBody['kind'], string> = { export: 'a copy', erasure: 'deletion' };
const STATE_TEXT: Record<DataRequestBody['state'], string> = {
  waiting: 'waits, can be taken back',
  running: 'under way',
  ready: 'ready to be fetched',
  done: 'done',
  expired: 'deleted',
  refused: 'refused, something was under way',
  cancelled: 'taken back',
  failed: 'failed',
};

/** For the team: what customers asked about their data. What failed comes first to mind: a month is all the law gives. */
export const operateData = new Hono<PageEnv>()
  .use(HOME, signedIn)
  .use(`${HOME}/*`, signedIn)
  .get(HOME, (c) => showAll(c))
  .get(`${HOME}/find`, (c) => {
    const id = (c.req.query('account') ?? '').trim();
    return c.redirect(id === '' ? HOME : `${HOME}/${encodeURIComponent(id)}`, 303);
  })
  .get(`${HOME}/:id`, (c) => showOne(c, null))
  .post(`${HOME}/:id`, async (c) => {
    const { kind, key } = await formOf(c);
    const headers = { 'idempotency-key': key ?? crypto.randomUUID() };
    return done(c, await api(c, { method: 'POST', path: requestsOf(c), body: { kind }, headers }));
  })
  .post(`${HOME}/:id/:requestId/cancel`, async (c) =>
    done(c, await api(c, { method: 'DELETE', path: requestOf(c) })),
  )
  .post(`${HOME}/:id/:requestId/retry`, async (c) =>
    done(c, await api(c, { method: 'POST', path: `${requestOf(c)}/retry` })),
  );

type AccountContext = Context<PageEnv, `${typeof HOME}/:id`>;
type RequestContext = Context<PageEnv, `${typeof HOME}/:id/:requestId/retry`>;
const idOf = (c: AccountContext): string => encodeURIComponent(c.req.param('id'));
const requestsOf = (c: AccountContext): string => `/v1/auth/accounts/${idOf(c)}/data-requests`;
const requestOf = (c: RequestContext): string =>
  `/v1/auth/accounts/${encodeURIComponent(c.req.param('id'))}/data-requests/${encodeURIComponent(c.req.param('requestId'))}`;

const done = (c: AccountContext, answer: Answer<unknown>) =>
  answer.ok ? c.redirect(`${HOME}/${idOf(c)}`, 303) : showOne(c, answer.error);

async function showAll(c: Context<PageEnv>) {
  const { state = '', cursor } = c.req.query();
  const query = new URLSearchParams({
    limit: '50',
    ...(state === '' ? {} : { state }),
    ...(cursor === undefined ? {} : { cursor }),
  });
  const path = `/v1/auth/customer-data-requests?${query.toString()}`;
  const { items, next } = valueOf(await api<Listed>(c, { method: 'GET', path }));
  return page(c, {
    title: 'Requests about data',
    children: (
      <>
        <p>
          <a href="/operate">What needs attention</a>
        </p>
        <h1>Requests about data</h1>
        <p>
          Each has a month by law. <a href={`${HOME}?state=failed`}>What failed</a>{' '}
          <a href={`${HOME}?state=waiting`}>What waits</a> <a href={HOME}>All</a>
        </p>
        <form method="get" action={`${HOME}/find`} class="row">
          <Field name="account" label="Account" maxlength={100} required />
          <button type="submit" class="plain">
            Show
          </button>
        </form>
        {items.length === 0 && <p>None.</p>}
        {items.length > 0 && <All items={items} />}
        <NextPage url={c.req.url} next={next} />
      </>
    ),
  });
}

const All = ({ items }: { items: Listed['items'] }) => (
  <table>
    <thead>
      <tr>
        <th scope="col">Asked</th>
        <th scope="col">For</th>
        <th scope="col">Account</th>
        <th scope="col">State</th>
      </tr>
    </thead>
    <tbody>
      {items.map((request) => (
        <tr>
          <td>
            <Time at={request.askedAt} />
          </td>
          <td>{KIND_TEXT[request.kind]}</td>
          <td>
            <a href={`${HOME}/${encodeURIComponent(request.accountId)}`}>{request.accountId}</a>
          </td>
          <td>
            {STATE_TEXT[request.state]}
            {request.error !== null && <span class="soft"> {request.error}</span>}
          </td>
        </tr>
      ))}
    </tbody>
  </table>
);

async function showOne(c: AccountContext, refusal: Refusal | null) {
  const { items } = valueOf(
    await api<{ items: DataRequestBody[] }>(c, { method: 'GET', path: requestsOf(c) }),
  );
  const at = `${HOME}/${idOf(c)}`;
  return page(c, {
    title: 'Requests about data',
    status: refusal === null ? 200 : 422,
    children: (
      <>
        <p>
          <a href={HOME}>Requests about data</a>
        </p>
        <h1>{c.req.param('id')}</h1>
        {refusal?.obstacles === undefined ? (
          <RefusalNotice refusal={refusal === null ? null : inOneSentence(refusal)} />
        ) : (
          <Obstacles items={refusal.obstacles} />
        )}
        {items.length === 0 && <p>Nothing was asked.</p>}
        {items.map((request) => (
          <One request={request} at={at} />
        ))}
        <form method="post" action={at} class="panel">
          <h2>Ask for them</h2>
          <p>
            Only where it is known that the customer wants it. They are told by mail, and fetch a copy
            themselves.
          </p>
          <input type="hidden" name="key" value={crypto.randomUUID()} />
          <Field name="kind" label="For">
            <Option value="export" label="a copy of their data" chosen="export" />
            <Option value="erasure" label="deletion of their account" chosen="export" />
          </Field>
          <button type="submit">Ask</button>
        </form>
      </>
    ),
  });
}

const One = ({ request, at }: { request: DataRequestBody; at: string }) => (
  <section>
    <h2>
      For {KIND_TEXT[request.kind]}: {STATE_TEXT[request.state]}
    </h2>
    <p class="soft">
      Asked on <Time at={request.askedAt} /> by {request.askedBy === 'staff' ? 'the team' : 'themselves'}
    </p>
    {request.state === 'refused' && <Obstacles items={request.obstacles} />}
    <Receipt request={request} />
    {request.state === 'waiting' && <Act at={`${at}/${request.id}/cancel`} label="Take it back" />}
    {request.state === 'failed' && <Act at={`${at}/${request.id}/retry`} label="Go on where it failed" />}
  </section>
);

const Act = ({ at, label }: { at: string; label: string }) => (
  <form method="post" action={at}>
    <button type="submit">{label}</button>
  </form>
);

/** What was erased and what stays: by ids alone, so that it may be shown for ever. */
const Receipt = ({ request: { erased, kept } }: { request: DataRequestBody }) =>
  Object.keys(erased).length === 0 && kept.length === 0 ? null : (
    <dl>
      {Object.entries(erased).map(([what, count]) => (
        <>
          <dt>{what}</dt>
          <dd>{count} erased</dd>
        </>
      ))}
      {kept.map(({ section, because }) => (
        <>
          <dt>{section}</dt>
          <dd>kept: {because}</dd>
        </>
      ))}
    </dl>
  );
