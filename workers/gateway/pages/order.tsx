import { Hono, type Context } from 'hono';
import type { Order, TimelineEntry } from '#shared/contracts/http/orders.ts';
import { api, valueOf, type Refusal } from '../api.ts';
import type { PageEnv } from '../env.ts';
import { formOf } from '../form.ts';
import { paymentPageUrl } from '../payment-page.ts';
import { signedIn } from '../signed-in.ts';
import { page } from './layout.tsx';
import { isFinal, OrderView } from './order-view.tsx';
import { RefusalNotice } from './parts.tsx';

/** Reload interval where scripts are off; with scripts the page follows the order by itself. */
const RELOAD_SECONDS = 3;

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

async function readTimeline(c: OrderContext): Promise<TimelineEntry[]> {
  const path = `/v1/orders/${idOf(c)}/timeline`;
  return valueOf(await api<{ items: TimelineEntry[] }>(c, { method: 'GET', path })).items;
}

function view(c: OrderContext, found: Order, timeline: TimelineEntry[]) {
  const payUrl =
    found.payment === null
      ? null
      : paymentPageUrl(c.env.PAYMENT_PAGE_URL, {
          payment: found.payment.paymentId,
          clientSecret: found.payment.clientSecret,
          returnUrl: `${c.env.PUBLIC_ORIGIN}/orders/${found.id}`,
        });
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
        <RefusalNotice refusal={refusal} />
        {view(c, found, timeline)}
      </>
    ),
  });
}
