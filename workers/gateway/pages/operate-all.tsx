import type { OrderBatch } from '#shared/contracts/http/order-batches.ts';
import type { OrderSummary } from '#shared/contracts/http/orders.ts';
import type { Context } from 'hono';
import { api, valueOf } from '../api.ts';
import type { PageEnv } from '../env.ts';
import { formOf } from '../form.ts';
import { page } from './layout.tsx';
import { Field, Option, StateBadge } from './parts.tsx';

const AGAIN = 'retry';
const CHOICES = {
  [AGAIN]: 'Try again',
  cancelled: 'End as cancelled',
  refunded: 'End as refunded',
  completed: 'End as completed',
} as const;

/** For causes that many orders share: a partner was away, a deployment went wrong. */
export const AllAtOnce = ({ items }: { items: OrderSummary[] }) => {
  const waiting = items.filter(({ state }) => state === 'needs_operator');
  const causes = [...new Set(waiting.flatMap(({ attention }) => attention?.code ?? []))];
  return causes.length === 0 ? null : (
    <details>
      <summary>Many at once</summary>
      <form method="post" action="/operate/all" class="panel">
        <p>
          Up to 100 orders, the newest first. One whose money, deliveries and stock would not fit is left out.
        </p>
        <input type="hidden" name="key" value={crypto.randomUUID()} />
        <Field name="attention" label="Orders that wait for">
          {causes.map((cause) => (
            <Option value={cause} label={cause} chosen="" />
          ))}
          <Option value="any" label="anything" chosen="" />
        </Field>
        <Field name="do" label="What to do">
          {Object.entries(CHOICES).map(([value, label]) => (
            <Option value={value} label={label} chosen={AGAIN} />
          ))}
        </Field>
        <Field name="reason" label="Reason of an end, the customers read it" maxlength={300} />
        <button type="submit">Do it for all of them</button>
      </form>
    </details>
  );
};

/** Does it, shows what became of each, and offers the rest. The form's key makes a second click the same batch. */
export async function doForAll(c: Context<PageEnv>) {
  const { attention = 'any', do: wish = AGAIN, reason = '', cursor, key } = await formOf(c);
  const selection = { attention, ...(cursor === undefined ? {} : { cursor }) };
  const isRetry = wish === AGAIN;
  const batch = valueOf(
    await api<OrderBatch>(c, {
      method: 'POST',
      path: isRetry ? '/v1/orders/retries' : '/v1/orders/resolutions',
      body: isRetry ? selection : { ...selection, as: wish, reason },
      headers: { 'idempotency-key': key ?? crypto.randomUUID() },
    }),
  );
  return page(c, {
    title: 'Many at once',
    children: (
      <>
        <p>
          <a href="/operate">Needs attention</a>
        </p>
        <h1>Many at once</h1>
        {batch.items.length === 0 && <p>No order waits for this.</p>}
        <ul>
          {batch.items.map(({ orderId, outcome, state, problem }) => (
            <li>
              <a href={`/operate/${orderId}`}>{orderId}</a> {outcome}{' '}
              {state !== null && <StateBadge state={state} />}
              {problem !== null && `${problem.title}: ${problem.detail}`}
            </li>
          ))}
        </ul>
        {batch.next !== null && (
          <form method="post" action="/operate/all">
            <input type="hidden" name="key" value={crypto.randomUUID()} />
            <input type="hidden" name="attention" value={attention} />
            <input type="hidden" name="do" value={wish} />
            <input type="hidden" name="reason" value={reason} />
            <input type="hidden" name="cursor" value={batch.next} />
            <button type="submit">Go on with the next</button>
          </form>
        )}
      </>
    ),
  });
}
