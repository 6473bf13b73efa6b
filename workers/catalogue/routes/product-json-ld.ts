import { createRoute, z } from '@hono/zod-openapi';
import { productJsonLd } from '#shared/contracts/http/product-json-ld.ts';
import type { App } from '#shared/http/app.ts';
import { open } from '#shared/http/authorised.ts';
import { Problem } from '#shared/http/problems.ts';
import { problems } from '#shared/http/responses.ts';
import { currencySchema } from '#shared/money/money.ts';
import type { Env } from '../env.ts';
import { productKey, readPublicProduct } from '../usecases/read-product.ts';
import { conditionalJson } from './conditional.ts';
import { ports, readsFresh } from './context.ts';
import { localeQuery, wantedLocales } from './locale.ts';
import { productParams } from './product-params.ts';

const route = createRoute({
  method: 'get',
  path: '/v1/products/{idOrHandle}/json-ld',
  operationId: 'getProductJsonLd',
  tags: ['Catalogue'],
  summary: 'A published product in the words of schema.org, for the head of a page about it',
  ...open('the catalogue is public'),
  request: {
    params: productParams,
    query: z.strictObject({
      ...localeQuery,
      currency: currencySchema.optional().openapi({ description: 'Of the offers; default: all' }),
    }),
  },
  responses: {
    200: {
      description: 'A schema.org Product with an offer for each variant and currency',
      content: { 'application/ld+json': { schema: z.record(z.string(), z.unknown()) } },
    },
    304: { description: 'The client has it already' },
    ...problems('not-found', 'validation-failed'),
  },
});

export function productJsonLdRoute(app: App<Env>): void {
  app.openapi(route, async (c) => {
    const { currency = null, locale: asked } = c.req.valid('query');
    const key = productKey(c.req.valid('param').idOrHandle);
    const isPrivate = readsFresh(c, false);
    const product = await readPublicProduct(ports(c), key, wantedLocales(c, asked), isPrivate);
    if (product === null) throw new Problem({ slug: 'not-found', detail: 'No such product.' });
    const { id, version, locale } = product;
    const document = productJsonLd(product, { origin: c.env.PUBLIC_ORIGIN, currency });
    const type = 'application/ld+json';
    return conditionalJson(c, document, {
      isPrivate,
      tags: ['products', id],
      version,
      locale,
      hasLevels: true,
      type,
    });
  });
}
