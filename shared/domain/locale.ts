import { z } from 'zod';

/** Languages the shop writes to customers in; every text has all of them. The first is used for any other. */
export const LANGUAGES = ['en', 'de', 'fr'] as const;
export type Language = (typeof LANGUAGES)[number];

/** A BCP 47 tag; the language decides the words, the whole of it how amounts and dates are written. */
export const localeSchema = z
  .string()
  .max(35)
  .refine(isLocale, 'must be a language tag (BCP 47), such as de-AT')
  .meta({ description: 'Language of what is written to the customer (BCP 47)', example: 'de-AT' });

function isLocale(tag: string): boolean {
  try {
    return Intl.getCanonicalLocales(tag).length === 1;
  } catch {
    return false;
  }
}

export function languageOf(locale: string): Language {
  const [primary] = locale.toLowerCase().split('-');
  return LANGUAGES.find((language) => language === primary) ?? LANGUAGES[0];
}
