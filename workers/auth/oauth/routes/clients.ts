import { createRoute } from '@hono/zod-openapi';
import { z } from 'zod';
import {
  clientInputSchema,
  clientListSchema,
  clientSchema,
  newClientSchema,
} from '#shared/contracts/http/oauth.ts';
import { authorised } from '#shared/http/authorised.ts';
import { decodeCursor, encodeCursor, nextLink } from '#shared/http/cursor.ts';
import { entityTag, ifMatchHeader, versionToMatch } from '#shared/http/entity-tag.ts';
import { pageQuerySchema } from '#shared/http/paging.ts';
import { json, problems } from '#shared/http/responses.ts';
import { idSchema } from '#shared/ids/ids.ts';
import { valueOrProblem } from '../../problem.ts';
import { jsonBody, NO_STORE, type Endpoint } from '../../routes/route.ts';
import { listClients, readClient, registerClient, replaceClient } from '../usecases/clients.ts';
import { clientBody, secretBody } from './client-body.ts';
import { OAUTH_TAG } from './protocol.ts';

const params = z.strictObject({ id: idSchema('client') });
const DENIED = ['unauthenticated', 'forbidden'] as const;
const BODY = ['malformed-request', 'body-too-large', 'unsupported-media-type', 'validation-failed'] as const;

const register = createRoute({
  method: 'post',
  path: '/v1/oauth/clients',
  operationId: 'registerClient',
  tags: OAUTH_TAG,
  summary: 'Register an application or a service; its secret is told this once',
  ...authorised('oauth_clients.manage'),
  request: jsonBody(clientInputSchema),
  responses: { 201: json('The client', newClientSchema), ...problems(...DENIED, ...BODY) },
});
const list = createRoute({
  method: 'get',
  path: '/v1/oauth/clients',
  operationId: 'listClients',
  tags: OAUTH_TAG,
  summary: 'Registered clients, the oldest first',
  ...authorised('oauth_clients.manage'),
  request: { query: pageQuerySchema },
  responses: {
    200: json('A page of clients', clientListSchema),
    ...problems(...DENIED, 'invalid-cursor', 'validation-failed'),
  },
});
const read = createRoute({
  method: 'get',
  path: '/v1/oauth/clients/{id}',
  operationId: 'readClient',
  tags: OAUTH_TAG,
  summary: 'One client, with the ages of its secrets',
  ...authorised('oauth_clients.manage'),
  request: { params },
  responses: {
    200: json('The client', clientSchema),
    ...problems(...DENIED, 'not-found', 'validation-failed'),
  },
});
const replace = createRoute({
  method: 'put',
  path: '/v1/oauth/clients/{id}',
  operationId: 'replaceClient',
  tags: OAUTH_TAG,
  summary: 'Replace what is registered; disabling a client ends its sessions',
  ...authorised('oauth_clients.manage'),
  request: { params, headers: z.object(ifMatchHeader('the client')), ...jsonBody(clientInputSchema) },
  responses: {
    200: json('The client', clientSchema),
    ...problems(...DENIED, ...BODY, 'not-found', 'precondition-failed', 'precondition-required'),
  },
});

export const clientEndpoints: Endpoint = (app, wired) => {
  app.openapi(register, async (c) => {
    const { ports, caller } = wired(c);
    const made = valueOrProblem(await registerClient(ports, caller, c.get('actor'), c.req.valid('json')));
    const { client, secrets, secret } = made;
    const headers = { ...NO_STORE, location: `/v1/oauth/clients/${client.id}`, etag: entityTag(client) };
    return c.json({ ...clientBody(client), secrets: secrets.map(secretBody), secret }, 201, headers);
  });
  app.openapi(list, async (c) => {
    const { limit, cursor } = c.req.valid('query');
    const after = cursor === undefined ? null : decodeCursor(idSchema('client'), cursor);
    const rows = valueOrProblem(
      await listClients(wired(c).ports, c.get('actor'), { after, limit: limit + 1 }),
    );
    const items = rows.slice(0, limit).map(clientBody);
    const last = rows.length > limit ? items.at(-1) : undefined;
    const next = last === undefined ? null : encodeCursor(last.id);
    if (next !== null) c.header('link', nextLink(c.req.url, next));
    return c.json({ items, next }, 200, NO_STORE);
  });
  app.openapi(read, async (c) => {
    const { client, secrets } = valueOrProblem(
      await readClient(wired(c).ports, c.get('actor'), c.req.valid('param').id),
    );
    const headers = { ...NO_STORE, etag: entityTag(client) };
    return c.json({ ...clientBody(client), secrets: secrets.map(secretBody) }, 200, headers);
  });
  app.openapi(replace, async (c) => {
    const { ports, caller } = wired(c);
    const version = versionToMatch(c.req.valid('header')['if-match'], 'the client');
    const input = { id: c.req.valid('param').id, version, client: c.req.valid('json') };
    const { client, secrets } = valueOrProblem(await replaceClient(ports, caller, c.get('actor'), input));
    const headers = { ...NO_STORE, etag: entityTag(client) };
    return c.json({ ...clientBody(client), secrets: secrets.map(secretBody) }, 200, headers);
  });
};
