import { Hono, type Context } from 'hono';
import type { Order, OrderEffects, OrderSummary, Timeline } from '#shared/contracts/http/orders.ts';
import type { OrderRisk } from '#shared/contracts/http/fraud.ts';
import { moneyText } from '#shared/money/money.ts';
import { api, inOneSentence, valueOf, type Answer, type Refusal } from '../api.ts';
import type { PageEnv } from '../env.ts';
import { formOf } from '../form.ts';
import { signedIn } from '../signed-in.ts';
import { page } from './layout.tsx';
import { isReturnStep, returnStepOf } from './decide-returns.tsx';
import { AllAtOnce, doForAll } from './operate-all.tsx';
import { disputesPage } from './operate-disputes.tsx';
import { guessingPage } from './operate-guessing.tsx';
import { OperateOrder } from './operate-order.tsx';
import { NextPage, Notice, RefusalNotice, StateBadge, Time } from './parts.tsx';

/** What one may want to see alone. */
const PARTS = [
  { name: 'state', value: 'in_review', title: 'Orders to approve or refuse' },
  { name: 'paymentStatus', value: 'disputed', title: 'Disputed payments alone' },
] as const;

interface OrderPage {
  items: OrderSummary[];
  next: string | null;
}

/** For the team: what needs a person, why, and what can be done about it. Everything goes through the public API. */
export const operate = new Hono<PageEnv>()
  .use('/operate', signedIn)
  .use('/operate/*', signedIn)
  .get('/operate', async (c) => {
    const part = PARTS.find(({ value, name }) => c.req.query(name) === value);
    const query = new URLSearchParams({ limit: '50', [part?.name ?? 'attention']: part?.value ?? 'any' });
    const cursor = c.req.query('cursor');
    if (cursor !== undefined) query.set('cursor', cursor);
    const path = `/v1/orders?${query.toString()}`;
    const { items, next } = valueOf(await api<OrderPage>(c, { method: 'GET', path }));
    return page(c, {
      title: 'Needs attention',
      children: (
        <>
          <h1>Needs attention</h1>
          <FindForm />
          <p>
            {part !== undefined && <a href="/operate">Everything that needs attention</a>}
            {part === undefined &&
              PARTS.map(({ name, value, title }) => (
                <>
                  <a href={`/operate?${name}=${value}`}>{title}</a>{' '}
                </>
              ))}
            <a href="/operate/provisioning">Deliveries and partners</a>{' '}
            <a href="/operate/disputes">Disputes by deadline</a>{' '}
            <a href="/operate/guessing">Passwords tried</a>{' '}
            <a href="/operate/data-requests">Requests about data</a>{' '}
            <a href="/operate/view-as">See what a customer sees</a>
          </p>
          {items.length === 0 && <p>Nothing: every order goes its way.</p>}
          {items.length > 0 && <Waiting items={items} />}
          <AllAtOnce items={items} />
          <NextPage url={c.req.url} next={next} />
        </>
      ),
    });
  })
  .get('/operate/find', async (c) => {
    const number = (c.req.query('number') ?? '').trim();
    const path = `/v1/orders?number=${encodeURIComponent(number)}`;
    const found = await api<OrderPage>(c, { method: 'GET', path });
    const [order] = found.ok ? found.value.items : [];
    return c.redirect(order === undefined ? '/operate' : `/operate/${order.id}`, 303);
  })
  .get('/operate/disputes', disputesPage)
  .get('/operate/guessing', guessingPage)
  .post('/operate/all', doForAll)
  .get('/operate/:id', (c) => show(c, null))
  .post('/operate/:id/retry', async (c) => {
    const { effect } = await formOf(c);
    return done(c, await command(c, 'retry', effect === undefined ? {} : { effect }));
  })
  .post('/operate/:id/undo', async (c) => {
    const { reason, keep } = await formOf(c);
    return done(
      c,
      await command(c, 'cancel', { ...reasonOf(reason), ...(keep === undefined ? {} : { keep }) }),
    );
  })
  .post('/operate/:id/resolve', async (c) => {
    const { as, reason, confirm } = await formOf(c);
    const seen = confirm === undefined || confirm === '' ? {} : { confirm };
    return done(c, await command(c, 'resolve', { as, ...reasonOf(reason), ...seen }));
  })
  .post('/operate/:id/review', async (c) => {
    const { decision, reason } = await formOf(c);
    return done(c, await command(c, 'review', { decision, ...reasonOf(reason) }));
  })
  .post('/operate/:id/access', async (c) => {
    const { decision, reason } = await formOf(c);
    return done(c, await command(c, 'access', { decision, ...reasonOf(reason) }));
  })
  .post('/operate/:id/returns/:returnId/:step', async (c) => {
    const { returnId, step } = c.req.param();
    if (!isReturnStep(step)) return c.notFound();
    const path = `/v1/orders/${idOf(c)}`;
    const order = valueOf(await api<Order>(c, { method: 'GET', path }));
    const body = returnStepOf(step, await formOf(c), order, returnId);
    return done(c, await command(c, `returns/${encodeURIComponent(returnId)}/${step}`, body));
  })
  .post('/operate/:id/notes', async (c) => {
    const { text = '', visibility = 'internal' } = await formOf(c);
    return done(c, await command(c, 'notes', { text, visibility }));
  });

type OperateContext = Context<PageEnv, '/operate/:id'>;

const idOf = (c: OperateContext): string => encodeURIComponent(c.req.param('id'));
const reasonOf = (reason = ''): object => (reason.trim() === '' ? {} : { reason: reason.trim() });

const command = (c: OperateContext, name: string, body: object): Promise<Answer<unknown>> =>
  api(c, {
    method: 'POST',
    path: `/v1/orders/${idOf(c)}/${name}`,
    body,
    headers: { 'idempotency-key': crypto.randomUUID() },
  });

const done = (c: OperateContext, answer: Answer<unknown>) =>
  answer.ok ? c.redirect(`/operate/${idOf(c)}`, 303) : show(c, answer.error);

async function show(c: OperateContext, refusal: Refusal | null) {
  const path = `/v1/orders/${idOf(c)}`;
  const [order, effects, timeline, risk] = await Promise.all([
    api<Order>(c, { method: 'GET', path }).then(valueOf),
    api<OrderEffects>(c, { method: 'GET', path: `${path}/effects` }).then(valueOf),
    api<Timeline>(c, { method: 'GET', path: `${path}/timeline` }).then(valueOf),
    api<OrderRisk>(c, { method: 'GET', path: `${path}/risk` }),
  ]);
  return page(c, {
    title: `Order ${order.number}`,
    status: refusal === null ? 200 : refusal.status < 500 ? 422 : 503,
    children: (
      <>
        <p>
          <a href="/operate">Needs attention</a>
        </p>
        <RefusalNotice refusal={refusal === null ? null : inOneSentence(refusal)} />
        <OperateOrder
          order={order}
          effects={effects}
          timeline={timeline.items}
          risk={risk.ok ? risk.value : null}
        />
      </>
    ),
  });
}

const FindForm = () => (
  <form method="get" action="/operate/find" class="row">
    <label for="number">Order number</label>
    <input class="medium" id="number" name="number" placeholder="TP-7K3M9Q2X" required />
    <button type="submit" class="plain">
      Open
    </button>
  </form>
);

const Waiting = ({ items }: { items: OrderSummary[] }) => (
  <div class="scroll">
    <table>
      <thead>
        <tr>
          <th scope="col">Order</th>
          <th scope="col">Why</th>
          <th scope="col">Since</th>
          <th scope="col" class="number">
            Total
          </th>
          <th scope="col">Do</th>
        </tr>
      </thead>
      <tbody>
        {items.map((order) => (
          <tr>
            <td>
              <a href={`/operate/${order.id}`}>{order.number}</a>
              <div class="soft">{order.firstTitle}</div>
              <StateBadge state={order.state} />
            </td>
            <td>
              <strong>{order.attention?.code ?? order.reason?.code ?? ''}</strong>
              <div>{order.attention?.text ?? order.reason?.text ?? ''}</div>
              {order.attention !== null && <div class="soft">{order.attention.detail}</div>}
            </td>
            <td>
              <Time at={order.updatedAt} />
            </td>
            <td class="number">{moneyText(order.total)}</td>
            <td>
              {order.state === 'in_review' ? (
                <a href={`/operate/${order.id}`}>Decide</a>
              ) : (
                <form method="post" action={`/operate/${order.id}/retry`}>
                  <button type="submit" class="plain" aria-label={`Try ${order.number} again`}>
                    Try again
                  </button>
                </form>
              )}
            </td>
          </tr>
        ))}
      </tbody>
    </table>
    <Notice>Trying again is safe at any time: nothing is done twice.</Notice>
  </div>
);
