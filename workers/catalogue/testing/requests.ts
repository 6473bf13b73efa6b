import { expect } from 'vitest';
import {
  type CatalogueJob,
  type CatalogueJobItem,
  catalogueJobItemPageSchema,
  catalogueJobSchema,
  type JobResult,
} from '#shared/contracts/http/catalogue-jobs.ts';
import type { ImportOptions } from '#shared/contracts/http/imports.ts';
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
  options: { type?: string; query?: string; headers?: Record<string, string> } = {},
): Promise<Response> {
  return self.fetch(`${ORIGIN}/v1/imports${options.query ?? ''}`, {
    method: 'POST',
    headers: {
      'content-type': options.type ?? 'text/csv',
      prefer: 'wait=60',
      ...(await operator()),
      ...options.headers,
    },
    body,
  });
}

export interface ImportOutcome extends Record<JobResult, number> {
  job: CatalogueJob;
  items: CatalogueJobItem[];
}

/** Imports a file under a source of its own and waits for what becomes of it. */
export async function imported(
  body: string | Uint8Array,
  options: { type?: string; query?: string; headers?: Record<string, string> } = {},
): Promise<ImportOutcome> {
  const query = options.query ?? '';
  const source = query.includes('source=')
    ? query
    : `${query === '' ? '?' : `${query}&`}source=${unique('s')}`;
  const response = await importFile(body, { ...options, query: source });
  expect(response.status).toBe(200);
  return outcomeOf(catalogueJobSchema.parse(await response.json()));
}

/** A job with all its items. */
export async function outcomeOf(job: CatalogueJob): Promise<ImportOutcome> {
  const items: CatalogueJobItem[] = [];
  for (let cursor = ''; ;) {
    const page = await get(`/v1/catalogue-jobs/${job.id}/items?limit=100${cursor}`, await operator());
    const { items: found, next } = catalogueJobItemPageSchema.parse(await page.json());
    items.push(...found);
    if (next === null) return { ...job.progress, job, items };
    cursor = `&cursor=${next}`;
  }
}

/** The problem's slug and the pointers it names. */
export async function problemOf(response: Response): Promise<{ type: string; pointers: string[] }> {
  const body = (await response.json()) as { type: string; errors?: { pointer: string }[] };
  return {
    type: body.type.replace('/problems/', ''),
    pointers: (body.errors ?? []).map((error) => error.pointer),
  };
}

/** What an import does unless it is told otherwise. */
export const importOptions = (overrides: Partial<ImportOptions> = {}): ImportOptions => ({
  format: 'shopify',
  currency: 'EUR',
  mode: 'upsert',
  onError: 'skip',
  refusedMaxPercent: null,
  archiveMaxPercent: 10,
  ...overrides,
});

/** A body as a worker gets it. */
export const streamOf = (text: string): ReadableStream<Uint8Array> =>
  new ReadableStream<Uint8Array>({
    start(controller) {
      controller.enqueue(new TextEncoder().encode(text));
      controller.close();
    },
  });
