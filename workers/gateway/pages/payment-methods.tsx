import { Hono, type Context } from 'hono';
import type { SavedMethod } from '#shared/contracts/http/payment-methods.ts';
import { api, type Answer } from '../api.ts';
import type { PageEnv } from '../env.ts';
import { signedIn } from '../signed-in.ts';
import { page } from './layout.tsx';
import { Notice, RefusalNotice, Time } from './parts.tsx';

/** What a customer keeps to pay with. One is added where an order is paid, in the provider's form. */
export const paymentMethods = new Hono<PageEnv>()
  .use('/account/payment-methods', signedIn)
  .use('/account/payment-methods/*', signedIn)
  .get('/account/payment-methods', (c) => show(c, null))
  .post('/account/payment-methods/:id/remove', (c) =>
    change(c, { method: 'DELETE', path: `/v1/payment-methods/${encodeURIComponent(c.req.param('id'))}` }),
  )
  .post('/account/payment-methods/:id/default', (c) =>
    change(c, {
      method: 'PUT',
      path: `/v1/payment-methods/${encodeURIComponent(c.req.param('id'))}/default`,
    }),
  );

async function change(c: Context<PageEnv>, call: { method: 'DELETE' | 'PUT'; path: string }) {
  const answer = await api<unknown>(c, call);
  return answer.ok ? c.redirect('/account/payment-methods', 303) : show(c, answer);
}

async function show(c: Context<PageEnv>, failed: Answer<unknown> | null) {
  const kept = await api<{ items: SavedMethod[] }>(c, { method: 'GET', path: '/v1/payment-methods' });
  const refused = [failed, kept].find((answer) => answer?.ok === false);
  return page(c, {
    title: 'Payment methods',
    status: refused === undefined ? 200 : 422,
    children: (
      <div class="narrow">
        <h1>Payment methods</h1>
        <p>
          <a href="/account">Back to your account</a>
        </p>
        <RefusalNotice refusal={refused?.ok === false ? refused.error : null} />
        {kept.ok && <List items={kept.value.items} />}
        <Notice>
          To keep another one, tick “Keep this payment method” when you pay an order. Its number stays with
          the payment provider.
        </Notice>
      </div>
    ),
  });
}

const List = ({ items }: { items: SavedMethod[] }) =>
  items.length === 0 ? (
    <p>None yet.</p>
  ) : (
    <ul>
      {items.map(({ id, title, expires, isDefault, createdAt }) => (
        <li>
          {title}
          {expires === null ? '' : `, until ${expires}`}{' '}
          <span class="soft">
            since {<Time at={createdAt} />}
            {isDefault && ', offered first'}
          </span>
          {!isDefault && (
            <form method="post" action={`/account/payment-methods/${id}/default`}>
              <button type="submit" class="link">
                Offer {title} first
              </button>
            </form>
          )}
          <form method="post" action={`/account/payment-methods/${id}/remove`}>
            <button type="submit" class="link">
              Remove {title}
            </button>
          </form>
        </li>
      ))}
    </ul>
  );
