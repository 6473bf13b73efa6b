import { createRoute } from '@hono/zod-openapi';
import { passkeyListSchema } from '#shared/contracts/http/auth.ts';
import { authorised } from '#shared/http/authorised.ts';
import { json, problems } from '#shared/http/responses.ts';
import { valueOrProblem } from '../problem.ts';
import { listPasskeys } from '../usecases/passkeys.ts';
import { passkeyBody } from './passkey-body.ts';
import { NO_STORE, TAGS, type Endpoint } from './route.ts';

const route = createRoute({
  method: 'get',
  path: '/v1/auth/passkeys',
  operationId: 'listPasskeys',
  tags: TAGS.passkeys,
  summary: 'One’s passkeys, oldest first, at most 20',
  ...authorised('account.self'),
  responses: { 200: json('Passkeys', passkeyListSchema), ...problems('unauthenticated', 'forbidden') },
});

export const listPasskeysEndpoint: Endpoint = (app, wired) => {
  app.openapi(route, async (c) => {
    const { ports } = wired(c);
    const passkeys = valueOrProblem(await listPasskeys(ports, c.get('actor')));
    return c.json({ items: passkeys.map(passkeyBody) }, 200, NO_STORE);
  });
};
