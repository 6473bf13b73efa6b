import { createRoute } from '@hono/zod-openapi';
import { z } from 'zod';
import { authorised } from '#shared/http/authorised.ts';
import { problems } from '#shared/http/responses.ts';
import { idSchema } from '#shared/ids/ids.ts';
import { valueOrProblem } from '../problem.ts';
import { removePasskey } from '../usecases/passkeys.ts';
import { TAGS, type Endpoint } from './route.ts';

const route = createRoute({
  method: 'delete',
  path: '/v1/auth/passkeys/{id}',
  operationId: 'removePasskey',
  tags: TAGS.passkeys,
  summary: 'Remove one of one’s passkeys, in a fresh session',
  ...authorised('account.secure'),
  request: { params: z.strictObject({ id: idSchema('passkey') }) },
  responses: {
    204: { description: 'Done' },
    ...problems(
      'step-up-required',
      'not-found',
      'conflict',
      'validation-failed',
      'unauthenticated',
      'forbidden',
    ),
  },
});

export const removePasskeyEndpoint: Endpoint = (app, wired) => {
  app.openapi(route, async (c) => {
    const { ports, caller } = wired(c);
    valueOrProblem(await removePasskey(ports, caller, c.get('actor'), c.req.valid('param').id));
    return c.body(null, 204);
  });
};
