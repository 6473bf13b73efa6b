import { expect, it } from 'vitest';
import { placeOrderSchema } from '#shared/contracts/http/orders.ts';
import { newId } from '#shared/ids/ids.ts';
import { migrateObject } from '../lib/migrations.ts';
import { withStorage } from '../lib/testing.ts';
import type { OrderDocument } from './machine/document.ts';
import { openOrder } from './machine/transition.ts';
import { ORDER_MIGRATIONS } from './migrations.ts';
import { OrderStorage } from './storage.ts';

const before = (migration: string): number => ORDER_MIGRATIONS.findIndex(({ name }) => name === migration);

function newDocument(): OrderDocument {
  const request = placeOrderSchema.parse({
    currency: 'EUR',
    lines: [{ variantId: newId('variant'), quantity: 1 }],
  });
  const lineIds = [{ lineId: newId('line'), instanceId: newId('instance'), workflowId: 'provision-1' }];
  const placement = { number: 'TP-OLD', customerId: newId('user'), request, lineIds, at: 1_000 };
  return openOrder({ id: newId('order'), ...placement }).document;
}

it('an order kept before refusals were counted reads as one that never had any', () =>
  withStorage((storage) => {
    const { retryUntil, holdsUntil, payment, ...older } = newDocument();
    const { asking, refusals, ...olderPayment } = payment;
    migrateObject(storage, ORDER_MIGRATIONS, before('refusals-and-holds'));
    storage.sql.exec(
      'INSERT INTO order_document VALUES (1, 1, ?)',
      JSON.stringify({ ...older, payment: olderPayment }),
    );

    migrateObject(storage, ORDER_MIGRATIONS);

    expect([retryUntil, holdsUntil, asking, refusals]).toEqual([null, null, null, 0]);
    expect(new OrderStorage(storage.sql).document()).toEqual({
      ...older,
      retryUntil,
      holdsUntil,
      payment: { ...olderPayment, asking, refusals },
    });
  }));

it('an answer that held a whole order is the version it showed, and its key still stands', () =>
  withStorage((storage) => {
    migrateObject(storage, ORDER_MIGRATIONS, before('answers-by-version'));
    const replies = [
      { ok: true, value: { version: 7, shippingAddress: { name: 'Ann' } } },
      { ok: true, value: 8 },
      9,
    ];
    for (const [index, reply] of replies.entries())
      storage.sql.exec('INSERT INTO _commands VALUES (?, ?, 1, ?)', `k${index}`, 'f', JSON.stringify(reply));

    migrateObject(storage, ORDER_MIGRATIONS);

    const kept = storage.sql.exec<{ reply: string }>('SELECT reply FROM _commands ORDER BY key').toArray();
    expect(kept.map(({ reply }) => JSON.parse(reply) as unknown)).toEqual([
      { ok: true, value: 7 },
      { ok: true, value: 8 },
      9,
    ]);
  }));
