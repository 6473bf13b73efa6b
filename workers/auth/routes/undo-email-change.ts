import { createRoute } from '@hono/zod-openapi';
import { linkSchema } from '#shared/contracts/http/auth.ts';
import { open } from '#shared/http/authorised.ts';
import { problems } from '#shared/http/responses.ts';
import { valueOrProblem } from '../problem.ts';
import { undoEmailChange } from '../usecases/change-email.ts';
import { jsonBody, TAGS, type Endpoint } from './route.ts';

const route = createRoute({
  method: 'post',
  path: '/v1/auth/email-change/undo',
  operationId: 'undoEmailChange',
  tags: TAGS.auth,
  summary: 'Take a change of address back, with the link in the old mailbox',
  ...open('the link that was mailed is the right to it'),
  request: jsonBody(linkSchema),
  responses: {
    204: { description: 'Done' },
    ...problems('gone', 'malformed-request', 'body-too-large', 'unsupported-media-type', 'validation-failed'),
  },
});

export const undoEmailChangeEndpoint: Endpoint = (app, wired) => {
  app.openapi(route, async (c) => {
    const { ports, caller } = wired(c);
    valueOrProblem(await undoEmailChange(ports, caller, c.req.valid('json')));
    return c.body(null, 204);
  });
};
