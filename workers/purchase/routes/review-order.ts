import { createRoute, z } from '@hono/zod-openapi';
import { orderRiskSchema } from '#shared/contracts/http/fraud.ts';
import { orderSchema } from '#shared/contracts/http/orders.ts';
import type { App } from '#shared/http/app.ts';
import { authorised } from '#shared/http/authorised.ts';
import { json, problems } from '#shared/http/responses.ts';
import { idSchema } from '#shared/ids/ids.ts';
import type { Env } from '../env.ts';
import { ports } from '../ports.ts';
import { toProblem } from '../problem.ts';
import { readRisk, reviewOrder } from '../usecases/command-order.ts';
import { COMMAND_PROBLEMS, commandHeaders, commandOf, toldOrder } from './order-command.ts';

const bodySchema = z
  .strictObject({
    decision: z.enum(['approve', 'refuse']),
    reason: z.string().trim().min(1).max(300).meta({ description: 'For staff: the customer never reads it' }),
  })
  .meta({ id: 'ReviewOrder' });
const params = z.object({ id: idSchema('order') });

const review = createRoute({
  method: 'post',
  path: '/v1/orders/{id}/review',
  operationId: 'reviewOrder',
  tags: ['Fraud'],
  summary: 'Approve or refuse an order that waits for it',
  description:
    'Approved it goes on; refused it is undone and the money goes back. The first decision counts: the same once more changes nothing, the other one is a conflict.',
  ...authorised('fraud.review'),
  request: {
    headers: commandHeaders,
    params,
    body: { required: true, content: { 'application/json': { schema: bodySchema } } },
  },
  responses: { 200: json('The order after it', orderSchema), ...problems(...COMMAND_PROBLEMS) },
});
const risk = createRoute({
  method: 'get',
  path: '/v1/orders/{id}/risk',
  operationId: 'getOrderRisk',
  tags: ['Fraud'],
  summary: 'What is known of the risk of an order, with every rule that counted',
  ...authorised('fraud.read'),
  request: { params },
  responses: {
    200: json('The risk', orderRiskSchema),
    ...problems('unauthenticated', 'forbidden', 'not-found', 'validation-failed'),
  },
});

export function reviewOrderRoutes(app: App<Env>): void {
  app.openapi(review, async (c) => {
    const { decision, reason } = c.req.valid('json');
    const input = { decision, text: reason };
    const command = commandOf(c.req.valid('param').id, c.get('actor'), c.req.valid('header'), input);
    return toldOrder(c, await reviewOrder(ports(c.env), { requestId: c.get('requestId') }, command));
  });
  app.openapi(risk, async (c) => {
    const { id } = c.req.valid('param');
    const known = await readRisk(ports(c.env), { requestId: c.get('requestId') }, id);
    if (!known.ok) throw toProblem(known.error);
    return c.json(known.value, 200);
  });
}
