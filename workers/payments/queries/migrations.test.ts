import { applyD1Migrations } from 'cloudflare:test';
import { expect, it } from 'vitest';
import { migrateDatabases } from '#shared/testing/runtime.ts';
import { env, newEventId, newOrderId, newPaymentId } from '../testing.ts';

it('events of before the registry keep their place, and tell the registry of their payments', async () => {
  const all = env.TEST_MIGRATIONS['PAYMENTS_DB'] ?? [];
  await applyD1Migrations(env.PAYMENTS_DB, all.slice(0, 1));
  const [orderId, paymentId] = [newOrderId(), newPaymentId()];
  const old = env.PAYMENTS_DB.prepare(
    `INSERT INTO payment_events VALUES (?1, 'stripe', ?2, ?3, ?4, ?5, 'request-1', '2026-01-01T00:00:00.000Z',
       '2026-01-01T00:00:01.000Z', ?6, ?7)`,
  );
  const intent = {
    id: paymentId,
    object: 'payment_intent',
    currency: 'eur',
    amount: 990,
    metadata: { attempt: '2' },
  };
  const body = JSON.stringify({ data: { object: intent } });
  const [sent, waiting, ignored] = [newEventId(), newEventId(), newEventId()];
  const at = '2026-01-01T00:00:02.000Z';
  await env.PAYMENTS_DB.batch([
    old.bind(sent, 'payment_intent.succeeded', 'enqueued', orderId, paymentId, at, body),
    old.bind(waiting, 'charge.refunded', 'received', orderId, paymentId, null, '{}'),
    old.bind(ignored, 'moon.rose', 'ignored', null, null, null, '{}'),
  ]);
  await migrateDatabases();
  const { results } = await env.PAYMENTS_DB.prepare(
    'SELECT event_id, state, attempts, settled_at FROM payment_events',
  ).all<{ event_id: string; state: string; attempts: number; settled_at: string | null }>();
  expect(new Map(results.map((row) => [row.event_id, [row.state, row.attempts, row.settled_at]]))).toEqual(
    new Map([
      [sent, ['handled', 1, at]],
      [waiting, ['received', 0, null]],
      [ignored, ['ignored', 0, null]],
    ]),
  );
  expect(
    await env.PAYMENTS_DB.prepare('SELECT * FROM payments')
      .all()
      .then((found) => found.results),
  ).toMatchObject([{ payment_id: paymentId, order_id: orderId, attempt: 2, currency: 'EUR', amount: 990 }]);
});
