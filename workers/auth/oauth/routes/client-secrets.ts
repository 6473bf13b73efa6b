import { createRoute } from '@hono/zod-openapi';
import { z } from 'zod';
import { newSecretInputSchema, newSecretSchema } from '#shared/contracts/http/oauth.ts';
import { authorised } from '#shared/http/authorised.ts';
import { json, problems } from '#shared/http/responses.ts';
import { idSchema } from '#shared/ids/ids.ts';
import { valueOrProblem } from '../../problem.ts';
import { jsonBody, NO_STORE, type Endpoint } from '../../routes/route.ts';
import { addClientSecret, removeClientSecret } from '../usecases/clients.ts';
import { secretBody } from './client-body.ts';
import { OAUTH_TAG } from './protocol.ts';

const add = createRoute({
  method: 'post',
  path: '/v1/oauth/clients/{id}/secrets',
  operationId: 'addClientSecret',
  tags: OAUTH_TAG,
  summary: 'A further secret, told this once, beside those that count',
  ...authorised('oauth_clients.manage'),
  request: { params: z.strictObject({ id: idSchema('client') }), ...jsonBody(newSecretInputSchema) },
  responses: {
    201: json('The secret', newSecretSchema),
    ...problems(
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
const remove = createRoute({
  method: 'delete',
  path: '/v1/oauth/clients/{id}/secrets/{secretId}',
  operationId: 'removeClientSecret',
  tags: OAUTH_TAG,
  summary: 'A secret that counts no more',
  ...authorised('oauth_clients.manage'),
  request: {
    params: z.strictObject({ id: idSchema('client'), secretId: idSchema('clientSecret') }),
  },
  responses: {
    204: { description: 'Done' },
    ...problems('unauthenticated', 'forbidden', 'not-found', 'validation-failed'),
  },
});

export const clientSecretEndpoints: Endpoint = (app, wired) => {
  app.openapi(add, async (c) => {
    const { ports, caller } = wired(c);
    const { expiresAt } = c.req.valid('json');
    const input = {
      clientId: c.req.valid('param').id,
      expiresAt: expiresAt === null ? null : Date.parse(expiresAt),
    };
    const added = valueOrProblem(await addClientSecret(ports, caller, c.get('actor'), input));
    return c.json({ ...secretBody(added.row), secret: added.secret }, 201, NO_STORE);
  });
  app.openapi(remove, async (c) => {
    const { ports, caller } = wired(c);
    const { id, secretId } = c.req.valid('param');
    valueOrProblem(await removeClientSecret(ports, caller, c.get('actor'), { clientId: id, secretId }));
    return c.body(null, 204);
  });
};
