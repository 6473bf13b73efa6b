import { brokerCredentialsSchema } from '#shared/contracts/http/service-brokers.ts';
import { createRoute, z } from '@hono/zod-openapi';
import { authorised } from '#shared/http/authorised.ts';
import { json, problems } from '#shared/http/responses.ts';
import type { PortsOf, ProvisionerApp } from '../app-env.ts';
import { toProblem } from '../problem.ts';
import { nameSchema } from '../templates/template.ts';
import { archiveConnection, listConnections, putConnection } from '../usecases/connections.ts';

const REFUSED = ['unauthenticated', 'forbidden', 'validation-failed'] as const;
const params = z.object({ handle: nameSchema });
const connectionSchema = z
  .strictObject({
    handle: z.string(),
    kind: z.enum(['http', 'broker']),
    baseUrl: z.string(),
    status: z.enum(['active', 'archived']),
    version: z.int(),
    updatedAt: z.iso.datetime(),
  })
  .meta({ id: 'Connection' });

const listRoute = createRoute({
  method: 'get',
  path: '/v1/provisioning/connections',
  operationId: 'listConnections',
  tags: ['Provisioning'],
  summary: 'Where steps may call: partners by plain HTTP, and service brokers',
  ...authorised('provisioning.read'),
  responses: {
    200: json(
      'All connections',
      z.strictObject({ items: z.array(connectionSchema) }).meta({ id: 'ConnectionList' }),
    ),
    ...problems(...REFUSED),
  },
});
const putRoute = createRoute({
  method: 'put',
  path: '/v1/provisioning/connections/{handle}',
  operationId: 'putConnection',
  tags: ['Provisioning'],
  summary: 'State where a connection leads; its secret, which both sides sign with, is shown once',
  ...authorised('provisioning.write'),
  request: {
    params,
    body: {
      required: true,
      content: {
        'application/json': {
          schema: z
            .strictObject({
              /** https to the public internet; of a broker what stands before `/v2`. */
              baseUrl: z.string().max(2_000),
              renewSecret: z.boolean().default(false),
              kind: z.enum(['http', 'broker']).default('http'),
              credentials: brokerCredentialsSchema
                .nullable()
                .default(null)
                .meta({ description: 'Of a broker: how it knows us. Null: as before' }),
            })
            .meta({ id: 'PutConnection' }),
        },
      },
    },
  },
  responses: {
    200: json(
      'As it is now',
      connectionSchema
        .extend({ secret: z.string().nullable().openapi({ description: 'Null: as it was' }) })
        .meta({ id: 'ConnectionWithSecret' }),
    ),
    ...problems('malformed-request', 'body-too-large', 'unsupported-media-type', 'conflict', ...REFUSED),
  },
});
const archiveRoute = createRoute({
  method: 'delete',
  path: '/v1/provisioning/connections/{handle}',
  operationId: 'archiveConnection',
  tags: ['Provisioning'],
  summary: 'Archive a connection: what was ordered there can still be removed. Safe to repeat',
  ...authorised('provisioning.write'),
  request: { params },
  responses: { 204: { description: 'It is archived' }, ...problems('not-found', ...REFUSED) },
});

export function connectionRoutes(app: ProvisionerApp, portsOf: PortsOf): void {
  app.openapi(listRoute, async (c) => c.json({ items: await listConnections(portsOf(c.env)) }, 200));
  app.openapi(putRoute, async (c) => {
    const by = c.get('actor').userId;
    const put = await putConnection(portsOf(c.env), c.req.valid('param').handle, {
      ...c.req.valid('json'),
      by,
    });
    if (!put.ok) throw toProblem(put.error);
    c.header('cache-control', 'private, no-store');
    return c.json(put.value, 200);
  });
  app.openapi(archiveRoute, async (c) => {
    const done = await archiveConnection(portsOf(c.env), c.req.valid('param').handle, c.get('actor').userId);
    if (!done.ok) throw toProblem(done.error);
    return c.body(null, 204);
  });
}
