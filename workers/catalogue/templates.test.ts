import { createExecutionContext, createScheduledController, waitOnExecutionContext } from 'cloudflare:test';
import { exports } from 'cloudflare:workers';
import { beforeAll, describe, expect, it } from 'vitest';
import { catalogueJobSchema } from '#shared/contracts/http/catalogue-jobs.ts';
import type { NamedTemplate, TemplateDirectory } from '#shared/contracts/catalogue.ts';
import { newId } from '#shared/ids/ids.ts';
import { migrateDatabases, workerEnv } from '#shared/testing/runtime.ts';
import type { Env } from './env.ts';
import worker from './index.ts';
import {
  create,
  get,
  imported,
  operator,
  outcomeOf,
  problemOf,
  productInput,
  send,
  unique,
} from './testing/requests.ts';

beforeAll(migrateDatabases);

const rpc = (exports as unknown as { CatalogueRpc: TemplateDirectory }).CatalogueRpc;
const tell = (...templates: NamedTemplate[]) =>
  rpc.keepTemplates({ requestId: 'templates-1' }, { templates });

const template = (overrides: Partial<NamedTemplate> = {}): NamedTemplate => ({
  id: newId('template'),
  handle: 'keys-of-ours',
  kind: 'licence',
  status: 'active',
  version: 1,
  parameters: null,
  ...overrides,
});
const licence = (templateId: string, overrides: object = {}) =>
  productInput({
    fulfilment: { template: 'licence-key', activationsMax: 1, validDays: null, templateId },
    ...overrides,
  });
const custom = (templateId: string, parameters: object = {}) =>
  productInput({ fulfilment: { template: 'custom', templateId, parameters } });

const refused = async (input: object) => {
  const response = await send('POST', '/v1/products', input, await operator());
  expect(response.status).toBe(422);
  return (await problemOf(response)).pointers;
};
const put = async (handle: string, input: object) =>
  send('PUT', `/v1/products/${handle}`, input, { ...(await operator()), 'if-match': '*' });

/** As one that was saved before templates were known. */
const misnamed = (handle: string) =>
  workerEnv<Env>()
    .CATALOGUE_DB.prepare(
      "UPDATE products SET fulfilment = json_set(fulfilment, '$.templateId', ?1) WHERE handle = ?2",
    )
    .bind(newId('template'), handle)
    .run();

describe('the provisioning template a product names', () => {
  it('is held against nothing until the provisioner has told which there are', async () => {
    const { product } = await create(licence(newId('template'), { status: 'published' }));
    expect(product.status).toBe('published');
  });

  it('must be there, when a product is made and when it is changed', async () => {
    const known = template();
    await tell(known);
    const { product } = await create(licence(known.id));
    expect(await refused(licence(newId('template')))).toEqual(['/fulfilment/templateId']);
    const changed = await put(product.handle, licence(newId('template'), { handle: product.handle }));
    expect(changed.status).toBe(422);
    expect(await changed.text()).toContain('is not a provisioning template we know');
  });

  it('must make what the product is, with parameters that it takes', async () => {
    const seats = {
      type: 'object',
      properties: { seats: { type: 'integer', minimum: 1 } },
      required: ['seats'],
      additionalProperties: false,
    };
    const known = template({ parameters: seats });
    const parcels = template({ kind: 'physical' });
    const plain = template();
    await tell(known, parcels, plain);
    expect(await refused(custom(parcels.id))).toEqual(['/fulfilment/templateId']);
    expect(await refused(custom(known.id))).toEqual(['/fulfilment/parameters/seats']);
    expect(await refused(custom(known.id, { seats: 0 }))).toEqual(['/fulfilment/parameters/seats']);
    expect(await refused(custom(known.id, { seats: 2, colour: 'red' }))).toEqual([
      '/fulfilment/parameters/colour',
    ]);
    expect(await refused(custom(plain.id, { seats: 2 }))).toEqual(['/fulfilment/parameters']);
    expect(await refused(licence(known.id))).toEqual(['/fulfilment/templateId']);
    await create(custom(known.id, { seats: 2 }));
  });

  it('goes on to make products that name it once it is archived, and no others', async () => {
    const known = template();
    await tell(known);
    const { product } = await create(licence(known.id));
    await tell({ ...known, status: 'archived' });
    expect(await refused(licence(known.id))).toEqual(['/fulfilment/templateId']);
    const kept = await put(
      product.handle,
      licence(known.id, { handle: product.handle, title: 'Another title' }),
    );
    expect(kept.status).toBe(200);
  });

  it('is as the provisioner last said, in whatever order that arrives', async () => {
    const known = template({ version: 2 });
    expect(await tell(known)).toBe(1);
    expect(await tell(known)).toBe(0);
    expect(await tell({ ...known, version: 1, kind: 'physical' })).toBe(0);
    expect(await tell({ ...known, version: 3, status: 'archived' })).toBe(1);
    expect(await tell({ ...known, version: 3 })).toBe(0);
    expect(await refused(licence(known.id))).toEqual(['/fulfilment/templateId']);
  });

  it('is held against imports and bulk edits as well, each naming the field', async () => {
    const known = template();
    await tell(known);
    const wrong = licence(newId('template'));
    const tag = unique('tag');
    const right = licence(known.id, { tags: [tag] });
    const file = [wrong, right].map((product) => JSON.stringify(product)).join('\n');
    const outcome = await imported(file, { type: 'application/x-ndjson' });
    expect([outcome.created, outcome.refused]).toEqual([1, 1]);
    expect(JSON.stringify(outcome.items)).toContain('is not a provisioning template we know');
    await tell({ ...known, status: 'archived' });
    const again = await imported(JSON.stringify({ ...right, title: 'Another title' }), {
      type: 'application/x-ndjson',
    });
    expect(again.updated).toBe(1);

    await misnamed(right.handle);
    const headers = { ...(await operator()), 'idempotency-key': crypto.randomUUID(), prefer: 'wait=60' };
    const edit = { filter: { tag }, operations: [{ type: 'add_tag', tag: 'Sale' }] };
    const response = await send('POST', '/v1/products/bulk', edit, headers);
    const edited = await outcomeOf(catalogueJobSchema.parse(await response.json()));
    expect([edited.updated, edited.refused]).toEqual([0, 1]);
    expect(JSON.stringify(edited.items)).toContain('/fulfilment/templateId');
  });

  it('keeps a scheduled product back that names one nobody knows', async () => {
    const known = template();
    await tell(known);
    const publishAt = new Date(Date.now() - 1_000).toISOString();
    const { product } = await create(licence(known.id, { status: 'scheduled', publishAt }));
    const { product: good } = await create(licence(known.id, { status: 'scheduled', publishAt }));
    await misnamed(product.handle);
    const context = createExecutionContext();
    await worker.scheduled(createScheduledController(), workerEnv<Env>(), context);
    await waitOnExecutionContext(context);
    const seen = await Promise.all(
      [product, good].map(async ({ id }) => (await get(`/v1/products/${id}`, await operator())).json()),
    );
    expect(seen).toMatchObject([{ status: 'scheduled' }, { status: 'published' }]);
  });
});
