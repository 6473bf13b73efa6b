import { createRoute, z } from '@hono/zod-openapi';
import { noticePageSchema } from '#shared/contracts/http/service-brokers.ts';
import { authorised } from '#shared/http/authorised.ts';
import { decodeCursor, encodeCursor, nextLink } from '#shared/http/cursor.ts';
import { pageQuerySchema } from '#shared/http/paging.ts';
import { json, problems } from '#shared/http/responses.ts';
import type { PortsOf, ProvisionerApp } from '../app-env.ts';
import { listNotices } from '../usecases/notices.ts';

const positionSchema = z.strictObject({ at: z.int(), id: z.string().max(100) });

const route = createRoute({
  method: 'get',
  path: '/v1/provisioning/notices',
  operationId: 'listProvisioningNotices',
  tags: ['Provisioning'],
  summary: 'What staff should know of partners and supplies: plans that come and go, keys that run out',
  ...authorised('provisioning.read'),
  request: { query: pageQuerySchema.extend({ kind: z.string().max(100).optional() }) },
  responses: {
    200: json('A page of notices, the newest first', noticePageSchema),
    ...problems('invalid-cursor', 'unauthenticated', 'forbidden', 'validation-failed'),
  },
});

export function noticesRoute(app: ProvisionerApp, portsOf: PortsOf): void {
  app.openapi(route, async (c) => {
    const { limit, cursor, kind } = c.req.valid('query');
    const before = cursor === undefined ? null : decodeCursor(positionSchema, cursor);
    const page = await listNotices(portsOf(c.env), { kind }, before, limit);
    const next = page.next === null ? null : encodeCursor(page.next);
    if (next !== null) c.header('link', nextLink(c.req.url, next));
    return c.json({ items: page.items, next }, 200);
  });
}
