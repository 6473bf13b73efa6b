import { z } from 'zod';
import { LANGUAGES } from './locale.ts';

/** The language of a product's own texts, which stand wherever a translation is missing. */
export const CATALOGUE_LOCALE: string = LANGUAGES[0];
export const TRANSLATIONS_MAX = 30;

/** What a page of the product is called in its head and in the answers of search engines; empty: its title, its summary. */
export const seoSchema = z
  .strictObject({
    title: oneLine(120).default(''),
    description: oneLine(400).default(''),
  })
  .meta({ id: 'ProductSeo' });
export type Seo = z.infer<typeof seoSchema>;

/** A product's texts in one language; an empty one falls back to the next language. */
export const translationSchema = z
  .strictObject({
    title: oneLine(300).default(''),
    summary: oneLine(500).default(''),
    /** HTML; reduced to harmless formatting before it is kept. */
    descriptionHtml: z.string().max(100_000).default(''),
    seo: seoSchema.default({ title: '', description: '' }),
  })
  .meta({ id: 'ProductTranslation' });
export type Translation = z.infer<typeof translationSchema>;

/** Language tag (BCP 47, canonical) → texts. */
export const perLanguage = <Texts extends z.ZodType>(texts: Texts) =>
  z
    .record(z.string().max(35).refine(isCanonical, 'must be a language tag such as de or de-AT'), texts)
    .refine(
      (translations) => Object.keys(translations).length <= TRANSLATIONS_MAX,
      `has more than ${TRANSLATIONS_MAX} languages`,
    );
export const translationsSchema = perLanguage(translationSchema);
export type Translations = Record<string, Translation>;

/** Language tag (BCP 47, canonical) → what a picture shows, in words. */
export const pictureTextsSchema = perLanguage(oneLine(500));

function oneLine(max: number) {
  return z
    .string()
    .trim()
    .max(max)
    .regex(/^\P{Cc}*$/u, 'must not contain control characters');
}

function isCanonical(tag: string): boolean {
  return canonicalTag(tag) === tag;
}

/** `DE-at` → `de-AT`; null when it is no language tag. */
export function canonicalTag(tag: string): string | null {
  try {
    return Intl.getCanonicalLocales(tag)[0] ?? null;
  } catch {
    return null;
  }
}

const PREFERENCES_MAX = 4;
const HEADER_LENGTH_MAX = 500;

/**
 * Languages a reader wants, best first, from `Accept-Language` (RFC 9110 §12.5.4). At most four; what is no language
 * tag, `*` or of weight 0 is left out, so that equal wishes are equal lists.
 */
export function acceptedLocales(header: string | undefined): string[] {
  const weighted = (header ?? '')
    .slice(0, HEADER_LENGTH_MAX)
    .split(',')
    .flatMap((part) => {
      const [range = '', ...parameters] = part.split(';').map((each) => each.trim());
      const weight = /^q=(0(?:\.\d{0,3})?|1(?:\.0{0,3})?)$/i.exec(parameters[0] ?? 'q=1')?.[1];
      const tag = range === '' || range === '*' ? null : canonicalTag(range);
      return tag === null || weight === undefined || Number(weight) === 0
        ? []
        : [{ tag, weight: Number(weight) }];
    });
  const tags = weighted.sort((a, b) => b.weight - a.weight).map(({ tag }) => tag);
  return [...new Set(tags)].slice(0, PREFERENCES_MAX);
}

/** `de-AT-x` → `de-AT-x`, `de-AT`, `de` (RFC 4647 §3.4). */
function withParents(tag: string): string[] {
  const parts = tag.split('-');
  return parts.map((_, index) => parts.slice(0, parts.length - index).join('-'));
}

/**
 * Which of the languages there are a reader gets: the first wish that some language, or a wider form of it, answers; the
 * catalogue's own when none does. `chain`: where each text is looked for, best first; the product's own come last.
 */
export function chooseLocale(
  available: readonly string[],
  wanted: readonly string[],
): { locale: string; chain: string[] } {
  for (const tag of wanted) {
    const forms = withParents(tag);
    const chain = forms.filter((form) => available.includes(form));
    const [locale] = chain;
    if (locale !== undefined) return { locale, chain };
    if (forms.includes(CATALOGUE_LOCALE)) break;
  }
  return { locale: CATALOGUE_LOCALE, chain: [] };
}

/** A text in the first of the languages wanted that has it; `own` where none does. */
export function textIn(
  texts: Readonly<Record<string, string>>,
  wanted: readonly string[],
  own: string,
): string {
  const { chain } = chooseLocale(Object.keys(texts), wanted);
  return chain.map((tag) => texts[tag] ?? '').find((text) => text !== '') ?? own;
}
