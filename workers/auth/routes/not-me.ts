import { createRoute } from '@hono/zod-openapi';
import { linkSchema } from '#shared/contracts/http/auth.ts';
import { open } from '#shared/http/authorised.ts';
import { problems } from '#shared/http/responses.ts';
import { valueOrProblem } from '../problem.ts';
import { notMe } from '../usecases/not-me.ts';
import { jsonBody, TAGS, type Endpoint } from './route.ts';

const route = createRoute({
  method: 'post',
  path: '/v1/auth/not-me',
  operationId: 'notMe',
  tags: TAGS.auth,
  summary: 'Say that a sign-in was somebody else’s: ends all sessions, begins a password reset',
  ...open('the link that was mailed is the right to it'),
  request: jsonBody(linkSchema),
  responses: {
    204: { description: 'Done' },
    ...problems('gone', 'malformed-request', 'body-too-large', 'unsupported-media-type', 'validation-failed'),
  },
});

export const notMeEndpoint: Endpoint = (app, wired) => {
  app.openapi(route, async (c) => {
    const { ports, caller } = wired(c);
    valueOrProblem(await notMe(ports, caller, c.req.valid('json')));
    return c.body(null, 204);
  });
};
