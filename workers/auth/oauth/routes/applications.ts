import { createRoute } from '@hono/zod-openapi';
import { z } from 'zod';
import { applicationListSchema } from '#shared/contracts/http/oauth.ts';
import { authorised } from '#shared/http/authorised.ts';
import { json, problems } from '#shared/http/responses.ts';
import { idSchema } from '#shared/ids/ids.ts';
import { rfc3339 } from '#shared/time/time.ts';
import { valueOrProblem } from '../../problem.ts';
import { NO_STORE, TAGS, type Endpoint } from '../../routes/route.ts';
import { listApplications, withdrawApplication, type Application } from '../usecases/applications.ts';

const listRoute = createRoute({
  method: 'get',
  path: '/v1/auth/applications',
  operationId: 'listApplications',
  tags: TAGS.auth,
  summary: 'Applications one has agreed to, at most 100',
  ...authorised('account.self'),
  responses: {
    200: json('Applications', applicationListSchema),
    ...problems('unauthenticated', 'forbidden'),
  },
});
const withdrawRoute = createRoute({
  method: 'delete',
  path: '/v1/auth/applications/{id}',
  operationId: 'withdrawApplication',
  tags: TAGS.auth,
  summary: 'Take one’s consent back and sign the application out',
  ...authorised('account.self'),
  request: { params: z.strictObject({ id: idSchema('client') }) },
  responses: {
    204: { description: 'Done' },
    ...problems('not-found', 'validation-failed', 'unauthenticated', 'forbidden'),
  },
});

export const applicationBody = (application: Application) => ({
  ...application,
  grantedAt: rfc3339(application.grantedAt),
});

export const applicationEndpoints: Endpoint = (app, wired) => {
  app.openapi(listRoute, async (c) => {
    const found = valueOrProblem(await listApplications(wired(c).ports, c.get('actor')));
    return c.json({ items: found.map(applicationBody) }, 200, NO_STORE);
  });
  app.openapi(withdrawRoute, async (c) => {
    const { ports, caller } = wired(c);
    valueOrProblem(await withdrawApplication(ports, caller, c.get('actor'), c.req.valid('param').id));
    return c.body(null, 204);
  });
};
