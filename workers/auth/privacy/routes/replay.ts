import { createRoute } from '@hono/zod-openapi';
import { replayedErasuresSchema, replayErasuresSchema } from '#shared/contracts/http/data-requests.ts';
import { authorised } from '#shared/http/authorised.ts';
import { json, problems } from '#shared/http/responses.ts';
import { valueOrProblem } from '../../problem.ts';
import { jsonBody, NO_STORE, TAGS, type Endpoint } from '../../routes/route.ts';
import { replayErasures } from '../replay.ts';

const route = createRoute({
  method: 'post',
  path: '/v1/auth/erasures/replay',
  operationId: 'replayErasures',
  tags: TAGS.privacy,
  summary: 'After a restore: erase everybody again whose erasure had begun',
  description: 'Takes up to 50 persons a call; call again with `next` until it is null. Safe to repeat.',
  ...authorised('customers.data'),
  request: jsonBody(replayErasuresSchema),
  responses: {
    200: json('How many begin again', replayedErasuresSchema),
    ...problems(
      'step-up-required',
      'unauthenticated',
      'forbidden',
      'malformed-request',
      'body-too-large',
      'unsupported-media-type',
      'validation-failed',
    ),
  },
});

export const replayErasuresEndpoint: Endpoint = (app, wired) => {
  app.openapi(route, async (c) => {
    const { ports, caller } = wired(c);
    const replayed = await replayErasures(ports, caller, c.get('actor'), c.req.valid('json'));
    return c.json(valueOrProblem(replayed), 200, NO_STORE);
  });
};
