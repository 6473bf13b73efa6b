import type { Order } from '#shared/contracts/http/orders.ts';
import { moneyText } from '#shared/money/money.ts';

type Paid = Pick<Order, 'giftCards' | 'payment' | 'nextActions'>;

/** What gift cards pay of an order, by the end of their codes, and what the payment does; nothing where none pays. */
export const PaidWith = ({ order: { giftCards, payment, nextActions } }: { order: Paid }) => {
  const paying = giftCards.filter(({ amount }) => amount.amount > 0);
  if (paying.length === 0) return null;
  const isLeft = nextActions.includes('pay') || nextActions.includes('verify_account');
  return (
    <div class="narrow">
      <h2>How it is paid</h2>
      <table class="sums">
        <tbody>
          {paying.map(({ ending, amount, refunded }) => (
            <tr>
              <th scope="row">
                Gift card •••• {ending}
                {refunded.amount > 0 && <div class="soft">Given back: {moneyText(refunded)}</div>}
              </th>
              <td class="number">{moneyText(amount)}</td>
            </tr>
          ))}
          {payment !== null && (
            <tr>
              <th scope="row">{isLeft ? 'Left to pay' : 'By another payment'}</th>
              <td class="number">{moneyText(payment.amount)}</td>
            </tr>
          )}
        </tbody>
      </table>
    </div>
  );
};
