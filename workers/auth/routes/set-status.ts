import { createRoute } from '@hono/zod-openapi';
import { z } from 'zod';
import { accountSchema, setStatusSchema } from '#shared/contracts/http/auth.ts';
import { authorised } from '#shared/http/authorised.ts';
import { json, problems } from '#shared/http/responses.ts';
import { idSchema } from '#shared/ids/ids.ts';
import { valueOrProblem } from '../problem.ts';
import { setStatus } from '../usecases/accounts.ts';
import { accountBody } from './account-body.ts';
import { jsonBody, NO_STORE, TAGS, type Endpoint } from './route.ts';

const route = createRoute({
  method: 'put',
  path: '/v1/auth/accounts/{id}/status',
  operationId: 'setAccountStatus',
  tags: TAGS.accounts,
  summary: 'Disable an account, or open it again',
  ...authorised('accounts.manage'),
  request: { params: z.strictObject({ id: idSchema('user') }), ...jsonBody(setStatusSchema) },
  responses: {
    200: json('The account', accountSchema),
    ...problems(
      'step-up-required',
      'unauthenticated',
      'forbidden',
      'not-found',
      'conflict',
      'malformed-request',
      'body-too-large',
      'unsupported-media-type',
      'validation-failed',
    ),
  },
});

export const setStatusEndpoint: Endpoint = (app, wired) => {
  app.openapi(route, async (c) => {
    const { ports, caller } = wired(c);
    const input = { accountId: c.req.valid('param').id, status: c.req.valid('json').status };
    return c.json(
      accountBody(valueOrProblem(await setStatus(ports, caller, c.get('actor'), input))),
      200,
      NO_STORE,
    );
  });
};
