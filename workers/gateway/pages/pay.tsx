import { Hono } from 'hono';
import type { Order } from '#shared/contracts/http/orders.ts';
import { PAYMENT_METHODS } from '#shared/domain/payment-methods.ts';
import { moneyText } from '#shared/money/money.ts';
import { api, valueOf } from '../api.ts';
import type { PageEnv } from '../env.ts';
import { paymentScript } from '../payment-element.ts';
import { hostedPaymentPage } from '../payment-page.ts';
import { signedIn } from '../signed-in.ts';
import { page } from './layout.tsx';
import { Time } from './parts.tsx';
import { PaymentForm } from './payment-form.tsx';

/**
 * Where a customer pays. Number and code of a card are typed into the provider's own frame and never reach this page,
 * its script or this shop (docs/pci.md).
 */
export const pay = new Hono<PageEnv>().use('/orders/:id/pay', signedIn).get('/orders/:id/pay', async (c) => {
  const id = encodeURIComponent(c.req.param('id'));
  const order = valueOf(await api<Order>(c, { method: 'GET', path: `/v1/orders/${id}` }));
  const script = paymentScript(c.env);
  if (script === null || order.payment === null || !order.nextActions.includes('pay'))
    return c.redirect(`/orders/${order.id}`, 303);
  return page(c, {
    title: `Pay order ${order.number}`,
    script: 'pay.js',
    providerScript: script.src,
    children: (
      <PayView
        order={order}
        payment={order.payment}
        publishableKey={script.publishableKey}
        returnUrl={`${c.env.PUBLIC_ORIGIN}/orders/${order.id}`}
        hostedUrl={hostedPaymentPage(c.env, order)}
        isChanged={c.req.query('changed') !== undefined}
        mayKeep={mayKeep(order, c.get('session').person)}
      />
    ),
  });
});

/** What the box to keep a method is for: methods by the provider's names. */
const SAVABLE = PAYMENT_METHODS.filter(({ savable }) => savable)
  .map(({ method }) => method)
  .join(' ');

interface PayViewProps {
  order: Order;
  payment: NonNullable<Order['payment']>;
  publishableKey: string;
  returnUrl: string;
  hostedUrl: string | null;
  /** What is to be paid is not what this page said before. */
  isChanged: boolean;
  mayKeep: boolean;
}
const CHANGED = 'The order was changed meanwhile. Please look at what is to be paid now.';

/** What is kept is kept for whoever placed the order: a colleague who pays it would give him his card. */
export const mayKeep = (
  { organisationId, placedBy }: Pick<Order, 'organisationId' | 'placedBy'>,
  person: string | null,
): boolean => organisationId === null || placedBy === person;

const PayView = ({ order, payment, publishableKey, returnUrl, hostedUrl, ...props }: PayViewProps) => (
  <section class="narrow">
    <h1>Pay order {order.number}</h1>
    <p class="soft">
      Reserved for you until <Time at={payment.dueAt} />.{' '}
      <a href={`/orders/${order.id}`}>Back to the order</a>
    </p>
    <PaymentForm
      purpose="pay"
      publishableKey={publishableKey}
      clientSecret={payment.clientSecret}
      returnUrl={returnUrl}
      amount={payment.amount.amount}
      error={props.isChanged ? CHANGED : payment.lastError}
      button={`Pay ${moneyText(payment.amount)}`}
    >
      {props.mayKeep && (
        <label class="check">
          <input type="checkbox" name="save" data-methods={SAVABLE} /> Keep this payment method for my next
          orders
        </label>
      )}
    </PaymentForm>
    {hostedUrl === null ? null : (
      <p id="pay-hosted">
        <a href={hostedUrl}>Pay at the payment provider’s own page instead</a>
      </p>
    )}
  </section>
);
