import { createRoute, z } from '@hono/zod-openapi';
import { suggestionsSchema } from '#shared/contracts/http/search.ts';
import type { App } from '#shared/http/app.ts';
import { open } from '#shared/http/authorised.ts';
import { json, problems } from '#shared/http/responses.ts';
import type { Env } from '../env.ts';
import { SEARCH_LENGTH_MAX } from '../limits.ts';
import { suggest } from '../usecases/suggest.ts';
import { conditionalJson } from './conditional.ts';
import { ports, readsAsOperator, readsFresh } from './context.ts';
import { localeQuery, wantedLocales } from './locale.ts';

const route = createRoute({
  method: 'get',
  path: '/v1/search/suggestions',
  operationId: 'suggestSearches',
  tags: ['Catalogue'],
  summary: 'What somebody who has typed this much may want: queries that find something, and products',
  ...open('the catalogue is public'),
  request: {
    query: z.strictObject({
      ...localeQuery,
      q: z.string().max(SEARCH_LENGTH_MAX).default(''),
      limit: z.coerce.number().int().min(1).max(20).default(6).openapi({ description: 'Of each' }),
    }),
  },
  responses: {
    200: json('Suggestions, the best first', suggestionsSchema),
    304: { description: 'The client has them already' },
    ...problems('validation-failed'),
  },
});

export function suggestRoute(app: App<Env>): void {
  app.openapi(route, async (c) => {
    const { q, limit, locale } = c.req.valid('query');
    const query = { q: q.trimStart(), wanted: wantedLocales(c, locale), limit };
    const isPrivate = readsFresh(c, await readsAsOperator(c));
    const read = () => suggest(ports(c), { ...query, fresh: isPrivate });
    const key = `suggest/${JSON.stringify(query)}`;
    const found = isPrivate ? await read() : await ports(c).cache.read(key, read, 'memory');
    return conditionalJson(c, found ?? { queries: [], products: [] }, {
      isPrivate,
      tags: ['products', 'lists'],
    });
  });
}
