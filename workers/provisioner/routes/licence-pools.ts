import { createRoute, z } from '@hono/zod-openapi';
import {
  keyUploadSchema,
  licencePoolSchema,
  putLicencePoolSchema,
} from '#shared/contracts/http/licence-pools.ts';
import { authorised } from '#shared/http/authorised.ts';
import { json, problems } from '#shared/http/responses.ts';
import type { PortsOf, ProvisionerApp } from '../app-env.ts';
import { toProblem } from '../problem.ts';
import { nameSchema } from '../templates/template.ts';
import { addKeys, KEY_LENGTH_MAX, KEYS_BYTES_MAX, listPools, putPool } from '../usecases/licence-pools.ts';

const REFUSED = ['unauthenticated', 'forbidden', 'validation-failed'] as const;
const WRITE = ['malformed-request', 'body-too-large', 'unsupported-media-type', ...REFUSED] as const;
const params = z.object({ handle: nameSchema });

const listRoute = createRoute({
  method: 'get',
  path: '/v1/provisioning/licence-pools',
  operationId: 'listLicencePools',
  tags: ['Provisioning'],
  summary: 'Pools of keys of others, with how many are left',
  ...authorised('provisioning.read'),
  responses: {
    200: json(
      'All pools',
      z.strictObject({ items: z.array(licencePoolSchema) }).meta({ id: 'LicencePoolList' }),
    ),
    ...problems(...REFUSED),
  },
});
const putRoute = createRoute({
  method: 'put',
  path: '/v1/provisioning/licence-pools/{handle}',
  operationId: 'putLicencePool',
  tags: ['Provisioning'],
  summary: 'State a pool: what it is called, when it is low, what becomes of keys that come back',
  ...authorised('provisioning.write'),
  request: {
    params,
    body: { required: true, content: { 'application/json': { schema: putLicencePoolSchema } } },
  },
  responses: { 200: json('As it is now', licencePoolSchema), ...problems('conflict', ...WRITE) },
});
const keysRoute = createRoute({
  method: 'post',
  path: '/v1/provisioning/licence-pools/{handle}/keys',
  operationId: 'uploadLicenceKeys',
  tags: ['Provisioning'],
  summary: `Add keys, one a line, at most ${KEYS_BYTES_MAX} bytes; those known already are left out. Safe to repeat`,
  description: `A line has at most ${KEY_LENGTH_MAX} characters. Keys are sealed as they come. Orders that waited for keys go on.`,
  ...authorised('provisioning.write'),
  request: {
    params,
    body: { required: true, content: { 'text/plain': { schema: z.string() } } },
  },
  responses: { 200: json('What was added', keyUploadSchema), ...problems('not-found', ...WRITE) },
});

export function licencePoolRoutes(app: ProvisionerApp, portsOf: PortsOf): void {
  app.openapi(listRoute, async (c) => c.json({ items: await listPools(portsOf(c.env)) }, 200));
  app.openapi(putRoute, async (c) => {
    const by = c.get('actor').userId;
    const put = await putPool(portsOf(c.env), c.req.valid('param').handle, { ...c.req.valid('json'), by });
    if (!put.ok) throw toProblem(put.error);
    return c.json(put.value, 200);
  });
  app.openapi(keysRoute, async (c) => {
    const by = { userId: c.get('actor').userId, requestId: c.get('requestId') };
    const added = await addKeys(portsOf(c.env), c.req.valid('param').handle, c.req.raw.body, by);
    if (!added.ok) throw toProblem(added.error);
    return c.json(added.value, 200);
  });
}
