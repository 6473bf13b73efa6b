import { Hono } from 'hono';
import type { OrderSummary } from '#shared/contracts/http/orders.ts';
import { moneyText } from '#shared/money/money.ts';
import { api, valueOf } from '../api.ts';
import type { PageEnv } from '../env.ts';
import { signedIn } from '../signed-in.ts';
import { page } from './layout.tsx';
import { NextPage, StateBadge, Time } from './parts.tsx';

interface OrderPage {
  items: OrderSummary[];
  next: string | null;
}

export const orders = new Hono<PageEnv>().use('/orders', signedIn).get('/orders', async (c) => {
  const query = new URLSearchParams({ limit: '20' });
  const cursor = c.req.query('cursor');
  if (cursor !== undefined) query.set('cursor', cursor);
  const { items, next } = valueOf(
    await api<OrderPage>(c, { method: 'GET', path: `/v1/orders?${query.toString()}` }),
  );
  return page(c, {
    title: 'Orders',
    children: (
      <>
        <h1>Orders</h1>
        {items.length === 0 && <p>Nothing ordered yet.</p>}
        <ul class="grid">
          {items.map((order) => (
            <li class="card">
              <h2>
                <a href={`/orders/${order.id}`}>{order.number}</a>
              </h2>
              <p>
                {order.firstTitle}
                {order.lineCount > 1 && ` and ${order.lineCount - 1} more`}
              </p>
              <p>
                <StateBadge state={order.state} /> <span class="price">{moneyText(order.total)}</span>
              </p>
              <p class="soft">
                <Time at={order.createdAt} />
              </p>
            </li>
          ))}
        </ul>
        <NextPage url={c.req.url} next={next} />
      </>
    ),
  });
});
