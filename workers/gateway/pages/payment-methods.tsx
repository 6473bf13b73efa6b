import { Hono, type Context } from 'hono';
import type {
  MethodSetup,
  SavedMethod,
  SavedMethodList,
  UnverifiedMethod,
} from '#shared/contracts/http/payment-methods.ts';
import { adviceText } from '#shared/domain/payment-advice.ts';
import { api, type Answer, valueOf } from '../api.ts';
import type { PageEnv } from '../env.ts';
import { ADD_METHOD_PATH, paymentScript } from '../payment-element.ts';
import { signedIn } from '../signed-in.ts';
import { page } from './layout.tsx';
import { PaymentForm } from './payment-form.tsx';
import { Notice, RefusalNotice, Time } from './parts.tsx';
import { VerifyAccount } from './verify-account.tsx';

/** What a customer keeps to pay with. One is added in the provider's form: by itself, or where an order is paid. */
export const paymentMethods = new Hono<PageEnv>()
  .use('/account/payment-methods', signedIn)
  .use('/account/payment-methods/*', signedIn)
  .get('/account/payment-methods', (c) => show(c, null))
  .get(ADD_METHOD_PATH, (c) => add(c))
  .post('/account/payment-methods/:id/remove', (c) =>
    change(c, { method: 'DELETE', path: `/v1/payment-methods/${encodeURIComponent(c.req.param('id'))}` }),
  )
  .post('/account/payment-methods/:id/default', (c) =>
    change(c, {
      method: 'PUT',
      path: `/v1/payment-methods/${encodeURIComponent(c.req.param('id'))}/default`,
    }),
  );

/** A set-up that nobody confirms keeps nothing, so that every look may begin another one. */
async function add(c: Context<PageEnv>) {
  const script = paymentScript(c.env);
  if (script === null) return c.redirect('/account/payment-methods', 303);
  const setup = valueOf(
    await api<MethodSetup>(c, {
      method: 'POST',
      path: '/v1/payment-methods/setup',
      headers: { 'idempotency-key': crypto.randomUUID() },
    }),
  );
  return page(c, {
    title: 'Add a payment method',
    script: 'pay.js',
    providerScript: script.src,
    children: (
      <section class="narrow">
        <h1>Add a payment method</h1>
        <p>
          <a href="/account/payment-methods">Back to your payment methods</a>
        </p>
        <PaymentForm
          purpose="keep"
          publishableKey={script.publishableKey}
          clientSecret={setup.clientSecret}
          returnUrl={`${c.env.PUBLIC_ORIGIN}/account/payment-methods`}
          amount={null}
          error={null}
          button="Keep it"
        >
          <p class="soft">
            Nothing is charged. Orders you place with it are charged without asking you again.
          </p>
        </PaymentForm>
      </section>
    ),
  });
}

async function change(c: Context<PageEnv>, call: { method: 'DELETE' | 'PUT'; path: string }) {
  const answer = await api<unknown>(c, call);
  return answer.ok ? c.redirect('/account/payment-methods', 303) : show(c, answer);
}

async function show(c: Context<PageEnv>, failed: Answer<unknown> | null) {
  const kept = await api<SavedMethodList>(c, { method: 'GET', path: '/v1/payment-methods' });
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
        {c.req.query('redirect_status') === 'failed' && (
          <Notice kind="bad">{adviceText('authentication_failed')}</Notice>
        )}
        {kept.ok && <List items={kept.value.items} />}
        {kept.ok && <Unverified items={kept.value.unverified} />}
        {paymentScript(c.env) !== null && (
          <p>
            <a class="button" href={ADD_METHOD_PATH}>
              Add a payment method
            </a>
          </p>
        )}
        <Notice>
          You can also tick “Keep this payment method” when you pay an order. Its number stays with the
          payment provider.
        </Notice>
      </div>
    ),
  });
}

/** They pay for nothing yet. */
const Unverified = ({ items }: { items: UnverifiedMethod[] }) =>
  items.length === 0 ? null : (
    <section aria-label="To be verified">
      <h2>To be verified</h2>
      <ul>
        {items.map(({ title, verification }) => (
          <li>
            {title} <VerifyAccount verification={verification} />
          </li>
        ))}
      </ul>
    </section>
  );

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
