import { createRoute, z } from '@hono/zod-openapi';
import { checkEntitlementSchema, entitlementVerdictSchema } from '#shared/contracts/http/entitlements.ts';
import { json, problems } from '#shared/http/responses.ts';
import type { PortsOf, ProvisionerApp } from '../app-env.ts';
import { checkEntitlement } from '../usecases/entitlements/check.ts';
import { LICENCE_PROBLEMS, licenceNamed, licenceRight } from './entitlement-request.ts';

const route = createRoute({
  method: 'post',
  path: '/v1/entitlements/check',
  operationId: 'checkEntitlement',
  tags: ['Entitlements'],
  summary: 'Whether a licence may be used: by its key, or by the instance one owns',
  description:
    'A refusal is an answer too: 200 with its `code`. Whoever holds the key needs no account; merchants’ services with `entitlements.check` may ask about every instance. The answer may be up to 30 seconds old, as `checkedAt` says; `consistency=strong` asks for the truth of this moment. Changes nothing.',
  ...licenceRight('instances.read'),
  request: {
    query: z.strictObject({ consistency: z.enum(['cached', 'strong']).default('cached') }),
    body: { required: true, content: { 'application/json': { schema: checkEntitlementSchema } } },
  },
  responses: {
    200: json('What may be done', entitlementVerdictSchema),
    ...problems(...LICENCE_PROBLEMS),
  },
});

export function checkEntitlementRoute(app: ProvisionerApp, portsOf: PortsOf): void {
  app.openapi(route, async (c) => {
    const { licenceKey, instanceId, ...question } = c.req.valid('json');
    const isStrong = c.req.valid('query').consistency === 'strong';
    const name = licenceNamed(c, { licenceKey, instanceId });
    const asked = { isStrong, requestId: c.get('requestId') };
    return c.json(await checkEntitlement(portsOf(c.env), name, question, asked), 200);
  });
}
