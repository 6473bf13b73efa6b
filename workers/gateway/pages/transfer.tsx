import type { Order } from '#shared/contracts/http/orders.ts';
import { moneyText } from '#shared/money/money.ts';

type Instructions = NonNullable<NonNullable<Order['payment']>['instructions']>;
type Account = Instructions['accounts'][number];

const FIELDS: readonly (readonly [field: keyof Account, label: string])[] = [
  ['holder', 'To'],
  ['bank', 'Bank'],
  ['country', 'Country'],
  ['iban', 'IBAN'],
  ['bic', 'BIC'],
  ['routingNumber', 'Routing number or sort code'],
  ['accountNumber', 'Account number'],
];

/** Where to send the money of a bank transfer that is waited for; each account is one way to the same. */
export const TransferInstructions = (props: { instructions: Instructions; currency: Order['currency'] }) => {
  const { instructions, currency } = props;
  return (
    <section aria-label="Bank transfer">
      <p>
        Transfer <strong>{moneyText({ amount: instructions.amountRemaining, currency })}</strong> with this
        reference, so that it is found: <code>{instructions.reference}</code>
      </p>
      {instructions.accounts.map((account) => (
        <dl>
          {FIELDS.flatMap(([field, label]) => {
            const value = account[field];
            return value === null
              ? []
              : [
                  <>
                    <dt>{label}</dt>
                    <dd>{value}</dd>
                  </>,
                ];
          })}
        </dl>
      ))}
    </section>
  );
};
