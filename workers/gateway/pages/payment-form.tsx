import type { Child } from 'hono/jsx';

interface PaymentFormProps {
  /** Pay an order, or keep a method for later ones. */
  purpose: 'pay' | 'keep';
  publishableKey: string;
  clientSecret: string;
  /** What the button says, minor units; null: nothing is paid. */
  amount: number | null;
  /** Where the provider sends the customer back to when it had to send them away. */
  returnUrl: string;
  /** Why the last try failed. */
  error: string | null;
  button: string;
  /** Between the provider's form and the button. */
  children: Child;
}

/** The place of the provider's form, as assets/pay.js looks for it. */
export const PaymentForm = (props: PaymentFormProps) => (
  <form
    id="pay"
    class="panel"
    data-purpose={props.purpose}
    data-publishable-key={props.publishableKey}
    data-client-secret={props.clientSecret}
    data-return-url={props.returnUrl}
    data-amount={props.amount ?? undefined}
  >
    <p class="error" role="alert" id="pay-error">
      {props.error}
    </p>
    <div id="payment-element" class="payment-element"></div>
    {props.children}
    <button type="submit" disabled>
      {props.button}
    </button>
    <noscript>
      <p>This form needs JavaScript.</p>
    </noscript>
  </form>
);
