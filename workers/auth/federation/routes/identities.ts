import { createRoute } from '@hono/zod-openapi';
import { z } from 'zod';
import { identityListSchema } from '#shared/contracts/http/federation.ts';
import { authorised } from '#shared/http/authorised.ts';
import { json, problems } from '#shared/http/responses.ts';
import { idSchema } from '#shared/ids/ids.ts';
import { valueOrProblem } from '../../problem.ts';
import { NO_STORE, TAGS, type Endpoint } from '../../routes/route.ts';
import { listIdentities, unlinkIdentity } from '../usecases/identities.ts';
import { identityBody } from './bodies.ts';

const list = createRoute({
  method: 'get',
  path: '/v1/auth/identities',
  operationId: 'listIdentities',
  tags: TAGS.federation,
  summary: 'One’s identities at other providers, oldest first, at most 20',
  ...authorised('account.self'),
  responses: { 200: json('Identities', identityListSchema), ...problems('unauthenticated', 'forbidden') },
});
const unlink = createRoute({
  method: 'delete',
  path: '/v1/auth/identities/{id}',
  operationId: 'unlinkIdentity',
  tags: TAGS.federation,
  summary: 'Unlink one of one’s identities, never the last way in, in a fresh session',
  ...authorised('account.secure'),
  request: { params: z.strictObject({ id: idSchema('identity') }) },
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

export const identityEndpoints: Endpoint = (app, wired) => {
  app.openapi(list, async (c) => {
    const { ports } = wired(c);
    const linked = valueOrProblem(await listIdentities(ports, c.get('actor')));
    return c.json({ items: linked.map((each) => identityBody(ports, each)) }, 200, NO_STORE);
  });
  app.openapi(unlink, async (c) => {
    const { ports, caller } = wired(c);
    valueOrProblem(await unlinkIdentity(ports, caller, c.get('actor'), c.req.valid('param').id));
    return c.body(null, 204);
  });
};
