import { createRoute, z } from '@hono/zod-openapi';
import {
  burntKeysSchema,
  keyUploadSchema,
  licencePoolSchema,
  putLicencePoolSchema,
} from '#shared/contracts/http/licence-pools.ts';
import { authorised } from '#shared/http/authorised.ts';
import { json, problems } from '#shared/http/responses.ts';
import type { PortsOf, ProvisionerApp } from '../app-env.ts';
import { toProblem } from '../problem.ts';
import { nameSchema } from '../templates/template.ts';
import {
  addKeys,
  burnKeys,
  holdPool,
  KEY_LENGTH_MAX,
  KEYS_BYTES_MAX,
  listPools,
  putPool,
  releasePool,
} from '../usecases/licence-pools.ts';

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
const burntKeysRoute = createRoute({
  method: 'post',
  path: '/v1/provisioning/licence-pools/{handle}/keys/burnt',
  operationId: 'burnLicenceKeys',
  tags: ['Provisioning'],
  summary: `Burn keys, one a line, at most ${KEYS_BYTES_MAX} bytes: they are never handed out. Safe to repeat`,
  description: `For keys that were sold though they look free, as after a restore. Those that no pool knows are kept as burnt, so that an upload does not add them. A line has at most ${KEY_LENGTH_MAX} characters.`,
  ...authorised('provisioning.write'),
  request: {
    params,
    body: { required: true, content: { 'text/plain': { schema: z.string() } } },
  },
  responses: { 200: json('What was burnt', burntKeysSchema), ...problems('not-found', ...WRITE) },
});
const holdRoute = createRoute({
  method: 'post',
  path: '/v1/provisioning/licence-pools/{handle}/hold',
  operationId: 'holdLicencePool',
  tags: ['Provisioning'],
  summary: 'Hold a pool: it hands out nothing, and lines wait. Safe to repeat',
  ...authorised('provisioning.write'),
  request: { params },
  responses: { 200: json('As it is now', licencePoolSchema), ...problems('not-found', ...REFUSED) },
});
const releaseRoute = createRoute({
  method: 'post',
  path: '/v1/provisioning/licence-pools/{handle}/release',
  operationId: 'releaseLicencePool',
  tags: ['Provisioning'],
  summary: 'Release a pool that is held, as each is by a restore: lines that waited go on. Safe to repeat',
  description:
    'After a restore, keys that were handed out since the backup look free. Burn those you know of before; a key that is not burnt would be sold twice.',
  ...authorised('provisioning.write'),
  request: { params },
  responses: { 200: json('As it is now', licencePoolSchema), ...problems('not-found', ...REFUSED) },
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
  app.openapi(burntKeysRoute, async (c) => {
    const by = { userId: c.get('actor').userId, requestId: c.get('requestId') };
    const burnt = await burnKeys(portsOf(c.env), c.req.valid('param').handle, c.req.raw.body, by);
    if (!burnt.ok) throw toProblem(burnt.error);
    return c.json(burnt.value, 200);
  });
  app.openapi(holdRoute, async (c) => {
    const by = { userId: c.get('actor').userId, requestId: c.get('requestId') };
    const held = await holdPool(portsOf(c.env), c.req.valid('param').handle, by);
    if (!held.ok) throw toProblem(held.error);
    return c.json(held.value, 200);
  });
  app.openapi(releaseRoute, async (c) => {
    const by = { userId: c.get('actor').userId, requestId: c.get('requestId') };
    const released = await releasePool(portsOf(c.env), c.req.valid('param').handle, by);
    if (!released.ok) throw toProblem(released.error);
    return c.json(released.value, 200);
  });
}
