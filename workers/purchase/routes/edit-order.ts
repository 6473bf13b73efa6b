import { createRoute, z } from '@hono/zod-openapi';
import { editOrderSchema } from '#shared/contracts/http/after-sale.ts';
import { orderSchema } from '#shared/contracts/http/orders.ts';
import type { App } from '#shared/http/app.ts';
import { authorised } from '#shared/http/authorised.ts';
import { json, problems } from '#shared/http/responses.ts';
import { idSchema } from '#shared/ids/ids.ts';
import type { Env } from '../env.ts';
import { ports } from '../ports.ts';
import { toProblem } from '../problem.ts';
import { editOrder } from '../usecases/edit-order.ts';
import { operatorOf } from './asker.ts';
import { idempotencyKey } from '#shared/http/idempotency-key.ts';
import { entityTag, ifMatchHeader, versionToMatch } from '#shared/http/entity-tag.ts';
import { shownTo } from './shown-order.ts';

const route = createRoute({
  method: 'patch',
  path: '/v1/orders/{id}',
  operationId: 'editOrder',
  tags: ['Orders'],
  summary: 'Change an order that waits for its payment: quantities, lines out, the address',
  description:
    'It is priced anew by the rules of now, stock is held for what is new and given back for what is not wanted, and the open payment asks for the new total. More of a line is another line beside it: send an `Idempotency-Key`, or the very `ETag`, so that a repeat does not add it again.',
  ...authorised('orders.edit', 'orders.operate'),
  request: {
    params: z.object({ id: idSchema('order') }),
    headers: z.object({
      ...ifMatchHeader('the order'),
      'idempotency-key': idempotencyKey().optional(),
    }),
    body: { required: true, content: { 'application/json': { schema: editOrderSchema } } },
  },
  responses: {
    200: json('The order after it; `Idempotent-Replayed: true` marks a repeated answer', orderSchema),
    ...problems(
      'malformed-request',
      'unauthenticated',
      'forbidden',
      'not-found',
      'conflict',
      'out-of-stock',
      'precondition-failed',
      'body-too-large',
      'unsupported-media-type',
      'validation-failed',
      'precondition-required',
      'idempotency-key-reused',
      'unavailable',
    ),
  },
});

export function editOrderRoute(app: App<Env>): void {
  app.openapi(route, async (c) => {
    const asker = operatorOf(c.get('actor'));
    const edited = await editOrder(ports(c.env), { requestId: c.get('requestId') }, asker, {
      orderId: c.req.valid('param').id,
      version: versionToMatch(c.req.valid('header')['if-match'], 'the order'),
      key: c.req.valid('header')['idempotency-key'] ?? null,
      body: c.req.valid('json'),
    });
    if (!edited.ok) throw toProblem(edited.error);
    const { order, replayed } = edited.value;
    if (replayed) c.header('idempotent-replayed', 'true');
    c.header('etag', entityTag(order));
    return c.json(shownTo(c.get('actor'), order), 200);
  });
}
