import { assert, asyncProperty, boolean, constantFrom, integer, oneof, record } from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { collectionVersionPageSchema } from '#shared/contracts/http/collection-versions.ts';
import { type CollectionView, collectionViewSchema } from '#shared/contracts/http/collections.ts';
import { productSchema } from '#shared/contracts/http/products.ts';
import { productVersionPageSchema, productVersionSchema } from '#shared/contracts/http/product-versions.ts';
import { newId } from '#shared/ids/ids.ts';
import { migrateDatabases, signedIn } from '#shared/testing/runtime.ts';
import { create, customer, get, operator, productInput, send, unique } from './testing/requests.ts';

beforeAll(migrateDatabases);
const PATH = '/v1/collections';
/** Whoever brings one is answered by no cache. */
const BOOKMARK = '00000001-00000000-00000000-00000000000000000000000000000000';

async function make(input: Record<string, unknown> = {}): Promise<CollectionView> {
  const handle = typeof input['handle'] === 'string' ? input['handle'] : unique('col');
  const made = await send('POST', PATH, { title: `The ${handle}`, ...input, handle }, await operator());
  expect(made.status).toBe(201);
  return collectionViewSchema.parse(await made.json());
}
const replace = async (to: CollectionView, change: Record<string, unknown>): Promise<Response> => {
  const { handle, title, parentId, position, rule } = to;
  const body = { handle, title, parentId, position, rule, ...change };
  return send('PUT', `${PATH}/${to.id}`, body, { ...(await operator()), 'if-match': '*' });
};
const read = async (key: string, headers?: Record<string, string>): Promise<CollectionView> =>
  collectionViewSchema.parse(await (await get(`${PATH}/${key}`, headers ?? (await operator()))).json());
const handlesIn = async (path: string): Promise<string[]> => {
  const { items } = await (await get(path, await operator())).json<{ items: { handle: string }[] }>();
  return items.map(({ handle }) => handle);
};
const within = (handle: string): Promise<string[]> =>
  handlesIn(`/v1/products?collection=${handle}&sort=title&limit=100`);
const own = (id: string): Promise<string[]> => handlesIn(`${PATH}/${id}/products`);
const named = (collection: CollectionView) => [{ handle: collection.handle, title: collection.title }];

describe('the tree of collections', () => {
  it('shows the way to a collection and what is below it, in order and in the reader’s language', async () => {
    const root = await make({ translations: { de: { title: 'Wurzel' } } });
    const second = await make({ parentId: root.id, position: 2 });
    const first = await make({ parentId: root.id, position: 1, translations: { de: { title: 'Erste' } } });
    const leaf = await make({
      parentId: first.id,
      descriptionHtml: '<p>Fine</p><script>x</script>',
      seo: { title: 'Buy leaves' },
    });
    const shown = await read(leaf.handle);
    expect(shown.path.map(({ id }) => id)).toEqual([root.id, first.id, leaf.id]);
    expect(shown).toMatchObject({ descriptionHtml: '<p>Fine</p>', seo: { title: 'Buy leaves' } });
    expect((await read(root.id)).children.map(({ id }) => id)).toEqual([first.id, second.id]);
    const german = await get(`${PATH}/${root.handle}?locale=de-AT`);
    expect(await german.json()).toMatchObject({
      title: 'Wurzel',
      locale: 'de',
      children: [{ title: 'Erste' }, {}],
    });
    expect(await handlesIn(`${PATH}?parentId=${first.id}`)).toEqual([leaf.handle]);
    expect((await get(`${PATH}/${unique()}`)).status).toBe(404);
  });

  it('leads to a product by the deepest collection it names, in the reader’s language, wherever that is moved', async () => {
    const german = (title: string) => ({ translations: { de: { title } } });
    const root = await make(german('Wurzel'));
    const middle = await make({ parentId: root.id });
    const leaf = await make({ parentId: middle.id, ...german('Blatt') });
    const flat = await make();
    const { product } = await create(productInput({ collections: [...named(flat), ...named(leaf)] }));
    const seen = async () =>
      productSchema.parse(
        await (await get(`/v1/products/${product.id}?locale=de`, { 'x-d1-bookmark': BOOKMARK })).json(),
      );
    const before = await seen();
    expect(before.breadcrumbs.map(({ title }) => title)).toEqual(['Wurzel', middle.title, 'Blatt']);
    expect(before.collections.find(({ id }) => id === leaf.id)?.title).toBe('Blatt');
    expect((await replace(leaf, { parentId: null })).status).toBe(200);
    expect((await seen()).breadcrumbs).toHaveLength(1);
    const { product: alone } = await create(productInput());
    expect(alone.breadcrumbs).toEqual([]);
  });

  it('lists with a collection the products of those below it, also after it was moved or renamed', async () => {
    const [a, b] = [await make(), await make()];
    const below = await make({ parentId: a.id });
    const { product } = await create(productInput({ collections: named(below) }));
    expect(await within(a.handle)).toEqual([product.handle]);
    expect(await own(a.id)).toEqual([]);
    expect((await replace(below, { parentId: b.id })).status).toBe(200);
    expect([await within(a.handle), await within(b.handle)]).toEqual([[], [product.handle]]);
    const handle = unique('renamed');
    expect((await replace(below, { parentId: b.id, handle })).status).toBe(200);
    expect([await within(below.handle), await within(handle)]).toEqual([[], [product.handle]]);
  });

  it('never becomes a circle or too deep, whoever moves at once', async () => {
    const [a, b] = [await make(), await make()];
    const moves = await Promise.all([replace(a, { parentId: b.id }), replace(b, { parentId: a.id })]);
    expect(moves.map(({ status }) => status).sort((x, y) => x - y)).toEqual([200, 422]);
    expect((await replace(a, { parentId: a.id })).status).toBe(422);
    expect((await replace(a, { parentId: newId('collection') })).status).toBe(422);
    let parentId: string | null = null;
    for (let level = 1; level <= 8; level += 1) parentId = (await make({ parentId })).id;
    const tooDeep = await send('POST', PATH, { handle: unique(), title: 'T', parentId }, await operator());
    expect(await tooDeep.json()).toMatchObject({ status: 422, errors: [{ pointer: '/parentId' }] });
  });

  it('that is taken away leaves a version of each product that named it, by whom, and the product can be restored', async () => {
    const [gone, stays] = [await make(), await make()];
    const { product } = await create(productInput({ collections: named(gone).concat(named(stays)) }));
    const person = newId('user');
    const headers = await signedIn(person, 'operator');
    expect((await send('DELETE', `${PATH}/${gone.id}`, undefined, headers)).status).toBe(204);
    const versions = `/v1/products/${product.id}/versions`;
    const kept = productVersionPageSchema.parse(await (await get(versions, headers)).json());
    expect(kept.items.map(({ version, actorId }) => [version, actorId === person])).toEqual([
      [2, true],
      [1, false],
    ]);
    const [second] = kept.items;
    expect(second?.changed?.every((pointer) => pointer.startsWith('/collections/'))).toBe(true);
    const now = productVersionSchema.parse(await (await get(`${versions}/2`, headers)).json());
    expect(now.statement).toMatchObject({ collections: [{ handle: stays.handle }] });
    const restored = await send('POST', `${versions}/1/restore`, undefined, {
      ...headers,
      'if-match': '"2"',
    });
    expect(restored.status).toBe(200);
    expect(await within(gone.handle)).toEqual([product.handle]);
  });

  it('tells who changed it, also after its end, and is made again with the products that named it', async () => {
    const shelf = await make({ seo: { title: 'Old' } });
    const other = await make();
    const { product } = await create(productInput({ collections: [...named(shelf), ...named(other)] }));
    const { product: second } = await create(productInput({ collections: named(shelf) }));
    const order = { productIds: [second.id, product.id] };
    await send('PUT', `${PATH}/${shelf.id}/order`, order, await operator());
    expect((await replace(shelf, { title: 'Renamed' })).status).toBe(200);
    const person = newId('user');
    const headers = await signedIn(person, 'operator');
    expect((await send('DELETE', `${PATH}/${shelf.id}`, undefined, headers)).status).toBe(204);
    const versions = `${PATH}/${shelf.handle}/versions`;
    const { items } = collectionVersionPageSchema.parse(await (await get(versions, headers)).json());
    expect(items.map(({ version, reason, actorId }) => [version, reason, actorId === person])).toEqual([
      [3, 'deleted', true],
      [2, 'request', false],
      [1, 'request', false],
    ]);
    expect(items[1]?.changes).toContainEqual({ pointer: '/title', from: shelf.title, to: 'Renamed' });
    expect((await get(versions, await customer())).status).toBe(403);
    expect((await get(`${PATH}/${newId('collection')}/versions`, headers)).status).toBe(404);

    const again = await send('POST', `${versions}/2/restore`, undefined, headers);
    expect(collectionViewSchema.parse(await again.json())).toMatchObject({
      id: shelf.id,
      version: 4,
      title: 'Renamed',
      handle: shelf.handle,
    });
    expect(await own(shelf.id)).toEqual([second.handle, product.handle]);
    const now = productVersionSchema.parse(
      await (await get(`/v1/products/${product.id}/versions/3`, headers)).json(),
    );
    const handles = (now.statement['collections'] as { handle: string }[]).map(({ handle }) => handle);
    expect(handles).toEqual([shelf.handle, other.handle].sort());
    expect([now.reason, now.restoredFrom, now.actorId]).toEqual(['request', null, person]);
    // It is there: who restores must have read it.
    const first = `${versions}/1/restore`;
    expect((await send('POST', first, undefined, headers)).status).toBe(428);
    expect((await send('POST', first, undefined, { ...headers, 'if-match': '"2"' })).status).toBe(412);
    const back = await send('POST', first, undefined, { ...headers, 'if-match': '"4"' });
    expect(await back.json()).toMatchObject({ version: 5, title: shelf.title, seo: { title: 'Old' } });
    expect(await own(shelf.id)).toEqual([second.handle, product.handle]);
  });

  it('is not made again where another has its handle or what it stood below is gone, and nothing is half-written', async () => {
    const root = await make();
    const shelf = await make({ parentId: root.id });
    const { product } = await create(productInput({ collections: named(shelf) }));
    const headers = await operator();
    const gone = async (id: string) => send('DELETE', `${PATH}/${id}`, undefined, headers);
    expect((await gone(shelf.id)).status).toBe(204);
    const restore = async (to: string) => send('POST', `${PATH}/${to}/restore`, undefined, headers);
    const taken = await make({ handle: shelf.handle });
    const conflict = await restore(`${shelf.id}/versions/1`);
    expect(await conflict.json()).toMatchObject({ status: 409, errors: [{ pointer: '/handle' }] });
    expect((await gone(taken.id)).status).toBe(204);
    expect((await gone(root.id)).status).toBe(204);
    const unfitting = await restore(`${shelf.id}/versions/1`);
    expect(await unfitting.json()).toMatchObject({ status: 422, errors: [{ pointer: '/parentId' }] });
    expect((await get(`${PATH}/${shelf.id}`, headers)).status).toBe(404);
    expect((await restore(`${shelf.id}/versions/7`)).status).toBe(404);
    expect((await get(`/v1/products/${product.id}/versions/3`, headers)).status).toBe(404);
    expect((await restore(`${root.id}/versions/1`)).status).toBe(200);
    const both = await Promise.all([1, 2].map(() => restore(`${shelf.id}/versions/1`)));
    expect(both.map(({ status }) => status).sort((x, y) => x - y)[0]).toBe(200);
    expect(both.some(({ status }) => status === 412 || status === 428)).toBe(true);
    expect(await own(shelf.id)).toEqual([product.handle]);
    expect((await get(`/v1/products/${product.id}/versions/4`, headers)).status).toBe(404);
  });

  it('made by products that name it has no versions before it is stated itself', async () => {
    const handle = unique('named');
    await create(productInput({ collections: [{ handle, title: 'T' }] }));
    const headers = await operator();
    const versions = async () =>
      collectionVersionPageSchema.parse(await (await get(`${PATH}/${handle}/versions`, headers)).json());
    expect((await versions()).items).toEqual([]);
    expect((await replace(await read(handle), { title: 'Stated' })).status).toBe(200);
    expect((await versions()).items).toMatchObject([{ version: 1, changes: null, reason: 'request' }]);
  });

  it('is changed as it was read, by operators alone, under handles that are unique in the whole tree', async () => {
    const root = await make();
    const body = { handle: root.handle, title: 'Other' };
    expect((await send('POST', PATH, body, await operator())).status).toBe(409);
    expect((await send('POST', PATH, body, await customer())).status).toBe(403);
    const stale = { ...(await operator()), 'if-match': '"7.x"' };
    expect((await send('PUT', `${PATH}/${root.id}`, body, stale)).status).toBe(412);
    // A product that names it does not rename what an operator has named.
    await create(productInput({ collections: [{ handle: root.handle, title: 'Renamed' }] }));
    expect((await read(root.id)).title).toBe(root.title);
    const child = await make({ parentId: root.id });
    expect((await send('DELETE', `${PATH}/${root.id}`, undefined, await operator())).status).toBe(409);
    expect((await send('DELETE', `${PATH}/${child.id}`, undefined, await operator())).status).toBe(204);
    expect((await get(`${PATH}/${child.id}`, await operator())).status).toBe(404);
  });

  it('keeps the order given by hand, page by page, when a product is written again', async () => {
    const shelf = await make();
    const input = productInput({ collections: named(shelf) });
    const made = [await create(input)];
    for (let count = 0; count < 3; count += 1)
      made.push(await create(productInput({ collections: named(shelf) })));
    const [first, second, third, fourth] = made.map(({ product }) => product);
    const productIds = [third?.id, first?.id];
    const path = `${PATH}/${shelf.id}/order`;
    expect((await send('PUT', path, { productIds }, await operator())).status).toBe(204);
    const put = { ...(await operator()), 'if-match': '*' };
    expect((await send('PUT', `/v1/products/${first?.id}`, { ...input, title: 'New' }, put)).status).toBe(
      200,
    );
    const wanted = [third, first, second, fourth].map((product) => product?.handle);
    expect(await own(shelf.id)).toEqual(wanted);
    const page = await get(`${PATH}/${shelf.id}/products?limit=3`);
    const { next } = await page.json<{ next: string }>();
    expect(await handlesIn(`${PATH}/${shelf.id}/products?limit=3&cursor=${next}`)).toEqual(wanted.slice(3));
    const stranger = await send('PUT', path, { productIds: [newId('product')] }, await operator());
    expect(await stranger.json()).toMatchObject({ status: 422, errors: [{ pointer: '/productIds/0' }] });
  });
});

describe('a collection by rule', () => {
  it('has the products the rule holds for, right as products and the rule change, beside those named', async () => {
    const [tag, vendor] = [unique('tag'), unique('vendor')];
    const input = productInput({ tags: [tag.toUpperCase()], vendor });
    const { product } = await create(input);
    const { product: other } = await create(productInput({ vendor }));
    const rule = { match: 'all', conditions: [{ field: 'tag', value: tag }] };
    const parent = await make();
    const ruled = await make({ parentId: parent.id, rule });
    expect([await within(parent.handle), await own(ruled.id)]).toEqual([[product.handle], [product.handle]]);
    const put = { ...(await operator()), 'if-match': '*' };
    const changed = await send('PUT', `/v1/products/${product.id}`, { ...input, tags: [] }, put);
    // What a rule finds is nothing the product states: its version is about its own content alone.
    expect(await changed.json()).toMatchObject({ collections: [] });
    expect(await own(ruled.id)).toEqual([]);
    const byVendor = { match: 'any', conditions: [{ field: 'vendor', value: vendor }] };
    expect((await replace(ruled, { rule: byVendor })).status).toBe(200);
    expect((await own(ruled.id)).toSorted()).toEqual([product.handle, other.handle].toSorted());
    expect((await replace(ruled, { rule: null })).status).toBe(200);
    expect([await own(ruled.id), await within(parent.handle)]).toEqual([[], []]);
  });

  const [A, B] = [unique('a'), unique('b')];
  const text = constantFrom(A, B);
  const price = integer({ min: 1, max: 9 });
  const condition = oneof(
    record({ field: constantFrom('tag'), value: text, not: boolean() }),
    record({ field: constantFrom('vendor'), value: text, not: boolean() }),
    record({ field: constantFrom('kind'), value: constantFrom('licence', 'download'), not: boolean() }),
    record({
      field: constantFrom('price'),
      currency: constantFrom('EUR', 'USD'),
      min: price,
      max: price,
      not: boolean(),
    }),
  );
  type Condition = {
    field: string;
    value?: string;
    currency?: string;
    min?: number;
    max?: number;
    not: boolean;
  };
  interface Thing {
    tag: string;
    vendor: string;
    amount: number;
  }
  const holds = ({ field, value, currency, min = 0, max = 0, not }: Condition, thing: Thing): boolean => {
    const is = {
      tag: thing.tag === value,
      vendor: thing.vendor === value,
      kind: value === 'licence',
      price: currency === 'EUR' && thing.amount >= min && thing.amount <= max,
    }[field];
    return is !== not;
  };

  it('is what somebody who looks at each product one by one would pick', async () => {
    const things: (Thing & { handle: string })[] = [];
    for (const tag of [A, B]) {
      for (const vendor of [A, B]) {
        const amount = things.length * 2 + 1;
        const { product } = await create(
          productInput({
            tags: [tag],
            vendor,
            variants: [{ sku: unique('sku'), prices: [{ amount, currency: 'EUR' }] }],
          }),
        );
        things.push({ tag, vendor, amount, handle: product.handle });
      }
    }
    const known = new Set(things.map(({ handle }) => handle));
    const ruled = await make();
    await assert(
      asyncProperty(condition, condition, constantFrom('all', 'any'), async (one, two, match) => {
        const conditions: Condition[] = [one, two];
        expect((await replace(ruled, { rule: { match, conditions } })).status).toBe(200);
        const picked = things.filter((thing) =>
          match === 'all'
            ? conditions.every((each) => holds(each, thing))
            : conditions.some((each) => holds(each, thing)),
        );
        const found = (await own(ruled.id)).filter((handle) => known.has(handle));
        expect(found.toSorted()).toEqual(picked.map(({ handle }) => handle).toSorted());
      }),
      { numRuns: 25 },
    );
  });
});
