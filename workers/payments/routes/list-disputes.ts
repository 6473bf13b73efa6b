import { createRoute, z } from '@hono/zod-openapi';
import type { App } from '#shared/http/app.ts';
import { authorised } from '#shared/http/authorised.ts';
import { decodeCursor, encodeCursor, nextLink } from '#shared/http/cursor.ts';
import { pageQuerySchema } from '#shared/http/paging.ts';
import { json, problems } from '#shared/http/responses.ts';
import type { Env } from '../env.ts';
import { disputes } from '../ports.ts';

const stateSchema = z.enum(['warning', 'open', 'won', 'lost']);
const positionSchema = z.strictObject({ dueBy: z.string().nullable(), disputeId: z.string() });

const disputeSchema = z
  .strictObject({
    /** As the payment service names it. */
    disputeId: z.string(),
    paymentId: z.string(),
    orderId: z.string().nullable(),
    /** ISO 4217; the dispute's own, which may differ from the payment's. */
    currency: z.string(),
    /** Minor units. */
    amount: z.int(),
    /** `warning`: the bank asks, no money has moved; `open`: the amount is taken until it is decided. */
    state: stateSchema,
    /** As the payment service names it, e.g. `fraudulent`. */
    reason: z.string(),
    openedAt: z.iso.datetime(),
    /** Until when evidence can be handed in; null: none is awaited. */
    dueBy: z.iso.datetime().nullable(),
  })
  .meta({ id: 'PaymentDispute', description: 'Money that a customer’s bank takes back, or asks about' });

const route = createRoute({
  method: 'get',
  path: '/v1/disputes',
  operationId: 'listDisputes',
  tags: ['Payments'],
  summary: 'Disputes of all payments, the next deadline for evidence first',
  description: 'Those that await no evidence come last. Evidence is handed in at the payment service.',
  ...authorised('ledger.read'),
  request: { query: pageQuerySchema.extend({ state: stateSchema.optional() }) },
  responses: {
    200: json(
      'A page of disputes',
      z
        .strictObject({ items: z.array(disputeSchema), next: z.string().nullable() })
        .meta({ id: 'PaymentDisputePage' }),
    ),
    ...problems('invalid-cursor', 'unauthenticated', 'forbidden', 'validation-failed'),
  },
});

export function listDisputes(app: App<Env>): void {
  app.openapi(route, async (c) => {
    const { state = null, limit, cursor } = c.req.valid('query');
    const after = cursor === undefined ? null : decodeCursor(positionSchema, cursor);
    const found = await disputes(c.env).list({ state, after, limit: limit + 1 });
    const items = found.slice(0, limit);
    const last = items.at(-1);
    const next =
      last !== undefined && found.length > limit
        ? encodeCursor({ dueBy: last.dueBy, disputeId: last.disputeId })
        : null;
    if (next !== null) c.header('link', nextLink(c.req.url, next));
    return c.json({ items, next }, 200);
  });
}
