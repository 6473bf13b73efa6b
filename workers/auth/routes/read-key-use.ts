import { createRoute } from '@hono/zod-openapi';
import { keyUseSchema } from '#shared/contracts/http/audit-and-keys.ts';
import { authorised } from '#shared/http/authorised.ts';
import { json, problems } from '#shared/http/responses.ts';
import { valueOrProblem } from '../problem.ts';
import { keyUse } from '../usecases/rotate-keys.ts';
import { NO_STORE, TAGS, type Endpoint } from './route.ts';

const route = createRoute({
  method: 'get',
  path: '/v1/auth/keys',
  operationId: 'readKeyUse',
  tags: TAGS.accounts,
  summary: 'Which keys are configured, and how many rows still need each; reads whole tables',
  ...authorised('keys.manage'),
  responses: { 200: json('By ring', keyUseSchema), ...problems('unauthenticated', 'forbidden') },
});

export const readKeyUseEndpoint: Endpoint = (app, wired) => {
  app.openapi(route, async (c) => {
    const { ports } = wired(c);
    return c.json(valueOrProblem(await keyUse(ports, c.get('actor'))), 200, NO_STORE);
  });
};
