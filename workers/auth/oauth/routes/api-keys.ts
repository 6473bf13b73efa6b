import { createRoute } from '@hono/zod-openapi';
import { z } from 'zod';
import { apiKeyInputSchema, apiKeyListSchema, newApiKeySchema } from '#shared/contracts/http/oauth.ts';
import { authorised } from '#shared/http/authorised.ts';
import { json, problems } from '#shared/http/responses.ts';
import { idSchema } from '#shared/ids/ids.ts';
import { rfc3339 } from '#shared/time/time.ts';
import { valueOrProblem } from '../../problem.ts';
import { jsonBody, NO_STORE, type Endpoint } from '../../routes/route.ts';
import type { ApiKeyRow } from '../queries/api-keys.ts';
import { createApiKey, keyPrefix, listApiKeys, revokeApiKey } from '../usecases/api-keys.ts';

const TAG = ['API keys'];
const create = createRoute({
  method: 'post',
  path: '/v1/auth/api-keys',
  operationId: 'createApiKey',
  tags: TAG,
  summary: 'A key for an integration, told this once; send it as `Authorization: Bearer`',
  ...authorised('account.secure'),
  request: jsonBody(apiKeyInputSchema),
  responses: {
    201: json('The key', newApiKeySchema),
    ...problems(
      'unauthenticated',
      'step-up-required',
      'forbidden',
      'conflict',
      'malformed-request',
      'body-too-large',
      'unsupported-media-type',
      'validation-failed',
    ),
  },
});
const list = createRoute({
  method: 'get',
  path: '/v1/auth/api-keys',
  operationId: 'listApiKeys',
  tags: TAG,
  summary: 'One’s API keys, the oldest first, at most 20',
  ...authorised('account.self'),
  responses: { 200: json('Keys', apiKeyListSchema), ...problems('unauthenticated', 'forbidden') },
});
const revoke = createRoute({
  method: 'delete',
  path: '/v1/auth/api-keys/{id}',
  operationId: 'revokeApiKey',
  tags: TAG,
  summary: 'Revoke a key: it counts for ten seconds more at most',
  ...authorised('account.self'),
  request: { params: z.strictObject({ id: idSchema('apiKey') }) },
  responses: {
    204: { description: 'Done' },
    ...problems('not-found', 'validation-failed', 'unauthenticated', 'forbidden'),
  },
});

/** A key on the wire, whoever owns it. */
export const apiKeyBody = (row: Omit<ApiKeyRow, 'accountId'>) => ({
  id: row.id,
  name: row.name,
  prefix: keyPrefix(row.id),
  scopes: row.scopes,
  createdAt: rfc3339(row.createdAt),
  expiresAt: row.expiresAt === null ? null : rfc3339(row.expiresAt),
  lastUsedAt: row.lastUsedAt === null ? null : rfc3339(row.lastUsedAt),
});

export const apiKeyEndpoints: Endpoint = (app, wired) => {
  app.openapi(create, async (c) => {
    const { ports, caller } = wired(c);
    const { expiresAt, ...input } = c.req.valid('json');
    const until = expiresAt === null ? null : Date.parse(expiresAt);
    const made = await createApiKey(ports, caller, c.get('actor'), { ...input, expiresAt: until });
    const { row, key } = valueOrProblem(made);
    return c.json({ ...apiKeyBody(row), key }, 201, NO_STORE);
  });
  app.openapi(list, async (c) => {
    const items = valueOrProblem(await listApiKeys(wired(c).ports, c.get('actor'))).map(apiKeyBody);
    return c.json({ items }, 200, NO_STORE);
  });
  app.openapi(revoke, async (c) => {
    const { ports, caller } = wired(c);
    valueOrProblem(await revokeApiKey(ports, caller, c.get('actor'), c.req.valid('param').id));
    return c.body(null, 204);
  });
};
