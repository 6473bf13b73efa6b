import { createRoute } from '@hono/zod-openapi';
import { z } from 'zod';
import { resetSentSchema } from '#shared/contracts/http/auth.ts';
import { authorised } from '#shared/http/authorised.ts';
import { json, problems } from '#shared/http/responses.ts';
import { idSchema } from '#shared/ids/ids.ts';
import { valueOrProblem } from '../problem.ts';
import { startPasswordReset } from '../usecases/reset-password.ts';
import { NO_STORE, TAGS, type Endpoint } from './route.ts';

const route = createRoute({
  method: 'post',
  path: '/v1/auth/accounts/{id}/password-reset',
  operationId: 'startPasswordReset',
  tags: TAGS.accounts,
  summary: 'Send an account’s owner a link to choose a new password',
  ...authorised('accounts.manage'),
  request: { params: z.strictObject({ id: idSchema('user') }) },
  responses: {
    202: json('The mail is on its way', resetSentSchema),
    ...problems('step-up-required', 'unauthenticated', 'forbidden', 'not-found', 'validation-failed'),
  },
});

export const startPasswordResetEndpoint: Endpoint = (app, wired) => {
  app.openapi(route, async (c) => {
    const { ports, caller } = wired(c);
    valueOrProblem(await startPasswordReset(ports, caller, c.get('actor'), c.req.valid('param').id));
    return c.json({ status: 'reset_sent' as const }, 202, NO_STORE);
  });
};
