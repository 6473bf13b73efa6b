import { localeSchema } from '#shared/domain/locale.ts';
import { acceptedLocales, canonicalTag } from '#shared/domain/product-texts.ts';
import type { RouteContext } from './context.ts';

/** Member of a route's query: the language of the texts, which stands above `Accept-Language`. */
export const localeQuery = {
  locale: localeSchema
    .optional()
    .openapi({ description: 'Language of the texts (BCP 47); default: as `Accept-Language` says' }),
};

/** Languages the reader wants, best first. */
export function wantedLocales(c: RouteContext, locale: string | undefined): string[] {
  const canonical = locale === undefined ? null : canonicalTag(locale);
  return canonical === null ? acceptedLocales(c.req.header('accept-language')) : [canonical];
}
