import { createExecutionContext, waitOnExecutionContext } from 'cloudflare:test';
import { beforeAll, describe, expect, it } from 'vitest';
import { newId } from '#shared/ids/ids.ts';
import { meterEnv, newCosts } from '#shared/observability/costs.ts';
import { migrateDatabases, self, signedIn } from '#shared/testing/runtime.ts';
import { createPurchaseApp } from './app.ts';
import { BINDINGS } from './env.ts';
import { bindings } from './testing/shop.ts';

beforeAll(migrateDatabases);

const ORIGIN = 'https://shop.test';
const staff = newId('user');
const customer = newId('user');
const path = `/v1/customer-groups/dealers-${customer.slice(-8)}`;
const group = path.slice('/v1/customer-groups/'.length);

const put = async (at: string, body?: object) =>
  self.fetch(ORIGIN + at, {
    method: 'PUT',
    headers: { ...(await signedIn(staff, 'operator')), 'content-type': 'application/json' },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
/** What the catalogue was asked. */
async function asked(response: Response) {
  expect(response.status).toBe(200);
  const { next } = await response.json<{ next: string }>();
  return JSON.parse(next) as { query: string; groups: string[]; languages: string; expand: string };
}

describe('offers', () => {
  it('are the catalogue’s list with the groups of whoever asks, and nobody’s to keep', async () => {
    await put(path, { title: 'Dealers' });
    expect((await put(`${path}/members/${customer}`)).status).toBe(204);
    const headers = { ...(await signedIn(customer, 'customer')), 'accept-language': 'de' };
    const response = await self.fetch(`${ORIGIN}/v1/offers?collection=tools&currency=USD&expand=none`, {
      headers,
    });
    expect(response.headers.get('cache-control')).toBe('private, no-store');
    expect(response.headers.get('link')).toContain('/v1/offers?collection=tools');
    expect(await asked(response)).toEqual({
      query: 'collection=tools&currency=USD&expand=price',
      groups: [group],
      languages: 'de',
      expand: 'price',
    });
  });

  it('tell what each variant costs where that is asked', async () => {
    const response = await self.fetch(`${ORIGIN}/v1/offers?expand=variants`);
    expect((await asked(response)).query).toBe('expand=variants');
  });

  it('are of no group for a guest and for another customer, whatever they say', async () => {
    const other = await signedIn(newId('user'), 'customer');
    for (const headers of [{}, other, { 'x-customer-groups': group }])
      expect((await asked(await self.fetch(`${ORIGIN}/v1/offers`, { headers }))).groups).toEqual([]);
    const bad = await self.fetch(`${ORIGIN}/v1/offers`, { headers: { authorization: 'Bearer a.b.c' } });
    expect(bad.status).toBe(401);
  });

  it('tell what the catalogue refuses', async () => {
    const response = await self.fetch(`${ORIGIN}/v1/offers?bad=1`);
    expect([response.status, response.headers.get('content-type')]).toEqual([
      422,
      'application/problem+json',
    ]);
  });

  it('cost one round trip and one call of the catalogue', async () => {
    const app = createPurchaseApp();
    const headers = await signedIn(customer, 'customer');
    const ask = async () => {
      const costs = newCosts();
      const context = createExecutionContext();
      const request = new Request(`${ORIGIN}/v1/offers`, { headers });
      const response = await app.fetch(request, meterEnv(bindings, BINDINGS, costs), context);
      await response.text();
      await waitOnExecutionContext(context);
      return [costs.d1, costs.services];
    };
    // The first one of an isolate asks for the keys of tokens too.
    await ask();
    expect(await ask()).toEqual([1, 1]);
  });
});
