import { createRoute } from '@hono/zod-openapi';
import { supportAccessListSchema } from '#shared/contracts/http/oauth.ts';
import { authorised } from '#shared/http/authorised.ts';
import { json, problems } from '#shared/http/responses.ts';
import { rfc3339 } from '#shared/time/time.ts';
import { valueOrProblem } from '../../problem.ts';
import { NO_STORE, TAGS, type Endpoint } from '../../routes/route.ts';
import type { SupportAccessRow } from '../queries/support-accesses.ts';
import { listSupportAccesses } from '../usecases/view-as.ts';

const route = createRoute({
  method: 'get',
  path: '/v1/auth/support-accesses',
  operationId: 'listSupportAccesses',
  tags: TAGS.auth,
  summary: 'Times staff saw what one sees, and why, the newest first, at most 50',
  ...authorised('account.self'),
  responses: { 200: json('Accesses', supportAccessListSchema), ...problems('unauthenticated', 'forbidden') },
});

export const supportAccessBody = (row: SupportAccessRow) => ({
  id: row.id,
  scopes: row.scope.split(' '),
  reason: row.reason,
  at: rfc3339(row.at),
  expiresAt: rfc3339(row.expiresAt),
});

export const supportAccessesEndpoint: Endpoint = (app, wired) => {
  app.openapi(route, async (c) => {
    const rows = valueOrProblem(await listSupportAccesses(wired(c).ports, c.get('actor')));
    return c.json({ items: rows.map(supportAccessBody) }, 200, NO_STORE);
  });
};
