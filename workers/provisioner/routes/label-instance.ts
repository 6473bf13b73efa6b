import { createRoute, z } from '@hono/zod-openapi';
import { buyerOf } from '#shared/auth/acting-buyer.ts';
import { may } from '#shared/auth/permissions.ts';
import { instanceSchema, labelInstanceSchema } from '#shared/contracts/http/instances.ts';
import { customerOf } from '#shared/domain/customer.ts';
import { authorised } from '#shared/http/authorised.ts';
import { entityTag, ifMatchHeader, versionToMatch } from '#shared/http/entity-tag.ts';
import { json, problems } from '#shared/http/responses.ts';
import { idSchema } from '#shared/ids/ids.ts';
import type { PortsOf, ProvisionerApp } from '../app-env.ts';
import { toProblem } from '../problem.ts';
import { labelInstance } from '../usecases/label-instance.ts';

const route = createRoute({
  method: 'patch',
  path: '/v1/instances/{id}',
  operationId: 'labelInstance',
  tags: ['Instances'],
  summary: 'Write tags and metadata on what one owns; each is replaced as a whole, or left as it is',
  ...authorised('instances.use', 'instances.operate'),
  request: {
    params: z.object({ id: idSchema('instance') }),
    headers: z.object(ifMatchHeader('the instance')),
    body: { required: true, content: { 'application/json': { schema: labelInstanceSchema } } },
  },
  responses: {
    200: json('The instance', instanceSchema),
    ...problems(
      'malformed-request',
      'unauthenticated',
      'forbidden',
      'not-found',
      'precondition-failed',
      'precondition-required',
      'body-too-large',
      'unsupported-media-type',
      'validation-failed',
    ),
  },
});

export function labelInstanceRoute(app: ProvisionerApp, portsOf: PortsOf): void {
  app.openapi(route, async (c) => {
    const actor = c.get('actor');
    const reader = { customerId: customerOf(buyerOf(actor)), readsAll: may(actor, 'instances.operate') };
    const version = versionToMatch(c.req.valid('header')['if-match'], 'the instance');
    const { id } = c.req.valid('param');
    const labelled = await labelInstance(portsOf(c.env), reader, { id, version, ...c.req.valid('json') });
    if (!labelled.ok) throw toProblem(labelled.error);
    c.header('etag', entityTag(labelled.value));
    c.header('cache-control', 'private, no-store');
    return c.json(labelled.value.instance, 200);
  });
}
