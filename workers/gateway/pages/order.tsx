import { Hono, type Context } from 'hono';
import type { Order, Timeline, TimelineEntry } from '#shared/contracts/http/orders.ts';
import { api, valueOf, type Refusal } from '../api.ts';
import type { PageEnv } from '../env.ts';
import { formOf } from '../form.ts';
import { callInternally } from '../internal.ts';
import { paymentScript } from '../payment-element.ts';
import { hostedPaymentPage } from '../payment-page.ts';
import { signedIn } from '../signed-in.ts';
import { page } from './layout.tsx';
import { isFinal, OrderView } from './order-view.tsx';
import { RefusalNotice } from './parts.tsx';
import { editOf } from './edit-form.tsx';
import { returnOf } from './return-form.tsx';

/** Reload interval where scripts are off; with scripts the page follows the order by itself. */
const RELOAD_SECONDS = 3;
/** Of a hundred entries and more each. */
const TIMELINE_PAGES_MAX = 5;

export const order = new Hono<PageEnv>()
  .use('/orders/:id', signedIn)
  .use('/orders/:id/*', signedIn)
  .get('/orders/:id', (c) => show(c, null))
  .get('/orders/:id/fragment', async (c) => {
    const found = await readOrder(c);
    c.header('cache-control', 'private, no-store');
    if (String(found.version) === c.req.query('version')) return c.body(null, 204);
    return c.html(view(c, found, await readTimeline(c)));
  })
  .get('/orders/:id/events', (c) => follow(c))
  .post('/orders/:id/returns', async (c) => {
    const body = returnOf(await formOf(c));
    const path = `/v1/orders/${idOf(c)}/returns`;
    const headers = { 'idempotency-key': crypto.randomUUID() };
    const answer = await api<unknown>(c, { method: 'POST', path, body, headers });
    return answer.ok ? c.redirect(`/orders/${idOf(c)}`, 303) : show(c, answer.error);
  })
  .post('/orders/:id/edit', async (c) => {
    const form = await formOf(c);
    const headers = { 'if-match': `"${form['version'] ?? ''}"`, 'idempotency-key': crypto.randomUUID() };
    const path = `/v1/orders/${idOf(c)}`;
    const answer = await api<Order>(c, { method: 'PATCH', path, body: editOf(form), headers });
    return answer.ok ? c.redirect(`/orders/${idOf(c)}`, 303) : show(c, answer.error);
  })
  .post('/orders/:id/cancel', async (c) => {
    const reason = ((await formOf(c))['reason'] ?? '').trim();
    const answer = await api<Order>(c, {
      method: 'POST',
      path: `/v1/orders/${idOf(c)}/cancel`,
      body: reason === '' ? {} : { reason },
    });
    return answer.ok ? c.redirect(`/orders/${idOf(c)}`, 303) : show(c, answer.error);
  });

type OrderContext = Context<PageEnv, '/orders/:id'>;

const idOf = (c: OrderContext): string => encodeURIComponent(c.req.param('id'));

const readOrder = async (c: OrderContext): Promise<Order> =>
  valueOf(await api<Order>(c, { method: 'GET', path: `/v1/orders/${idOf(c)}` }));

/** The end of a long story: a page shows what happened last. */
async function readTimeline(c: OrderContext): Promise<TimelineEntry[]> {
  const entries: TimelineEntry[] = [];
  let after: number | null = 0;
  for (let round = 0; after !== null && round < TIMELINE_PAGES_MAX; round += 1) {
    const path = `/v1/orders/${idOf(c)}/timeline?after=${after}`;
    const page: Timeline = valueOf(await api<Timeline>(c, { method: 'GET', path }));
    entries.push(...page.items);
    after = page.next;
  }
  return entries;
}

/** The order's events as the API streams them; a browser's `EventSource` sends the cookies and nothing else. */
async function follow(c: OrderContext): Promise<Response> {
  const token = await c.get('session').accessToken();
  const after = /^\d{1,15}$/.exec(c.req.query('after') ?? '')?.[0] ?? '0';
  const last = c.req.header('last-event-id');
  const response = await callInternally(c, {
    method: 'GET',
    path: `/v1/orders/${idOf(c)}/events?beyondEnd=true&after=${after}`,
    headers: {
      accept: 'text/event-stream',
      authorization: `Bearer ${token ?? ''}`,
      ...(last === undefined ? {} : { 'last-event-id': last }),
    },
  });
  if (response.status === 204) return c.body(null, 204);
  if (!response.ok || response.body === null) return c.body(null, 503);
  return c.body(response.body, 200, {
    'content-type': 'text/event-stream; charset=utf-8',
    'cache-control': 'no-store, no-transform',
    'x-accel-buffering': 'no',
  });
}

function view(c: OrderContext, found: Order, timeline: TimelineEntry[]) {
  const payUrl = paymentScript(c.env) === null ? hostedPaymentPage(c.env, found) : `/orders/${found.id}/pay`;
  return <OrderView order={found} timeline={timeline} payUrl={payUrl} />;
}

async function show(c: OrderContext, refusal: Refusal | null) {
  const [found, timeline] = await Promise.all([readOrder(c), readTimeline(c)]);
  return page(c, {
    title: `Order ${found.number}`,
    status: refusal === null ? 200 : 409,
    script: 'order.js',
    ...(isFinal(found.state) ? {} : { reloadSeconds: RELOAD_SECONDS }),
    children: (
      <>
        <RefusalNotice refusal={refusal === null ? null : { ...refusal, errors: [] }} />
        {view(c, found, timeline)}
      </>
    ),
  });
}
