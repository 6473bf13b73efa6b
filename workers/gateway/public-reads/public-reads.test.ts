import { createExecutionContext, waitOnExecutionContext } from 'cloudflare:test';
import { describe, expect, test, vi } from 'vitest';
import { workerEnv } from '#shared/testing/runtime.ts';
import { createGateway } from '../app.ts';
import type { Env } from '../env.ts';
import { AnswerStore } from './answer-store.ts';
import { hit } from './hit.ts';
import { normalAddress } from './key.ts';
import { ANSWERS_MAX, FRESH_MS, KEPT_BYTES_MAX, SPELLINGS_MAX, STALE_MS } from './limits.ts';
import { readThrough } from './read-through.ts';

const ORIGIN = 'https://shop.test';
const PUBLIC = 'public, max-age=10, stale-while-revalidate=60';

/** A gateway in front of a catalogue that answers what `answer` says and counts how often it was asked. */
function setUp(answer: (request: Request) => Response | Promise<Response> = () => said('1')) {
  const clock = { time: 1_000, now: () => clock.time };
  const store = new AnswerStore(clock);
  const asked: Request[] = [];
  const CATALOGUE = {
    fetch: async (request: Request) => {
      asked.push(request);
      return answer(request);
    },
  };
  const env = { ...workerEnv<Env>(), CATALOGUE } as unknown as Env;
  const behind: Promise<unknown>[] = [];
  const read = async (path: string, headers: Record<string, string> = {}, method = 'GET') => {
    const request = new Request(ORIGIN + path, { headers, method });
    return (
      hit(store, request) ??
      readThrough(request, {
        env,
        requestId: 'request-1',
        clientIp: undefined,
        clientCountry: undefined,
        answers: store,
        later: (work) => void behind.push(work),
      })
    );
  };
  return { clock, store, asked, read, settled: () => Promise.all(behind) };
}

const said = (body: string, headers: Record<string, string> = {}, status = 200): Response =>
  new Response(body, {
    status,
    headers: {
      'cache-control': PUBLIC,
      etag: `"${body}"`,
      'cache-tag': 'products',
      'content-type': 'application/json',
      ...headers,
    },
  });

describe('a public read', () => {
  test('is asked for once, however it is spelled, and then answered from memory', async () => {
    const { asked, read } = setUp();
    for (const path of ['/v1/products?a=1&b=2', '/v1/products?b=2&a=1', '/v1/products?b=2&a=1'])
      expect(await (await read(path)).text()).toBe('1');
    expect(asked.map(({ url }) => url)).toEqual([`${ORIGIN}/v1/products?a=1&b=2`]);
    expect(Object.fromEntries(asked[0]?.headers ?? [])).toEqual({
      accept: 'application/json',
      'x-request-id': 'request-1',
    });
  });

  test('is asked for once by a thousand at the same time', async () => {
    const slow = Promise.withResolvers<Response>();
    const { asked, read } = setUp(() => slow.promise);
    const answers = Array.from({ length: 1_000 }, () => read('/v1/products'));
    await vi.waitFor(() => expect(asked).toHaveLength(1));
    slow.resolve(said('one'));
    const bodies = await Promise.all((await Promise.all(answers)).map((answer) => answer.text()));
    expect([new Set(bodies), asked.length]).toEqual([new Set(['one']), 1]);
  });

  test('is given old for a while when its time is over, and asked for behind that, with its ETag', async () => {
    let version = 1;
    const { clock, asked, read, settled } = setUp(() => said(String(version)));
    await read('/v1/products/x');
    version = 2;
    clock.time += FRESH_MS;
    expect(await (await read('/v1/products/x')).text()).toBe('1');
    await settled();
    expect(asked[1]?.headers.get('if-none-match')).toBe('"1"');
    expect(await (await read('/v1/products/x')).text()).toBe('2');
    expect(asked).toHaveLength(2);
  });

  test('is never older than its bound', async () => {
    let version = 1;
    const { clock, read } = setUp(() => said(String(version)));
    await read('/v1/products/x');
    version = 2;
    clock.time += FRESH_MS + STALE_MS;
    expect(await (await read('/v1/products/x')).text()).toBe('2');
  });

  test('is kept longer when the catalogue says that nothing changed', async () => {
    const { clock, asked, read, settled } = setUp((request) =>
      request.headers.get('if-none-match') === '"1"' ? new Response(null, { status: 304 }) : said('1'),
    );
    await read('/v1/products/x');
    clock.time += FRESH_MS;
    await read('/v1/products/x');
    await settled();
    clock.time += FRESH_MS - 1;
    expect(await (await read('/v1/products/x')).text()).toBe('1');
    expect(asked).toHaveLength(2);
  });

  test('is 304 for whoever has it already, from memory as well', async () => {
    const { asked, read } = setUp();
    for (const tag of ['"1"', 'W/"1"', '"0", "1"', '*']) {
      const answer = await read('/v1/products', { 'if-none-match': tag });
      expect([answer.status, answer.headers.get('etag'), await answer.text()]).toEqual([304, '"1"', '']);
    }
    expect((await read('/v1/products', { 'if-none-match': '"0"' })).status).toBe(200);
    expect(asked).toHaveLength(1);
  });

  test('is kept for each list of languages, and asked for without the header', async () => {
    const { asked, read } = setUp((request) =>
      said(new URL(request.url).searchParams.get('locale') ?? 'none'),
    );
    const inLanguage = async (language: string, path = '/v1/products') =>
      (await read(path, { 'accept-language': language })).text();
    expect(await inLanguage('de-at, en;q=0.5')).toBe('de-AT,en');
    expect(await inLanguage('en;q=0.1,DE-AT')).toBe('de-AT,en');
    expect(await inLanguage('de', '/v1/products?locale=fr')).toBe('fr');
    expect(await inLanguage('*')).toBe('none');
    expect(asked).toHaveLength(3);
    expect(asked.every(({ headers }) => !headers.has('accept-language'))).toBe(true);
  });
});

describe('never kept, and never answered by what is kept', () => {
  test.each([
    ['with an access token', { authorization: 'Bearer a.b.c' }],
    ['with cookies', { cookie: 'a=b' }],
    ['by who asks for what he wrote', { 'x-d1-bookmark': 'x' }],
  ])('a request %s', async (_what, headers) => {
    const { asked, read, store } = setUp();
    await read('/v1/products');
    await read('/v1/products', headers);
    await read('/v1/products', headers);
    expect([asked.length, store.size.answers]).toEqual([3, 1]);
  });

  test.each([
    ['of one person', said('1', { 'cache-control': 'private, no-store' })],
    ['that says nothing', new Response('1')],
    ['that sets a cookie', said('1', { 'set-cookie': 'a=b' })],
    ['that refuses', said('no', {}, 404)],
    ['that is too long', said('x'.repeat(600_000))],
  ])('an answer %s; it reaches the client as it is, and costs one call', async (_what, answer) => {
    const { asked, read, store } = setUp(() => answer.clone());
    const got = await read('/v1/products');
    expect([got.status, (await got.text()).length]).toEqual([
      answer.status,
      (await answer.clone().text()).length,
    ]);
    expect([asked.length, store.size]).toEqual([1, { answers: 0, bytes: 0, spellings: 0 }]);
  });

  test.each([
    ['POST', '/v1/products'],
    ['HEAD', '/v1/products'],
    ['GET', '/v1/orders'],
    ['GET', '/v1/product-types'],
    ['GET', `/v1/products?q=${'x'.repeat(1_000)}`],
  ])('%s %s', async (method, path) => {
    expect(normalAddress(new Request(ORIGIN + path, { method }))).toBeNull();
  });
});

describe('memory', () => {
  test('is bounded in answers, bytes and spellings', async () => {
    const { read, store } = setUp((request) => said('x'.repeat(request.url.includes('big') ? 400_000 : 1)));
    for (let index = 0; index < ANSWERS_MAX + 50; index += 1) await read(`/v1/products?page=${index}`);
    expect(store.size.answers).toBe(ANSWERS_MAX);
    for (let index = 0; index < 100; index += 1) await read(`/v1/products?big=${index}`);
    expect(store.size.bytes).toBeLessThanOrEqual(KEPT_BYTES_MAX);
    for (let index = 0; index < 100; index += 1)
      await read('/v1/collections', { 'accept-language': `de;q=0.${String(index).padStart(3, '0')}` });
    expect(store.size.spellings).toBeLessThanOrEqual(ANSWERS_MAX * SPELLINGS_MAX);
  });

  test('holds no spelling as long as a client pleases', async () => {
    const { read, store } = setUp();
    const long = `de${', en;q=0.1'.repeat(1_000)}`;
    expect((await read('/v1/products', { 'accept-language': long })).status).toBe(200);
    expect(store.size).toMatchObject({ answers: 1, spellings: 0 });
    await read('/v1/products', { 'accept-language': 'de, en;q=0.1' });
    expect(store.size).toMatchObject({ answers: 1, spellings: 1 });
  });

  test('answers nobody with the failure of another for longer than that lasts', async () => {
    let broken = true;
    const { read } = setUp(() => {
      if (broken) throw new Error('away');
      return said('1');
    });
    expect((await read('/v1/products')).status).toBe(502);
    broken = false;
    expect((await read('/v1/products')).status).toBe(200);
  });
});

test('an answer from memory has every header of one that went the long way, and an id of its own', async () => {
  const { read, asked } = setUp();
  const long = async () => {
    const ctx = createExecutionContext();
    const CATALOGUE = { fetch: async () => said('1') };
    const env = { ...workerEnv<Env>(), CATALOGUE } as unknown as Env;
    const answer = await createGateway().fetch(new Request(`${ORIGIN}/v1/products?fresh=1`), env, ctx);
    await waitOnExecutionContext(ctx);
    return Object.fromEntries(answer.headers);
  };
  await read('/v1/products');
  const first = Object.fromEntries((await read('/v1/products')).headers);
  const second = Object.fromEntries((await read('/v1/products')).headers);
  expect(asked).toHaveLength(1);
  expect(first['x-request-id']).toMatch(/^[\w-]{8,64}$/);
  expect(first['x-request-id']).not.toBe(second['x-request-id']);
  expect({ ...first, 'x-request-id': '' }).toEqual({ ...(await long()), 'x-request-id': '' });
  expect(first).not.toHaveProperty('cache-tag');
});
