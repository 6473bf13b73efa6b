import { createRoute, z } from '@hono/zod-openapi';
import type { App } from '#shared/http/app.ts';
import { authorised } from '#shared/http/authorised.ts';
import { json, problems } from '#shared/http/responses.ts';
import type { Env } from '../env.ts';
import { eventPorts } from '../ports.ts';
import { toProblem } from '../problem.ts';
import { REPLAY_MAX, replayEvent, replayEvents } from '../usecases/replay-event.ts';
import { eventFilterShape, eventIdSchema, toFilter } from './payment-event-body.ts';

const route = createRoute({
  method: 'post',
  path: '/v1/payment-events/{id}/replay',
  operationId: 'replayPaymentEvent',
  tags: ['Payments'],
  summary: 'Tell the order about this event again; safe to repeat',
  ...authorised('payments.operate'),
  request: { params: z.object({ id: eventIdSchema }) },
  responses: {
    202: json(
      'The order will look at its payment again',
      z.strictObject({ id: z.string(), replayed: z.literal(true) }).meta({ id: 'PaymentEventReplay' }),
    ),
    ...problems('unauthenticated', 'forbidden', 'not-found', 'conflict', 'validation-failed'),
  },
});

const bulkRoute = createRoute({
  method: 'post',
  path: '/v1/payment-events/replay',
  operationId: 'replayPaymentEvents',
  tags: ['Payments'],
  summary: `Tell the orders about many events again, at most ${REPLAY_MAX} a request; safe to repeat`,
  description:
    'The newest that fit come first; those received at one moment are never parted, so that a few more or less may be sent than asked for. `more` is true when older ones fit too: repeat with `to` set to `oldestReceivedAt`.',
  ...authorised('payments.operate'),
  request: {
    body: {
      required: true,
      content: {
        'application/json': {
          schema: z
            .strictObject({ ...eventFilterShape, limit: z.int().min(1).max(REPLAY_MAX).default(REPLAY_MAX) })
            .meta({ id: 'PaymentEventReplayFilter' }),
        },
      },
    },
  },
  responses: {
    202: json(
      'The orders will look at their payments again',
      z
        .strictObject({
          replayed: z.int(),
          /** Events that concern no order. */
          skipped: z.int(),
          more: z.boolean(),
          oldestReceivedAt: z.iso.datetime().nullable(),
        })
        .meta({ id: 'PaymentEventBulkReplay' }),
    ),
    ...problems(
      'malformed-request',
      'unauthenticated',
      'forbidden',
      'body-too-large',
      'unsupported-media-type',
      'validation-failed',
    ),
  },
});

/** Replay of one event, and of many. */
export function replayPaymentEvent(app: App<Env>): void {
  app.openapi(route, async (c) => {
    const replayed = await replayEvent(eventPorts(c.env), {
      eventId: c.req.valid('param').id,
      requestId: c.get('requestId'),
    });
    if (!replayed.ok) throw toProblem(replayed.error);
    return c.json({ id: replayed.value.eventId, replayed: true as const }, 202);
  });
  app.openapi(bulkRoute, async (c) => {
    const { limit, ...filter } = c.req.valid('json');
    const requestId = c.get('requestId');
    return c.json(await replayEvents(eventPorts(c.env), { ...toFilter(filter), limit, requestId }), 202);
  });
}
