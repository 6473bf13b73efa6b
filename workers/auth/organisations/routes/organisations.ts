import { createRoute } from '@hono/zod-openapi';
import { organisationInputSchema, organisationListSchema } from '#shared/contracts/http/organisations.ts';
import { organisationSchema } from '#shared/contracts/http/auth.ts';
import { authorised } from '#shared/http/authorised.ts';
import { json, problems } from '#shared/http/responses.ts';
import { valueOrProblem } from '../../problem.ts';
import { jsonBody, NO_STORE, type Endpoint } from '../../routes/route.ts';
import {
  closeOrganisation,
  createOrganisation,
  listOrganisations,
  readOrganisation,
  renameOrganisation,
  reopenOrganisation,
} from '../usecases/organisations.ts';
import { BY_BODY, FOR_ONE, organisationBody, params, PATH, TAG } from './parts.ts';

const create = createRoute({
  method: 'post',
  path: PATH,
  operationId: 'createOrganisation',
  tags: TAG,
  summary: 'Make an organisation and own it',
  ...authorised('organisations.use'),
  request: jsonBody(organisationInputSchema),
  responses: {
    201: json('The organisation', organisationSchema),
    ...problems(
      'unauthenticated',
      'forbidden',
      'conflict',
      'rate-limited',
      'malformed-request',
      'body-too-large',
      'unsupported-media-type',
      'validation-failed',
    ),
  },
});
const list = createRoute({
  method: 'get',
  path: PATH,
  operationId: 'listOrganisations',
  tags: TAG,
  summary: 'The organisations one is in, the oldest first, at most 50',
  ...authorised('organisations.use'),
  responses: {
    200: json('Organisations', organisationListSchema),
    ...problems('unauthenticated', 'forbidden'),
  },
});
const read = createRoute({
  method: 'get',
  path: `${PATH}/{id}`,
  operationId: 'readOrganisation',
  tags: TAG,
  summary: 'An organisation one is in',
  ...authorised('organisations.use'),
  request: { params },
  responses: { 200: json('The organisation', organisationSchema), ...problems(...FOR_ONE) },
});
const rename = createRoute({
  method: 'patch',
  path: `${PATH}/{id}`,
  operationId: 'renameOrganisation',
  tags: TAG,
  summary: 'Give an organisation another name',
  ...authorised('organisations.manage'),
  request: { params, ...jsonBody(organisationInputSchema) },
  responses: { 200: json('The organisation', organisationSchema), ...problems(...BY_BODY) },
});
const close = createRoute({
  method: 'delete',
  path: `${PATH}/{id}`,
  operationId: 'closeOrganisation',
  tags: TAG,
  summary: 'Close an organisation; one that nobody ever acted for is deleted',
  description: 'What it owns stays its own. Nobody acts for it until an owner opens it again.',
  ...authorised('organisations.own'),
  request: { params },
  responses: { 204: { description: 'Done' }, ...problems(...FOR_ONE, 'step-up-required', 'conflict') },
});
const reopen = createRoute({
  method: 'post',
  path: `${PATH}/{id}/reopen`,
  operationId: 'reopenOrganisation',
  tags: TAG,
  summary: 'Open a closed organisation again',
  ...authorised('organisations.own'),
  request: { params },
  responses: {
    200: json('The organisation', organisationSchema),
    ...problems(...FOR_ONE, 'step-up-required', 'conflict'),
  },
});

export const organisationEndpoints: Endpoint = (app, wired) => {
  app.openapi(create, async (c) => {
    const { ports, caller } = wired(c);
    const made = await createOrganisation(ports, caller, c.get('actor'), c.req.valid('json'));
    return c.json(organisationBody(valueOrProblem(made)), 201, NO_STORE);
  });
  app.openapi(list, async (c) => {
    const memberships = valueOrProblem(await listOrganisations(wired(c).ports, c.get('actor')));
    return c.json({ items: memberships.map(organisationBody) }, 200, NO_STORE);
  });
  app.openapi(read, async (c) => {
    const found = await readOrganisation(wired(c).ports, c.get('actor'), c.req.valid('param').id);
    return c.json(organisationBody(valueOrProblem(found)), 200, NO_STORE);
  });
  app.openapi(rename, async (c) => {
    const { ports, caller } = wired(c);
    const input = { ...c.req.valid('param'), ...c.req.valid('json') };
    const renamed = await renameOrganisation(ports, caller, c.get('actor'), input);
    return c.json(organisationBody(valueOrProblem(renamed)), 200, NO_STORE);
  });
  app.openapi(close, async (c) => {
    const { ports, caller } = wired(c);
    valueOrProblem(await closeOrganisation(ports, caller, c.get('actor'), c.req.valid('param').id));
    return c.body(null, 204);
  });
  app.openapi(reopen, async (c) => {
    const { ports, caller } = wired(c);
    const opened = await reopenOrganisation(ports, caller, c.get('actor'), c.req.valid('param').id);
    return c.json(organisationBody(valueOrProblem(opened)), 200, NO_STORE);
  });
};
