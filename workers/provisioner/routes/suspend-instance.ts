import { createRoute, z } from '@hono/zod-openapi';
import { suspendedInstanceSchema, suspendInstanceSchema } from '#shared/contracts/http/instances.ts';
import { authorised } from '#shared/http/authorised.ts';
import { json, problems } from '#shared/http/responses.ts';
import { idSchema } from '#shared/ids/ids.ts';
import type { PortsOf, ProvisionerApp } from '../app-env.ts';
import { toProblem } from '../problem.ts';
import { readSuspensions, suspendInstance } from '../usecases/suspend-instance.ts';

const operated = authorised('instances.operate');
const params = z.object({ id: idSchema('instance') });

const suspendRoute = createRoute({
  method: 'post',
  path: '/v1/instances/{id}/suspend',
  operationId: 'suspendInstance',
  tags: ['Instances'],
  summary: 'Put an instance out of its owner’s reach for now; safe to repeat',
  description:
    'Keys and access data are hidden, downloads refused, and a partner that runs a service is asked to suspend it. Provisioning goes on: what is suspended before it is made is never shown.',
  ...operated,
  request: {
    params,
    body: { required: true, content: { 'application/json': { schema: suspendInstanceSchema } } },
  },
  responses: {
    200: json('How it stands', suspendedInstanceSchema),
    ...problems(
      'malformed-request',
      'unauthenticated',
      'forbidden',
      'not-found',
      'body-too-large',
      'unsupported-media-type',
      'validation-failed',
    ),
  },
});

const resumeRoute = createRoute({
  method: 'post',
  path: '/v1/instances/{id}/resume',
  operationId: 'resumeInstance',
  tags: ['Instances'],
  summary: 'Take back what an operator suspended; safe to repeat',
  description:
    'What its order suspends, for a dispute for instance, stays suspended: `suspensions` says so. That is decided at the order (`POST /v1/orders/{id}/access`).',
  ...operated,
  request: { params },
  responses: {
    200: json('How it stands', suspendedInstanceSchema),
    ...problems('unauthenticated', 'forbidden', 'not-found', 'validation-failed'),
  },
});

const readRoute = createRoute({
  method: 'get',
  path: '/v1/instances/{id}/suspensions',
  operationId: 'readSuspensions',
  tags: ['Instances'],
  summary: 'Why an instance is suspended, and whether that is carried out everywhere',
  ...operated,
  request: { params },
  responses: {
    200: json('How it stands', suspendedInstanceSchema),
    ...problems('unauthenticated', 'forbidden', 'not-found', 'validation-failed'),
  },
});

export function suspendInstanceRoutes(app: ProvisionerApp, portsOf: PortsOf): void {
  app.openapi(suspendRoute, async (c) => {
    const wish = {
      id: c.req.valid('param').id,
      suspended: true,
      note: c.req.valid('json').reason,
      by: c.get('actor').userId,
    };
    const done = await suspendInstance(portsOf(c.env), wish, c.get('requestId'));
    if (!done.ok) throw toProblem(done.error);
    return c.json(done.value, 200);
  });
  app.openapi(resumeRoute, async (c) => {
    const wish = { id: c.req.valid('param').id, suspended: false, note: null, by: c.get('actor').userId };
    const done = await suspendInstance(portsOf(c.env), wish, c.get('requestId'));
    if (!done.ok) throw toProblem(done.error);
    return c.json(done.value, 200);
  });
  app.openapi(readRoute, async (c) => {
    const found = await readSuspensions(portsOf(c.env), c.req.valid('param').id);
    if (!found.ok) throw toProblem(found.error);
    return c.json(found.value, 200);
  });
}
