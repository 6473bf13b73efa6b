import { beforeAll, describe, expect, it } from 'vitest';
import { migrateDatabases } from '#shared/testing/runtime.ts';
import { create, get, operator, productInput, send, unique } from './testing/requests.ts';

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

  it('keep an answer that shows numbers of units for a shorter time than the rest', async () => {
    const sku = unique('sku');
    const variants = [{ sku, prices: [{ amount: 1, currency: 'EUR' }], stockTracked: true, onHand: 3 }];
    const { product } = await create(productInput({ variants }));
    const answer = await get(`/v1/products/${product.id}`);
    expect(answer.headers.get('cache-control')).toBe('public, max-age=5, stale-while-revalidate=5');
  });

  it('are passed over by who says what he wrote last, and tell him nothing older', async () => {
    const input = productInput({ tags: [unique('tag')] });
    const { product } = await create(input);
    const path = `/v1/products/${product.id}`;
    await get(path);
    const headers = { ...(await operator()), 'if-match': '*' };
    const written = await send('PUT', path, { ...input, title: 'Changed' }, headers);
    const bookmark = written.headers.get('x-d1-bookmark') ?? '';
    expect(bookmark).toMatch(/^[0-9a-f]{8}(-[0-9a-f]{8}){2}-[0-9a-f]{32}$/);
    const changed = await get(path, { 'x-d1-bookmark': bookmark });
    expect(await changed.json()).toMatchObject({ title: 'Changed' });
    for (const address of [path, `/v1/products?tag=${String(input.tags)}`, '/v1/collections']) {
      const seen = await get(address, { 'x-d1-bookmark': bookmark });
      expect([seen.status, seen.headers.get('cache-control')]).toEqual([
        200,
        'private, no-store, no-transform',
      ]);
    }
  });

  it('answer as ever to what is no bookmark, or another database’s', async () => {
    const { product } = await create(productInput());
    for (const bookmark of [
      'first-primary',
      'x',
      '0-0',
      `${'f'.repeat(8)}-${'f'.repeat(8)}-${'f'.repeat(8)}-${'f'.repeat(32)}`,
      '00000001-0-0-00',
    ]) {
      const seen = await get(`/v1/products/${product.id}`, { 'x-d1-bookmark': bookmark });
      expect([bookmark, seen.status]).toEqual([bookmark, 200]);
    }
  });
});
