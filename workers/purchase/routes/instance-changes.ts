import { createRoute, z } from '@hono/zod-openapi';
import { buyerOf } from '#shared/auth/acting-buyer.ts';
import {
  instanceQuoteSchema,
  orderInstanceChangeSchema,
  quoteInstanceChangeSchema,
} from '#shared/contracts/http/instance-changes.ts';
import { orderSchema } from '#shared/contracts/http/orders.ts';
import type { App } from '#shared/http/app.ts';
import { authorised } from '#shared/http/authorised.ts';
import { entityTag } from '#shared/http/entity-tag.ts';
import { idempotencyKey } from '#shared/http/idempotency-key.ts';
import { json, problems } from '#shared/http/responses.ts';
import { systemClock } from '#shared/time/time.ts';
import type { Env } from '../env.ts';
import { ports } from '../ports.ts';
import { toProblem } from '../problem.ts';
import { orderInstanceChange } from '../usecases/order-instance-change.ts';
import { quoteInstanceChange } from '../usecases/quote-instance-change.ts';
import { demandManaging } from './demand-managing.ts';
import { originOf } from './origin.ts';
import { demandOwnMethods } from './paying-with.ts';
import { shownTo } from './shown-order.ts';

const REFUSED = [
  'malformed-request',
  'unauthenticated',
  'forbidden',
  'not-found',
  'conflict',
  'body-too-large',
  'unsupported-media-type',
  'validation-failed',
  'unavailable',
] as const;

const quoteRoute = createRoute({
  method: 'post',
  path: '/v1/instance-changes/quotes',
  operationId: 'quoteInstanceChange',
  tags: ['Instances'],
  summary: 'What another plan of a product, or a further term, costs now',
  description:
    'Needs `instances.manage` as well. Another plan counts at once: its price for the time that is left, less what was paid for that time. One that costs less is chosen for the next term, with a renewal. The quote holds for half an hour.',
  ...authorised('orders.create'),
  request: {
    body: { required: true, content: { 'application/json': { schema: quoteInstanceChangeSchema } } },
  },
  responses: { 201: json('The price, as a promise', instanceQuoteSchema), ...problems(...REFUSED) },
});

const orderRoute = createRoute({
  method: 'post',
  path: '/v1/instance-changes',
  operationId: 'orderInstanceChange',
  tags: ['Instances'],
  summary: 'Accept a quote: order the change or renewal, and get the secret to pay it with',
  description:
    'Needs `instances.manage` as well. An order like any other, with `changeOf`. What cannot be done once it is paid is paid back, and the product stays as it was.',
  ...authorised('orders.create'),
  request: {
    headers: z.object({ 'idempotency-key': idempotencyKey() }),
    body: { required: true, content: { 'application/json': { schema: orderInstanceChangeSchema } } },
  },
  responses: {
    201: json('The order; `Idempotent-Replayed: true` marks a repeated answer', orderSchema),
    ...problems(
      ...REFUSED,
      'order-not-accepted',
      'promotion-used-up',
      'quote-expired',
      'request-in-flight',
      'idempotency-key-reused',
    ),
  },
});

export function instanceChangeRoutes(app: App<Env>): void {
  app.openapi(quoteRoute, async (c) => {
    demandManaging(c.get('actor'));
    const quoted = await quoteInstanceChange(
      ports(c.env),
      { requestId: c.get('requestId') },
      { buyer: buyerOf(c.get('actor')), wanted: c.req.valid('json'), now: systemClock.now() },
    );
    if (!quoted.ok) throw toProblem(quoted.error);
    return c.json(quoted.value, 201);
  });

  app.openapi(orderRoute, async (c) => {
    const actor = c.get('actor');
    demandManaging(actor);
    demandOwnMethods(actor, c.req.valid('json'));
    const ordered = await orderInstanceChange(
      ports(c.env),
      { requestId: c.get('requestId') },
      {
        buyer: buyerOf(actor),
        key: c.req.valid('header')['idempotency-key'],
        wanted: c.req.valid('json'),
        origin: originOf(c),
        now: systemClock.now(),
      },
    );
    if (!ordered.ok) throw toProblem(ordered.error);
    const { order, replayed } = ordered.value;
    if (replayed) c.header('idempotent-replayed', 'true');
    c.header('location', `/v1/orders/${order.id}`);
    c.header('etag', entityTag(order));
    return c.json(shownTo(actor, order), 201);
  });
}
