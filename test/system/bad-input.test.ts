import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Tokens } from '../../scripts/lib/accounts.ts';
import { newSecrets } from '../../scripts/lib/local-settings.ts';
import { newSignIns } from '../../scripts/lib/seed.ts';
import { startSystem, type System } from '../../scripts/lib/system.ts';
import { type ScenarioProduct, World } from '../../scripts/scenarios/world.ts';

const secrets = newSecrets();
const signIns = newSignIns();
let system: System;
let customer: Tokens;
let product: ScenarioProduct;

beforeAll(async () => {
  system = await startSystem({ secrets, seed: signIns });
  const world = new World({ ...system, secrets, signIns, onStep: () => undefined });
  [customer, product] = await Promise.all([
    world.newCustomer(),
    world.licence({
      customisationSchema: {
        type: 'object',
        properties: { registeredName: { type: 'string', maxLength: 20 } },
        required: ['registeredName'],
        additionalProperties: false,
      },
    }),
  ]);
});
afterAll(() => system.stop());

interface Problem {
  type: string;
  detail: string;
  requestId: string;
  errors?: { pointer: string }[];
}

async function order(
  body: unknown,
  headers: Record<string, string> = {},
): Promise<{ status: number; problem: Problem }> {
  const response = await fetch(`${system.origin}/v1/orders`, {
    method: 'POST',
    headers: {
      authorization: `Bearer ${customer.accessToken}`,
      'content-type': 'application/json',
      'idempotency-key': crypto.randomUUID(),
      ...headers,
    },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  });
  expect(response.headers.get('content-type')).toContain('application/problem+json');
  return { status: response.status, problem: await response.json<Problem>() };
}

const line = (changes: object = {}) => ({
  variantId: product.variantId,
  quantity: 1,
  customisation: { registeredName: 'Ada' },
  ...changes,
});
const valid = (changes: object = {}) => ({ currency: 'EUR', lines: [line()], ...changes });
const foreignId = `var_${'0'.repeat(32)}`;

describe('an order that cannot be placed names the field', () => {
  const cases: [string, () => unknown, string][] = [
    ['an unknown field', () => valid({ discount: 100 }), '/discount'],
    ['an unknown field of a line', () => valid({ lines: [line({ unitPrice: 1 })] }), '/lines/0/unitPrice'],
    ['a quantity of 0', () => valid({ lines: [line({ quantity: 0 })] }), '/lines/0/quantity'],
    ['a quantity of 10^9', () => valid({ lines: [line({ quantity: 1e9 })] }), '/lines/0/quantity'],
    ['half a unit', () => valid({ lines: [line({ quantity: 0.5 })] }), '/lines/0/quantity'],
    ['a quantity as text', () => valid({ lines: [line({ quantity: '1' })] }), '/lines/0/quantity'],
    ['a currency that is none', () => valid({ currency: 'XXX' }), '/currency'],
    ['a currency it is not sold in', () => valid({ currency: 'USD' }), '/lines/0/variantId'],
    [
      'a variant that does not exist',
      () => valid({ lines: [line({ variantId: foreignId })] }),
      '/lines/0/variantId',
    ],
    [
      'an id of another kind',
      () => valid({ lines: [line({ variantId: product.product.id })] }),
      '/lines/0/variantId',
    ],
    ['no line', () => valid({ lines: [] }), '/lines'],
    ['51 lines', () => valid({ lines: Array.from({ length: 51 }, () => line()) }), '/lines'],
    [
      'customisation that is too long',
      () => valid({ lines: [line({ customisation: { registeredName: 'x'.repeat(21) } })] }),
      '/lines/0/customisation/registeredName',
    ],
    [
      'customisation the product does not know',
      () => valid({ lines: [line({ customisation: { registeredName: 'Ada', colour: 'red' } })] }),
      '/lines/0/customisation/colour',
    ],
  ];
  for (const [name, body, pointer] of cases) {
    it(`${name}: 422 at ${pointer}`, async () => {
      const { status, problem } = await order(body());
      expect(status).toBe(422);
      expect(problem.type).toBe('/problems/validation-failed');
      expect(problem.errors?.map((error) => error.pointer)).toContain(pointer);
      expect(problem.requestId).toMatch(/./);
    });
  }

  it('a missing Idempotency-Key is named as a header', async () => {
    const { status, problem } = await order(valid(), { 'idempotency-key': '' });
    expect([400, 422]).toContain(status);
    expect(JSON.stringify(problem).toLowerCase()).toContain('idempotency-key');
  });

  it('broken JSON is 400', async () => expect((await order('{"currency":')).status).toBe(400));
  it('an oversized body is 413', async () => {
    expect((await order(valid({ note: 'x'.repeat(300_000) }))).status).toBe(413);
  });
  it('the same key with another body is refused', async () => {
    const key = { 'idempotency-key': crypto.randomUUID() };
    await order(valid({ currency: 'USD' }), key);
    const { status, problem } = await order(valid({ lines: [line({ quantity: 2 })], currency: 'USD' }), key);
    expect([status, problem.type]).toEqual([422, '/problems/idempotency-key-reused']);
  });
});

describe('hostile searches are answered or refused, never a fault', () => {
  const searches = [
    '" OR 1=1 --',
    'NEAR(a b, 5)',
    'title:*',
    "'; DROP TABLE products; --",
    '***',
    '"',
    'a AND',
    '(((((',
    '\u0000',
    '\u202E‮🦄',
    '-',
    '^',
    'x'.repeat(10_240),
    '%00%ff',
    '"a" * "b"',
    '{a b}: c',
  ];
  for (const q of searches) {
    it(JSON.stringify(q.slice(0, 20)), async () => {
      const response = await fetch(`${system.origin}/v1/products?q=${encodeURIComponent(q)}`);
      expect([200, 400, 422]).toContain(response.status);
      await response.text();
    });
  }
  for (const query of [
    'cursor=garbage',
    'limit=0',
    'limit=1e9',
    'priceMin=-1',
    'kind=x',
    'sort=x',
    'unknown=1',
  ]) {
    it(`?${query} is refused by name`, async () => {
      const response = await fetch(`${system.origin}/v1/products?${query}`);
      expect([400, 422]).toContain(response.status);
      expect(response.headers.get('content-type')).toContain('application/problem+json');
    });
  }
});

describe('what belongs to somebody else is not there', () => {
  it('orders, instances and timelines of others answer 404 as if they did not exist', async () => {
    const headers = { authorization: `Bearer ${customer.accessToken}` };
    for (const path of [`orders/ord_${'0'.repeat(32)}`, `instances/ins_${'0'.repeat(32)}`]) {
      expect((await fetch(`${system.origin}/v1/${path}`, { headers })).status).toBe(404);
    }
  });
});
