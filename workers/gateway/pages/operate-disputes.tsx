import type { Order } from '#shared/contracts/http/orders.ts';
import { moneyText } from '#shared/money/money.ts';
import { Field, Option, Time } from './parts.tsx';

const STATE_TEXT: Record<Order['disputes'][number]['state'], string> = {
  warning: 'the bank asks, no money has moved',
  open: 'not decided',
  won: 'won',
  lost: 'lost',
};

/** Money that a bank took back or asks about. Evidence is handed in at the payment service. */
export const Disputes = ({ order }: { order: Order }) =>
  order.disputes.length === 0 ? null : (
    <>
      <h2>Disputes</h2>
      <ul>
        {order.disputes.map(({ id, amount, state, reason, openedAt }) => (
          <li>
            {moneyText(amount)}, {STATE_TEXT[state]}: {reason} <code>{id}</code>{' '}
            <span class="soft">
              <Time at={openedAt} />
            </span>
          </li>
        ))}
      </ul>
    </>
  );

/** What becomes of what is suspended. */
export const Access = ({ order }: { order: Order }) => (
  <form method="post" action={`/operate/${order.id}/access`} class="panel">
    <h2>What is suspended</h2>
    <p>No money moves with it. What happens to the payment later counts again.</p>
    <Field name="decision" label="The customer">
      <Option value="restore" label="may use it all the same" chosen="restore" />
      <Option value="revoke" label="loses it for good" chosen="restore" />
    </Field>
    <Field
      name="reason"
      id="f-access-reason"
      label="Reason, the customer reads it"
      maxlength={300}
      required
    />
    <button type="submit">Decide</button>
  </form>
);
