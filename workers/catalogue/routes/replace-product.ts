import { ifMatchHeader, versionToMatch } from '#shared/http/entity-tag.ts';
import { createRoute, z } from '@hono/zod-openapi';
import { productInputSchema } from '#shared/contracts/http/product-input.ts';
import { productAdminSchema } from '#shared/contracts/http/products.ts';
import type { App } from '#shared/http/app.ts';
import { authorised } from '#shared/http/authorised.ts';
import { json, problems } from '#shared/http/responses.ts';
import { adminView } from '../domain/views.ts';
import type { Env } from '../env.ts';
import { toProblem } from '../problem.ts';
import { productKey } from '../usecases/read-product.ts';
import { replaceProduct } from '../usecases/save-product.ts';
import { conditionalJson } from './conditional.ts';
import { performOwed, ports } from './context.ts';
import { productParams } from './product-params.ts';

const route = createRoute({
  method: 'put',
  path: '/v1/products/{idOrHandle}',
  operationId: 'replaceProduct',
  tags: ['Catalogue'],
  summary: 'Replaces a product whole, if it is still as the caller read it',
  ...authorised('products.write'),
  request: {
    params: productParams,
    headers: z.object(ifMatchHeader('the product')),
    body: { content: { 'application/json': { schema: productInputSchema } }, required: true },
  },
  responses: {
    200: json('The product', productAdminSchema),
    ...problems(
      'malformed-request',
      'unauthenticated',
      'forbidden',
      'not-found',
      'conflict',
      'precondition-failed',
      'precondition-required',
      'body-too-large',
      'unsupported-media-type',
      'validation-failed',
    ),
  },
});

export function replaceProductRoute(app: App<Env>): void {
  app.openapi(route, async (c) => {
    const target = {
      key: productKey(c.req.valid('param').idOrHandle),
      readVersion: versionToMatch(c.req.valid('header')['if-match'], 'the product'),
    };
    const saved = await replaceProduct(ports(c), target, c.req.valid('json'));
    if (!saved.ok) throw toProblem(saved.error);
    await performOwed(c);
    const { product } = saved.value;
    const { version } = product;
    return conditionalJson(c, adminView(product), { isPrivate: true, tags: [], version }) as never;
  });
}
