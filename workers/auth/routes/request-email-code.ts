import { createRoute } from '@hono/zod-openapi';
import { codeSentSchema, emailOnlySchema } from '#shared/contracts/http/auth.ts';
import { open } from '#shared/http/authorised.ts';
import { json, problems } from '#shared/http/responses.ts';
import { valueOrProblem } from '../problem.ts';
import { requestEmailCode } from '../usecases/email-code.ts';
import { challengeHeaders, jsonBody, NO_STORE, TAGS, type Endpoint } from './route.ts';

const route = createRoute({
  method: 'post',
  path: '/v1/auth/email-code',
  operationId: 'requestEmailCode',
  tags: TAGS.auth,
  summary: 'Ask for a sign-in code by mail, a way back when nothing else is left',
  ...open('only the owner of the mailbox learns anything; requests are limited'),
  request: { ...jsonBody(emailOnlySchema), ...challengeHeaders },
  responses: {
    202: json('Sent', codeSentSchema),
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

export const requestEmailCodeEndpoint: Endpoint = (app, wired) => {
  app.openapi(route, async (c) => {
    const { ports, caller } = wired(c);
    valueOrProblem(await requestEmailCode(ports, caller, c.req.valid('json')));
    return c.json({ status: 'code_sent' as const }, 202, NO_STORE);
  });
};
