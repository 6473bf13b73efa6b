import { createRoute } from '@hono/zod-openapi';
import { accountListSchema, emailOnlySchema } from '#shared/contracts/http/auth.ts';
import { authorised } from '#shared/http/authorised.ts';
import { json, problems } from '#shared/http/responses.ts';
import { valueOrProblem } from '../problem.ts';
import { findAccounts } from '../usecases/accounts.ts';
import { accountBody } from './account-body.ts';
import { NO_STORE, TAGS, type Endpoint } from './route.ts';

const route = createRoute({
  method: 'get',
  path: '/v1/auth/accounts',
  operationId: 'findAccounts',
  tags: TAGS.accounts,
  summary: 'The account with an address, if any',
  ...authorised('accounts.manage'),
  request: { query: emailOnlySchema },
  responses: {
    200: json('None or one', accountListSchema),
    ...problems('step-up-required', 'unauthenticated', 'forbidden', 'validation-failed'),
  },
});

export const findAccountsEndpoint: Endpoint = (app, wired) => {
  app.openapi(route, async (c) => {
    const { ports, caller } = wired(c);
    const accounts = valueOrProblem(await findAccounts(ports, caller, c.get('actor'), c.req.valid('query')));
    return c.json({ items: accounts.map(accountBody) }, 200, NO_STORE);
  });
};
