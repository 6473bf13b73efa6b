import { createRoute } from '@hono/zod-openapi';
import { ownDataSchema } from '#shared/contracts/http/own-data.ts';
import { authorised } from '#shared/http/authorised.ts';
import { json, problems } from '#shared/http/responses.ts';
import { rfc3339 } from '#shared/time/time.ts';
import { identityBody } from '../federation/routes/bodies.ts';
import { apiKeyBody } from '../oauth/routes/api-keys.ts';
import { applicationBody } from '../oauth/routes/applications.ts';
import { supportAccessBody } from '../oauth/routes/support-accesses.ts';
import { valueOrProblem } from '../problem.ts';
import { exportOwnData } from '../usecases/own-data.ts';
import { organisationBody } from '../organisations/routes/parts.ts';
import { passkeyBody } from './passkey-body.ts';
import { NO_STORE, TAGS, type Endpoint } from './route.ts';
import { sessionBody } from './session-body.ts';

const route = createRoute({
  method: 'get',
  path: '/v1/auth/export',
  operationId: 'exportOwnData',
  tags: TAGS.auth,
  summary: 'All that the authentication service keeps about oneself',
  ...authorised('account.secure'),
  responses: {
    200: json('The data', ownDataSchema),
    ...problems('step-up-required', 'unauthenticated', 'forbidden'),
  },
});

export const exportOwnDataEndpoint: Endpoint = (app, wired) => {
  app.openapi(route, async (c) => {
    const { ports, caller } = wired(c);
    const actor = c.get('actor');
    const data = valueOrProblem(await exportOwnData(ports, caller, actor));
    const { account } = data;
    const body = {
      account: {
        id: account.id,
        email: data.email,
        roles: account.roles,
        hasPassword: account.phc !== null,
        passkeyCount: account.passkeyCount,
        hasTotp: account.hasTotp,
        recoveryCodesLeft: account.recoveryCodeCount,
        createdAt: rfc3339(account.createdAt),
      },
      passkeys: data.passkeys.map(passkeyBody),
      identities: data.identities.map((each) => identityBody(ports, each)),
      sessions: data.sessions.map((row) => sessionBody(row, row.id === actor.sessionId)),
      devices: data.devices.map(({ firstSeenAt, lastSeenAt }) => ({
        firstSeenAt: rfc3339(firstSeenAt),
        lastSeenAt: rfc3339(lastSeenAt),
      })),
      apiKeys: data.apiKeys.map(apiKeyBody),
      applications: data.applications.map(applicationBody),
      organisations: data.organisations.map(organisationBody),
      supportAccesses: data.supportAccesses.map(supportAccessBody),
      events: data.events.map(({ at, action, outcome, factor, address }) => ({
        at: rfc3339(at),
        action,
        outcome,
        factor,
        network: address,
      })),
    };
    return c.json(body, 200, NO_STORE);
  });
};
