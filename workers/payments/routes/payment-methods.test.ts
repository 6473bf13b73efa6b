import { beforeAll, describe, expect, it } from 'vitest';
import {
  availableMethodsSchema,
  methodSetupSchema,
  savedMethodListSchema,
} from '#shared/contracts/http/payment-methods.ts';
import { newId } from '#shared/ids/ids.ts';
import { migrateDatabases, signedIn } from '#shared/testing/runtime.ts';
import { request } from '../testing.ts';

beforeAll(migrateDatabases);

interface Customer {
  headers: Record<string, string>;
  call(path: string, method?: string, headers?: Record<string, string>): Promise<Response>;
}
async function newCustomer(): Promise<Customer> {
  const headers = { ...(await signedIn(newId('user'), 'customer')) };
  return {
    headers,
    call: (path, method = 'GET', more = {}) =>
      request(`/v1/payment-methods${path}`, { method, headers: { ...headers, ...more } }),
  };
}
const setUp = (customer: Customer, key: string) =>
  customer.call('/setup', 'POST', { 'idempotency-key': key });
const kept = async (customer: Customer) =>
  savedMethodListSchema.parse(await (await customer.call('')).json()).items;

describe('kept payment methods', () => {
  it('are none before anything was kept, and the provider is not even asked', async () => {
    expect(await kept(await newCustomer())).toEqual([]);
  });

  it('are begun with a secret; the same key begins the same one, another key another', async () => {
    const customer = await newCustomer();
    const first = methodSetupSchema.parse(await (await setUp(customer, 'k1')).json());
    expect(methodSetupSchema.parse(await (await setUp(customer, 'k1')).json())).toEqual(first);
    expect(methodSetupSchema.parse(await (await setUp(customer, 'k2')).json()).id).not.toBe(first.id);
  });

  it('of ten beginnings at once belong to one customer at the provider', async () => {
    const customer = await newCustomer();
    const begun = await Promise.all(Array.from({ length: 10 }, (_, index) => setUp(customer, `k${index}`)));
    expect(begun.map(({ status }) => status)).toEqual(Array.from({ length: 10 }, () => 201));
    expect(await kept(customer)).toHaveLength(1);
  });

  it('are listed in words, one of them the default once it was chosen, and gone once deleted', async () => {
    const customer = await newCustomer();
    await setUp(customer, 'k');
    const [method] = await kept(customer);
    expect(method).toMatchObject({
      method: 'card',
      title: 'Visa •••• 4242',
      expires: '2030-07',
      isDefault: false,
    });
    expect((await customer.call(`/${method?.id}/default`, 'PUT')).status).toBe(204);
    expect(await kept(customer)).toMatchObject([{ isDefault: true }]);
    expect((await customer.call(`/${method?.id}`, 'DELETE')).status).toBe(204);
    expect(await kept(customer)).toEqual([]);
    expect((await customer.call(`/${method?.id}`, 'DELETE')).status).toBe(404);
  });

  it.each([
    ['DELETE', ''],
    ['PUT', '/default'],
  ])('of somebody else are not found: %s {id}%s', async (verb, path) => {
    const [owner, other] = [await newCustomer(), await newCustomer()];
    await setUp(owner, 'k');
    await setUp(other, 'k');
    const [method] = await kept(owner);
    expect((await other.call(`/${method?.id}${path}`, verb)).status).toBe(404);
    expect((await (await newCustomer()).call(`/${method?.id}${path}`, verb)).status).toBe(404);
    expect(await kept(owner)).toMatchObject([{ isDefault: false }]);
  });

  it('are for whoever is signed in as a customer', async () => {
    expect((await request('/v1/payment-methods')).status).toBe(401);
    const operator = await signedIn(newId('user'), 'operator');
    expect((await request('/v1/payment-methods', { headers: operator })).status).toBe(403);
    expect((await (await newCustomer()).call('/setup', 'POST')).status).toBe(422);
  });
});

describe('available payment methods', () => {
  const available = (query: string) => request(`/v1/payment-methods/available?${query}`);

  it('are told to anybody, for an amount and its currency', async () => {
    const answer = await available('currency=EUR&amount=2500');
    expect(answer.headers.get('cache-control')).toBe('public, max-age=300');
    const { items } = availableMethodsSchema.parse(await answer.json());
    expect(items.find(({ method }) => method === 'card')).toMatchObject({
      capture: 'manual',
      wallets: ['apple_pay', 'google_pay'],
    });
    expect(items.find(({ method }) => method === 'sepa_debit')).toMatchObject({
      settles: 'days',
      settleDaysMax: 20,
    });
    expect(items.some(({ method }) => method === 'us_bank_account')).toBe(false);
  });

  it('are none for nothing, and for an amount too small', async () => {
    for (const amount of [0, 49]) {
      expect(await (await available(`currency=EUR&amount=${amount}`)).json()).toEqual({ items: [] });
    }
  });

  it.each([
    'currency=XXX&amount=1',
    'currency=EUR',
    'currency=EUR&amount=-1',
    'currency=EUR&amount=1.5',
    'currency=EUR&amount=1&x=1',
  ])('are refused for %s', async (query) => {
    expect((await available(query)).status).toBe(422);
  });
});
