import { createRoute } from '@hono/zod-openapi';
import {
  invitationInputSchema,
  invitationLinkSchema,
  invitationListSchema,
  invitationLookSchema,
  invitationSchema,
} from '#shared/contracts/http/organisations.ts';
import { organisationSchema } from '#shared/contracts/http/auth.ts';
import { authorised, open } from '#shared/http/authorised.ts';
import { nextLink } from '#shared/http/cursor.ts';
import { pageQuerySchema } from '#shared/http/paging.ts';
import { json, problems } from '#shared/http/responses.ts';
import { idSchema } from '#shared/ids/ids.ts';
import { rfc3339 } from '#shared/time/time.ts';
import { valueOrProblem } from '../../problem.ts';
import { jsonBody, NO_STORE, type Endpoint } from '../../routes/route.ts';
import { acceptInvitation, lookAtInvitation } from '../usecases/accept-invitation.ts';
import {
  invite,
  listInvitations,
  resendInvitation,
  revokeInvitation,
  type Invitation,
} from '../usecases/invitations.ts';
import { BY_BODY, FOR_ONE, nextOf, organisationBody, params, PATH, positionOf, TAG } from './parts.ts';

const LINK_PATH = '/v1/auth/organisation-invitations';
const invitationParams = params.extend({ invitationId: idSchema('invitation') });
const create = createRoute({
  method: 'post',
  path: `${PATH}/{id}/invitations`,
  operationId: 'inviteToOrganisation',
  tags: TAG,
  summary:
    'Mail an invitation, which counts once, for seven days, and for the account with this address alone',
  ...authorised('organisations.manage'),
  request: { params, ...jsonBody(invitationInputSchema) },
  responses: {
    201: json('The invitation', invitationSchema),
    ...problems(...BY_BODY, 'step-up-required', 'rate-limited'),
  },
});
const list = createRoute({
  method: 'get',
  path: `${PATH}/{id}/invitations`,
  operationId: 'listInvitations',
  tags: TAG,
  summary: 'Invitations nobody has accepted yet, the oldest first',
  ...authorised('organisations.manage'),
  request: { params, query: pageQuerySchema },
  responses: {
    200: json('Invitations', invitationListSchema),
    ...problems(...FOR_ONE, 'invalid-cursor'),
  },
});
const resend = createRoute({
  method: 'post',
  path: `${PATH}/{id}/invitations/{invitationId}/resend`,
  operationId: 'resendInvitation',
  tags: TAG,
  summary: 'Mail a new link, good for seven days; the one before counts no more',
  ...authorised('organisations.manage'),
  request: { params: invitationParams },
  responses: {
    200: json('The invitation', invitationSchema),
    ...problems(...FOR_ONE, 'step-up-required', 'conflict', 'rate-limited'),
  },
});
const revoke = createRoute({
  method: 'delete',
  path: `${PATH}/{id}/invitations/{invitationId}`,
  operationId: 'revokeInvitation',
  tags: TAG,
  summary: 'Take an invitation back',
  ...authorised('organisations.manage'),
  request: { params: invitationParams },
  responses: { 204: { description: 'Done' }, ...problems(...FOR_ONE) },
});
const look = createRoute({
  method: 'post',
  path: `${LINK_PATH}/look`,
  operationId: 'lookAtInvitation',
  tags: TAG,
  summary: 'What an invitation is to, before one decides',
  ...open('the link that was mailed is the right to it'),
  request: jsonBody(invitationLinkSchema),
  responses: {
    200: json('The invitation', invitationLookSchema),
    ...problems('gone', 'malformed-request', 'body-too-large', 'unsupported-media-type', 'validation-failed'),
  },
});
const accept = createRoute({
  method: 'post',
  path: `${LINK_PATH}/accept`,
  operationId: 'acceptInvitation',
  tags: TAG,
  summary: 'Join the organisation a link invites to, signed in with the address it was mailed to',
  ...authorised('organisations.use'),
  request: jsonBody(invitationLinkSchema),
  responses: {
    200: json('The organisation', organisationSchema),
    ...problems(
      'gone',
      'unauthenticated',
      'forbidden',
      'conflict',
      'malformed-request',
      'body-too-large',
      'unsupported-media-type',
      'validation-failed',
    ),
  },
});

const body = ({ createdAt, sentAt, expiresAt, ...invitation }: Invitation) => ({
  ...invitation,
  createdAt: rfc3339(createdAt),
  sentAt: rfc3339(sentAt),
  expiresAt: rfc3339(expiresAt),
});

export const invitationEndpoints: Endpoint = (app, wired) => {
  app.openapi(create, async (c) => {
    const { ports, caller } = wired(c);
    const input = { ...c.req.valid('param'), ...c.req.valid('json') };
    const invited = await invite(ports, caller, c.get('actor'), input);
    return c.json(body(valueOrProblem(invited)), 201, NO_STORE);
  });
  app.openapi(list, async (c) => {
    const { limit, cursor } = c.req.valid('query');
    const wanted = { ...c.req.valid('param'), after: positionOf(cursor), limit };
    const page = valueOrProblem(await listInvitations(wired(c).ports, c.get('actor'), wanted));
    const next = nextOf(page, page.items.at(-1)?.id);
    if (next !== null) c.header('link', nextLink(c.req.url, next));
    return c.json({ items: page.items.map(body), next }, 200, NO_STORE);
  });
  app.openapi(resend, async (c) => {
    const { ports, caller } = wired(c);
    const sent = await resendInvitation(ports, caller, c.get('actor'), c.req.valid('param'));
    return c.json(body(valueOrProblem(sent)), 200, NO_STORE);
  });
  app.openapi(revoke, async (c) => {
    const { ports, caller } = wired(c);
    valueOrProblem(await revokeInvitation(ports, caller, c.get('actor'), c.req.valid('param')));
    return c.body(null, 204);
  });
  app.openapi(look, async (c) => {
    const { expiresAt, ...seen } = valueOrProblem(
      await lookAtInvitation(wired(c).ports, c.req.valid('json')),
    );
    return c.json({ ...seen, expiresAt: rfc3339(expiresAt) }, 200, NO_STORE);
  });
  app.openapi(accept, async (c) => {
    const { ports, caller } = wired(c);
    const joined = await acceptInvitation(ports, caller, c.get('actor'), c.req.valid('json'));
    return c.json(organisationBody(valueOrProblem(joined)), 200, NO_STORE);
  });
};
