import { Hono, type Context } from 'hono';
import type { InstanceQuote, InstanceRenewal } from '#shared/contracts/http/instance-changes.ts';
import type { Instance } from '#shared/contracts/http/instances.ts';
import type { Order } from '#shared/contracts/http/orders.ts';
import type { SavedMethod } from '#shared/contracts/http/payment-methods.ts';
import type { Product } from '#shared/contracts/http/products.ts';
import { moneyText } from '#shared/money/money.ts';
import { api, type Refusal, valueOf } from '../api.ts';
import type { PageEnv } from '../env.ts';
import { formOf } from '../form.ts';
import { signedIn } from '../signed-in.ts';
import { keptMethods, PayWith } from './checkout-paying.tsx';
import { page } from './layout.tsx';
import { RefusalNotice, Time } from './parts.tsx';
import { PriceBreakdown } from './price.tsx';

type PlansContext = Context<PageEnv, '/owned/:id/plans'>;

/** A plan somebody may choose; whether it can be had is told with its price. */
interface Choice {
  variantId: string;
  name: string;
}

export const ownedPlans = new Hono<PageEnv>()
  .use('/owned/*', signedIn)
  .get('/owned/:id/plans', (c) => choose(c, null))
  .post('/owned/:id/plans', async (c) => {
    const { change = '', variantId = '' } = await formOf(c);
    const quote = await api<InstanceQuote>(c, {
      method: 'POST',
      path: '/v1/instance-changes/quotes',
      body: { change, instanceId: c.req.param('id'), ...(variantId === '' ? {} : { variantId }) },
    });
    return quote.ok ? offer(c, quote.value) : choose(c, quote.error);
  })
  .post('/owned/:id/plans/renewing', async (c) => {
    const { paymentMethodId = '', agreed } = await formOf(c);
    const path = renewalPath(c);
    const answer =
      paymentMethodId === ''
        ? await api<null>(c, { method: 'DELETE', path })
        : await api<InstanceRenewal>(c, {
            method: 'PUT',
            path,
            body: { paymentMethodId, agreed: agreed === 'yes' },
          });
    return answer.ok ? c.redirect(`/owned/${c.req.param('id')}/plans`, 303) : choose(c, answer.error);
  })
  // A quote becomes one order, so it is the key, with what it is paid with.
  .post('/owned/:id/plans/accept', async (c) => {
    const { quoteId = '', paymentMethodId = '' } = await formOf(c);
    const kept = paymentMethodId === '' ? {} : { paymentMethodId };
    const order = await api<Order>(c, {
      method: 'POST',
      path: '/v1/instance-changes',
      body: { quoteId, ...kept },
      headers: { 'idempotency-key': `change:${quoteId}:${paymentMethodId}` },
    });
    return order.ok ? c.redirect(`/orders/${order.value.id}`, 303) : choose(c, order.error);
  });

async function choose(c: PlansContext, refusal: Refusal | null) {
  const path = `/v1/instances/${encodeURIComponent(c.req.param('id'))}`;
  const instance = valueOf(await api<Instance>(c, { method: 'GET', path }));
  const choices = await choicesOf(c, instance);
  const renewing = instance.endsAt === null ? null : await renewingOf(c);
  return page(c, {
    title: `${instance.title}: plans`,
    status: refusal === null ? 200 : refusal.status < 500 ? 409 : 503,
    children: (
      <>
        <h1>{instance.title}</h1>
        <p class="soft">
          {instance.variantTitle} · <Term endsAt={instance.endsAt} />
        </p>
        <RefusalNotice refusal={refusal} />
        {instance.endsAt !== null && (
          <Ask instance={instance} change="renewal" text="What does a further term cost?" />
        )}
        {renewing !== null && <Renewing id={instance.id} {...renewing} />}
        {choices.length > 0 && <h2>Another plan</h2>}
        {choices.map(({ variantId, name }) => (
          <div class="panel">
            <h3>{name}</h3>
            <Ask
              instance={instance}
              change="plan"
              variantId={variantId}
              text="What does it cost from now on?"
            />
            {instance.endsAt !== null && (
              <Ask
                instance={instance}
                change="renewal"
                variantId={variantId}
                text="What does it cost from the next term on?"
              />
            )}
          </div>
        ))}
        {choices.length === 0 && instance.endsAt === null && <p>There is no other plan of it.</p>}
        <p>
          <a href={`/owned/${instance.id}`}>Back</a>
        </p>
      </>
    ),
  });
}

/** Other variants of its product and of those related to it. A product that is not sold any more has none. */
async function choicesOf(c: PlansContext, instance: Instance): Promise<Choice[]> {
  const product = await read(c, instance.productId);
  if (product === null) return [];
  const related = await Promise.all(product.related.map(({ handle }) => read(c, handle)));
  return [product, ...related.filter((one) => one !== null)]
    .filter(({ kind }) => kind === instance.kind)
    .flatMap(({ title, variants }) =>
      variants.map((variant) => ({ variantId: variant.id, name: [title, variant.title].join(' · ') })),
    )
    .filter(({ variantId }) => variantId !== instance.variantId);
}

async function read(c: PlansContext, name: string): Promise<Product | null> {
  const answer = await api<Product>(c, { method: 'GET', path: `/v1/products/${encodeURIComponent(name)}` });
  return answer.ok ? answer.value : null;
}

const renewalPath = (c: PlansContext): string =>
  `/v1/instance-renewals/${encodeURIComponent(c.req.param('id'))}`;

interface RenewingProps {
  /** Null: it does not renew by itself. */
  renewal: InstanceRenewal | null;
  kept: readonly SavedMethod[];
}

async function renewingOf(c: PlansContext): Promise<RenewingProps> {
  const [renewal, kept] = await Promise.all([
    api<InstanceRenewal>(c, { method: 'GET', path: renewalPath(c) }),
    keptMethods(c),
  ]);
  return { renewal: renewal.ok ? renewal.value : null, kept };
}

const RENEWING_TEXT: Record<InstanceRenewal['state'], string> = {
  on: 'It renews by itself: you are reminded a week before its term ends, and charged the day before.',
  paying: 'It is being renewed.',
  failed: 'It could not be charged, and does not renew by itself any more.',
};

/** By itself or not, and with what it is paid. */
const Renewing = ({ id, renewal, kept }: RenewingProps & { id: string }) => (
  <div class="panel">
    <h2>Renewing by itself</h2>
    {renewal !== null && (
      <form method="post" action={`/owned/${id}/plans/renewing`}>
        <p>
          {RENEWING_TEXT[renewal.state]}{' '}
          {renewal.orderId !== null && <a href={`/orders/${renewal.orderId}`}>The order</a>}
        </p>
        <button type="submit">Switch it off</button>
      </form>
    )}
    {kept.length === 0 ? (
      <p class="soft">
        To have it renewed by itself, <a href="/account/payment-methods">keep a payment method</a> first.
      </p>
    ) : (
      <form method="post" action={`/owned/${id}/plans/renewing`}>
        <label>
          Pay with{' '}
          <select name="paymentMethodId">
            {kept.map((method) => (
              <option value={method.id} selected={method.id === renewal?.paymentMethodId}>
                {method.title}
              </option>
            ))}
          </select>
        </label>
        <label class="check">
          <input type="checkbox" name="agreed" value="yes" required /> It may be charged for each further
          term, at its price of then, until I switch this off
        </label>
        <button type="submit">{renewal === null ? 'Renew it by itself' : 'Agree anew'}</button>
      </form>
    )}
  </div>
);

async function offer(c: PlansContext, quote: InstanceQuote) {
  const kept = quote.total.amount === 0 ? [] : await keptMethods(c);
  return page(c, {
    title: quote.title,
    children: (
      <>
        <h1>{quote.title}</h1>
        <Offer id={c.req.param('id')} quote={quote} kept={kept} />
      </>
    ),
  });
}

const Offer = ({ id, quote, kept }: { id: string; quote: InstanceQuote; kept: readonly SavedMethod[] }) => (
  <div class="panel">
    <p>
      {quote.plan.variantId === quote.presentPlan.variantId
        ? `Renewed as it is: ${quote.plan.variantTitle}.`
        : `${quote.presentPlan.variantTitle} → ${quote.plan.variantTitle}, ${
            quote.takesEffect === 'at_once' ? 'as soon as it is paid' : 'when the next term begins'
          }.`}{' '}
      <Term endsAt={quote.endsAt} />
    </p>
    {quote.change === 'plan' && (
      <p class="soft">
        {moneyText(quote.cost)} for that time, less {moneyText(quote.unused)} that was paid for and not used.
      </p>
    )}
    <PriceBreakdown price={quote.price} lines={[quote.line]} />
    <form method="post" action={`/owned/${id}/plans/accept`}>
      <input type="hidden" name="quoteId" value={quote.id} />
      <PayWith kept={kept} total={quote.total} />
      <button type="submit">Order and pay {moneyText(quote.total)}</button>
      <p class="soft">
        This price holds until <Time at={quote.expiresAt} />.
      </p>
    </form>
    <p>
      <a href={`/owned/${id}/plans`}>Choose something else</a>
    </p>
  </div>
);

const Ask = (props: { instance: Instance; change: 'plan' | 'renewal'; variantId?: string; text: string }) => (
  <form method="post" action={`/owned/${props.instance.id}/plans`}>
    <input type="hidden" name="change" value={props.change} />
    {props.variantId !== undefined && <input type="hidden" name="variantId" value={props.variantId} />}
    <button type="submit">{props.text}</button>
  </form>
);

const Term = ({ endsAt }: { endsAt: string | null }) =>
  endsAt === null ? (
    <>It has no end.</>
  ) : (
    <>
      Until <Time at={endsAt} />.
    </>
  );

/** On the page of what somebody owns: where its plan and its term are changed. */
export const PlanOffers = ({ instance }: { instance: Instance }) =>
  ['active', 'suspended'].includes(instance.state) && instance.kind !== 'physical' ? (
    <p>
      <Term endsAt={instance.endsAt} />{' '}
      <a href={`/owned/${instance.id}/plans`}>
        {instance.endsAt === null ? 'Change the plan' : 'Renew it or change the plan'}
      </a>
    </p>
  ) : null;
