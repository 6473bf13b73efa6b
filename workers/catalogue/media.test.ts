import { beforeAll, describe, expect, it } from 'vitest';
import { DAY_MS } from '#shared/time/time.ts';
import { migrateDatabases, self, workerEnv } from '#shared/testing/runtime.ts';
import type { Env } from './env.ts';
import { portsOf } from './ports.ts';
import {
  create,
  customer,
  get,
  imported,
  operator,
  ORIGIN,
  productInput,
  send,
  unique,
} from './testing/requests.ts';
import { sweepMedia } from './usecases/media.ts';

beforeAll(migrateDatabases);

/** A GIF of 3 × 2 that no other test has. */
const picture = (): Uint8Array =>
  new Uint8Array([
    ...new TextEncoder().encode('GIF89a'),
    3,
    0,
    2,
    0,
    0,
    0,
    0,
    ...new TextEncoder().encode(unique('picture')),
  ]);
const upload = async (body: Uint8Array, headers?: Record<string, string>): Promise<Response> =>
  self.fetch(`${ORIGIN}/v1/media`, {
    method: 'POST',
    headers: { 'content-type': 'application/octet-stream', ...(headers ?? (await operator())) },
    body,
  });
type Uploaded = { url: string; hash: string; width: number; height: number };
const uploaded = async (body: Uint8Array): Promise<Uploaded> => (await upload(body)).json<Uploaded>();
const pathOf = (url: string): string => new URL(url).pathname;
/** What the cron does `ms` from now. */
const sweepIn = (ms: number): Promise<number> => {
  const ports = portsOf(workerEnv<Env>(), 'request-of-the-test', { later: () => undefined });
  return sweepMedia({ ...ports, clock: { now: () => Date.now() + ms } });
};

describe('pictures of products', () => {
  it('are served under the hash of their bytes, for ever, and are the same however often they are sent', async () => {
    const bytes = picture();
    const [first, again] = [await upload(bytes), await upload(bytes)];
    expect([first.status, again.status]).toEqual([201, 201]);
    const stored = await first.json<Uploaded>();
    expect(await again.json()).toEqual(stored);
    expect(stored).toMatchObject({ width: 3, height: 2, bytes: bytes.length, contentType: 'image/gif' });
    const read = await get(pathOf(stored.url));
    expect(new Uint8Array(await read.arrayBuffer())).toEqual(bytes);
    expect(read.headers.get('content-type')).toBe('image/gif');
    expect(read.headers.get('cache-control')).toBe('public, max-age=31536000, immutable');
    const etag = read.headers.get('etag') ?? '';
    expect((await get(pathOf(stored.url), { 'if-none-match': etag })).status).toBe(304);
  });

  it('are taken from operators alone, never as SVG, never too large, and never found under another name', async () => {
    expect((await upload(picture(), await customer())).status).toBe(403);
    expect((await upload(new TextEncoder().encode('<svg onload="alert(1)"/>'))).status).toBe(415);
    expect((await upload(new Uint8Array(8 * 1024 * 1024 + 1))).status).toBe(413);
    const { url } = await uploaded(picture());
    for (const path of [pathOf(url).replace('-3x2', '-9x9'), '/v1/media/x', '/v1/media/..%2Fx'])
      expect((await get(path)).status).toBe(404);
  });

  it('stand with a product in their order, in the reader’s words, by variant and with their size', async () => {
    const { url } = await uploaded(picture());
    const sku = unique('sku');
    const outside = 'https://cdn.example/a.svg';
    const input = productInput({
      images: [
        { url, alt: 'Front', alts: { de: 'Vorne' }, skus: [sku] },
        { url: outside, alt: 'Elsewhere' },
      ],
      variants: [{ sku, prices: [{ amount: 1, currency: 'EUR' }] }],
    });
    const { product } = await create(input);
    const shown = await get(`/v1/products/${product.id}?locale=de`);
    expect(await shown.json()).toMatchObject({
      image: { url, alt: 'Vorne' },
      images: [
        { url, alt: 'Vorne', width: 3, height: 2, variantIds: [product.variants[0]?.id] },
        { url: outside, alt: 'Elsewhere', width: null, height: null, variantIds: [] },
      ],
    });
    const headers = await operator();
    const unknown = [{ url: url.replace(/[0-9a-f]{64}/, 'f'.repeat(64)) }];
    const refused = await send('POST', '/v1/products', productInput({ images: unknown }), headers);
    expect(await refused.json()).toMatchObject({ status: 422, errors: [{ pointer: '/images/0/url' }] });
    const foreign = productInput({ images: [{ url: outside, skus: [unique('none')] }] });
    expect((await send('POST', '/v1/products', foreign, headers)).status).toBe(422);
  });

  it('are deleted when no product and no version of one has shown them for a day, and can then be sent again', async () => {
    const [bytes, used] = [picture(), await uploaded(picture())];
    const orphan = await uploaded(bytes);
    const input = productInput({ images: [{ url: used.url }] });
    const { product } = await create(input);
    const put = { ...(await operator()), 'if-match': '*' };
    // A version that can be restored still names it.
    expect((await send('PUT', `/v1/products/${product.id}`, { ...input, images: [] }, put)).status).toBe(200);
    await sweepIn(DAY_MS / 2);
    expect((await get(pathOf(orphan.url))).status).toBe(200);
    while ((await sweepIn(DAY_MS + 60_000)) > 0);
    expect([(await get(pathOf(orphan.url))).status, (await get(pathOf(used.url))).status]).toEqual([
      404, 200,
    ]);
    expect(await uploaded(bytes)).toEqual(orphan);
    expect((await get(pathOf(orphan.url))).status).toBe(200);
  });

  it('stay when the products that show them were imported before they were sent', async () => {
    const bytes = picture();
    const [hash] = [...new Uint8Array(await crypto.subtle.digest('SHA-256', bytes))].reduce(
      ([hex], byte) => [hex + byte.toString(16).padStart(2, '0')],
      [''],
    );
    const url = `${ORIGIN}/v1/media/${hash}-3x2.gif`;
    const { created } = await imported(JSON.stringify(productInput({ images: [{ url }] })), {
      type: 'application/x-ndjson',
    });
    expect(created).toBe(1);
    expect((await uploaded(bytes)).hash).toBe(hash);
    while ((await sweepIn(DAY_MS + 60_000)) > 0);
    expect((await get(pathOf(url))).status).toBe(200);
  });
});
