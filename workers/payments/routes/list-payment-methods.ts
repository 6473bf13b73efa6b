import { createRoute } from '@hono/zod-openapi';
import { savedMethodListSchema } from '#shared/contracts/http/payment-methods.ts';
import type { App } from '#shared/http/app.ts';
import { authorised } from '#shared/http/authorised.ts';
import { json, problems } from '#shared/http/responses.ts';
import type { Env } from '../env.ts';
import { vaultPorts } from '../ports.ts';
import { methodProblem } from '../problem.ts';
import { listMethods } from '../usecases/saved-methods/methods.ts';

const route = createRoute({
  method: 'get',
  path: '/v1/payment-methods',
  operationId: 'listPaymentMethods',
  tags: ['Payment methods'],
  summary: 'What one keeps to pay with',
  description:
    '`unverified`: bank accounts that were entered by their number. Small deposits are on their way to them; an account is kept once its holder has told the payment provider, at `verification.url`, what came.',
  ...authorised('payment_methods.own'),
  responses: {
    200: json('Newest first, all of them', savedMethodListSchema),
    ...problems('unauthenticated', 'forbidden', 'rate-limited', 'unavailable'),
  },
});

export function listPaymentMethods(app: App<Env>): void {
  app.openapi(route, async (c) => {
    const listed = await listMethods(vaultPorts(c.env), c.get('actor').userId);
    if (!listed.ok) throw methodProblem(listed.error);
    return c.json(listed.value, 200);
  });
}
