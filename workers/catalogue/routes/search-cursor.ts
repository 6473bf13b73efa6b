import { z } from '@hono/zod-openapi';
import { decodeCursor, encodeCursor } from '#shared/http/cursor.ts';
import { MODES } from '../search/match.ts';
import type { Sort } from '../search/page.ts';
import type { SearchPosition } from '../usecases/search-products.ts';
import { SEARCH_WORDS_MAX } from '../limits.ts';

const positionSchema = z.strictObject({
  key: z.union([z.number(), z.string().max(300)]),
  id: z.string().max(50),
  mode: z.enum(MODES),
  weights: z.array(z.int().min(0).max(10_000)).max(SEARCH_WORDS_MAX),
  needed: z.int().min(0).max(SEARCH_WORDS_MAX),
});

/** A cursor goes on in the order it was made for. */
export function searchPosition(cursor: string, sort: Sort): SearchPosition {
  const schema = positionSchema.extend({
    sort: z.literal(sort),
    key: sort === 'newest' || sort === 'title' ? z.string().max(300) : z.number(),
  });
  const { key, id, mode, weights, needed } = decodeCursor(schema, cursor);
  return { key, id, terms: { mode, weights, needed } };
}

export const searchCursor = (sort: Sort, { key, id, terms }: SearchPosition): string =>
  encodeCursor({ sort, key, id, ...terms });
