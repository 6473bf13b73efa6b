import { currencySchema, moneyText } from '#shared/money/money.ts';
import { METHOD_GROUPS } from '../stripe/methods/index.ts';
import type { TestMethod } from '../stripe/methods/types.ts';
import type { PaymentView } from '../stripe/view.ts';
import { Layout } from './layout.tsx';
import { TransferInstructions } from './transfer.tsx';

const OPEN = new Set<string>(['requires_payment_method', 'requires_confirmation']);

function amountText({ money }: PaymentView): string {
  if (money === null) return '';
  const currency = currencySchema.safeParse(money.currency);
  return currency.success
    ? moneyText({ amount: money.amount, currency: currency.data })
    : `${money.amount} ${money.currency}`;
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

/** The hosted payment page: pick or type a test method, pay, see a decline and try again, transfer money. */
export const payPage = (props: PayPageProps) => {
  const { payment, returnUrl } = props;
  return (
    <Layout title="Pay">
      <p class="amount">{amountText(payment)}</p>
      {payment.orderNumber === null ? null : <p>Order {payment.orderNumber}</p>}
      {OPEN.has(payment.status) ? <PayForm {...props} /> : <Outcome payment={payment} />}
      {payment.transfer === null || payment.money === null ? null : (
        <TransferInstructions
          transfer={payment.transfer}
          currency={payment.money.currency}
          action={`/pay/${payment.id}/transfer`}
          hidden={{ client_secret: payment.clientSecret, return_url: returnUrl ?? '' }}
        />
      )}
      {returnUrl === null ? null : (
        <p>
          <a href={returnUrl}>Back to the shop</a>
        </p>
      )}
    </Layout>
  );
};

const UNVERIFIED = 'Small deposits are on their way to your bank account.';

const Outcome = ({ payment }: { payment: PaymentView }) => {
  if (payment.transfer !== null) return <p role="status">Waiting for your bank transfer.</p>;
  const isUnverified = payment.verifyUrl !== null;
  return (
    <>
      <p role="status">
        {isUnverified ? UNVERIFIED : (ENDED[payment.status] ?? `This payment is ${payment.status}.`)}
      </p>
      {payment.verifyUrl === null ? null : (
        <p>
          <a href={payment.verifyUrl}>Verify your bank account</a>
        </p>
      )}
      {payment.challengeUrl === null ? null : (
        <p>
          <a href={`${payment.challengeUrl}&from=pay`}>Confirm that it is you</a>
        </p>
      )}
    </>
  );
};

const PayForm = ({ payment, returnUrl, error }: PayPageProps) => {
  const problem = error ?? payment.lastError;
  return (
    <form method="post" action={`/pay/${payment.id}`}>
      {problem === null ? null : (
        <p class="error" role="alert">
          {problem} You can try another one.
        </p>
      )}
      <input type="hidden" name="client_secret" value={payment.clientSecret} />
      <input type="hidden" name="return_url" value={returnUrl ?? ''} />
      <Methods types={payment.types} />
      <label>
        or type a card number, an IBAN or a US account number{' '}
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
  );
};

const Methods = ({ types }: { types: readonly string[] }) => (
  <fieldset>
    <legend>Pick a test payment method</legend>
    {METHOD_GROUPS.map(({ title, methods }, group) => {
      const offered = methods.filter(({ type }) => types.includes(type));
      return offered.length === 0 ? null : (
        <details open={group === 0}>
          <summary>{title}</summary>
          {offered.map((method, index) => (
            <Method method={method} checked={group === 0 && index === 0} />
          ))}
        </details>
      );
    })}
  </fieldset>
);

const Method = ({ method, checked }: { method: TestMethod; checked: boolean }) => (
  <label>
    <input type="radio" name="payment_method" value={method.token} checked={checked} /> {method.title}{' '}
    {method.number === null ? '' : `(${spaced(method.number)})`}
  </label>
);

interface ChallengePageProps {
  payment: PaymentView;
  returnUrl: string | null;
  /** The customer pays at our own page, which goes on after it. */
  isFromPage: boolean;
}
export const challengePage = (props: ChallengePageProps) => (
  <Layout title="Is it you?">
    <p>
      Your bank asks whether you want to{' '}
      {props.payment.money === null ? 'save this payment method' : `pay ${amountText(props.payment)}`}.
    </p>
    <form method="post" action={`/challenge/${props.payment.id}`}>
      <input type="hidden" name="client_secret" value={props.payment.clientSecret} />
      <input type="hidden" name="return_url" value={props.returnUrl ?? ''} />
      {props.isFromPage && <input type="hidden" name="from" value="pay" />}
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
