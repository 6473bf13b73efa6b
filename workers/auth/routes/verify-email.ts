import { createRoute } from '@hono/zod-openapi';
import { verifyEmailSchema, signedInSchema } from '#shared/contracts/http/auth.ts';
import { open } from '#shared/http/authorised.ts';
import { json, problems } from '#shared/http/responses.ts';
import { valueOrProblem } from '../problem.ts';
import { verifyEmail } from '../usecases/verify-email.ts';
import { jsonBody, NO_STORE, TAGS, type Endpoint } from './route.ts';

const route = createRoute({
  method: 'post',
  path: '/v1/auth/verify-email',
  operationId: 'verifyEmail',
  tags: TAGS.auth,
  summary: 'Redeem a sign-up link: makes the account and opens a session',
  ...open('the link that was mailed is the right to it'),
  request: jsonBody(verifyEmailSchema),
  responses: {
    200: json('The session’s tokens, or the demand of a second factor', signedInSchema),
    ...problems('gone', 'malformed-request', 'body-too-large', 'unsupported-media-type', 'validation-failed'),
  },
});

export const verifyEmailEndpoint: Endpoint = (app, wired) => {
  app.openapi(route, async (c) => {
    const { ports, caller } = wired(c);
    return c.json(valueOrProblem(await verifyEmail(ports, caller, c.req.valid('json'))), 200, NO_STORE);
  });
};
