import { describe, expect, test, vi } from 'vitest';
import { API_PATHS } from './api-document.ts';
import { API_PREFIXES, isApiPath, serviceFor } from './routing.ts';
import { ask, type Echo } from './testing/browser.ts';
import { ORDER_ID } from './testing/ids.ts';

const WAIT = { timeout: 20_000, interval: 10 };

const echo = async (path: string, init: RequestInit = {}): Promise<Echo> => (await ask(path, init)).json();

describe('routing', () => {
  test.each(Object.entries(API_PREFIXES))('%s and all below it go to %s', async (prefix, service) => {
    const method = Object.keys(API_PATHS[prefix] ?? { get: {} })[0]?.toUpperCase() ?? 'GET';
    for (const path of [prefix, `${prefix}/deep/below/it`]) {
      const answer = await echo(`${path}?echo=1`, { method });
      expect(answer.service.toUpperCase()).toBe(service);
      expect(serviceFor(path)).toBe(service);
    }
  });

  test('a prefix ends at a segment, so that a longer word is not taken for it', async () => {
    expect(serviceFor('/v1/ordersheet')).toBeNull();
    expect(serviceFor('/v1/products.json')).toBeNull();
    expect(serviceFor('/v1/dead-letters')).toBeNull();
    expect(serviceFor('/')).toBeNull();
  });

  test('an API path nobody answers is a problem, not a page', async () => {
    for (const path of ['/v1/nothing', '/v1', '/v1/', '/.well-known/nothing', '/v1/webhooks/other']) {
      const response = await ask(path);
      expect(response.status).toBe(404);
      expect(response.headers.get('content-type')).toBe('application/problem+json');
      expect(isApiPath(path)).toBe(true);
    }
  });

  test('no two prefixes overlap, since the longest match would then depend on order', () => {
    const prefixes = Object.keys(API_PREFIXES);
    const nested = prefixes.filter((one) =>
      prefixes.some((other) => one !== other && one.startsWith(`${other}/`)),
    );
    expect(nested).toEqual([]);
  });

  test('method, query and body arrive as they were sent', async () => {
    const body = 'x'.repeat(200_000);
    const answer = await echo('/v1/imports?mode=full&a=%2F', { method: 'POST', body });
    expect(answer.method).toBe('POST');
    expect(new URL(answer.url).search).toBe('?mode=full&a=%2F');
    expect(answer.body).toBe(body);
  });
});

describe('header hygiene', () => {
  test('the client address is the platform’s word; what a client claims is dropped', async () => {
    const headers = {
      'x-client-ip': '6.6.6.6',
      'x-forwarded-for': '6.6.6.6',
      'x-real-ip': '6.6.6.6',
      'cf-connecting-ip': '203.0.113.9',
    };
    const answer = await echo('/v1/stock/A', { headers });
    expect(answer.headers['x-client-ip']).toBe('203.0.113.9');
    expect(answer.headers).not.toHaveProperty('x-forwarded-for');
    expect(answer.headers).not.toHaveProperty('x-real-ip');
    const without = await echo('/v1/stock/A', { headers: { 'x-client-ip': '6.6.6.6' } });
    expect(without.headers['x-client-ip']).not.toBe('6.6.6.6');
  });

  test('the client’s country is the platform’s word as well', async () => {
    const headers = { 'x-client-country': 'XX', 'cf-ipcountry': 'CH' };
    expect((await echo('/v1/stock/A', { headers })).headers['x-client-country']).toBe('CH');
    const without = await echo('/v1/stock/A', { headers: { 'x-client-country': 'DE' } });
    expect(without.headers['x-client-country']).not.toBe('DE');
  });

  test('a valid request id is kept on the way there and back; anything else is replaced', async () => {
    const kept = await ask('/v1/stock/A', { headers: { 'x-request-id': 'client-chosen-1' } });
    expect(kept.headers.get('x-request-id')).toBe('client-chosen-1');
    expect((await kept.json<Echo>()).headers['x-request-id']).toBe('client-chosen-1');
    for (const bad of ['a', 'has space in it', '{"level":"error"}', 'x'.repeat(65)]) {
      const response = await ask('/v1/stock/A', { headers: { 'x-request-id': bad } });
      const seen = response.headers.get('x-request-id');
      expect(seen).toMatch(/^[\w-]{8,64}$/);
      expect(seen).not.toBe(bad);
      expect((await response.json<Echo>()).headers['x-request-id']).toBe(seen);
    }
  });

  test('cookies stay here: the API knows bearer tokens alone, so no form of another site can use a session', async () => {
    const answer = await echo('/v1/stock/A', { headers: { cookie: '__Host-access=a; other=b' } });
    expect(answer.headers).not.toHaveProperty('cookie');
    expect(answer.headers).not.toHaveProperty('authorization');
  });

  test.each(['/?q=4242424242424242', '/v1/products?q=4242424242424242'])(
    '%s is refused with the security headers of every answer',
    async (path) => {
      const response = await ask(path);
      expect(response.status).toBe(422);
      expect(response.headers.get('x-content-type-options')).toBe('nosniff');
      expect(response.headers.get('content-security-policy')).toContain("default-src 'none'");
    },
  );

  test('a worker cannot weaken the security headers', async () => {
    const response = await ask('/v1/stock/A');
    expect(response.headers.get('content-security-policy')).toContain("default-src 'none'");
    expect(response.headers.get('x-content-type-options')).toBe('nosniff');
    expect(response.headers.get('strict-transport-security')).toMatch(/max-age=\d{8}/);
    expect(response.headers.get('x-frame-options')).toBe('DENY');
  });

  test('what is for caches between the workers stays between them', async () => {
    expect((await ask('/v1/products')).headers.has('cache-tag')).toBe(false);
  });
});

describe('failures behind us', () => {
  test.each(['throw', 'plain-500'])(
    '%s: a problem with the request id and nothing of the inside',
    async (fake) => {
      const response = await ask('/v1/stock/A', { headers: { 'x-fake': fake, 'x-request-id': 'request-1' } });
      expect([502, 503]).toContain(response.status);
      const text = await response.text();
      expect(text).toContain('request-1');
      expect(text).not.toMatch(/hunter2|inside\.ts/);
    },
  );
});

describe('other origins', () => {
  test('no other origin may read the API or a page by default', async () => {
    for (const path of ['/v1/products', '/', '/docs', '/openapi.json']) {
      const response = await ask(path, { headers: { origin: 'https://evil.example' } });
      expect(response.headers.get('access-control-allow-origin')).toBeNull();
    }
    const preflight = await ask('/v1/orders', {
      method: 'OPTIONS',
      headers: { origin: 'https://evil.example', 'access-control-request-method': 'POST' },
    });
    expect(preflight.headers.get('access-control-allow-origin')).toBeNull();
  });
});

describe('coarse limit', () => {
  test('one address cannot take a location for itself: 429 with Retry-After, and others go on', async () => {
    const from = (ip: string) => ask('/v1/stock/A', { headers: { 'cf-connecting-ip': ip } });
    // The window follows the wall clock, so a flood that falls into two of them is repeated.
    const { refused, page } = await vi.waitFor(async () => {
      const flood = await Promise.all(Array.from({ length: 1_100 }, () => from('198.51.100.7')));
      const first = flood.find(({ status }) => status === 429);
      const page = await ask('/', { headers: { 'cf-connecting-ip': '198.51.100.7' } });
      if (first === undefined || page.status !== 429) throw new Error('not refused yet');
      return { refused: first, page };
    }, WAIT);
    expect(refused.headers.get('retry-after')).toBe('60');
    expect(await refused.json()).toMatchObject({ type: '/problems/rate-limited' });
    expect((await from('198.51.100.8')).status).toBe(200);
    expect(page.headers.get('content-type')).toContain('text/html');
    expect(page.headers.get('retry-after')).toBe('60');
  }, 30_000);
});

describe('what goes on for long', () => {
  const path = `/v1/orders/${ORDER_ID}/events`;

  test('a stream passes as it comes, without waiting for its end, with the headers that protect it', async () => {
    const headers = { authorization: 'Bearer access.token.sig', 'last-event-id': '7' };
    const response = await ask(path, { headers });
    const reader = (response.body as ReadableStream<Uint8Array> | null)?.getReader();
    const first = await reader?.read();
    expect(new TextDecoder().decode(first?.value)).toBe('id: 1\ndata: {"last":"7"}\n\n');
    expect(response.headers.get('content-type')).toBe('text/event-stream');
    expect(response.headers.get('x-content-type-options')).toBe('nosniff');
    await reader?.cancel();
  });

  test('a WebSocket passes in both directions, with the subprotocol that was agreed on', async () => {
    const headers = {
      authorization: 'Bearer access.token.sig',
      upgrade: 'websocket',
      'sec-websocket-protocol': 'tradepost.v1',
    };
    const response = await ask(path, { headers });
    expect([response.status, response.headers.get('sec-websocket-protocol')]).toEqual([101, 'tradepost.v1']);
    const heard: unknown[] = [];
    response.webSocket?.addEventListener('message', ({ data }) => heard.push(data));
    response.webSocket?.accept();
    response.webSocket?.send('ping');
    await vi.waitFor(() => expect(heard).toEqual(['heard ping']), WAIT);
    response.webSocket?.close(1000);
  });
});
