import { Hono } from 'hono';
import { broker, type Env } from '../env.ts';

const BODILESS = new Set([204, 304]);

/** An Open Service Broker API 2.17 at `/broker`; who asks is `platform` with the password `broker password`. */
export const brokerRoutes = new Hono<{ Bindings: Env }>().all('/broker/v2/*', async (c) => {
  const { status, text } = await broker(c.env).answer({
    method: c.req.method,
    url: c.req.url,
    headers: [...c.req.raw.headers],
    text: await c.req.text(),
  });
  const headers = { 'content-type': 'application/json' };
  return new Response(BODILESS.has(status) ? null : text, { status, headers });
});
