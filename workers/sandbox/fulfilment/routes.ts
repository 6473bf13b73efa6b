import { Hono } from 'hono';
import { z } from 'zod';
import { type Env, warehouse } from '../env.ts';
import { goodsOrderSchema } from './order.ts';

const secretSchema = z.strictObject({ secret: z.string().regex(/^whsec_[A-Za-z0-9+/=]+$/) });
const ORDERS = '/fulfilment/fulfilment-orders';

/** The warehouse's API (docs/fulfilment.md). `PUT /control/warehouse {"secret"}` says what both sides sign with. */
export const fulfilmentRoutes = new Hono<{ Bindings: Env }>()
  .put('/control/warehouse', async (c) => {
    const stated = secretSchema.safeParse(await c.req.json().catch(() => null));
    if (!stated.success) return c.json({ reason: 'Send {"secret": "whsec_…"}.' }, 422);
    await warehouse(c.env).setSecret(stated.data.secret);
    return c.body(null, 204);
  })
  .use('/fulfilment/*', async (c, next) => {
    const text = await c.req.text();
    if (!(await warehouse(c.env).isGenuine(text, Object.fromEntries(c.req.raw.headers))))
      return c.json({ reason: 'This is not signed with our secret.' }, 401);
    await next();
    return undefined;
  })
  .post(ORDERS, async (c) => {
    const order = goodsOrderSchema.safeParse(await c.req.json().catch(() => null));
    if (!order.success) return c.json({ reason: order.error.issues[0]?.message ?? 'invalid body' }, 422);
    const taken = await warehouse(c.env).take(order.data, c.req.header('idempotency-key') ?? '');
    return taken === null
      ? c.json({ reason: 'This key stands for another order.' }, 422)
      : c.json(taken, 201);
  })
  .get(`${ORDERS}/:id`, async (c) => {
    const found = await warehouse(c.env).get(c.req.param('id'));
    return found === null ? c.json({ reason: 'There is none.' }, 404) : c.json(found);
  })
  .delete(`${ORDERS}/:id`, async (c) => {
    const cancelled = await warehouse(c.env).cancel(c.req.param('id'));
    if (cancelled === null) return c.json({ reason: 'There is none.' }, 404);
    return cancelled.isStopped ? c.body(null, 204) : c.json(cancelled.document, 409);
  });
