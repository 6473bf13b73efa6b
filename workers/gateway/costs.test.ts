import { createExecutionContext } from 'cloudflare:test';
import { expect, test } from 'vitest';
import { workerEnv } from '#shared/testing/runtime.ts';
import { meterEnv, newCosts } from '#shared/observability/costs.ts';
import { createGateway } from './app.ts';
import { BINDINGS, type Env } from './env.ts';
import { INSTANCE_ID, ORDER_ID, VARIANT_ID } from './testing/ids.ts';
import { cookiesOf, ORIGIN, SIGNED_IN, submit } from './testing/browser.ts';

const app = createGateway();

/** What one request costs here; what the workers behind spend is in their own budgets. */
async function costsOf(path: string, cookie = ''): Promise<Partial<ReturnType<typeof newCosts>>> {
  const costs = newCosts();
  const env = meterEnv(workerEnv<Env>(), BINDINGS, costs);
  const response = await app.fetch(
    new Request(ORIGIN + path, { headers: { cookie } }),
    env,
    createExecutionContext(),
  );
  await response.text();
  expect(response.status).toBeLessThan(400);
  return Object.fromEntries(Object.entries(costs).filter(([, count]) => count > 0));
}

test.each([
  ['/v1/products', 1],
  ['/v1/products/editor', 1],
  ['/.well-known/jwks.json', 1],
  ['/', 2],
  ['/products/editor', 2],
  ['/collections/tools', 3],
  ['/cart', 0],
  ['/docs', 0],
  ['/openapi.json', 0],
  ['/problems/out-of-stock', 0],
  ['/sign-in', 1],
])('%s costs %i service calls and nothing else, signed out', async (path, services) => {
  expect(await costsOf(path)).toEqual(services === 0 ? {} : { services });
});

test.each([
  ['/', 2],
  ['/products/editor', 2],
  ['/orders', 1],
  [`/orders/${ORDER_ID}`, 2],
  [`/orders/${ORDER_ID}/fragment`, 2],
  [`/orders/${ORDER_ID}/fragment?version=7`, 1],
  ['/operate', 1],
  ['/operate/disputes', 1],
  [`/operate/${ORDER_ID}`, 4],
  ['/owned', 1],
  ['/account', 1],
  [`/owned/${INSTANCE_ID}`, 2],
])('%s costs %i service calls while the access token lasts', async (path, services) => {
  expect(await costsOf(path, SIGNED_IN)).toEqual({ services });
});

test('a cart costs one call to look at, one to put something in, with a quote and what is kept beside it at the checkout', async () => {
  const added = await submit('/products/editor', {
    variantId: VARIANT_ID,
    quantity: '1',
    currency: 'EUR',
    'custom.registeredTo': 'Ann',
  });
  const guest = cookiesOf(added);
  expect(await costsOf('/cart', guest)).toEqual({ services: 1 });
  // The first look after signing in claims it.
  expect(await costsOf('/checkout', `${SIGNED_IN}; ${guest}`)).toEqual({ services: 3 });
});

test('an expired access token costs one call more, however many calls the page makes', async () => {
  expect(await costsOf('/account', '__Host-refresh=refresh-1')).toEqual({ services: 2 });
});
