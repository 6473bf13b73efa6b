import { createRoute } from '@hono/zod-openapi';
import { linkSchema } from '#shared/contracts/http/auth.ts';
import { authorised } from '#shared/http/authorised.ts';
import { problems } from '#shared/http/responses.ts';
import { valueOrProblem } from '../problem.ts';
import { confirmEmailChange } from '../usecases/change-email.ts';
import { jsonBody, TAGS, type Endpoint } from './route.ts';

const route = createRoute({
  method: 'post',
  path: '/v1/auth/email-change/confirm',
  operationId: 'confirmEmailChange',
  tags: TAGS.auth,
  summary: 'Use the new address, signed in as the account that asked',
  ...authorised('account.self'),
  request: jsonBody(linkSchema),
  responses: {
    204: { description: 'Done' },
    ...problems(
      'gone',
      'conflict',
      'unauthenticated',
      'forbidden',
      'malformed-request',
      'body-too-large',
      'unsupported-media-type',
      'validation-failed',
    ),
  },
});

export const confirmEmailChangeEndpoint: Endpoint = (app, wired) => {
  app.openapi(route, async (c) => {
    const { ports, caller } = wired(c);
    valueOrProblem(await confirmEmailChange(ports, caller, c.get('actor'), c.req.valid('json')));
    return c.body(null, 204);
  });
};
