import { createRoute, z } from '@hono/zod-openapi';
import type { App } from '#shared/http/app.ts';
import { authorised } from '#shared/http/authorised.ts';
import { decodeCursor, encodeCursor, nextLink } from '#shared/http/cursor.ts';
import { pageQuerySchema } from '#shared/http/paging.ts';
import { json, problems } from '#shared/http/responses.ts';
import type { Env } from '../env.ts';
import { eventPorts } from '../ports.ts';
import { listEvents } from '../usecases/list-events.ts';
import { eventBody, eventFilterShape, paymentEventSchema, toFilter } from './payment-event-body.ts';

const querySchema = pageQuerySchema.extend(eventFilterShape);
const positionSchema = z.strictObject({ receivedAt: z.string(), eventId: z.string() });

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
    const { limit, cursor, ...filter } = c.req.valid('query');
    const page = await listEvents(eventPorts(c.env).inbox, {
      ...toFilter(filter),
      after: cursor === undefined ? null : decodeCursor(positionSchema, cursor),
      limit,
    });
    const items = page.events.map(eventBody);
    const next = page.next === null ? null : encodeCursor(page.next);
    if (next !== null) c.header('link', nextLink(c.req.url, next));
    return c.json({ items, next }, 200);
  });
}
