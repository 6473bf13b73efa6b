import { createRoute, z } from '@hono/zod-openapi';
import { methodSetupSchema } from '#shared/contracts/http/payment-methods.ts';
import type { App } from '#shared/http/app.ts';
import { authorised } from '#shared/http/authorised.ts';
import { idempotencyKey } from '#shared/http/idempotency-key.ts';
import { json, problems } from '#shared/http/responses.ts';
import type { Env } from '../env.ts';
import { vaultPorts } from '../ports.ts';
import { methodProblem } from '../problem.ts';
import { setUpMethod } from '../usecases/saved-methods/methods.ts';

const route = createRoute({
  method: 'post',
  path: '/v1/payment-methods/setup',
  operationId: 'setUpPaymentMethod',
  tags: ['Payment methods'],
  summary: 'Begin to keep a payment method',
  description:
    'Answers with the secret for the form of the payment provider, where the customer enters the method. It is kept once the provider has confirmed it.',
  ...authorised('payment_methods.own'),
  request: { headers: z.object({ 'idempotency-key': idempotencyKey() }) },
  responses: {
    201: json('The set-up; a repeat is answered with the same one', methodSetupSchema),
    ...problems('unauthenticated', 'forbidden', 'validation-failed', 'rate-limited', 'unavailable'),
  },
});

export function setUpPaymentMethod(app: App<Env>): void {
  app.openapi(route, async (c) => {
    const begun = await setUpMethod(vaultPorts(c.env), {
      customerId: c.get('actor').userId,
      key: c.req.valid('header')['idempotency-key'],
    });
    if (!begun.ok) throw methodProblem(begun.error);
    return c.json(begun.value, 201);
  });
}
