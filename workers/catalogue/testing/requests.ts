import { expect } from 'vitest';
import type { ProductInput } from '#shared/contracts/http/product-input.ts';
import { type ProductAdmin, productAdminSchema } from '#shared/contracts/http/products.ts';
import { newId } from '#shared/ids/ids.ts';
import { self, signedIn } from '#shared/testing/runtime.ts';

export const ORIGIN = 'https://shop.test';
export const operator = () => signedIn(newId('user'), 'operator');
export const customer = () => signedIn(newId('user'), 'customer');

let made = 0;
/** A word no other test uses. */
export const unique = (prefix = 'p'): string => `${prefix}${Date.now().toString(36)}${(made += 1)}x`;

/** A licence with one variant in EUR; `overrides` replace whole fields. */
export function productInput(overrides: Partial<Record<keyof ProductInput, unknown>> = {}) {
  const handle = typeof overrides.handle === 'string' ? overrides.handle : unique();
  return {
    kind: 'licence',
    title: `Product ${handle}`,
    fulfilment: { template: 'licence-key', activationsMax: 1, validDays: null },
    variants: [{ sku: `${handle}-1`, prices: [{ amount: 1900, currency: 'EUR' }] }],
    ...overrides,
    handle,
  };
}

export const get = (path: string, headers: Record<string, string> = {}): Promise<Response> =>
  self.fetch(`${ORIGIN}${path}`, { headers });

export const send = (
  method: string,
  path: string,
  body: unknown,
  headers: Record<string, string> = {},
): Promise<Response> =>
  self.fetch(`${ORIGIN}${path}`, {
    method,
    headers: { 'content-type': 'application/json', ...headers },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });

/** Creates a product as an operator; answers it with its ETag. */
export async function create(input: object): Promise<{ product: ProductAdmin; etag: string }> {
  const response = await send('POST', '/v1/products', input, await operator());
  expect(response.status).toBe(201);
  return {
    product: productAdminSchema.parse(await response.json()),
    etag: response.headers.get('etag') ?? '',
  };
}

export async function importFile(
  body: string | Uint8Array,
  options: { type?: string; query?: string } = {},
): Promise<Response> {
  return self.fetch(`${ORIGIN}/v1/imports${options.query ?? ''}`, {
    method: 'POST',
    headers: { 'content-type': options.type ?? 'text/csv', ...(await operator()) },
    body,
  });
}

/** The problem's slug and the pointers it names. */
export async function problemOf(response: Response): Promise<{ type: string; pointers: string[] }> {
  const body = (await response.json()) as { type: string; errors?: { pointer: string }[] };
  return {
    type: body.type.replace('/problems/', ''),
    pointers: (body.errors ?? []).map((error) => error.pointer),
  };
}
