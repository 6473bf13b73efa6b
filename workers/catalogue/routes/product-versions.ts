import { createRoute, z } from '@hono/zod-openapi';
import { productAdminSchema } from '#shared/contracts/http/products.ts';
import { productVersionPageSchema, productVersionSchema } from '#shared/contracts/http/product-versions.ts';
import type { App } from '#shared/http/app.ts';
import { authorised } from '#shared/http/authorised.ts';
import { decodeCursor, encodeCursor, nextLink } from '#shared/http/cursor.ts';
import { ifMatchHeader, versionToMatch } from '#shared/http/entity-tag.ts';
import { pageQuerySchema } from '#shared/http/paging.ts';
import { Problem } from '#shared/http/problems.ts';
import { json, problems } from '#shared/http/responses.ts';
import { adminView } from '../domain/views.ts';
import type { Env } from '../env.ts';
import { VERSIONS_KEPT } from '../limits.ts';
import { toProblem } from '../problem.ts';
import { listVersions, readVersion, restoreVersion } from '../usecases/product-versions.ts';
import { productKey } from '../usecases/read-product.ts';
import { conditionalJson } from './conditional.ts';
import { performOwed, ports } from './context.ts';
import { productParams } from './product-params.ts';

const versionParams = productParams.extend({ version: z.coerce.number().int().min(1).max(1_000_000_000) });
const positionSchema = z.strictObject({ upTo: z.int().min(1) });
const NO_SUCH = {
  slug: 'not-found',
  detail: 'No such product, or that version is not kept any more.',
} as const;

const list = createRoute({
  method: 'get',
  path: '/v1/products/{idOrHandle}/versions',
  operationId: 'listProductVersions',
  tags: ['Catalogue'],
  summary: `Who changed a product when, why and where, newest first; the newest ${VERSIONS_KEPT} versions are kept`,
  ...authorised('products.write'),
  request: { params: productParams, query: pageQuerySchema },
  responses: {
    200: json('A page of versions', productVersionPageSchema),
    ...problems('invalid-cursor', 'unauthenticated', 'forbidden', 'not-found', 'validation-failed'),
  },
});

const read = createRoute({
  method: 'get',
  path: '/v1/products/{idOrHandle}/versions/{version}',
  operationId: 'getProductVersion',
  tags: ['Catalogue'],
  summary: 'One version of a product: as it was stated, and what it changed',
  ...authorised('products.write'),
  request: { params: versionParams },
  responses: {
    200: json('The version', productVersionSchema),
    ...problems('unauthenticated', 'forbidden', 'not-found', 'validation-failed'),
  },
});

const restore = createRoute({
  method: 'post',
  path: '/v1/products/{idOrHandle}/versions/{version}/restore',
  operationId: 'restoreProductVersion',
  tags: ['Catalogue'],
  summary: 'Makes a product again what it was, as a new version, if it is still as the caller read it',
  description:
    'The version is checked by today’s rules. Quantities on hand stay as they are. Restoring what is there already makes no new version.',
  ...authorised('products.write'),
  request: { params: versionParams, headers: z.object(ifMatchHeader('the product')) },
  responses: {
    200: json('The product', productAdminSchema),
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

export function productVersionRoutes(app: App<Env>): void {
  app.openapi(list, async (c) => {
    const { limit, cursor } = c.req.valid('query');
    const upTo = cursor === undefined ? Number.MAX_SAFE_INTEGER : decodeCursor(positionSchema, cursor).upTo;
    const key = productKey(c.req.valid('param').idOrHandle);
    const page = await listVersions(ports(c), key, { upTo, limit });
    if (page === null) throw new Problem(NO_SUCH);
    const next = page.nextUpTo === null ? null : encodeCursor({ upTo: page.nextUpTo });
    if (next !== null) c.header('link', nextLink(c.req.url, next));
    return c.json({ items: page.items, next }, 200);
  });
  app.openapi(read, async (c) => {
    const { idOrHandle, version } = c.req.valid('param');
    const found = await readVersion(ports(c), productKey(idOrHandle), version);
    if (found === null) throw new Problem(NO_SUCH);
    return c.json(found, 200);
  });
  app.openapi(restore, async (c) => {
    const { idOrHandle, version } = c.req.valid('param');
    const target = {
      key: productKey(idOrHandle),
      readVersion: versionToMatch(c.req.valid('header')['if-match'], 'the product'),
    };
    const restored = await restoreVersion(ports(c), target, version);
    if (!restored.ok) throw toProblem(restored.error);
    await performOwed(c);
    const { product } = restored.value;
    return conditionalJson(c, adminView(product), {
      isPrivate: true,
      tags: [],
      version: product.version,
    }) as never;
  });
}
