import { currencySchema, moneyText } from '#shared/money/money.ts';
import { holdsPossible, TEST_METHODS } from '../stripe/methods/index.ts';
import type { PaymentView } from '../stripe/view.ts';
import { Layout } from './layout.tsx';

const OPEN = new Set<string>(['requires_payment_method', 'requires_confirmation']);

function amountText(payment: PaymentView): string {
  const currency = currencySchema.safeParse(payment.currency);
  return currency.success
    ? moneyText({ amount: payment.amount, currency: currency.data })
    : `${payment.amount} ${payment.currency}`;
}

const ENDED: Partial<Record<string, string>> = {
  succeeded: 'Paid. Thank you.',
  requires_capture: 'The payment is authorised. Thank you.',
  processing: 'The payment is being processed. This can take a moment.',
  canceled: 'This payment was cancelled.',
};

export interface PayPageProps {
  payment: PaymentView;
  /** Where the customer came from; null when unknown or not the shop. */
  returnUrl: string | null;
  /** A refusal that is not remembered on the payment, e.g. a mistyped number. */
  error: string | null;
}

/** The hosted payment page: pick or type a test card, pay, see a decline and try again. */
export const payPage = ({ payment, returnUrl, error }: PayPageProps) => {
  const problem = error ?? payment.lastError;
  const methods = TEST_METHODS.filter((method) => !payment.manualCapture || holdsPossible(method.type));
  return (
    <Layout title="Pay">
      <p class="amount">{amountText(payment)}</p>
      {payment.orderNumber === null ? null : <p>Order {payment.orderNumber}</p>}
      {OPEN.has(payment.status) ? (
        <form method="post" action={`/pay/${payment.id}`}>
          {problem === null ? null : (
            <p class="error" role="alert">
              {problem} You can try another one.
            </p>
          )}
          <input type="hidden" name="client_secret" value={payment.clientSecret} />
          <input type="hidden" name="return_url" value={returnUrl ?? ''} />
          <fieldset>
            <legend>Pick a test payment method</legend>
            {methods.map((method, index) => (
              <label>
                <input type="radio" name="payment_method" value={method.token} checked={index === 0} />{' '}
                {method.title} {method.number === null ? '' : `(${spaced(method.number)})`}
              </label>
            ))}
          </fieldset>
          <label>
            or type a card number or an IBAN{' '}
            <input
              type="text"
              name="number"
              inputmode="text"
              autocomplete="off"
              placeholder="4242 4242 4242 4242"
            />
          </label>
          <button type="submit">Pay {amountText(payment)}</button>
        </form>
      ) : (
        <p role="status">{ENDED[payment.status] ?? `This payment is ${payment.status}.`}</p>
      )}
      {payment.status === 'requires_action' ? (
        <p>
          <a href={payment.challengeUrl ?? '#'}>Confirm that it is you</a>
        </p>
      ) : null}
      {returnUrl === null ? null : (
        <p>
          <a href={returnUrl}>Back to the shop</a>
        </p>
      )}
    </Layout>
  );
};

export const challengePage = (props: { payment: PaymentView; returnUrl: string | null }) => (
  <Layout title="Is it you?">
    <p>Your bank asks whether you want to pay {amountText(props.payment)}.</p>
    <form method="post" action={`/challenge/${props.payment.id}`}>
      <input type="hidden" name="client_secret" value={props.payment.clientSecret} />
      <input type="hidden" name="return_url" value={props.returnUrl ?? ''} />
      <button type="submit" name="result" value="complete">
        Complete
      </button>
      <button type="submit" name="result" value="fail">
        Fail
      </button>
    </form>
  </Layout>
);

const spaced = (number: string): string => number.replaceAll(/(\w{4})(?=\w)/g, '$1 ');
