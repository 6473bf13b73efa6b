import { createRoute, z } from '@hono/zod-openapi';
import type { App } from '#shared/http/app.ts';
import { authorised } from '#shared/http/authorised.ts';
import { decodeCursor, encodeCursor, nextLink } from '#shared/http/cursor.ts';
import { pageQuerySchema } from '#shared/http/paging.ts';
import { json, problems } from '#shared/http/responses.ts';
import { idSchema } from '#shared/ids/ids.ts';
import type { Env } from '../env.ts';
import { eventPorts } from '../ports.ts';
import { EVENT_FLAGS, EVENT_STATES } from '../usecases/ports.ts';
import { listEvents } from '../usecases/list-events.ts';

const stateSchema = z.enum(EVENT_STATES);
const querySchema = pageQuerySchema.extend({
  state: stateSchema.optional(),
  orderId: idSchema('order').optional(),
});
const positionSchema = z.strictObject({ receivedAt: z.string(), eventId: z.string() });

const paymentEventSchema = z
  .strictObject({
    id: z.string(),
    provider: z.string(),
    type: z.string(),
    state: stateSchema.describe(
      'received: not yet sent on; enqueued: the order was told; handled: the order took it in; failed: the order could not; ignored: nobody waits for it; unmatched: it concerns no payment we know',
    ),
    orderId: z.string().nullable(),
    paymentId: z.string().nullable(),
    chargeId: z.string().nullable(),
    requestId: z.string(),
    occurredAt: z.iso.datetime(),
    receivedAt: z.iso.datetime(),
    enqueuedAt: z.iso.datetime().nullable(),
    settledAt: z.iso.datetime().nullable(),
    attempts: z.int().describe('How often it was sent on'),
    flags: z
      .array(z.enum(EVENT_FLAGS))
      .describe(
        'other_mode: a test event at a live shop or the reverse; other_api_version: of another version',
      ),
    detail: z.string().nullable(),
  })
  .meta({ id: 'PaymentEvent', description: 'One verified event of the payment provider' });

const route = createRoute({
  method: 'get',
  path: '/v1/payment-events',
  operationId: 'listPaymentEvents',
  tags: ['Payments'],
  summary: 'The inbox of payment events, newest first',
  ...authorised('payments.read'),
  request: { query: querySchema },
  responses: {
    200: json(
      'A page of events',
      z
        .strictObject({ items: z.array(paymentEventSchema), next: z.string().nullable() })
        .meta({ id: 'PaymentEventPage' }),
    ),
    ...problems('invalid-cursor', 'unauthenticated', 'forbidden', 'validation-failed'),
  },
});

export function listPaymentEvents(app: App<Env>): void {
  app.openapi(route, async (c) => {
    const { state, orderId, limit, cursor } = c.req.valid('query');
    const page = await listEvents(eventPorts(c.env).inbox, {
      state: state ?? null,
      orderId: orderId ?? null,
      after: cursor === undefined ? null : decodeCursor(positionSchema, cursor),
      limit,
    });
    const items = page.events.map(({ eventId, ...event }) => ({ id: eventId, ...event }));
    const next = page.next === null ? null : encodeCursor(page.next);
    if (next !== null) c.header('link', nextLink(c.req.url, next));
    return c.json({ items, next }, 200);
  });
}
