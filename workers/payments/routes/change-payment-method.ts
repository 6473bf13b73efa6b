import { createRoute, z } from '@hono/zod-openapi';
import { savedMethodIdSchema } from '#shared/contracts/payments.ts';
import type { App } from '#shared/http/app.ts';
import { authorised } from '#shared/http/authorised.ts';
import { problems } from '#shared/http/responses.ts';
import type { Env } from '../env.ts';
import { vaultPorts } from '../ports.ts';
import { methodProblem } from '../problem.ts';
import { makeDefault, removeMethod } from '../usecases/saved-methods/methods.ts';

const ofOne = {
  tags: ['Payment methods'],
  ...authorised('payment_methods.own'),
  request: { params: z.object({ id: savedMethodIdSchema }) },
};
const refusals = problems(
  'unauthenticated',
  'forbidden',
  'not-found',
  'conflict',
  'validation-failed',
  'rate-limited',
  'unavailable',
);

const removal = createRoute({
  method: 'delete',
  path: '/v1/payment-methods/{id}',
  operationId: 'deletePaymentMethod',
  summary: 'Keep a payment method no longer',
  ...ofOne,
  responses: { 204: { description: 'It can be charged no more' }, ...refusals },
});

const preference = createRoute({
  method: 'put',
  path: '/v1/payment-methods/{id}/default',
  operationId: 'makePaymentMethodDefault',
  summary: 'Choose the payment method that is offered first',
  ...ofOne,
  responses: { 204: { description: 'It is the default' }, ...refusals },
});

/** Deleting one and choosing the default: both of the caller's own, any other is not found. */
export function changePaymentMethod(app: App<Env>): void {
  app.openapi(removal, async (c) => {
    const removed = await removeMethod(vaultPorts(c.env), {
      customerId: c.get('actor').userId,
      methodId: c.req.valid('param').id,
    });
    if (!removed.ok) throw methodProblem(removed.error);
    return c.body(null, 204);
  });
  app.openapi(preference, async (c) => {
    const made = await makeDefault(vaultPorts(c.env), {
      customerId: c.get('actor').userId,
      methodId: c.req.valid('param').id,
    });
    if (!made.ok) throw methodProblem(made.error);
    return c.body(null, 204);
  });
}
