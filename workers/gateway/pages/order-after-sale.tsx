import type { Order } from '#shared/contracts/http/orders.ts';
import { moneyText } from '#shared/money/money.ts';
import { Notice, Time } from './parts.tsx';

const REFUND_TEXT = {
  pending: 'on its way',
  made: 'made',
  failed: 'did not go through',
  settled_by_hand: 'paid by our team',
} as const;
const RETURN_TEXT: Record<Order['returns'][number]['state'], string> = {
  requested: 'Asked for; we answer soon',
  approved: 'Please send it back',
  received: 'It has arrived',
  refunded: 'Given back',
  exchanging: 'Being exchanged',
  exchanged: 'Exchanged',
  rejected: 'Declined',
  withdrawn: 'Withdrawn',
};

/** Without money of its own; its last step says why. */
const CLOSED = 'Closed';

/** What the team wrote to the customer. */
export const CustomerNotes = ({ order }: { order: Order }) => (
  <>
    {order.notes
      .filter(({ visibility }) => visibility === 'customer')
      .map(({ text, at }) => (
        <Notice>
          {text}{' '}
          <span class="soft">
            <Time at={at} />
          </span>
        </Notice>
      ))}
  </>
);

export const Refunds = ({ order }: { order: Order }) =>
  order.refunds.length === 0 ? null : (
    <>
      <h2>Money given back</h2>
      <ul>
        {order.refunds.map(({ amount, state, reason, at }) => (
          <li>
            {moneyText(amount)}, {REFUND_TEXT[state]}
            {reason !== '' && `: ${reason}`}{' '}
            <span class="soft">
              <Time at={at} />
            </span>
          </li>
        ))}
      </ul>
    </>
  );

export const Returns = ({ order }: { order: Order }) =>
  order.returns.length === 0 ? null : (
    <>
      <h2>Sent back</h2>
      {order.returns.map(({ state, lines, steps, refundId, exchangeOrderId }) => (
        <div class="panel">
          <strong>{state === 'refunded' && refundId === null ? CLOSED : RETURN_TEXT[state]}</strong>
          {exchangeOrderId !== null && (
            <>
              {' '}
              <a href={`/orders/${exchangeOrderId}`}>The order that replaces it</a>
            </>
          )}
          <ul>
            {lines.map(({ lineId, quantity, reason }) => (
              <li>
                {quantity} × {order.lines.find(({ id }) => id === lineId)?.title ?? 'an article'}: {reason}
              </li>
            ))}
          </ul>
          {steps
            .filter(({ reason }) => reason !== '')
            .map(({ at, reason }) => (
              <p class="soft">
                <Time at={at} /> {reason}
              </p>
            ))}
        </div>
      ))}
    </>
  );
