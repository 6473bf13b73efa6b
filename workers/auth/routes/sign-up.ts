import { createRoute } from '@hono/zod-openapi';
import { emailOnlySchema, verificationSentSchema } from '#shared/contracts/http/auth.ts';
import { open } from '#shared/http/authorised.ts';
import { json, problems } from '#shared/http/responses.ts';
import { valueOrProblem } from '../problem.ts';
import { signUp } from '../usecases/sign-up.ts';
import { challengeHeaders, jsonBody, NO_STORE, TAGS, type Endpoint } from './route.ts';

const route = createRoute({
  method: 'post',
  path: '/v1/auth/sign-up',
  operationId: 'signUp',
  tags: TAGS.auth,
  summary: 'Ask for a link that proves an address and makes an account',
  ...open('only the owner of the mailbox learns anything; requests are limited'),
  request: { ...jsonBody(emailOnlySchema), ...challengeHeaders },
  responses: {
    202: json('A mail is on its way, whether or not the address is known', verificationSentSchema),
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

export const signUpEndpoint: Endpoint = (app, wired) => {
  app.openapi(route, async (c) => {
    const { ports, caller } = wired(c);
    valueOrProblem(await signUp(ports, caller, c.req.valid('json')));
    return c.json({ status: 'verification_sent' as const }, 202, NO_STORE);
  });
};
