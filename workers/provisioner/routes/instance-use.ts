import { createRoute, z } from '@hono/zod-openapi';
import { buyerOf } from '#shared/auth/acting-buyer.ts';
import { may } from '#shared/auth/permissions.ts';
import { instanceUseSchema } from '#shared/contracts/http/entitlements.ts';
import { customerOf } from '#shared/domain/customer.ts';
import { authorised } from '#shared/http/authorised.ts';
import { json, problems } from '#shared/http/responses.ts';
import { idSchema } from '#shared/ids/ids.ts';
import type { PortsOf, ProvisionerApp } from '../app-env.ts';
import { toProblem } from '../problem.ts';
import { endActivation, readUse } from '../usecases/entitlements/use.ts';

const readRoute = createRoute({
  method: 'get',
  path: '/v1/instances/{id}/use',
  operationId: 'readInstanceUse',
  tags: ['Instances'],
  summary: 'Which devices use it, and how much of its meters is used',
  ...authorised('instances.read', 'instances.read_all'),
  request: { params: z.object({ id: idSchema('instance') }) },
  responses: {
    200: json('As it is now', instanceUseSchema),
    ...problems('unauthenticated', 'forbidden', 'not-found', 'validation-failed'),
  },
});
const endRoute = createRoute({
  method: 'delete',
  path: '/v1/instances/{id}/activations/{activationId}',
  operationId: 'endActivation',
  tags: ['Instances'],
  summary: 'Free the seat of a device; safe to repeat',
  ...authorised('instances.use', 'instances.operate'),
  request: { params: z.object({ id: idSchema('instance'), activationId: idSchema('activation') }) },
  responses: {
    204: { description: 'It has none now' },
    ...problems('unauthenticated', 'forbidden', 'not-found', 'validation-failed'),
  },
});

export function instanceUseRoutes(app: ProvisionerApp, portsOf: PortsOf): void {
  app.openapi(readRoute, async (c) => {
    const actor = c.get('actor');
    const reader = { customerId: customerOf(buyerOf(actor)), readsAll: may(actor, 'instances.read_all') };
    const use = await readUse(portsOf(c.env), reader, c.req.valid('param').id, c.get('requestId'));
    if (!use.ok) throw toProblem(use.error);
    c.header('cache-control', 'private, no-store');
    return c.json(use.value, 200);
  });
  app.openapi(endRoute, async (c) => {
    const actor = c.get('actor');
    const reader = { customerId: customerOf(buyerOf(actor)), readsAll: may(actor, 'instances.operate') };
    const ended = await endActivation(portsOf(c.env), reader, c.req.valid('param'), c.get('requestId'));
    if (!ended.ok) throw toProblem(ended.error);
    return c.body(null, 204);
  });
}
