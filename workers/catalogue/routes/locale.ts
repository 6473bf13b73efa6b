import { z } from '@hono/zod-openapi';
import { acceptedLocales } from '#shared/domain/product-texts.ts';
import type { RouteContext } from './context.ts';

const LIST_LENGTH_MAX = 150;
const readList = (list: string): string[] => acceptedLocales(list);

/** Member of a route's query: languages of the texts, which stand above `Accept-Language`. */
export const localeQuery = {
  locale: z
    .string()
    .min(1)
    .max(LIST_LENGTH_MAX)
    .refine(
      (list) => readList(list).length > 0,
      'must be a language tag such as de-AT, or several, best first',
    )
    .optional()
    .openapi({
      description:
        'Language of the texts (BCP 47), or several, best first; default: as `Accept-Language` says',
      example: 'de-AT',
    }),
};

/** Languages the reader wants, best first. */
export const wantedLocales = (c: RouteContext, locale: string | undefined): string[] =>
  readList(locale ?? c.req.header('accept-language') ?? '');
