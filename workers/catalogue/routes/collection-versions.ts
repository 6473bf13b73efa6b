import { createRoute, z } from '@hono/zod-openapi';
import { collectionVersionPageSchema } from '#shared/contracts/http/collection-versions.ts';
import { collectionViewSchema } from '#shared/contracts/http/collections.ts';
import type { App } from '#shared/http/app.ts';
import { authorised } from '#shared/http/authorised.ts';
import { decodeCursor, encodeCursor, nextLink } from '#shared/http/cursor.ts';
import { ifMatchHeader, ifMatchMissing, versionToMatch } from '#shared/http/entity-tag.ts';
import { pageQuerySchema } from '#shared/http/paging.ts';
import { Problem } from '#shared/http/problems.ts';
import { json, problems } from '#shared/http/responses.ts';
import type { Env } from '../env.ts';
import { VERSIONS_KEPT } from '../limits.ts';
import { collectionKey } from '../usecases/collections.ts';
import { listCollectionVersions, restoreCollection } from '../usecases/collection-versions.ts';
import { collectionParams, refusal, shown } from './collections.ts';
import { performOwed, ports } from './context.ts';

const versionParams = collectionParams.extend({
  version: z.coerce.number().int().min(1).max(1_000_000_000),
});
const positionSchema = z.strictObject({ upTo: z.int().min(1) });

const list = createRoute({
  method: 'get',
  path: '/v1/collections/{idOrHandle}/versions',
  operationId: 'listCollectionVersions',
  tags: ['Catalogue'],
  summary: `Who changed a collection when and what, newest first, also after it was taken away; the newest ${VERSIONS_KEPT} are kept`,
  ...authorised('products.write'),
  request: { params: collectionParams, query: pageQuerySchema },
  responses: {
    200: json('A page of versions', collectionVersionPageSchema),
    ...problems('invalid-cursor', 'unauthenticated', 'forbidden', 'not-found', 'validation-failed'),
  },
});
const restore = createRoute({
  method: 'post',
  path: '/v1/collections/{idOrHandle}/versions/{version}/restore',
  operationId: 'restoreCollectionVersion',
  tags: ['Catalogue'],
  summary: 'Makes a collection again what it was, as a new version, if it is still as the caller read it',
  description:
    'One that was taken away is made again under its id, and the products that named it then name it again; it needs no `If-Match`. The version is checked by today’s rules.',
  ...authorised('products.write'),
  request: { params: versionParams, headers: z.object(ifMatchHeader('the collection')) },
  responses: {
    200: json('The collection', collectionViewSchema),
    ...problems(
      'unauthenticated',
      'forbidden',
      'not-found',
      'conflict',
      'precondition-failed',
      'precondition-required',
      'validation-failed',
    ),
  },
});

export function collectionVersionRoutes(app: App<Env>): void {
  app.openapi(list, async (c) => {
    const { limit, cursor } = c.req.valid('query');
    const upTo = cursor === undefined ? Number.MAX_SAFE_INTEGER : decodeCursor(positionSchema, cursor).upTo;
    const key = collectionKey(c.req.valid('param').idOrHandle);
    const page = await listCollectionVersions(ports(c), key, { upTo, limit });
    if (page === null)
      throw new Problem({ slug: 'not-found', detail: 'There is no such collection, and was none.' });
    const next = page.nextUpTo === null ? null : encodeCursor({ upTo: page.nextUpTo });
    if (next !== null) c.header('link', nextLink(c.req.url, next));
    return c.json({ items: page.items, next }, 200);
  });
  app.openapi(restore, async (c) => {
    const { idOrHandle, version } = c.req.valid('param');
    const header = c.req.valid('header')['if-match'];
    const readVersion = header === undefined ? undefined : versionToMatch(header, 'the collection');
    const restored = await restoreCollection(
      ports(c),
      { key: collectionKey(idOrHandle), readVersion },
      version,
    );
    if (!restored.ok) {
      if (restored.error.code === 'unread') throw ifMatchMissing('the collection');
      throw refusal(restored.error);
    }
    await performOwed(c);
    return shown(c, restored.value) as never;
  });
}
