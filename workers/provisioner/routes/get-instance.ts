import { buyerOf } from '#shared/auth/acting-buyer.ts';
import { customerOf } from '#shared/domain/customer.ts';
import { createRoute, z } from '@hono/zod-openapi';
import { may } from '#shared/auth/permissions.ts';
import { instanceSchema } from '#shared/contracts/http/instances.ts';
import { authorised } from '#shared/http/authorised.ts';
import { entityTag } from '#shared/http/entity-tag.ts';
import { json, problems } from '#shared/http/responses.ts';
import { idSchema } from '#shared/ids/ids.ts';
import type { PortsOf, ProvisionerApp } from '../app-env.ts';
import { toProblem } from '../problem.ts';
import { readInstance } from '../usecases/instances.ts';

const route = createRoute({
  method: 'get',
  path: '/v1/instances/{id}',
  operationId: 'getInstance',
  tags: ['Instances'],
  summary:
    'One product: what was bought and delivered, what it entitles to, its history; credentials are hidden, and staff see no delivery',
  ...authorised('instances.read', 'instances.read_all'),
  request: { params: z.object({ id: idSchema('instance') }) },
  responses: {
    200: json('The instance', instanceSchema),
    ...problems('unauthenticated', 'forbidden', 'not-found', 'validation-failed'),
  },
});

export function getInstanceRoute(app: ProvisionerApp, portsOf: PortsOf): void {
  app.openapi(route, async (c) => {
    const actor = c.get('actor');
    const instance = await readInstance(
      portsOf(c.env),
      { customerId: customerOf(buyerOf(actor)), readsAll: may(actor, 'instances.read_all') },
      c.req.valid('param').id,
    );
    if (!instance.ok) throw toProblem(instance.error);
    c.header('etag', entityTag(instance.value));
    // May hold licence keys: no cache keeps them.
    c.header('cache-control', 'private, no-store');
    return c.json(instance.value.instance, 200);
  });
}
