import { createRoute } from '@hono/zod-openapi';
import { z } from 'zod';
import { accountSchema, setRolesSchema } from '#shared/contracts/http/auth.ts';
import { authorised } from '#shared/http/authorised.ts';
import { json, problems } from '#shared/http/responses.ts';
import { idSchema } from '#shared/ids/ids.ts';
import { valueOrProblem } from '../problem.ts';
import { setRoles } from '../usecases/accounts.ts';
import { accountBody } from './account-body.ts';
import { jsonBody, NO_STORE, TAGS, type Endpoint } from './route.ts';

const route = createRoute({
  method: 'put',
  path: '/v1/auth/accounts/{id}/roles',
  operationId: 'setRoles',
  tags: TAGS.accounts,
  summary: 'Replace an account’s roles',
  ...authorised('accounts.manage'),
  request: { params: z.strictObject({ id: idSchema('user') }), ...jsonBody(setRolesSchema) },
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

export const setRolesEndpoint: Endpoint = (app, wired) => {
  app.openapi(route, async (c) => {
    const { ports, caller } = wired(c);
    const input = { accountId: c.req.valid('param').id, roles: c.req.valid('json').roles };
    return c.json(
      accountBody(valueOrProblem(await setRoles(ports, caller, c.get('actor'), input))),
      200,
      NO_STORE,
    );
  });
};
