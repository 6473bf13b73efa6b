import { createExecutionContext, waitOnExecutionContext } from 'cloudflare:test';
import { beforeAll, expect, it } from 'vitest';
import { newId } from '#shared/ids/ids.ts';
import { type Costs, meterEnv, newCosts } from '#shared/observability/costs.ts';
import { migrateDatabases, signedIn } from '#shared/testing/runtime.ts';
import { createPurchaseApp } from './app.ts';
import { BINDINGS } from './env.ts';
import { bindings, variant } from './testing/shop.ts';

beforeAll(migrateDatabases);
const app = createPurchaseApp();
const staff = newId('user');

async function costOf(method: string, path: string, body?: unknown) {
  const costs = newCosts();
  const context = createExecutionContext();
  const response = await app.fetch(
    new Request(`https://shop.test${path}`, {
      method,
      headers: {
        ...(await signedIn(staff, 'customer', 'operator')),
        'content-type': 'application/json',
        'idempotency-key': crypto.randomUUID(),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    }),
    meterEnv(bindings, BINDINGS, costs),
    context,
  );
  const answer = response.status === 204 ? null : await response.json<{ id?: string }>();
  await waitOnExecutionContext(context);
  return { id: answer?.id ?? '', costs: spent(costs) };
}
const spent = (costs: Costs): Partial<Costs> =>
  Object.fromEntries(
    Object.entries(costs).filter(([kind, count]) => kind !== 'd1Statements' && Number(count) > 0),
  );
const ROUND_TRIP = { d1: 1 };
const promotion = (values: object) => ({ title: 'P', effect: { type: 'percent', ratePpm: 1 }, ...values });

it('what operators set costs one round trip a request', async () => {
  await costOf('GET', '/v1/promotions');
  const made = await costOf('POST', '/v1/promotions', promotion({}));
  const at = `/v1/promotions/${made.id}`;
  const table = {
    make: made.costs,
    list: (await costOf('GET', '/v1/promotions?limit=100')).costs,
    read: (await costOf('GET', at)).costs,
    codes: (await costOf('POST', `${at}/codes`, { codes: ['COSTS'] })).costs,
    rate: (await costOf('POST', '/v1/tax-rates', { name: 'T', country: 'ZZ', ratePpm: 1 })).costs,
    modes: (await costOf('GET', '/v1/tax-modes')).costs,
    group: (await costOf('PUT', '/v1/customer-groups/costs', { title: 'C' })).costs,
    member: (await costOf('PUT', `/v1/customer-groups/costs/members/${staff}`)).costs,
    archive: (await costOf('DELETE', at)).costs,
  };
  for (const costs of Object.values(table)) expect(costs).toEqual(ROUND_TRIP);
  expect((await costOf('GET', `${at}/uses`)).costs).toEqual({ objects: 1 });
});

it('a price costs one round trip and one call of the catalogue, however many promotions and codes there are', async () => {
  const things = await Promise.all([variant(), variant(), variant()]);
  const preview = (codes: string[]) =>
    costOf('POST', '/v1/price-preview', {
      currency: 'EUR',
      lines: things.map(({ variantId }) => ({ variantId, quantity: 2 })),
      codes,
    });
  const before = await preview([]);
  for (let n = 0; n < 30; n += 1) {
    const { id } = await costOf('POST', '/v1/promotions', promotion({ automatic: n % 2 === 0 }));
    if (n % 2 === 1) await costOf('POST', `/v1/promotions/${id}/codes`, { codes: [`MANY-${n}`] });
  }
  const after = await preview(['MANY-1', 'MANY-3', 'MANY-5']);
  expect(before.costs).toEqual({ d1: 1, services: 1 });
  expect(after.costs).toEqual(before.costs);
});

it('a promotion for first orders costs one more look, at the list of orders', async () => {
  const { id } = await costOf('POST', '/v1/promotions', promotion({ conditions: { firstOrder: true } }));
  await costOf('POST', `/v1/promotions/${id}/codes`, { codes: ['FIRST-COST'] });
  const thing = await variant();
  const { costs } = await costOf('POST', '/v1/price-preview', {
    currency: 'EUR',
    lines: [{ variantId: thing.variantId, quantity: 1 }],
    codes: ['FIRST-COST'],
  });
  expect(costs).toEqual({ d1: 2, services: 1 });
});
