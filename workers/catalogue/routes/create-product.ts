import { createRoute } from '@hono/zod-openapi';
import { productInputSchema } from '#shared/contracts/http/product-input.ts';
import { productAdminSchema } from '#shared/contracts/http/products.ts';
import type { App } from '#shared/http/app.ts';
import { authorised } from '#shared/http/authorised.ts';
import { json, problems } from '#shared/http/responses.ts';
import { adminView } from '../domain/views.ts';
import type { Env } from '../env.ts';
import { toProblem } from '../problem.ts';
import { createProduct } from '../usecases/save-product.ts';
import { conditionalJson } from './conditional.ts';
import { performOwed, ports } from './context.ts';

const route = createRoute({
  method: 'post',
  path: '/v1/products',
  operationId: 'createProduct',
  tags: ['Catalogue'],
  summary: 'Creates a product; the very same request again answers the product that is there',
  ...authorised('products.write'),
  request: { body: { content: { 'application/json': { schema: productInputSchema } }, required: true } },
  responses: {
    201: json('The product', productAdminSchema),
    ...problems(
      'malformed-request',
      'unauthenticated',
      'forbidden',
      'conflict',
      'body-too-large',
      'unsupported-media-type',
      'validation-failed',
    ),
  },
});

export function createProductRoute(app: App<Env>): void {
  app.openapi(route, async (c) => {
    const saved = await createProduct(ports(c), c.req.valid('json'));
    if (!saved.ok) throw toProblem(saved.error);
    await performOwed(c);
    const { product, unchanged } = saved.value;
    c.header('location', `/v1/products/${product.id}`);
    if (unchanged) c.header('idempotent-replayed', 'true');
    const { version } = product;
    const answer = conditionalJson(c, adminView(product), { isPrivate: true, tags: [], version });
    return new Response(answer.body, { status: 201, headers: answer.headers }) as never;
  });
}
