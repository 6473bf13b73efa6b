import { createRoute } from '@hono/zod-openapi';
import { recoveryCodesSchema, totpCodeBodySchema } from '#shared/contracts/http/auth.ts';
import { authorised } from '#shared/http/authorised.ts';
import { json, problems } from '#shared/http/responses.ts';
import { valueOrProblem } from '../problem.ts';
import { confirmTotp } from '../usecases/totp.ts';
import { jsonBody, NO_STORE, TAGS, type Endpoint } from './route.ts';

const route = createRoute({
  method: 'post',
  path: '/v1/auth/totp/confirm',
  operationId: 'confirmTotp',
  tags: TAGS.factors,
  summary: 'Finish it with a first code: from now on the app is the second factor',
  ...authorised('account.secure'),
  request: jsonBody(totpCodeBodySchema),
  responses: {
    200: json('Recovery codes', recoveryCodesSchema),
    ...problems(
      'step-up-required',
      'not-found',
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

export const confirmTotpEndpoint: Endpoint = (app, wired) => {
  app.openapi(route, async (c) => {
    const { ports, caller } = wired(c);
    return c.json(
      valueOrProblem(await confirmTotp(ports, caller, c.get('actor'), c.req.valid('json'))),
      200,
      NO_STORE,
    );
  });
};
