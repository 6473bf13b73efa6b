import { createRoute, z } from '@hono/zod-openapi';
import type { App } from '#shared/http/app.ts';
import { authorised } from '#shared/http/authorised.ts';
import { json, problems } from '#shared/http/responses.ts';
import type { Env } from '../env.ts';
import { eventPorts } from '../ports.ts';
import { toProblem } from '../problem.ts';
import { readEventFor } from '../usecases/read-event.ts';
import { eventBody, eventIdSchema, paymentEventSchema } from './payment-event-body.ts';

const route = createRoute({
  method: 'get',
  path: '/v1/payment-events/{id}',
  operationId: 'readPaymentEvent',
  tags: ['Payments'],
  summary: 'One event with what the provider sent, without secrets and without what names the customer',
  ...authorised('payments.read'),
  request: { params: z.object({ id: eventIdSchema }) },
  responses: {
    200: json(
      'The event',
      paymentEventSchema
        .extend({ body: z.unknown().describe('As the provider sent it, redacted') })
        .meta({ id: 'PaymentEventDetail' }),
    ),
    ...problems('unauthenticated', 'forbidden', 'not-found', 'validation-failed'),
  },
});

export function readPaymentEvent(app: App<Env>): void {
  app.openapi(route, async (c) => {
    const found = await readEventFor(eventPorts(c.env).inbox, c.req.valid('param').id);
    if (!found.ok) throw toProblem(found.error);
    const { event, body } = found.value;
    return c.json({ ...eventBody(event), body }, 200);
  });
}
