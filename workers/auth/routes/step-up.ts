import { createRoute } from '@hono/zod-openapi';
import type { AuthenticationResponseJSON } from '@simplewebauthn/server';
import { accessTokenSchema, stepUpSchema } from '#shared/contracts/http/auth.ts';
import { authorised } from '#shared/http/authorised.ts';
import { json, problems } from '#shared/http/responses.ts';
import { valueOrProblem } from '../problem.ts';
import { stepUp, type ShownAnew } from '../usecases/step-up.ts';
import { jsonBody, NO_STORE, TAGS, type Endpoint } from './route.ts';

const route = createRoute({
  method: 'post',
  path: '/v1/auth/step-up',
  operationId: 'stepUp',
  tags: TAGS.auth,
  summary: 'Authenticate anew within a session, for what asks for it (RFC 9470)',
  ...authorised('account.self'),
  request: jsonBody(stepUpSchema),
  responses: {
    200: json('An access token that tells of it', accessTokenSchema),
    ...problems(
      'invalid-credentials',
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

export const stepUpEndpoint: Endpoint = (app, wired) => {
  app.openapi(route, async (c) => {
    const { ports, caller } = wired(c);
    const shown = shownAnew(c.req.valid('json'));
    return c.json(valueOrProblem(await stepUp(ports, caller, c.get('actor'), shown)), 200, NO_STORE);
  });
};

function shownAnew(body: (typeof stepUpSchema)['_output']): ShownAnew {
  if ('ceremonyId' in body) {
    // The library's type is narrower in what it ignores.
    return { ceremonyId: body.ceremonyId, response: body.response as AuthenticationResponseJSON };
  }
  const { password, code, recoveryCode } = body;
  if (code !== undefined) return { password, code: { code } };
  return { password, code: recoveryCode === undefined ? undefined : { recoveryCode } };
}
