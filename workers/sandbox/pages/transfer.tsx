import { currencySchema, moneyText } from '#shared/money/money.ts';
import type { TransferView } from '../stripe/view.ts';

interface Props {
  transfer: TransferView;
  currency: string;
  action: string;
  hidden: Record<string, string>;
}

/** Where to transfer the money, and a button that plays the bank: it arrives, also in part. */
export const TransferInstructions = ({ transfer, currency, action, hidden }: Props) => (
  <section aria-labelledby="transfer">
    <h2 id="transfer">Transfer {moneyOf(transfer.remaining, currency)} from your bank</h2>
    <table>
      <tbody>
        {Object.entries({ ...transfer.fields, Reference: transfer.reference }).map(([name, value]) => (
          <tr>
            <th scope="row">{name}</th>
            <td>{value}</td>
          </tr>
        ))}
      </tbody>
    </table>
    <form method="post" action={action}>
      {Object.entries(hidden).map(([name, value]) => (
        <input type="hidden" name={name} value={value} />
      ))}
      <label>
        Amount that arrives, in minor units (empty: all that is missing){' '}
        <input type="text" name="amount" inputmode="numeric" autocomplete="off" />
      </label>
      <button type="submit">Let the transfer arrive</button>
    </form>
  </section>
);

function moneyOf(amount: number, code: string): string {
  const currency = currencySchema.safeParse(code);
  return currency.success ? moneyText({ amount, currency: currency.data }) : `${amount} ${code}`;
}
