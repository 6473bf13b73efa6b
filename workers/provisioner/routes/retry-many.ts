import { createRoute, z } from '@hono/zod-openapi';
import { sha256Hex } from '#shared/crypto/bytes.ts';
import { authorised } from '#shared/http/authorised.ts';
import { idempotencyKey } from '#shared/http/idempotency-key.ts';
import { json, problems } from '#shared/http/responses.ts';
import { ID_PREFIXES, idSchema } from '#shared/ids/ids.ts';
import type { PortsOf, ProvisionerApp } from '../app-env.ts';
import { retryMany } from '../usecases/tasks.ts';

const bodySchema = z
  .strictObject({
    reason: z.string().trim().min(1).max(300),
    /** Only steps of this connector, and only those that failed with this code. */
    connector: z.string().max(40).optional(),
    code: z.string().max(100).optional(),
    /** Only what failed since then. */
    since: z.iso.datetime().optional(),
    /** At most so many are tried again, the rest another time. */
    limit: z.int().min(1).max(1_000).default(1_000),
    /** So many a minute, that the partner is not down again at once. */
    perMinute: z.int().min(1).max(600).default(60),
  })
  .meta({ id: 'ProvisioningRetries' });

const route = createRoute({
  method: 'post',
  path: '/v1/provisioning/retries',
  operationId: 'retryProvisioningTasks',
  tags: ['Provisioning'],
  summary: 'Try all steps again that failed in an outage, one after the other at a pace',
  ...authorised('provisioning.operate'),
  request: {
    headers: z.object({ 'idempotency-key': idempotencyKey('Same key: the same retries, once') }),
    body: { required: true, content: { 'application/json': { schema: bodySchema } } },
  },
  responses: {
    202: json(
      'So many are tried again, the last of them by then',
      z
        .strictObject({ id: idSchema('bulkRetry'), count: z.int(), until: z.iso.datetime() })
        .meta({ id: 'ProvisioningRetriesTaken' }),
    ),
    ...problems(
      'malformed-request',
      'body-too-large',
      'unsupported-media-type',
      'unauthenticated',
      'forbidden',
      'validation-failed',
    ),
  },
});

export function retryManyRoute(app: ProvisionerApp, portsOf: PortsOf): void {
  app.openapi(route, async (c) => {
    const { reason, connector, code, since, limit, perMinute } = c.req.valid('json');
    const by = c.get('actor').userId;
    const key = c.req.valid('header')['idempotency-key'];
    const id = `${ID_PREFIXES.bulkRetry}_${sha256Hex(JSON.stringify([by, 'retries', key])).slice(0, 32)}`;
    const taken = await retryMany(
      portsOf(c.env),
      { id, by, reason, perMinute, limit },
      { connector, code, createdAfter: since === undefined ? 0 : Date.parse(since) },
    );
    return c.json({ id, ...taken }, 202);
  });
}
