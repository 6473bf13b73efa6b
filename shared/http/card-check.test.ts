import { Hono } from 'hono';
import { describe, expect, it } from 'vitest';
import { cardDataInHead } from './card-check.ts';

const app = new Hono().get('/', (c) => c.json(cardDataInHead(c).map(({ pointer }) => pointer)));
const refused = async (headers: Record<string, string>): Promise<unknown> =>
  (await app.request('/', { headers })).json();

describe('card data in headers', () => {
  it('is refused in any that somebody could read', async () => {
    for (const name of ['x-note', 'idempotency-key', 'referer', 'x-cart-token'])
      expect(await refused({ [name]: '4242424242424242' })).toEqual([name]);
  });

  it('is not looked for in random digits that browsers and tracing tools send and nobody here reads', async () => {
    const honest = {
      cookie: 'optimizelyEndUserId=oeu1732300000000r0.4242424242424242; __Host-session=abc',
      'cf-ray': '4242424242424242-FRA',
      traceparent: '00-4bf92f3577b34da6a3ce929d0e0e4736-4242424242424242-01',
      'x-datadog-trace-id': '4242424242424242',
      'x-datadog-parent-id': '4242424242424242',
      'x-b3-spanid': '4242424242424242',
      'sentry-trace': '4bf92f3577b34da6a3ce929d0e0e4736-4242424242424242-1',
    };
    expect(await refused(honest)).toEqual([]);
  });
});
