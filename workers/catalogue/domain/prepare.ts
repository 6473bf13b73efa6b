import type { ProductInput, VariantInput } from '#shared/contracts/http/product-input.ts';
import { GIFT_CARD_WISHES } from '#shared/domain/gift-card.ts';
import { STANDARD_TAX_CLASS } from '#shared/domain/pricing/tax-class.ts';
import type { Translations } from '#shared/domain/product-texts.ts';
import { isUnlimited } from '#shared/domain/purchase-limits.ts';
import { fail, ok, type Result } from '#shared/domain/result.ts';
import { excerpt, plainText } from '../html/text.ts';
import { sha256 } from '#shared/crypto/bytes.ts';
import { canonicalJson } from '#shared/domain/canonical-json.ts';
import { schemaFault } from './customisation.ts';

const SUMMARY_LENGTH = 200;

/** A field that is refused: RFC 6901 pointer into the product and what is wrong. */
export interface FieldFault {
  pointer: string;
  detail: string;
}

/** A product ready to be written: harmless HTML, every default filled in, one hash over its content without stock. */
export interface PreparedProduct extends ProductInput {
  contentHash: string;
}

/**
 * Brings a stated product into the form in which it is kept. Equal content gives an equal `contentHash`; quantities on
 * hand are not content. `sanitise` makes HTML harmless.
 */
export async function prepareProduct(
  input: ProductInput,
  sanitise: (html: string) => Promise<string>,
): Promise<Result<PreparedProduct, FieldFault[]>> {
  const schemaProblem = input.customisationSchema === null ? null : schemaFault(input.customisationSchema);
  if (schemaProblem !== null) return fail([{ pointer: '/customisationSchema', detail: schemaProblem }]);
  const descriptionHtml = await sanitise(input.descriptionHtml);
  const content: ProductInput = {
    ...input,
    customisationSchema: input.kind === 'gift_card' ? GIFT_CARD_WISHES : input.customisationSchema,
    descriptionHtml,
    summary: input.summary === '' ? excerpt(plainText(descriptionHtml), SUMMARY_LENGTH) : input.summary,
    tags: withoutRepeats(input.tags),
    translations: await harmlessTranslations(input.translations, sanitise),
    variants: input.variants.map((variant) => preparedVariant(variant, input.optionNames)),
  };
  const hashed = {
    ...content,
    // Left out when they are the usual ones, so that products kept before there were any hash as they did.
    taxClass: content.taxClass === STANDARD_TAX_CLASS ? undefined : content.taxClass,
    delivery: content.delivery === 'any' ? undefined : content.delivery,
    publishAt: content.publishAt ?? undefined,
    productType: content.productType ?? undefined,
    attributes: isEmpty(content.attributes) ? undefined : content.attributes,
    translations: isEmpty(content.translations) ? undefined : content.translations,
    seo: content.seo.title === '' && content.seo.description === '' ? undefined : content.seo,
    related: content.related.length === 0 ? undefined : content.related,
    images: content.images.map(({ alts, skus, ...image }) => ({
      ...image,
      alts: isEmpty(alts) ? undefined : alts,
      skus: skus.length === 0 ? undefined : skus,
    })),
    limits: isUnlimited(content.limits) ? undefined : content.limits,
    variants: content.variants.map((variant) => ({
      ...variant,
      onHand: null,
      limits: variant.limits ?? undefined,
    })),
  };
  return ok({ ...content, contentHash: sha256(canonicalJson(hashed)) });
}

const isEmpty = (value: object): boolean => Object.keys(value).length === 0;

async function harmlessTranslations(
  translations: Translations,
  sanitise: (html: string) => Promise<string>,
): Promise<Translations> {
  const harmless = await Promise.all(
    Object.entries(translations).map(async ([tag, texts]) => {
      const descriptionHtml = await sanitise(texts.descriptionHtml);
      const summary =
        texts.summary === '' ? excerpt(plainText(descriptionHtml), SUMMARY_LENGTH) : texts.summary;
      return [tag, { ...texts, descriptionHtml, summary }] as const;
    }),
  );
  return Object.fromEntries(harmless);
}

const preparedVariant = (variant: VariantInput, optionNames: readonly string[]): VariantInput => ({
  ...variant,
  title: variant.title === '' ? optionNames.map((name) => variant.options[name]).join(' / ') : variant.title,
  prices: [...variant.prices].sort(byCurrency),
  compareAtPrices: [...variant.compareAtPrices].sort(byCurrency),
});

const byCurrency = (a: { currency: string }, b: { currency: string }): number =>
  a.currency < b.currency ? -1 : 1;

/** The first spelling of each tag. */
function withoutRepeats(tags: readonly string[]): string[] {
  const seen = new Set<string>();
  return tags.filter((tag) => {
    const key = tag.toLowerCase();
    if (seen.has(key)) return false;
    seen.add(key);
    return true;
  });
}
