import { createRoute, z } from '@hono/zod-openapi';
import { buyerOf } from '#shared/auth/acting-buyer.ts';
import { deliverySchema } from '#shared/contracts/http/instances.ts';
import { customerOf } from '#shared/domain/customer.ts';
import { authorised } from '#shared/http/authorised.ts';
import { Problem } from '#shared/http/problems.ts';
import { json, problems } from '#shared/http/responses.ts';
import { stepUpRequired } from '#shared/http/step-up.ts';
import { idSchema } from '#shared/ids/ids.ts';
import { SECOND_MS } from '#shared/time/time.ts';
import type { PortsOf, ProvisionerApp } from '../app-env.ts';
import { toProblem } from '../problem.ts';
import { revealCredentials } from '../usecases/reveal-credentials.ts';

/** How long after showing who they are somebody may see credentials again. */
const FRESH = { maxAgeSeconds: 15 * 60 } as const;

const route = createRoute({
  method: 'post',
  path: '/v1/instances/{id}/credentials/reveal',
  operationId: 'revealCredentials',
  tags: ['Instances'],
  summary: 'Show the credentials of what one owns; each time is written down',
  description:
    'Whoever asks first sees them. Afterwards only who has authenticated within the last 15 minutes does (`step-up-required` says so). New credentials can be seen once anew.',
  ...authorised('instances.use'),
  request: { params: z.object({ id: idSchema('instance') }) },
  responses: {
    200: json(
      'What was delivered, nothing hidden',
      z.strictObject({ delivery: deliverySchema }).meta({ id: 'RevealedCredentials' }),
    ),
    ...problems(
      'unauthenticated',
      'step-up-required',
      'forbidden',
      'not-found',
      'conflict',
      'suspended',
      'validation-failed',
    ),
  },
});

export function revealCredentialsRoute(app: ProvisionerApp, portsOf: PortsOf): void {
  app.openapi(route, async (c) => {
    const actor = c.get('actor');
    const ageSeconds = Date.now() / SECOND_MS - actor.authTime;
    const shown = await revealCredentials(portsOf(c.env), {
      customerId: customerOf(buyerOf(actor)),
      instanceId: c.req.valid('param').id,
      by: actor.userId,
      isFresh: actor.sessionId !== null && ageSeconds <= FRESH.maxAgeSeconds,
      requestId: c.get('requestId'),
    });
    c.header('cache-control', 'private, no-store');
    if (shown.ok) return c.json({ delivery: shown.value }, 200);
    throw shown.error === 'seen_before' ? new Problem(stepUpRequired(FRESH)) : toProblem(shown.error);
  });
}
