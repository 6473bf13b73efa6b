import { createRoute } from '@hono/zod-openapi';
import { recoveryCodesSchema } from '#shared/contracts/http/auth.ts';
import { authorised } from '#shared/http/authorised.ts';
import { json, problems } from '#shared/http/responses.ts';
import { valueOrProblem } from '../problem.ts';
import { renewRecoveryCodes } from '../usecases/totp.ts';
import { NO_STORE, TAGS, type Endpoint } from './route.ts';

const route = createRoute({
  method: 'post',
  path: '/v1/auth/recovery-codes',
  operationId: 'renewRecoveryCodes',
  tags: TAGS.factors,
  summary: 'New recovery codes in place of all older ones, in a session that has just shown a second factor',
  ...authorised('account.secure'),
  responses: {
    201: json('Recovery codes', recoveryCodesSchema),
    ...problems('step-up-required', 'not-found', 'unauthenticated', 'forbidden'),
  },
});

export const renewRecoveryCodesEndpoint: Endpoint = (app, wired) => {
  app.openapi(route, async (c) => {
    const { ports, caller } = wired(c);
    return c.json(valueOrProblem(await renewRecoveryCodes(ports, caller, c.get('actor'))), 201, NO_STORE);
  });
};
