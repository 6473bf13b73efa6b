import { createRoute, z } from '@hono/zod-openapi';
import { countUsageSchema, meterStateSchema } from '#shared/contracts/http/entitlements.ts';
import { idempotencyKey } from '#shared/http/idempotency-key.ts';
import { json, problems } from '#shared/http/responses.ts';
import type { PortsOf, ProvisionerApp } from '../app-env.ts';
import { toProblem } from '../problem.ts';
import { countUsage } from '../usecases/entitlements/devices.ts';
import { meterView } from '../usecases/entitlements/views.ts';
import { LICENCE_PROBLEMS, licenceNamed, licenceRight } from './entitlement-request.ts';

const route = createRoute({
  method: 'post',
  path: '/v1/entitlements/usage',
  operationId: 'countUsage',
  tags: ['Entitlements'],
  summary: 'Count use on a meter, all of it or nothing; refused beyond its limit',
  ...licenceRight('instances.use'),
  request: {
    headers: z.object({
      'idempotency-key': idempotencyKey('Same key and body: counted once, for 7 days; a refusal is not kept'),
    }),
    body: { required: true, content: { 'application/json': { schema: countUsageSchema } } },
  },
  responses: {
    200: json('The meter after it', meterStateSchema),
    ...problems('not-found', 'entitlement-refused', 'idempotency-key-reused', ...LICENCE_PROBLEMS),
  },
});

export function countUsageRoute(app: ProvisionerApp, portsOf: PortsOf): void {
  app.openapi(route, async (c) => {
    const { meter, amount, ...which } = c.req.valid('json');
    const counted = { meter, amount, key: c.req.valid('header')['idempotency-key'] };
    const done = await countUsage(portsOf(c.env), licenceNamed(c, which), counted, c.get('requestId'));
    if (!done.ok) throw toProblem(done.error);
    if (done.value.isReplay) c.header('idempotent-replayed', 'true');
    return c.json(meterView(done.value.meter), 200);
  });
}
