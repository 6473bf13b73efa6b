import { createRoute } from '@hono/zod-openapi';
import { byWhoeverRestores } from '#shared/backup/routes.ts';
import { erasedAgainSchema, eraseAgainSchema } from '#shared/contracts/http/data-requests.ts';
import { json, problems } from '#shared/http/responses.ts';
import { jsonBody, NO_STORE, type Endpoint } from '../../routes/route.ts';
import { eraseAgain } from '../erase-again.ts';

const route = createRoute({
  method: 'post',
  path: '/v1/backups/auth/erase-again',
  operationId: 'eraseAgain',
  tags: ['Operations'],
  summary: 'The last step of a restore: erase everybody again whose erasure had begun',
  description:
    'Takes up to 50 persons a call, once all databases and objects are back. Call again with `run` and with `next` as `after` until that is null, and all of it again while somebody is left. Only while the secret RESTORE_TOKEN is set, by whoever sends it as `x-restore-token`. `npm run restore` does all of it.',
  ...byWhoeverRestores,
  request: jsonBody(eraseAgainSchema),
  responses: {
    200: json('How far it has come', erasedAgainSchema),
    ...problems(
      'malformed-request',
      'unauthenticated',
      'not-found',
      'body-too-large',
      'unsupported-media-type',
      'validation-failed',
    ),
  },
});

export const eraseAgainEndpoint: Endpoint = (app, wired) => {
  app.openapi(route, async (c) => {
    const { ports, caller } = wired(c);
    return c.json(await eraseAgain(ports, caller.requestId, c.req.valid('json')), 200, NO_STORE);
  });
};
