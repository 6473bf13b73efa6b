import { createRoute } from '@hono/zod-openapi';
import { z } from 'zod';
import {
  connectionInputSchema,
  connectionListSchema,
  connectionSchema,
} from '#shared/contracts/http/federation.ts';
import { authorised } from '#shared/http/authorised.ts';
import { decodeCursor, encodeCursor, nextLink } from '#shared/http/cursor.ts';
import { entityTag, ifMatchHeader, versionToMatch } from '#shared/http/entity-tag.ts';
import { pageQuerySchema } from '#shared/http/paging.ts';
import { json, problems } from '#shared/http/responses.ts';
import { idSchema } from '#shared/ids/ids.ts';
import { valueOrProblem } from '../../problem.ts';
import { jsonBody, NO_STORE, TAGS, type Endpoint } from '../../routes/route.ts';
import {
  addConnection,
  listConnections,
  readConnection,
  removeConnection,
  replaceConnection,
} from '../usecases/connections.ts';
import { connectionBody } from './bodies.ts';

const params = z.strictObject({ id: idSchema('identityProvider') });
const DENIED = ['step-up-required', 'unauthenticated', 'forbidden'] as const;
const BODY = ['malformed-request', 'body-too-large', 'unsupported-media-type', 'validation-failed'] as const;

const add = createRoute({
  method: 'post',
  path: '/v1/auth/connections',
  operationId: 'addIdentityConnection',
  tags: TAGS.federation,
  summary: 'Connect an identity provider; its secret is never told again',
  ...authorised('identity_providers.manage'),
  request: jsonBody(connectionInputSchema),
  responses: { 201: json('The connection', connectionSchema), ...problems(...DENIED, ...BODY) },
});
const list = createRoute({
  method: 'get',
  path: '/v1/auth/connections',
  operationId: 'listIdentityConnections',
  tags: TAGS.federation,
  summary: 'Connections to identity providers, the oldest first',
  ...authorised('identity_providers.manage'),
  request: { query: pageQuerySchema },
  responses: {
    200: json('A page of connections', connectionListSchema),
    ...problems(...DENIED, 'invalid-cursor', 'validation-failed'),
  },
});
const read = createRoute({
  method: 'get',
  path: '/v1/auth/connections/{id}',
  operationId: 'readIdentityConnection',
  tags: TAGS.federation,
  summary: 'One connection',
  ...authorised('identity_providers.manage'),
  request: { params },
  responses: {
    200: json('The connection', connectionSchema),
    ...problems(...DENIED, 'not-found', 'validation-failed'),
  },
});
const replace = createRoute({
  method: 'put',
  path: '/v1/auth/connections/{id}',
  operationId: 'replaceIdentityConnection',
  tags: TAGS.federation,
  summary: 'Replace a connection; without `secret` the one that is there stays',
  ...authorised('identity_providers.manage'),
  request: { params, headers: z.object(ifMatchHeader('the connection')), ...jsonBody(connectionInputSchema) },
  responses: {
    200: json('The connection', connectionSchema),
    ...problems(...DENIED, ...BODY, 'not-found', 'precondition-failed', 'precondition-required'),
  },
});
const remove = createRoute({
  method: 'delete',
  path: '/v1/auth/connections/{id}',
  operationId: 'removeIdentityConnection',
  tags: TAGS.federation,
  summary: 'Remove a connection and the identities it proved',
  ...authorised('identity_providers.manage'),
  request: { params },
  responses: {
    204: { description: 'Done' },
    ...problems(...DENIED, 'not-found', 'validation-failed'),
  },
});

export const connectionEndpoints: Endpoint = (app, wired) => {
  app.openapi(add, async (c) => {
    const { ports, caller } = wired(c);
    const manager = { actor: c.get('actor'), organisationId: null };
    const row = valueOrProblem(await addConnection(ports, caller, manager, c.req.valid('json')));
    const headers = { ...NO_STORE, location: `/v1/auth/connections/${row.id}`, etag: entityTag(row) };
    return c.json(connectionBody(ports, row), 201, headers);
  });
  app.openapi(list, async (c) => {
    const { ports } = wired(c);
    const { limit, cursor } = c.req.valid('query');
    const after = cursor === undefined ? null : decodeCursor(idSchema('identityProvider'), cursor);
    const manager = { actor: c.get('actor'), organisationId: null };
    const rows = valueOrProblem(await listConnections(ports, manager, { after, limit: limit + 1 }));
    const items = rows.slice(0, limit).map((row) => connectionBody(ports, row));
    const last = rows.length > limit ? items.at(-1) : undefined;
    const next = last === undefined ? null : encodeCursor(last.id);
    if (next !== null) c.header('link', nextLink(c.req.url, next));
    return c.json({ items, next }, 200, NO_STORE);
  });
  app.openapi(read, async (c) => {
    const { ports } = wired(c);
    const manager = { actor: c.get('actor'), organisationId: null };
    const row = valueOrProblem(await readConnection(ports, manager, c.req.valid('param').id));
    return c.json(connectionBody(ports, row), 200, { ...NO_STORE, etag: entityTag(row) });
  });
  app.openapi(replace, async (c) => {
    const { ports, caller } = wired(c);
    const version = versionToMatch(c.req.valid('header')['if-match'], 'the connection');
    const input = { id: c.req.valid('param').id, version, connection: c.req.valid('json') };
    const manager = { actor: c.get('actor'), organisationId: null };
    const row = valueOrProblem(await replaceConnection(ports, caller, manager, input));
    return c.json(connectionBody(ports, row), 200, { ...NO_STORE, etag: entityTag(row) });
  });
  app.openapi(remove, async (c) => {
    const { ports, caller } = wired(c);
    const manager = { actor: c.get('actor'), organisationId: null };
    valueOrProblem(await removeConnection(ports, caller, manager, c.req.valid('param').id));
    return c.body(null, 204);
  });
};
