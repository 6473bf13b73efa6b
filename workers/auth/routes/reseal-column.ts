import { createRoute } from '@hono/zod-openapi';
import { resealedSchema, resealSchema } from '#shared/contracts/http/audit-and-keys.ts';
import { authorised } from '#shared/http/authorised.ts';
import { json, problems } from '#shared/http/responses.ts';
import { valueOrProblem } from '../problem.ts';
import { resealColumn } from '../usecases/rotate-keys.ts';
import { jsonBody, NO_STORE, TAGS, type Endpoint } from './route.ts';

const route = createRoute({
  method: 'post',
  path: '/v1/auth/keys/reseal',
  operationId: 'resealColumn',
  tags: TAGS.accounts,
  summary: 'Seal up to 200 values of one column under the newest key; safe to repeat',
  ...authorised('keys.manage'),
  request: jsonBody(resealSchema),
  responses: {
    200: json('What was done; go on after `next`', resealedSchema),
    ...problems(
      'unauthenticated',
      'forbidden',
      'not-found',
      'malformed-request',
      'body-too-large',
      'unsupported-media-type',
      'validation-failed',
    ),
  },
});

export const resealColumnEndpoint: Endpoint = (app, wired) => {
  app.openapi(route, async (c) => {
    const { ports, caller } = wired(c);
    const input = c.req.valid('json');
    return c.json(valueOrProblem(await resealColumn(ports, caller, c.get('actor'), input)), 200, NO_STORE);
  });
};
