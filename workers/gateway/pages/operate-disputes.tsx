import type { Order } from '#shared/contracts/http/orders.ts';
import type { Context } from 'hono';
import { moneySchema, moneyText } from '#shared/money/money.ts';
import { api, valueOf } from '../api.ts';
import type { PageEnv } from '../env.ts';
import { page } from './layout.tsx';
import { Field, NextPage, Option, Time } from './parts.tsx';

const STATE_TEXT: Record<Order['disputes'][number]['state'], string> = {
  warning: 'the bank asks, no money has moved',
  open: 'not decided',
  won: 'won',
  lost: 'lost',
};

/** In a currency of the bank's choice, which we may not price in. */
const statedText = (stated: { amount: number; currency: string }): string => {
  const money = moneySchema.safeParse(stated);
  return money.success ? moneyText(money.data) : `${stated.amount} minor units of ${stated.currency}`;
};

const Deadline = ({ dueBy }: { dueBy: string | null }) =>
  dueBy === null ? null : (
    <>
      {' '}
      <strong>
        evidence until <Time at={dueBy} />
      </strong>
    </>
  );

interface ListedDispute {
  disputeId: string;
  paymentId: string;
  orderId: string | null;
  currency: string;
  amount: number;
  state: Order['disputes'][number]['state'];
  reason: string;
  dueBy: string | null;
}

/** All disputes, the next deadline first. */
export async function disputesPage(c: Context<PageEnv>) {
  const query = new URLSearchParams({ limit: '50' });
  const cursor = c.req.query('cursor');
  if (cursor !== undefined) query.set('cursor', cursor);
  const path = `/v1/disputes?${query.toString()}`;
  const answer = await api<{ items: ListedDispute[]; next: string | null }>(c, { method: 'GET', path });
  const { items, next } = valueOf(answer);
  return page(c, {
    title: 'Disputes',
    children: (
      <>
        <p>
          <a href="/operate">Needs attention</a>
        </p>
        <h1>Disputes</h1>
        <p>The next deadline first. Evidence is handed in at the payment service.</p>
        {items.length === 0 && <p>None.</p>}
        <ul>
          {items.map(({ disputeId, paymentId, orderId, state, reason, dueBy, ...stated }) => (
            <li>
              {orderId === null ? <code>{paymentId}</code> : <a href={`/operate/${orderId}`}>Order</a>}{' '}
              {statedText({ amount: stated.amount, currency: stated.currency })}, {STATE_TEXT[state]}:{' '}
              {reason} <code>{disputeId}</code>
              <Deadline dueBy={dueBy} />
            </li>
          ))}
        </ul>
        <NextPage url={c.req.url} next={next} />
      </>
    ),
  });
}

/** Money that a bank took back or asks about. Evidence is handed in at the payment service. */
export const Disputes = ({ order }: { order: Order }) =>
  order.disputes.length === 0 ? null : (
    <>
      <h2>Disputes</h2>
      <ul>
        {order.disputes.map(({ id, amount, stated, state, reason, openedAt, evidenceDueBy }) => (
          <li>
            {statedText(stated ?? amount)}, {STATE_TEXT[state]}: {reason} <code>{id}</code>{' '}
            <span class="soft">
              <Time at={openedAt} />
            </span>
            <Deadline dueBy={evidenceDueBy} />
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
