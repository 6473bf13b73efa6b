import { Hono } from 'hono';
import { z } from 'zod';
import { mailbox, partner, paymentService, type Env } from '../env.ts';
import { htmlPage } from '../pages/answer.ts';
import { controlPage, indexPage } from '../pages/control.tsx';
import { happeningSchema } from '../stripe/happenings.ts';
import { faultInputSchema, type Fault, type FaultKind } from './faults.ts';

/** Fault switches: what this world gets wrong next, and for whom. */
export const controlRoutes = new Hono<{ Bindings: Env }>();

/** Who keeps the switches of this kind. */
function keeper(env: Env, kind: FaultKind) {
  if (kind.startsWith('partner.')) return partner(env);
  return kind.startsWith('mail.') ? mailbox(env) : paymentService(env);
}

const allFaults = async (env: Env): Promise<Fault[]> =>
  (
    await Promise.all([
      paymentService(env).listFaults(),
      partner(env).listFaults(),
      mailbox(env).listFaults(),
    ])
  ).flat();

controlRoutes.get('/', () => htmlPage(indexPage()));

controlRoutes.get('/control', async (c) => {
  const faults = await allFaults(c.env);
  return c.req.header('accept')?.includes('text/html') === true
    ? htmlPage(controlPage(faults))
    : c.json({ items: faults });
});

controlRoutes.post('/control', async (c) => {
  const fault = faultInputSchema.safeParse(await c.req.json().catch(() => null));
  if (!fault.success) {
    return c.json({ errors: fault.error.issues.map(({ path, message }) => ({ path, message })) }, 422);
  }
  return c.json(await keeper(c.env, fault.data.kind).addFault(fault.data), 201);
});

/** Lets time pass for one payment alone, so that parallel users do not disturb each other. */
controlRoutes.post('/control/payments/:id', async (c) => {
  const body = happeningSchema.safeParse(await c.req.json().catch(() => null));
  if (!body.success) {
    return c.json({ errors: body.error.issues.map(({ path, message }) => ({ path, message })) }, 422);
  }
  const done = await paymentService(c.env).control(c.req.param('id'), body.data);
  if (!done.ok) return c.json({ error: done.error }, 409);
  const payment = done.value;
  return payment === null ? c.notFound() : c.json({ id: payment.id, status: payment.status });
});

const releaseSchema = z.strictObject({
  match: z.string().min(1).max(200),
  order: z.enum(['as_sent', 'reversed']).default('as_sent'),
});
/** Delivers the events that `webhook.hold` kept back. */
controlRoutes.post('/control/webhooks/release', async (c) => {
  const body = releaseSchema.safeParse(await c.req.json().catch(() => null));
  if (!body.success) {
    return c.json({ errors: body.error.issues.map(({ path, message }) => ({ path, message })) }, 422);
  }
  return c.json({ released: await paymentService(c.env).release(body.data.match, body.data.order) });
});

/** As “resend” in the provider's dashboard. */
controlRoutes.post('/control/events/:id/resend', async (c) =>
  (await paymentService(c.env).resend(c.req.param('id'))) ? c.json({ resent: true }) : c.notFound(),
);

async function clear(env: Env, id: string | null): Promise<number> {
  const counts = await Promise.all([
    paymentService(env).clearFaults(id),
    partner(env).clearFaults(id),
    mailbox(env).clearFaults(id),
  ]);
  return counts.reduce((sum, count) => sum + count, 0);
}
controlRoutes.delete('/control', async (c) => c.json({ cleared: await clear(c.env, null) }));
controlRoutes.delete('/control/:id', async (c) => c.json({ cleared: await clear(c.env, c.req.param('id')) }));
