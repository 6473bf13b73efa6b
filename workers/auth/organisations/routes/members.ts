import { createRoute } from '@hono/zod-openapi';
import {
  handOverSchema,
  memberRoleSchema,
  organisationMemberListSchema,
  organisationMemberSchema,
} from '#shared/contracts/http/organisations.ts';
import { authorised } from '#shared/http/authorised.ts';
import { nextLink } from '#shared/http/cursor.ts';
import { pageQuerySchema } from '#shared/http/paging.ts';
import { json, problems } from '#shared/http/responses.ts';
import { idSchema } from '#shared/ids/ids.ts';
import { rfc3339 } from '#shared/time/time.ts';
import { valueOrProblem } from '../../problem.ts';
import { jsonBody, NO_STORE, type Endpoint } from '../../routes/route.ts';
import {
  handOver,
  leaveOrganisation,
  listMembers,
  removeMember,
  setMemberRole,
  type Member,
} from '../usecases/members.ts';
import { BY_BODY, FOR_ONE, nextOf, params, PATH, positionOf, TAG } from './parts.ts';

const memberParams = params.extend({ accountId: idSchema('user') });
const list = createRoute({
  method: 'get',
  path: `${PATH}/{id}/members`,
  operationId: 'listOrganisationMembers',
  tags: TAG,
  summary: 'Who is in an organisation',
  ...authorised('organisations.manage'),
  request: { params, query: pageQuerySchema },
  responses: {
    200: json('Members', organisationMemberListSchema),
    ...problems(...FOR_ONE, 'invalid-cursor'),
  },
});
const setRole = createRoute({
  method: 'put',
  path: `${PATH}/{id}/members/{accountId}/role`,
  operationId: 'setOrganisationMemberRole',
  tags: TAG,
  summary: 'Give a member another role; only owners make and unmake owners',
  ...authorised('organisations.manage'),
  request: { params: memberParams, ...jsonBody(memberRoleSchema) },
  responses: {
    200: json('The member', organisationMemberSchema),
    ...problems(...BY_BODY, 'step-up-required'),
  },
});
const remove = createRoute({
  method: 'delete',
  path: `${PATH}/{id}/members/{accountId}`,
  operationId: 'removeOrganisationMember',
  tags: TAG,
  summary: 'Remove a member; only owners remove owners, and never the last one',
  description: 'Counts here at once, in the shop within ten seconds.',
  ...authorised('organisations.manage'),
  request: { params: memberParams },
  responses: { 204: { description: 'Done' }, ...problems(...FOR_ONE, 'step-up-required', 'conflict') },
});
const leave = createRoute({
  method: 'post',
  path: `${PATH}/{id}/leave`,
  operationId: 'leaveOrganisation',
  tags: TAG,
  summary: 'Leave an organisation; its last owner cannot',
  ...authorised('organisations.use'),
  request: { params },
  responses: { 204: { description: 'Done' }, ...problems(...FOR_ONE, 'conflict') },
});
const transfer = createRoute({
  method: 'post',
  path: `${PATH}/{id}/hand-over`,
  operationId: 'handOverOrganisation',
  tags: TAG,
  summary: 'Make a member the owner in one’s own place, and stay as an administrator',
  ...authorised('organisations.own'),
  request: { params, ...jsonBody(handOverSchema) },
  responses: {
    200: json('The new owner', organisationMemberSchema),
    ...problems(...BY_BODY, 'step-up-required'),
  },
});

const body = ({ joinedAt, ...member }: Member) => ({ ...member, joinedAt: rfc3339(joinedAt) });

export const memberEndpoints: Endpoint = (app, wired) => {
  app.openapi(list, async (c) => {
    const { limit, cursor } = c.req.valid('query');
    const wanted = { ...c.req.valid('param'), after: positionOf(cursor), limit };
    const page = valueOrProblem(await listMembers(wired(c).ports, c.get('actor'), wanted));
    const next = nextOf(page, page.items.at(-1)?.accountId);
    if (next !== null) c.header('link', nextLink(c.req.url, next));
    return c.json({ items: page.items.map(body), next }, 200, NO_STORE);
  });
  app.openapi(setRole, async (c) => {
    const { ports, caller } = wired(c);
    const input = { ...c.req.valid('param'), ...c.req.valid('json') };
    const changed = await setMemberRole(ports, caller, c.get('actor'), input);
    return c.json(body(valueOrProblem(changed)), 200, NO_STORE);
  });
  app.openapi(remove, async (c) => {
    const { ports, caller } = wired(c);
    valueOrProblem(await removeMember(ports, caller, c.get('actor'), c.req.valid('param')));
    return c.body(null, 204);
  });
  app.openapi(leave, async (c) => {
    const { ports, caller } = wired(c);
    valueOrProblem(await leaveOrganisation(ports, caller, c.get('actor'), c.req.valid('param').id));
    return c.body(null, 204);
  });
  app.openapi(transfer, async (c) => {
    const { ports, caller } = wired(c);
    const input = { ...c.req.valid('param'), ...c.req.valid('json') };
    const owner = await handOver(ports, caller, c.get('actor'), input);
    return c.json(body(valueOrProblem(owner)), 200, NO_STORE);
  });
};
