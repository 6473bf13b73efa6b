import { type AttributeDefinition, attributeTexts, type AttributeTexts } from '#shared/domain/attributes.ts';

/** How attributes and their values are called in other languages, by facet (`attr.colour`). */
export type FacetTexts = ReadonlyMap<string, AttributeTexts>;

type Stated = Pick<AttributeDefinition, 'key' | 'translations'>;

/** Of all product types. Where several have an attribute of one key, what is stated last says how it is called. Pure. */
export function facetTexts(definitions: readonly Stated[]): FacetTexts {
  const texts = new Map<string, AttributeTexts>();
  for (const definition of definitions) {
    const facet = `attr.${definition.key}`;
    const { titles, units, options } = attributeTexts(definition);
    const known = texts.get(facet);
    const values = [...new Set([...Object.keys(known?.options ?? {}), ...Object.keys(options)])];
    texts.set(facet, {
      titles: { ...known?.titles, ...titles },
      units: { ...known?.units, ...units },
      options: Object.fromEntries(
        values.map((value) => [value, { ...known?.options[value], ...options[value] }]),
      ),
    });
  }
  return texts;
}
