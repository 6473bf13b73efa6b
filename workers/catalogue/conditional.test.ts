import { beforeAll, describe, expect, it } from 'vitest';
import { migrateDatabases } from '#shared/testing/runtime.ts';
import { create, get, operator, productInput, send } from './testing/requests.ts';

beforeAll(migrateDatabases);

describe('caches outside', () => {
  it('are told how long, under which tags, and answered 304 when they have it already', async () => {
    const { product } = await create(productInput());
    for (const path of [`/v1/products/${product.id}`, '/v1/products?limit=1', '/v1/collections']) {
      const first = await get(path);
      const etag = first.headers.get('etag') ?? '';
      expect(etag).toMatch(/^"[^"]+"$/);
      expect(first.headers.get('cache-control')).toBe('public, max-age=10, stale-while-revalidate=60');
      expect(first.headers.get('cache-tag')).toMatch(/products|collections/);
      for (const sent of [etag, `W/${etag}`, `"x", ${etag}`, '*']) {
        const again = await get(path, { 'if-none-match': sent });
        expect([again.status, await again.text(), again.headers.get('etag')]).toEqual([304, '', etag]);
        expect(again.headers.get('cache-control')).toBe(first.headers.get('cache-control'));
      }
      expect((await get(path, { 'if-none-match': '"x"' })).status).toBe(200);
    }
  });

  it('keep nothing of what an operator reads', async () => {
    const { product } = await create(productInput());
    const response = await get(`/v1/products/${product.id}`, await operator());
    expect(response.headers.get('cache-control')).toBe('private, no-store, no-transform');
    expect(response.headers.get('cache-tag')).toBeNull();
    expect(response.headers.get('vary')).toContain('authorization');
  });

  it('get another ETag when the product changes, and the operator sees the change at once', async () => {
    const input = productInput();
    const { product, etag } = await create(input);
    const path = `/v1/products/${product.id}`;
    const before = (await get(path)).headers.get('etag');
    await send('PUT', path, { ...input, title: 'Changed' }, { ...(await operator()), 'if-match': etag });
    expect(await (await get(path, await operator())).json()).toMatchObject({ title: 'Changed' });
    const after = await get(path);
    expect(after.headers.get('etag')).not.toBe(before);
    expect(await after.json()).toMatchObject({ title: 'Changed' });
  });
});
