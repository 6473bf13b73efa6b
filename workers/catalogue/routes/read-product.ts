import { createRoute, z } from '@hono/zod-openapi';
import { productAdminSchema, productSchema } from '#shared/contracts/http/products.ts';
import type { App } from '#shared/http/app.ts';
import { open } from '#shared/http/authorised.ts';
import { Problem } from '#shared/http/problems.ts';
import { json, problems } from '#shared/http/responses.ts';
import { adminView } from '../domain/views.ts';
import type { Env } from '../env.ts';
import { productKey, readAnyProduct, readPublicProduct } from '../usecases/read-product.ts';
import { conditionalJson } from './conditional.ts';
import { ports, readsAsOperator, readsFresh } from './context.ts';
import { chosen, fieldsQuery } from './fields.ts';
import { localeQuery, wantedLocales } from './locale.ts';
import { productParams } from './product-params.ts';

const route = createRoute({
  method: 'get',
  path: '/v1/products/{idOrHandle}',
  operationId: 'getProduct',
  tags: ['Catalogue'],
  summary: 'A published product; operators see every product, with how it is delivered, as it is this moment',
  ...open('the catalogue is public; drafts are shown to operators alone'),
  request: {
    params: productParams,
    query: z.strictObject({ ...localeQuery, fields: fieldsQuery(productSchema) }),
  },
  responses: {
    200: json('The product', z.union([productSchema, productAdminSchema])),
    304: { description: 'The client has it already' },
    ...problems('not-found', 'validation-failed'),
  },
});

export function readProductRoute(app: App<Env>): void {
  app.openapi(route, async (c) => {
    const key = productKey(c.req.valid('param').idOrHandle);
    const operator = await readsAsOperator(c);
    const isPrivate = readsFresh(c, operator);
    const wanted = wantedLocales(c, c.req.valid('query').locale);
    const product = operator
      ? await readAnyProduct(ports(c), key).then((stored) => stored && adminView(stored))
      : await readPublicProduct(ports(c), key, wanted, isPrivate);
    if (product === null) throw new Problem({ slug: 'not-found', detail: 'No such product.' });
    const { id, version, locale } = product;
    return conditionalJson(c, chosen(product, c.req.valid('query').fields), {
      isPrivate,
      tags: ['products', id],
      version,
      locale,
      hasLevels: product.variants.some(({ available }) => available !== null),
    });
  });
}
