import { createRoute } from '@hono/zod-openapi';
import { factorsKeptSchema, takeBackSchema } from '#shared/contracts/http/auth.ts';
import { open } from '#shared/http/authorised.ts';
import { json, problems } from '#shared/http/responses.ts';
import { valueOrProblem } from '../problem.ts';
import { undoEmailChange } from '../usecases/change-email.ts';
import { factorsKeptOf, takeBackOf } from './take-back-body.ts';
import { jsonBody, TAGS, type Endpoint } from './route.ts';

const route = createRoute({
  method: 'post',
  path: '/v1/auth/email-change/undo',
  operationId: 'undoEmailChange',
  tags: TAGS.auth,
  summary: 'Take a change of address back, with the link in the old mailbox',
  ...open('the link that was mailed is the right to it'),
  request: jsonBody(takeBackSchema),
  responses: {
    200: json(
      'Done but for factors that were added or removed since, for which something older is to be shown',
      factorsKeptSchema,
    ),
    204: { description: 'Done' },
    ...problems(
      'gone',
      'invalid-credentials',
      'rate-limited',
      'malformed-request',
      'body-too-large',
      'unsupported-media-type',
      'validation-failed',
    ),
  },
});

export const undoEmailChangeEndpoint: Endpoint = (app, wired) => {
  app.openapi(route, async (c) => {
    const { ports, caller } = wired(c);
    const done = valueOrProblem(await undoEmailChange(ports, caller, takeBackOf(c.req.valid('json'))));
    const kept = factorsKeptOf(done);
    return kept === null ? c.body(null, 204) : c.json(kept, 200);
  });
};
