import { createRoute, z } from '@hono/zod-openapi';
import { REFUSALS_NAME } from '#objects/webhook-refusals/face.ts';
import type { App } from '#shared/http/app.ts';
import { open } from '#shared/http/authorised.ts';
import { readBody } from '#shared/http/read-body.ts';
import { json, problems } from '#shared/http/responses.ts';
import { log } from '#shared/observability/log.ts';
import { logWork } from '#shared/observability/work.ts';
import { systemClock } from '#shared/time/time.ts';
import type { Env } from '../env.ts';
import { EVENT_BYTES_MAX } from '../limits.ts';
import { eventPorts } from '../ports.ts';
import { toProblem } from '../problem.ts';
import { RefusalCounter } from '../refusal-counter.ts';
import { receiveEvent } from '../usecases/receive-event.ts';

const route = createRoute({
  method: 'post',
  path: '/v1/webhooks/stripe',
  operationId: 'receiveStripeWebhook',
  tags: ['Payments'],
  summary: 'Receives a signed event of the payment provider, at most 1 MiB',
  ...open('the payment service signs the body'),
  request: { headers: z.object({ 'stripe-signature': z.string().optional() }) },
  // Stated here and not in `request`: the signature covers the raw body, which must not be parsed before.
  requestBody: {
    required: true,
    content: { 'application/json': { schema: { type: 'object' as const, description: 'A Stripe event' } } },
  },
  responses: {
    200: json(
      'The event is kept; the order is told afterwards',
      z.strictObject({ received: z.literal(true), duplicate: z.boolean() }).meta({ id: 'WebhookReceipt' }),
    ),
    ...problems('malformed-request', 'invalid-signature', 'body-too-large'),
  },
});

export function receiveStripeWebhook(app: App<Env>): void {
  app.openapi(route, async (c) => {
    const requestId = c.get('requestId');
    const received = await receiveEvent(eventPorts(c.env), {
      readBody: () => readBody(c.req.raw, EVENT_BYTES_MAX),
      signature: c.req.header('stripe-signature') ?? null,
      requestId,
    });
    if (!received.ok) {
      const { code: reason } = received.error;
      log.warn('webhook refused', { system: 'payments', requestId, reason });
      refusals.count(reason, systemClock.now());
    }
    if (refusals.isWaiting(systemClock.now())) c.executionCtx.waitUntil(writeDown(c.env, requestId));
    if (!received.ok) throw toProblem(received.error);
    const { duplicate, enqueue } = received.value;
    if (enqueue !== null) {
      c.executionCtx.waitUntil(
        logWork({ system: 'payments', work: 'enqueue', requestId }, enqueue).catch((error: unknown) => {
          log.warn('event kept but not enqueued; the sweeper will', { requestId, error });
        }),
      );
    }
    return c.json({ received: true as const, duplicate }, 200);
  });
}

const refusals = new RefusalCounter();

async function writeDown(env: Env, requestId: string): Promise<void> {
  const object = env.WEBHOOK_REFUSALS.getByName(REFUSALS_NAME);
  try {
    await refusals.writeDown((counts) => object.add({ requestId }, { counts }), systemClock);
  } catch (error) {
    log.warn('refused webhooks not counted yet', { system: 'payments', requestId, error });
  }
}
