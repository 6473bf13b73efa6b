import { createRoute } from '@hono/zod-openapi';
import { confirmationSentSchema, emailChangeSchema } from '#shared/contracts/http/auth.ts';
import { authorised } from '#shared/http/authorised.ts';
import { json, problems } from '#shared/http/responses.ts';
import { valueOrProblem } from '../problem.ts';
import { requestEmailChange } from '../usecases/change-email.ts';
import { jsonBody, NO_STORE, TAGS, type Endpoint } from './route.ts';

const route = createRoute({
  method: 'post',
  path: '/v1/auth/email-change',
  operationId: 'requestEmailChange',
  tags: TAGS.auth,
  summary: 'Ask to use another address: it gets a link',
  ...authorised('account.secure'),
  request: jsonBody(emailChangeSchema),
  responses: {
    202: json('Sent', confirmationSentSchema),
    ...problems(
      'step-up-required',
      'rate-limited',
      'unauthenticated',
      'forbidden',
      'malformed-request',
      'body-too-large',
      'unsupported-media-type',
      'validation-failed',
    ),
  },
});

export const requestEmailChangeEndpoint: Endpoint = (app, wired) => {
  app.openapi(route, async (c) => {
    const { ports, caller } = wired(c);
    valueOrProblem(await requestEmailChange(ports, caller, c.get('actor'), c.req.valid('json')));
    return c.json({ status: 'confirmation_sent' as const }, 202, NO_STORE);
  });
};
