import { createExecutionContext } from 'cloudflare:test';
import { afterEach, expect, test, vi } from 'vitest';
import { workerEnv } from '#shared/testing/runtime.ts';
import { createGateway } from './app.ts';
import { APPLE_PAY_FILE } from './apple-pay.ts';
import type { Env } from './env.ts';
import { ORIGIN } from './testing/browser.ts';

const FILE = 'https://provider.test/file';
const app = createGateway();
afterEach(() => vi.restoreAllMocks());

/** Asks for the file where the provider answers so. */
function ask(answer: () => Promise<Response>, key = 'pk_live_1') {
  const provider = vi.spyOn(globalThis, 'fetch').mockImplementation(answer);
  const env = { ...workerEnv<Env>(), PAYMENT_PUBLISHABLE: key, PAYMENT_DOMAIN_FILE: FILE };
  const response = app.fetch(new Request(ORIGIN + APPLE_PAY_FILE), env, createExecutionContext());
  return { provider, response };
}

test('Apple finds the provider’s file at the shop, because its button is shown nowhere else', async () => {
  const { provider, response } = ask(() => Promise.resolve(new Response('7B22707370', { status: 200 })));
  const file = await response;
  expect([file.status, file.headers.get('content-type')]).toEqual([200, 'text/plain']);
  expect(await file.text()).toBe('7B22707370');
  expect(provider.mock.calls.map(([url]) => url)).toEqual([FILE]);
});

test.each([
  ['is away', () => Promise.reject(new TypeError('no network'))],
  ['refuses', () => Promise.resolve(new Response('<html>', { status: 403 }))],
])('what a provider that %s says is not shown as its file', async (_what, answer) => {
  expect((await ask(answer).response).status).toBe(502);
});

test('a shop without a payment page of its own has none, and asks nobody', async () => {
  const { provider, response } = ask(() => Promise.resolve(new Response('7B')), '');
  expect((await response).status).toBe(404);
  expect(provider).not.toHaveBeenCalled();
});
