import { Hono, type Context } from 'hono';
import { FIRST_PARTY_CLIENT } from '#shared/auth/access-token.ts';
import type { OrderSummary } from '#shared/contracts/http/orders.ts';
import { moneyText } from '#shared/money/money.ts';
import { apiAs, publicApi, valueOf } from '../api.ts';
import type { PageEnv } from '../env.ts';
import { formOf } from '../form.ts';
import { signedIn } from '../signed-in.ts';
import { page } from './layout.tsx';
import { Field, Notice, StateBadge, Time } from './parts.tsx';

const PATH = '/operate/view-as';
const TOKEN_TYPE = 'urn:ietf:params:oauth:token-type:access_token';

/** For support: what a customer sees, as that customer. Each look needs its reason, which the customer reads. */
export const viewAs = new Hono<PageEnv>()
  .use(PATH, signedIn)
  .get(PATH, (c) => showForm(c, { customerId: c.req.query('customerId') ?? '', reason: '' }, null))
  .post(PATH, async (c) => {
    const form = await formOf(c);
    const { customerId = '', reason = '' } = form;
    const given = await publicApi<{ access_token: string }>(c, {
      method: 'POST',
      path: '/v1/oauth/token',
      form: {
        grant_type: 'urn:ietf:params:oauth:grant-type:token-exchange',
        client_id: FIRST_PARTY_CLIENT,
        subject_token: customerId,
        subject_token_type: 'urn:tradepost:token-type:account',
        actor_token: (await c.get('session').accessToken()) ?? '',
        actor_token_type: TOKEN_TYPE,
        scope: 'orders.read',
        reason,
      },
    });
    if (!given.ok)
      return showForm(c, { customerId, reason }, 'There is no such customer, or you may not look.');
    const orders = await apiAs<{ items: OrderSummary[] }>(c, given.value.access_token, {
      method: 'GET',
      path: '/v1/orders?limit=50',
    });
    return showOrders(c, valueOf(orders).items);
  });

const showForm = (
  c: Context<PageEnv>,
  { customerId, reason }: { customerId: string; reason: string },
  refused: string | null,
) =>
  page(c, {
    title: 'See what a customer sees',
    status: refused === null ? 200 : 422,
    children: (
      <form method="post" action={PATH} class="narrow">
        <h1>See what a customer sees</h1>
        {refused !== null && <Notice kind="bad">{refused}</Notice>}
        <p>The customer reads in their account that you looked, and why. You can change nothing this way.</p>
        <Field name="customerId" label="Customer" value={customerId} placeholder="usr_…" required />
        <Field name="reason" label="Why" value={reason} minlength={3} maxlength={300} required />
        <button type="submit">Look</button>
      </form>
    ),
  });

const showOrders = (c: Context<PageEnv>, items: readonly OrderSummary[]) =>
  page(c, {
    title: 'Their orders',
    children: (
      <>
        <h1>Their orders</h1>
        <Notice>You see this as the customer does; they are told that you looked.</Notice>
        {items.length === 0 && <p>They have ordered nothing.</p>}
        <ul>
          {items.map((order) => (
            <li>
              {order.number} {order.firstTitle} <StateBadge state={order.state} /> {moneyText(order.total)}{' '}
              <span class="soft">
                <Time at={order.updatedAt} />
              </span>
            </li>
          ))}
        </ul>
      </>
    ),
  });
