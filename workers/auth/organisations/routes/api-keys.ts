import { createRoute } from '@hono/zod-openapi';
import {
  newOrganisationKeySchema,
  organisationKeyInputSchema,
  organisationKeyListSchema,
} from '#shared/contracts/http/organisations.ts';
import { authorised } from '#shared/http/authorised.ts';
import { json, problems } from '#shared/http/responses.ts';
import { idSchema } from '#shared/ids/ids.ts';
import { apiKeyBody } from '../../oauth/routes/api-keys.ts';
import { valueOrProblem } from '../../problem.ts';
import { jsonBody, NO_STORE, type Endpoint } from '../../routes/route.ts';
import type { OrganisationKeyRow } from '../queries/api-keys.ts';
import { createOrganisationKey, listOrganisationKeys, revokeOrganisationKey } from '../usecases/api-keys.ts';
import { BY_BODY, FOR_ONE, params, PATH, TAG } from './parts.ts';

const create = createRoute({
  method: 'post',
  path: `${PATH}/{id}/api-keys`,
  operationId: 'createOrganisationKey',
  tags: TAG,
  summary: 'A key that acts for the organisation, told this once; it stays when its maker leaves',
  ...authorised('organisations.keys'),
  request: { params, ...jsonBody(organisationKeyInputSchema) },
  responses: { 201: json('The key', newOrganisationKeySchema), ...problems(...BY_BODY, 'step-up-required') },
});
const list = createRoute({
  method: 'get',
  path: `${PATH}/{id}/api-keys`,
  operationId: 'listOrganisationKeys',
  tags: TAG,
  summary: 'An organisation’s API keys, the oldest first, at most 20',
  ...authorised('organisations.manage'),
  request: { params },
  responses: { 200: json('Keys', organisationKeyListSchema), ...problems(...FOR_ONE) },
});
const revoke = createRoute({
  method: 'delete',
  path: `${PATH}/{id}/api-keys/{keyId}`,
  operationId: 'revokeOrganisationKey',
  tags: TAG,
  summary: 'Revoke a key: it counts for ten seconds more at most',
  ...authorised('organisations.manage'),
  request: { params: params.extend({ keyId: idSchema('apiKey') }) },
  responses: { 204: { description: 'Done' }, ...problems(...FOR_ONE) },
});

const body = (row: OrganisationKeyRow) => ({ ...apiKeyBody(row), createdBy: row.createdBy });

export const organisationKeyEndpoints: Endpoint = (app, wired) => {
  app.openapi(create, async (c) => {
    const { ports, caller } = wired(c);
    const { expiresAt, ...wanted } = c.req.valid('json');
    const until = expiresAt === null ? null : Date.parse(expiresAt);
    const input = { ...c.req.valid('param'), ...wanted, expiresAt: until };
    const made = valueOrProblem(await createOrganisationKey(ports, caller, c.get('actor'), input));
    return c.json({ ...body(made.row), key: made.key }, 201, NO_STORE);
  });
  app.openapi(list, async (c) => {
    const found = await listOrganisationKeys(wired(c).ports, c.get('actor'), c.req.valid('param').id);
    return c.json({ items: valueOrProblem(found).map(body) }, 200, NO_STORE);
  });
  app.openapi(revoke, async (c) => {
    const { ports, caller } = wired(c);
    valueOrProblem(await revokeOrganisationKey(ports, caller, c.get('actor'), c.req.valid('param')));
    return c.body(null, 204);
  });
};
