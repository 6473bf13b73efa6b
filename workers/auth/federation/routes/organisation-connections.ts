import { createRoute } from '@hono/zod-openapi';
import {
  connectionInputSchema,
  connectionListSchema,
  connectionSchema,
  connectionTestSchema,
  samlMetadataInputSchema,
  samlMetadataSchema,
} from '#shared/contracts/http/federation.ts';
import { z } from 'zod';
import { authorised } from '#shared/http/authorised.ts';
import { entityTag, ifMatchHeader, versionToMatch } from '#shared/http/entity-tag.ts';
import { json, problems } from '#shared/http/responses.ts';
import { idSchema } from '#shared/ids/ids.ts';
import { BY_BODY, FOR_ONE, params, PATH, TAG } from '../../organisations/routes/parts.ts';
import { valueOrProblem } from '../../problem.ts';
import { jsonBody, NO_STORE, type Endpoint } from '../../routes/route.ts';
import { ORGANISATION_CONNECTIONS_MAX } from '../limits.ts';
import {
  addConnection,
  listConnections,
  readConnection,
  removeConnection,
  replaceConnection,
} from '../usecases/connections.ts';
import { importMetadata } from '../usecases/saml-metadata.ts';
import { testConnection } from '../usecases/test-connection.ts';
import { connectionBody } from './bodies.ts';

const connectionParams = params.extend({ connectionId: idSchema('identityProvider') });
const CHANGED = ['step-up-required', 'rate-limited', 'conflict'] as const;

const add = createRoute({
  method: 'post',
  path: `${PATH}/{id}/connections`,
  operationId: 'addOrganisationConnection',
  tags: TAG,
  summary: 'Connect an organisation’s own identity provider, for the domains it has proven',
  ...authorised('organisations.identity'),
  request: { params, ...jsonBody(connectionInputSchema) },
  responses: {
    201: json('The connection', connectionSchema),
    ...problems(...BY_BODY, 'step-up-required', 'rate-limited'),
  },
});
const list = createRoute({
  method: 'get',
  path: `${PATH}/{id}/connections`,
  operationId: 'listOrganisationConnections',
  tags: TAG,
  summary: 'An organisation’s own connections, at most 5, the oldest first',
  ...authorised('organisations.manage'),
  request: { params },
  responses: { 200: json('Connections', connectionListSchema), ...problems(...FOR_ONE, 'conflict') },
});
const read = createRoute({
  method: 'get',
  path: `${PATH}/{id}/connections/{connectionId}`,
  operationId: 'readOrganisationConnection',
  tags: TAG,
  summary: 'One of an organisation’s connections',
  ...authorised('organisations.manage'),
  request: { params: connectionParams },
  responses: { 200: json('The connection', connectionSchema), ...problems(...FOR_ONE, 'conflict') },
});
const replace = createRoute({
  method: 'put',
  path: `${PATH}/{id}/connections/{connectionId}`,
  operationId: 'replaceOrganisationConnection',
  tags: TAG,
  summary: 'Replace a connection; `enforced` ends the sessions of members that were opened another way',
  ...authorised('organisations.identity'),
  request: {
    params: connectionParams,
    headers: z.object(ifMatchHeader('the connection')),
    ...jsonBody(connectionInputSchema),
  },
  responses: {
    200: json('The connection', connectionSchema),
    ...problems(
      ...BY_BODY,
      'step-up-required',
      'rate-limited',
      'precondition-failed',
      'precondition-required',
    ),
  },
});
const remove = createRoute({
  method: 'delete',
  path: `${PATH}/{id}/connections/{connectionId}`,
  operationId: 'removeOrganisationConnection',
  tags: TAG,
  summary: 'Remove a connection and the identities it proved; members stay members',
  ...authorised('organisations.identity'),
  request: { params: connectionParams },
  responses: { 204: { description: 'Done' }, ...problems(...FOR_ONE, ...CHANGED) },
});
const test = createRoute({
  method: 'post',
  path: `${PATH}/{id}/connections/{connectionId}/test`,
  operationId: 'testOrganisationConnection',
  tags: TAG,
  summary: 'Look whether a connection can work, without anybody signing in',
  ...authorised('organisations.identity'),
  request: { params: connectionParams },
  responses: { 200: json('What was found', connectionTestSchema), ...problems(...FOR_ONE, ...CHANGED) },
});
const metadata = createRoute({
  method: 'post',
  path: `${PATH}/{id}/saml-metadata`,
  operationId: 'importOrganisationSamlMetadata',
  tags: TAG,
  summary: 'Read a SAML identity provider’s metadata into what a connection is made of',
  ...authorised('organisations.identity'),
  request: { params, ...jsonBody(samlMetadataInputSchema) },
  responses: {
    200: json('What it says', samlMetadataSchema),
    ...problems(...BY_BODY, 'step-up-required', 'rate-limited'),
  },
});

export const organisationConnectionEndpoints: Endpoint = (app, wired) => {
  app.openapi(add, async (c) => {
    const { ports, caller } = wired(c);
    const { id } = c.req.valid('param');
    const manager = { actor: c.get('actor'), organisationId: id };
    const row = valueOrProblem(await addConnection(ports, caller, manager, c.req.valid('json')));
    const location = `${PATH}/${id}/connections/${row.id}`;
    return c.json(connectionBody(ports, row), 201, { ...NO_STORE, location, etag: entityTag(row) });
  });
  app.openapi(list, async (c) => {
    const { ports } = wired(c);
    const manager = { actor: c.get('actor'), organisationId: c.req.valid('param').id };
    const page = { after: null, limit: ORGANISATION_CONNECTIONS_MAX };
    const rows = valueOrProblem(await listConnections(ports, manager, page));
    return c.json({ items: rows.map((row) => connectionBody(ports, row)), next: null }, 200, NO_STORE);
  });
  app.openapi(read, async (c) => {
    const { ports } = wired(c);
    const { id, connectionId } = c.req.valid('param');
    const manager = { actor: c.get('actor'), organisationId: id };
    const row = valueOrProblem(await readConnection(ports, manager, connectionId));
    return c.json(connectionBody(ports, row), 200, { ...NO_STORE, etag: entityTag(row) });
  });
  app.openapi(replace, async (c) => {
    const { ports, caller } = wired(c);
    const { id, connectionId } = c.req.valid('param');
    const version = versionToMatch(c.req.valid('header')['if-match'], 'the connection');
    const manager = { actor: c.get('actor'), organisationId: id };
    const input = { id: connectionId, version, connection: c.req.valid('json') };
    const row = valueOrProblem(await replaceConnection(ports, caller, manager, input));
    return c.json(connectionBody(ports, row), 200, { ...NO_STORE, etag: entityTag(row) });
  });
  app.openapi(remove, async (c) => {
    const { ports, caller } = wired(c);
    const { id, connectionId } = c.req.valid('param');
    const manager = { actor: c.get('actor'), organisationId: id };
    valueOrProblem(await removeConnection(ports, caller, manager, connectionId));
    return c.body(null, 204);
  });
  app.openapi(test, async (c) => {
    const { id, connectionId } = c.req.valid('param');
    const manager = { actor: c.get('actor'), organisationId: id };
    const findings = valueOrProblem(await testConnection(wired(c).ports, manager, connectionId));
    return c.json({ works: findings.every(({ ok }) => ok), findings }, 200, NO_STORE);
  });
  app.openapi(metadata, async (c) => {
    const manager = { actor: c.get('actor'), organisationId: c.req.valid('param').id };
    const read = valueOrProblem(await importMetadata(wired(c).ports, manager, c.req.valid('json')));
    return c.json(read, 200, NO_STORE);
  });
};
