import { createRoute } from '@hono/zod-openapi';
import { emailOnlySchema, resetSentSchema } from '#shared/contracts/http/auth.ts';
import { open } from '#shared/http/authorised.ts';
import { json, problems } from '#shared/http/responses.ts';
import { valueOrProblem } from '../problem.ts';
import { requestPasswordReset } from '../usecases/reset-password.ts';
import { challengeHeaders, jsonBody, NO_STORE, TAGS, type Endpoint } from './route.ts';

const route = createRoute({
  method: 'post',
  path: '/v1/auth/password-reset',
  operationId: 'requestPasswordReset',
  tags: TAGS.auth,
  summary: 'Ask for a link to choose a new password',
  ...open('only the owner of the mailbox learns anything; requests are limited'),
  request: { ...jsonBody(emailOnlySchema), ...challengeHeaders },
  responses: {
    202: json('A mail is on its way, whether or not the address is known', resetSentSchema),
    ...problems(
      'challenge-required',
      'rate-limited',
      'malformed-request',
      'body-too-large',
      'unsupported-media-type',
      'validation-failed',
    ),
  },
});

export const requestPasswordResetEndpoint: Endpoint = (app, wired) => {
  app.openapi(route, async (c) => {
    const { ports, caller } = wired(c);
    valueOrProblem(await requestPasswordReset(ports, caller, c.req.valid('json')));
    return c.json({ status: 'reset_sent' as const }, 202, NO_STORE);
  });
};
