import { createRoute, z } from '@hono/zod-openapi';
import type { App } from '#shared/http/app.ts';
import { authorised } from '#shared/http/authorised.ts';
import { json, problems } from '#shared/http/responses.ts';
import type { Env } from '../env.ts';
import { eventPorts } from '../ports.ts';
import { toProblem } from '../problem.ts';
import { replayEvent } from '../usecases/replay-event.ts';

const route = createRoute({
  method: 'post',
  path: '/v1/payment-events/{id}/replay',
  operationId: 'replayPaymentEvent',
  tags: ['Payments'],
  summary: 'Tell the order about this event again; safe to repeat',
  ...authorised('payments.operate'),
  request: { params: z.object({ id: z.string().regex(/^evt_\w{1,250}$/) }) },
  responses: {
    202: json(
      'The order will look at its payment again',
      z.strictObject({ id: z.string(), replayed: z.literal(true) }).meta({ id: 'PaymentEventReplay' }),
    ),
    ...problems('unauthenticated', 'forbidden', 'not-found', 'conflict', 'validation-failed'),
  },
});

export function replayPaymentEvent(app: App<Env>): void {
  app.openapi(route, async (c) => {
    const replayed = await replayEvent(eventPorts(c.env), {
      eventId: c.req.valid('param').id,
      requestId: c.get('requestId'),
    });
    if (!replayed.ok) throw toProblem(replayed.error);
    return c.json({ id: replayed.value.eventId, replayed: true as const }, 202);
  });
}
