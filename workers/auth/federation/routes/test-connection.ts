import { createRoute } from '@hono/zod-openapi';
import { z } from 'zod';
import { connectionTestSchema } from '#shared/contracts/http/federation.ts';
import { authorised } from '#shared/http/authorised.ts';
import { json, problems } from '#shared/http/responses.ts';
import { idSchema } from '#shared/ids/ids.ts';
import { valueOrProblem } from '../../problem.ts';
import { NO_STORE, TAGS, type Endpoint } from '../../routes/route.ts';
import { testConnection } from '../usecases/test-connection.ts';

const route = createRoute({
  method: 'post',
  path: '/v1/auth/connections/{id}/test',
  operationId: 'testIdentityConnection',
  tags: TAGS.federation,
  summary: 'Look whether a connection can work, without anybody signing in',
  ...authorised('identity_providers.manage'),
  request: { params: z.strictObject({ id: idSchema('identityProvider') }) },
  responses: {
    200: json('What was found', connectionTestSchema),
    ...problems('step-up-required', 'unauthenticated', 'forbidden', 'not-found', 'validation-failed'),
  },
});

export const testConnectionEndpoint: Endpoint = (app, wired) => {
  app.openapi(route, async (c) => {
    const { ports } = wired(c);
    const manager = { actor: c.get('actor'), organisationId: null };
    const findings = valueOrProblem(await testConnection(ports, manager, c.req.valid('param').id));
    return c.json({ works: findings.every(({ ok }) => ok), findings }, 200, NO_STORE);
  });
};
