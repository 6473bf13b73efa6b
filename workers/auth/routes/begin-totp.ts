import { createRoute } from '@hono/zod-openapi';
import { totpSetUpSchema } from '#shared/contracts/http/auth.ts';
import { authorised } from '#shared/http/authorised.ts';
import { json, problems } from '#shared/http/responses.ts';
import { valueOrProblem } from '../problem.ts';
import { beginTotp } from '../usecases/totp.ts';
import { NO_STORE, TAGS, type Endpoint } from './route.ts';

const route = createRoute({
  method: 'post',
  path: '/v1/auth/totp',
  operationId: 'beginTotp',
  tags: TAGS.factors,
  summary: 'Begin to set up an authenticator app, in a fresh session',
  ...authorised('account.secure'),
  responses: {
    201: json('What the app needs', totpSetUpSchema),
    ...problems('step-up-required', 'conflict', 'unauthenticated', 'forbidden'),
  },
});

export const beginTotpEndpoint: Endpoint = (app, wired) => {
  app.openapi(route, async (c) => {
    const { ports } = wired(c);
    return c.json(valueOrProblem(await beginTotp(ports, c.get('actor'))), 201, NO_STORE);
  });
};
