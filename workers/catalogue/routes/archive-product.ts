import { createRoute, z } from '@hono/zod-openapi';
import type { App } from '#shared/http/app.ts';
import { authorised } from '#shared/http/authorised.ts';
import { problems } from '#shared/http/responses.ts';
import type { Env } from '../env.ts';
import { toProblem } from '../problem.ts';
import { archiveProduct } from '../usecases/archive-product.ts';
import { productKey } from '../usecases/read-product.ts';
import { ifMatchHeader, versionIfSent } from '#shared/http/entity-tag.ts';
import { performOwed, ports } from './context.ts';
import { productParams } from './product-params.ts';

const route = createRoute({
  method: 'delete',
  path: '/v1/products/{idOrHandle}',
  operationId: 'archiveProduct',
  tags: ['Catalogue'],
  summary: 'Archives a product: no longer sold or listed; what was bought of it stays. Safe to repeat',
  ...authorised('products.write'),
  request: {
    params: productParams,
    headers: z.object(ifMatchHeader('the product')),
  },
  responses: {
    204: { description: 'It is archived' },
    ...problems('unauthenticated', 'forbidden', 'not-found', 'precondition-failed', 'validation-failed'),
  },
});

export function archiveProductRoute(app: App<Env>): void {
  app.openapi(route, async (c) => {
    const header = c.req.valid('header')['if-match'];
    const outcome = await archiveProduct(ports(c), {
      key: productKey(c.req.valid('param').idOrHandle),
      readVersion: versionIfSent(header, 'the product'),
    });
    if (!outcome.ok) throw toProblem(outcome.error);
    await performOwed(c);
    return c.body(null, 204);
  });
}
