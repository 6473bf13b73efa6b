import { expect, test, vi } from 'vitest';
import { createGateway } from './app.ts';
import type { Env } from './env.ts';
import { workerEnv } from '#shared/testing/runtime.ts';
import { createExecutionContext } from 'cloudflare:test';
import { ORIGIN, SIGNED_IN } from './testing/browser.ts';

/** Log lines of one request. */
async function linesOf(request: Request): Promise<string[]> {
  const written = vi.spyOn(console, 'log').mockImplementation(() => undefined);
  try {
    await createGateway().fetch(request, workerEnv<Env>(), createExecutionContext());
    return written.mock.calls.map(([line]) => String(line));
  } finally {
    written.mockRestore();
  }
}

test('one line a request, with its id, status and costs', async () => {
  const lines = await linesOf(
    new Request(`${ORIGIN}/v1/products?q=x`, { headers: { 'x-request-id': 'request-1' } }),
  );
  expect(lines).toHaveLength(1);
  expect(JSON.parse(lines[0] ?? '')).toMatchObject({
    message: 'request',
    system: 'gateway',
    requestId: 'request-1',
    method: 'GET',
    path: '/v1/products',
    status: 200,
    costs: { services: 1 },
  });
});

test.each([
  ['the token of a download', '/v1/downloads/secret-value', {}],
  ['the token of a link in a mail', '/verify-email?token=secret-value', {}],
  ['a bearer token', '/v1/orders', { authorization: 'Bearer secret.value.secret-value' }],
  ['a session', '/orders', { cookie: `${SIGNED_IN}-secret-value` }],
])('no line holds %s', async (_, path, headers) => {
  const lines = await linesOf(new Request(ORIGIN + path, { headers }));
  expect(lines).toHaveLength(1);
  expect(lines.join()).not.toContain('secret-value');
});
