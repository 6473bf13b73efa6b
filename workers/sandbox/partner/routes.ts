import { Hono, type Context } from 'hono';
import { partner, type Env } from '../env.ts';
import { bearerIs } from '../http-keys.ts';
import {
  changeSchema,
  rotateSchema,
  serviceOrderSchema,
  shipmentOrderSchema,
  useSchema,
  type Change,
  type PartnerOrder,
} from './schemas.ts';

type Sandbox = { Bindings: Env };
const KEY_LENGTH_MAX = 255;

/** The partner's API. Every request needs `Authorization: Bearer` with its key. */
export const partnerRoutes = new Hono<Sandbox>();

const refusal = (status: 400 | 401 | 404 | 409 | 422 | 500 | 503, code: string, message: string) =>
  Response.json({ error: { code, message } }, { status });
const failures = {
  unavailable: () => refusal(503, 'unavailable', 'The partner is down. Try again.'),
  broken: () => refusal(500, 'internal', 'Something broke at the partner.'),
  key_reused: () => refusal(409, 'key_reused', 'This Idempotency-Key was used for another order.'),
  refused: () => refusal(422, 'refused', 'The partner cannot provide this.'),
};

partnerRoutes.use('/partner/*', async (c, next) => {
  if (!bearerIs(c.req.header('authorization'), c.env.SANDBOX_PARTNER_API_KEY)) {
    return refusal(401, 'unauthorised', 'Send the partner key as Authorization: Bearer.');
  }
  await next();
  return undefined;
});

partnerRoutes.post('/partner/services', async (c) => {
  const order = serviceOrderSchema.safeParse(await c.req.json().catch(() => null));
  if (!order.success) return refusal(422, 'invalid', order.error.issues[0]?.message ?? 'invalid body');
  return take(c, { kind: 'service', ...order.data });
});

partnerRoutes.post('/partner/shipments', async (c) => {
  const order = shipmentOrderSchema.safeParse(await c.req.json().catch(() => null));
  if (!order.success) return refusal(422, 'invalid', order.error.issues[0]?.message ?? 'invalid body');
  const { reference, callbackUrl, ...parameters } = order.data;
  return take(c, { kind: 'shipment', plan: 'parcel', reference, callbackUrl, parameters });
});

async function take(c: Context<Sandbox>, order: PartnerOrder): Promise<Response> {
  const key = c.req.header('idempotency-key') ?? '';
  if (key === '' || key.length > KEY_LENGTH_MAX) {
    return refusal(400, 'key_required', 'Send an Idempotency-Key of at most 255 characters.');
  }
  const taken = await partner(c.env).order(order, key);
  if (!taken.ok) return failures[taken.error.code]();
  const { operationId, serviceId, shipmentId } = taken.value;
  return c.json({ operationId, serviceId, shipmentId }, 202);
}

partnerRoutes.get('/partner/operations/:id', async (c) => {
  const operation = await partner(c.env).operation(c.req.param('id'));
  if (!operation.ok) return failures[operation.error.code]();
  return operation.value === null ? refusal(404, 'not_found', 'No such operation.') : c.json(operation.value);
});

for (const [plural, kind] of [
  ['services', 'service'],
  ['shipments', 'shipment'],
] as const) {
  partnerRoutes.get(`/partner/${plural}`, async (c) => {
    const subjects = await partner(c.env).subjects(kind, c.req.query('reference') ?? null);
    const items = subjects.map((subject) => ({
      ...subject,
      parameters: JSON.parse(subject.parameters) as unknown,
    }));
    return c.json({ items });
  });
  partnerRoutes.delete(`/partner/${plural}/:id`, async (c) => {
    const removed = await partner(c.env).remove(kind, c.req.param('id') ?? '');
    if (!removed.ok) return failures[removed.error.code]();
    return removed.value === null ? refusal(404, 'not_found', `No such ${kind}.`) : c.body(null, 204);
  });
}

for (const wish of ['suspend', 'resume'] as const) {
  partnerRoutes.post(`/partner/services/:id/${wish}`, async (c) => {
    const asked = useSchema.safeParse(await c.req.json().catch(() => null));
    if (!asked.success) return refusal(422, 'invalid', asked.error.issues[0]?.message ?? 'invalid body');
    if ((c.req.header('idempotency-key') ?? '') === '') {
      return refusal(400, 'key_required', 'Send an Idempotency-Key.');
    }
    const used = await partner(c.env).use(c.req.param('id'), {
      ...asked.data,
      suspended: wish === 'suspend',
    });
    if (!used.ok) return failures[used.error.code]();
    if (used.value === null) return refusal(404, 'not_found', 'No such service.');
    return c.json({ serviceId: used.value.id, state: used.value.state });
  });
}

partnerRoutes.patch('/partner/services/:id', async (c) => {
  const asked = changeSchema.safeParse(await c.req.json().catch(() => null));
  if (!asked.success) return refusal(422, 'invalid', asked.error.issues[0]?.message ?? 'invalid body');
  const { sequence, ...to } = asked.data;
  return change(c, c.req.param('id'), { sequence, to });
});
partnerRoutes.post('/partner/services/:id/rotate', async (c) => {
  const asked = rotateSchema.safeParse(await c.req.json().catch(() => null));
  if (!asked.success) return refusal(422, 'invalid', asked.error.issues[0]?.message ?? 'invalid body');
  return change(c, c.req.param('id'), { ...asked.data, to: null });
});

async function change(c: Context<Sandbox>, id: string, wanted: Change): Promise<Response> {
  const key = c.req.header('idempotency-key') ?? '';
  if (key === '' || key.length > KEY_LENGTH_MAX)
    return refusal(400, 'key_required', 'Send an Idempotency-Key of at most 255 characters.');
  const changed = await partner(c.env).change(id, wanted, key);
  if (!changed.ok) return failures[changed.error.code]();
  return changed.value === null ? refusal(404, 'not_found', 'No such service.') : c.json(changed.value);
}
