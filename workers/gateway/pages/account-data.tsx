import { Hono, type Context } from 'hono';
import type { DataRequestBody, ErasureObstacleBody } from '#shared/contracts/http/data-requests.ts';
import { api, file, valueOf, type Refusal } from '../api.ts';
import type { PageEnv } from '../env.ts';
import { signedIn } from '../signed-in.ts';
import { page } from './layout.tsx';
import { Notice, RefusalNotice, Time } from './parts.tsx';

const PATH = '/account/data';
const REQUESTS = '/v1/auth/data-requests';
const DELETE = '/account/delete';

/** What a person does with their data: takes a copy, deletes the account, takes that back. */
export const accountData = new Hono<PageEnv>()
  .use(PATH, signedIn)
  .use(`${PATH}/*`, signedIn)
  .use(DELETE, signedIn)
  .get(PATH, (c) => showData(c, null))
  .post(`${PATH}/copy`, async (c) => {
    const answer = await ask(c, 'export');
    return answer.ok ? c.redirect(PATH, 303) : showData(c, answer.error);
  })
  .get(`${PATH}/:id/document`, async (c) => {
    const path = `${REQUESTS}/${encodeURIComponent(c.req.param('id'))}/document`;
    const document = await file(c, { method: 'GET', path });
    return new Response(document.body, {
      headers: {
        'content-disposition': 'attachment; filename="tradepost-data.json"',
        'content-type': 'application/json',
        'cache-control': 'private, no-store',
      },
    });
  })
  .post(`${PATH}/:id/cancel`, async (c) => {
    const path = `${REQUESTS}/${encodeURIComponent(c.req.param('id'))}`;
    const answer = await api(c, { method: 'DELETE', path });
    return answer.ok ? c.redirect(PATH, 303) : showData(c, answer.error);
  })
  .get(DELETE, (c) => showDelete(c, null))
  .post(DELETE, async (c) => {
    const answer = await ask(c, 'erasure');
    return answer.ok ? c.redirect(PATH, 303) : showDelete(c, answer.error);
  });

const ask = (c: Context<PageEnv>, kind: DataRequestBody['kind']) =>
  api<DataRequestBody>(c, {
    method: 'POST',
    path: REQUESTS,
    body: { kind },
    headers: { 'idempotency-key': crypto.randomUUID() },
  });

async function showData(c: Context<PageEnv>, refusal: Refusal | null) {
  const { items } = valueOf(await api<{ items: DataRequestBody[] }>(c, { method: 'GET', path: REQUESTS }));
  return page(c, {
    title: 'Your data',
    status: refusal === null ? 200 : 422,
    children: (
      <div class="narrow">
        <h1>Your data</h1>
        <RefusalNotice refusal={refusal} />
        {items.map((request) => (
          <Request request={request} />
        ))}
        <form method="post" action={`${PATH}/copy`}>
          <p>A copy of all that we keep about you, as one file that programs can read.</p>
          <button type="submit" class="plain">
            Ask for a copy
          </button>
        </form>
        <p>
          <a href={DELETE}>Delete the account</a>
        </p>
      </div>
    ),
  });
}

const Request = ({ request }: { request: DataRequestBody }) => (
  <section>
    <h2>{request.kind === 'export' ? 'A copy of your data' : 'Deletion of your account'}</h2>
    <p class="soft">
      Asked for on <Time at={request.askedAt} />
      {request.askedBy === 'staff' && ' by our team'}
    </p>
    <Standing request={request} />
  </section>
);

const Standing = ({ request }: { request: DataRequestBody }) => {
  switch (request.state) {
    case 'waiting':
      return (
        <form method="post" action={`${PATH}/${request.id}/cancel`}>
          <Notice kind="bad">
            Your account is deleted on {request.erasesAt === null ? '' : <Time at={request.erasesAt} />}.
          </Notice>
          <button type="submit">Keep my account</button>
        </form>
      );
    case 'running':
      return <p>We are at it. A mail tells you when it is done.</p>;
    case 'ready':
      return (
        <p>
          <a href={`${PATH}/${request.id}/document`} download>
            Download the copy
          </a>{' '}
          until {request.documentUntil === null ? '' : <Time at={request.documentUntil} />}
        </p>
      );
    case 'refused':
      return <Obstacles items={request.obstacles} />;
    case 'failed':
      return <p>Something went wrong on our side. We look at it; you need not do anything.</p>;
    case 'done':
      return <p>Done.</p>;
    case 'expired':
      return <p>It was deleted.</p>;
    case 'cancelled':
      return <p>It was taken back.</p>;
  }
};

const OBSTACLES: Record<ErasureObstacleBody['code'], { text: string; path: string | null }> = {
  order_open: { text: 'An order is not finished yet', path: '/orders/' },
  return_open: { text: 'Something is on its way back to us', path: '/orders/' },
  dispute_open: { text: 'A payment is disputed', path: null },
  instance_running: { text: 'Something of yours is still running: end it first', path: '/owned/' },
  renewal_due: { text: 'Something of yours renews by itself: stop that first', path: '/owned/' },
  last_owner: { text: 'You are the only owner of an organisation', path: '/organisations/' },
  last_administrator: { text: 'There must remain an administrator', path: null },
};

/** What stands against deleting an account. */
export const Obstacles = ({ items }: { items: readonly { code: string; subject: string }[] }) => (
  <>
    <p>Nothing was deleted, because something is still under way:</p>
    <ul>
      {items.map(({ code, subject }) => {
        const { text, path } = OBSTACLES[code as ErasureObstacleBody['code']] ?? { text: code, path: null };
        return (
          <li>
            {path === null ? text : <a href={`${path}${encodeURIComponent(subject)}`}>{text}</a>}{' '}
            <span class="soft">{subject}</span>
          </li>
        );
      })}
    </ul>
  </>
);

const showDelete = (c: Context<PageEnv>, refusal: Refusal | null) =>
  page(c, {
    title: 'Delete the account',
    status: refusal === null ? 200 : 422,
    children: (
      <form method="post" action={DELETE} class="narrow">
        <h1>Delete the account</h1>
        {refusal?.obstacles === undefined ? (
          <RefusalNotice refusal={refusal} />
        ) : (
          <Obstacles items={refusal.obstacles} />
        )}
        <Notice kind="bad">
          After a few days, in which you can take it back, you sign in no more, and what you own can be opened
          no more.
        </Notice>
        <p>
          What you own, carts, kept payment methods and all that names you go. Of orders and payments we keep
          what the law asks, for as long as it asks.
        </p>
        <p>
          <a href={PATH}>Take a copy of your data first</a>
        </p>
        <button type="submit">Delete my account</button>
      </form>
    ),
  });

export const DataSection = () => (
  <>
    <h2>Your data</h2>
    <p>
      <a href={PATH}>Take a copy of your data</a>
    </p>
    <p>
      <a href={DELETE}>Delete the account</a>
    </p>
  </>
);
