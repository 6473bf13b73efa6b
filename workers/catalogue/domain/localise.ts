import type {
  ProductComponent as ComponentView,
  RelatedProduct as RelatedView,
} from '#shared/contracts/http/products.ts';
import { chooseLocale, type Seo } from '#shared/domain/product-texts.ts';
import type { StoredProduct } from './stored-product.ts';

/** A product's texts as a reader gets them. */
export interface Texts {
  /** Of the texts, as far as they are translated. */
  locale: string;
  title: string;
  summary: string;
  descriptionHtml: string;
  seo: Seo;
  related: RelatedView[];
  components: ComponentView[];
}

/** Each text in the first of the languages that has it; the product's own stand where none does. */
export function inLanguage(product: StoredProduct, wanted: readonly string[]): Texts {
  const { locale, chain } = chooseLocale(Object.keys(product.translations), wanted);
  const texts = [...chain.flatMap((tag) => product.translations[tag] ?? []), product];
  const first = (values: readonly string[]): string => values.find((value) => value !== '') ?? '';
  const titleIn = ({ titles, title }: { titles: Record<string, string>; title: string }): string =>
    first([...chooseLocale(Object.keys(titles), wanted).chain.map((tag) => titles[tag] ?? ''), title]);
  return {
    locale,
    title: first(texts.map((text) => text.title)),
    summary: first(texts.map((text) => text.summary)),
    descriptionHtml: first(texts.map((text) => text.descriptionHtml)),
    seo: {
      title: first(texts.map((text) => text.seo.title)),
      description: first(texts.map((text) => text.seo.description)),
    },
    related: product.related.map(({ id, handle, image, ...named }) => ({
      id,
      handle,
      title: titleIn(named),
      image,
    })),
    components: (product.components ?? []).map((component) => ({
      productId: component.productId,
      handle: component.handle,
      title: titleIn(component),
      kind: component.kind,
      image: component.image,
      variantId: component.variantId,
      sku: component.sku,
      variantTitle: component.variantTitle,
      quantity: component.quantity,
    })),
  };
}
