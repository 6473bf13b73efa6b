import { beforeAll, describe, expect, it } from 'vitest';
import { productAdminSchema, productPageSchema, productSchema } from '#shared/contracts/http/products.ts';
import { newId } from '#shared/ids/ids.ts';
import { migrateDatabases, workerEnv } from '#shared/testing/runtime.ts';
import { testAccessToken } from '#shared/testing/tokens.ts';
import type { Env } from './env.ts';
import {
  create,
  customer,
  get,
  operator,
  problemOf,
  productInput,
  send,
  unique,
} from './testing/requests.ts';

beforeAll(migrateDatabases);

describe('an operator creates products', () => {
  it('shows the new product to everybody at once, by id and by handle, without how it is delivered', async () => {
    const { product } = await create(productInput({ descriptionHtml: '<p>Fine</p><script>1</script>' }));
    for (const key of [product.id, product.handle]) {
      const response = await get(`/v1/products/${key}`);
      expect(response.status).toBe(200);
      const read = productSchema.parse(await response.json());
      expect(read).toMatchObject({
        id: product.id,
        version: 1,
        descriptionHtml: '<p>Fine</p>',
        summary: 'Fine',
      });
      expect(read).not.toHaveProperty('fulfilment');
    }
  });

  it('lists the new product at once for the operator and for everybody who has not asked before', async () => {
    const tag = unique('tag');
    const { product } = await create(productInput({ tags: [tag] }));
    for (const headers of [await operator(), {}]) {
      const response = await get(`/v1/products?tag=${tag}`, headers);
      const page = productPageSchema.parse(await response.json());
      expect(page.items.map((item) => item.id)).toEqual([product.id]);
      expect(page.items[0]?.priceFrom).toEqual([{ amount: 1900, currency: 'EUR' }]);
    }
  });

  it('answers the product that is there when the same request comes again, since its first answer may be lost', async () => {
    const input = productInput();
    const { product } = await create(input);
    const again = await send('POST', '/v1/products', input, await operator());
    expect(again.status).toBe(201);
    expect(again.headers.get('idempotent-replayed')).toBe('true');
    expect(productAdminSchema.parse(await again.json()).id).toBe(product.id);
  });

  it('refuses a handle and a SKU that belong to another product, naming both', async () => {
    const first = productInput();
    await create(first);
    const response = await send(
      'POST',
      '/v1/products',
      productInput({ handle: first.handle, variants: first.variants, title: 'Other' }),
      await operator(),
    );
    expect(response.status).toBe(409);
    expect(await problemOf(response)).toEqual({ type: 'conflict', pointers: ['/handle', '/variants/0/sku'] });
  });

  it('creates one product when the same handle is sent many times at once', async () => {
    const inputs = Array.from({ length: 6 }, (_, n) => ({ ...productInput(), title: `Racer ${n}` }));
    const handle = unique();
    const headers = await operator();
    const statuses = await Promise.all(
      inputs.map((input) =>
        send('POST', '/v1/products', { ...input, handle }, headers).then((r) => r.status),
      ),
    );
    expect(statuses.toSorted((a, b) => a - b)).toEqual([201, 409, 409, 409, 409, 409]);
  });

  const variant = { sku: 'x', prices: [{ amount: 1, currency: 'EUR' }] };
  it.each<[string, object, string[]]>([
    ['an unknown field', { colour: 'red' }, ['/colour']],
    ['no variant', { variants: [] }, ['/variants']],
    [
      'a negative price',
      { variants: [{ ...variant, prices: [{ amount: -1, currency: 'EUR' }] }] },
      ['/variants/0/prices/0/amount'],
    ],
    [
      'a fraction of a cent',
      { variants: [{ ...variant, prices: [{ amount: 1.5, currency: 'EUR' }] }] },
      ['/variants/0/prices/0/amount'],
    ],
    [
      'an unknown currency',
      { variants: [{ ...variant, prices: [{ amount: 1, currency: 'XXX' }] }] },
      ['/variants/0/prices/0/currency'],
    ],
    [
      'a currency twice',
      { variants: [{ ...variant, prices: [...variant.prices, ...variant.prices] }] },
      ['/variants/0/prices'],
    ],
    [
      'a struck-through price that is not higher',
      { variants: [{ ...variant, compareAtPrices: variant.prices }] },
      ['/variants/0/compareAtPrices/0/amount'],
    ],
    [
      'a SKU twice',
      { optionNames: ['A'], variants: ['1', '2'].map((a) => ({ ...variant, options: { A: a } })) },
      ['/variants/1/sku'],
    ],
    ['equal options twice', { variants: [variant, { ...variant, sku: 'y' }] }, ['/variants/1/options']],
    [
      'an option nobody declared',
      { variants: [{ ...variant, options: { Size: 'L' } }] },
      ['/variants/0/options'],
    ],
    ['a delivery of another kind', { kind: 'physical' }, ['/fulfilment/template']],
    ['an upper-case handle', { handle: 'Not-A-Handle' }, ['/handle']],
    ['a handle like an id', { handle: `prod_${'0'.repeat(32)}` }, ['/handle']],
    ['a script as image', { images: [{ url: 'javascript:alert(1)' }] }, ['/images/0/url']],
    ['control characters in a title', { title: 'a\u0000b' }, ['/title']],
    [
      'a schema of something else than an object',
      { customisationSchema: { type: 'string' } },
      ['/customisationSchema'],
    ],
    [
      'a schema that refers elsewhere',
      { customisationSchema: { type: 'object', properties: { a: { $ref: 'https://evil.test/s' } } } },
      ['/customisationSchema'],
    ],
    [
      'a pattern that does not compile',
      { customisationSchema: { type: 'object', properties: { a: { pattern: '(' } } } },
      ['/customisationSchema'],
    ],
    ['stock of what is not tracked', { variants: [{ ...variant, onHand: 5 }] }, ['/variants/0/onHand']],
  ])('refuses %s and names the field', async (_name, overrides, pointers) => {
    const response = await send('POST', '/v1/products', productInput(overrides), await operator());
    expect(response.status).toBe(422);
    expect(await problemOf(response)).toEqual({ type: 'validation-failed', pointers });
  });

  it.each([
    ['POST', '/v1/products'],
    ['PUT', `/v1/products/prod_${'0'.repeat(32)}`],
    ['DELETE', `/v1/products/prod_${'0'.repeat(32)}`],
    ['POST', '/v1/imports'],
    ['POST', '/v1/products/rebuild-search'],
    ['GET', '/v1/dead-letters/catalogue'],
  ])('%s %s is for operators: 401 without a token, 403 for a customer', async (method, path) => {
    const body = method === 'GET' ? undefined : productInput();
    expect((await send(method, path, body)).status).toBe(401);
    expect((await send(method, path, body, await customer())).status).toBe(403);
  });

  it('refuses a body above the limit', async () => {
    const body = productInput({ descriptionHtml: 'x'.repeat(70_000) });
    expect((await send('POST', '/v1/products', body, await operator())).status).toBe(413);
  });
});

describe('an operator replaces products', () => {
  it('needs If-Match (428), refuses an old one (412) and keeps variant ids by SKU', async () => {
    const input = productInput();
    const { product, etag } = await create(input);
    const path = `/v1/products/${product.id}`;
    const headers = await operator();
    expect((await send('PUT', path, input, headers)).status).toBe(428);
    const changed = { ...input, title: 'Changed' };
    const response = await send('PUT', path, changed, { ...headers, 'if-match': etag });
    expect(response.status).toBe(200);
    const after = productAdminSchema.parse(await response.json());
    expect(after).toMatchObject({ title: 'Changed', version: 2 });
    expect(after.variants[0]?.id).toBe(product.variants[0]?.id);
    const stale = await send('PUT', path, { ...input, title: 'Again' }, { ...headers, 'if-match': etag });
    expect(stale.status).toBe(412);
    const read = await get(path, headers);
    expect(await read.json()).toMatchObject({ title: 'Changed', version: 2 });
  });

  it('lets one of many writers with the same ETag win', async () => {
    const input = productInput();
    const { product, etag } = await create(input);
    const headers = { ...(await operator()), 'if-match': etag };
    const statuses = await Promise.all(
      Array.from({ length: 6 }, (_, n) =>
        send('PUT', `/v1/products/${product.id}`, { ...input, title: `Writer ${n}` }, headers).then(
          (r) => r.status,
        ),
      ),
    );
    expect(statuses.toSorted((a, b) => a - b)).toEqual([200, 412, 412, 412, 412, 412]);
    expect(await (await get(`/v1/products/${product.id}`, headers)).json()).toMatchObject({ version: 2 });
  });

  it.each(['"x"', 'W/"1.abc"', '1', '"1", "2"'])(
    'refuses the If-Match %s, which is no strong ETag of ours',
    async (tag) => {
      const input = productInput();
      const { product } = await create(input);
      const response = await send('PUT', `/v1/products/${product.id}`, input, {
        ...(await operator()),
        'if-match': tag,
      });
      expect(response.status).toBe(412);
    },
  );

  it('adds, removes and reorders variants, collections and prices', async () => {
    const base = unique();
    const variantOf = (name: string, amount: number) => ({
      sku: `${base}-${name}`,
      options: { Size: name },
      prices: [
        { amount, currency: 'EUR' },
        { amount: amount + 100, currency: 'USD' },
      ],
      compareAtPrices: [{ amount: amount * 2, currency: 'EUR' }],
    });
    const input = productInput({
      optionNames: ['Size'],
      variants: [variantOf('S', 100), variantOf('M', 200)],
      collections: [{ handle: `${base}-a`, title: 'A' }],
    });
    const { product, etag } = await create(input);
    const next = {
      ...input,
      variants: [variantOf('L', 300), variantOf('M', 250)],
      collections: [{ handle: `${base}-b`, title: 'B' }],
    };
    const response = await send('PUT', `/v1/products/${product.id}`, next, {
      ...(await operator()),
      'if-match': etag,
    });
    const after = productAdminSchema.parse(await response.json());
    expect(
      after.variants.map((each) => [each.title, each.prices[0]?.amount, each.compareAtPrices[0]?.amount]),
    ).toEqual([
      ['L', 300, 600],
      ['M', 250, 500],
    ]);
    expect(after.variants[1]?.id).toBe(product.variants[1]?.id);
    expect(after.collections.map((each) => each.title)).toEqual(['B']);
    const listed = await get(`/v1/products?collection=${base}-a`, await operator());
    expect(productPageSchema.parse(await listed.json()).items).toEqual([]);
  });

  it('makes no new version when nothing changes', async () => {
    const input = productInput();
    const { product, etag } = await create(input);
    const response = await send('PUT', `/v1/products/${product.id}`, input, {
      ...(await operator()),
      'if-match': etag,
    });
    expect(await response.json()).toMatchObject({ version: 1 });
  });

  it('is told which product by its handle too, as when it is read', async () => {
    const input = productInput();
    const { product } = await create(input);
    const headers = { ...(await operator()), 'if-match': '*' };
    const path = `/v1/products/${product.handle}`;
    const moved = { ...input, handle: `${product.handle}-2` };
    const replaced = await send('PUT', path, moved, headers);
    expect(await replaced.json()).toMatchObject({ id: product.id, handle: moved.handle, version: 2 });
    expect((await send('PUT', path, moved, headers)).status).toBe(404);
    expect((await send('DELETE', `/v1/products/${moved.handle}`, null, await operator())).status).toBe(204);
    expect(await (await get(`/v1/products/${product.id}`, await operator())).json()).toMatchObject({
      status: 'archived',
    });
  });

  it('answers 404 for a product that is not there', async () => {
    const response = await send('PUT', `/v1/products/prod_${'0'.repeat(32)}`, productInput(), {
      ...(await operator()),
      'if-match': '*',
    });
    expect(response.status).toBe(404);
  });
});

describe('drafts and archived products', () => {
  it('hides them from everybody but operators', async () => {
    const tag = unique('tag');
    const { product } = await create(productInput({ status: 'draft', tags: [tag] }));
    expect((await get(`/v1/products/${product.handle}`)).status).toBe(404);
    expect((await get(`/v1/products/${product.handle}`, await customer())).status).toBe(404);
    expect((await get(`/v1/products/${product.handle}`, await operator())).status).toBe(200);
    expect((await get('/v1/products?status=draft')).status).toBe(403);
    const drafts = await get(`/v1/products?status=draft&tag=${tag}`, await operator());
    expect(productPageSchema.parse(await drafts.json()).items).toHaveLength(1);
  });

  it('hides them from staff who have not shown the second factor they are due, as every worker does', async () => {
    const { product } = await create(productInput({ status: 'draft' }));
    const read = async (acr: string) => {
      const user = { userId: newId('user'), roles: ['operator' as const] };
      const claims = { acr: `urn:tradepost:acr:${acr}`, acr_due: 'urn:tradepost:acr:2' };
      const token = await testAccessToken(workerEnv<Env>().TEST_PRIVATE_JWK, user, claims);
      return (await get(`/v1/products/${product.handle}`, { authorization: `Bearer ${token}` })).status;
    };
    expect([await read('0'), await read('2')]).toEqual([404, 200]);
  });

  it('archives once, however often it is asked to', async () => {
    const { product, etag } = await create(productInput());
    const path = `/v1/products/${product.id}`;
    const headers = await operator();
    expect((await send('DELETE', path, undefined, { ...headers, 'if-match': etag })).status).toBe(204);
    expect((await send('DELETE', path, undefined, headers)).status).toBe(204);
    expect((await send('DELETE', path, undefined, { ...headers, 'if-match': etag })).status).toBe(412);
    expect((await get(path)).status).toBe(404);
    expect(await (await get(path, headers)).json()).toMatchObject({ status: 'archived', version: 2 });
  });
});

describe('lists and search can be made anew', () => {
  it('fills an empty search database from the catalogue', async () => {
    const tag = unique('tag');
    const { product } = await create(productInput({ tags: [tag] }));
    const env = workerEnv<Env>();
    await env.SEARCH_DB.batch(
      ['documents', 'document_prices', 'document_labels'].map((table) =>
        env.SEARCH_DB.prepare(`DELETE FROM ${table}`),
      ),
    );
    const response = await send('POST', '/v1/products/rebuild-search', undefined, await operator());
    expect(response.status).toBe(202);
    await expect
      .poll(async () => {
        const listed = await get(`/v1/products?tag=${tag}&q=${product.handle}`, await operator());
        return productPageSchema.parse(await listed.json()).items.map((item) => item.id);
      })
      .toEqual([product.id]);
  });
});
