import { createExecutionContext } from 'cloudflare:test';
import { describe, expect, test } from 'vitest';
import { workerEnv } from '#shared/testing/runtime.ts';
import { createGateway } from './app.ts';
import type { Env } from './env.ts';
import { ORIGIN } from './testing/browser.ts';

const app = createGateway();
const FRIEND = 'https://friend.example';
const env = { ...workerEnv<Env>(), CORS_ORIGINS: `https://other.example, ${FRIEND}` };

const ask = async (path: string, init: RequestInit & { headers: Record<string, string> }) =>
  app.fetch(new Request(ORIGIN + path, init), env, createExecutionContext());

describe('an origin on the list', () => {
  test('may read the API, never with cookies', async () => {
    const response = await ask('/v1/products', { headers: { origin: FRIEND } });
    expect(response.headers.get('access-control-allow-origin')).toBe(FRIEND);
    expect(response.headers.get('access-control-allow-credentials')).toBeNull();
    expect(response.headers.get('access-control-expose-headers')).toContain('idempotent-replayed');
    expect(response.headers.get('vary')?.toLowerCase()).toContain('origin');
  });

  test('may ask before it writes', async () => {
    const headers = { origin: FRIEND, 'access-control-request-method': 'POST' };
    const response = await ask('/v1/orders', { method: 'OPTIONS', headers });
    expect(response.status).toBe(204);
    const allowed = response.headers.get('access-control-allow-headers');
    for (const header of ['idempotency-key', 'x-challenge-answer', 'x-device']) {
      expect(allowed).toContain(header);
    }
  });

  test.each(['/', '/cart', '/account', '/passkeys'])('may not read the page %s', async (path) => {
    const response = await ask(path, { headers: { origin: FRIEND } });
    expect(response.headers.get('access-control-allow-origin')).toBeNull();
  });
});

test.each(['https://friend.example.evil.test', 'http://friend.example', 'null', ''])(
  'an origin that only looks like one on the list gets nothing: %j',
  async (origin) => {
    const response = await ask('/v1/products', { headers: { origin } });
    expect(response.headers.get('access-control-allow-origin')).toBeNull();
  },
);
