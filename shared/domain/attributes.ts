import { z } from 'zod';
import { perLanguage, textIn } from './product-texts.ts';

export const ATTRIBUTES_MAX = 60;
const OPTIONS_MAX = 200;
const TEXT_LENGTH_MAX = 500;

/** One line of visible text: trimmed, no control characters. */
const line = (max: number) =>
  z
    .string()
    .trim()
    .min(1)
    .max(max)
    .regex(/^\P{Cc}*$/u, 'must not contain control characters');

export const attributeKeySchema = z
  .string()
  .regex(/^[a-z][a-z0-9_]{0,39}$/, 'must be lower-case letters, digits and _, beginning with a letter');

/** A text, option or date (`YYYY-MM-DD`), a number in the attribute's unit, or whether it is so. */
export const attributeValueSchema = z.union([line(TEXT_LENGTH_MAX), z.number(), z.boolean()]);
export type AttributeValue = z.infer<typeof attributeValueSchema>;

export const attributesSchema = z
  .record(attributeKeySchema, attributeValueSchema)
  .refine(
    (attributes) => Object.keys(attributes).length <= ATTRIBUTES_MAX,
    `has more than ${ATTRIBUTES_MAX} members`,
  );
export type Attributes = z.infer<typeof attributesSchema>;

/** An attribute's words in another language; what is empty or left out is said as the attribute itself does. */
const attributeWordsSchema = z
  .strictObject({
    title: z.union([line(100), z.literal('')]).default(''),
    unit: z.union([line(20), z.literal('')]).default(''),
    /** Value of the `enum` → how it is called. */
    options: z.record(z.string().max(100), line(100)).default({}),
  })
  .meta({ id: 'AttributeWords' });

/** One thing that products of a type say of themselves. */
export const attributeDefinitionSchema = z
  .strictObject({
    key: attributeKeySchema,
    title: line(100),
    type: z.enum(['text', 'number', 'boolean', 'enum', 'date']),
    /** What a number counts, `GB` say. */
    unit: line(20).nullable().default(null),
    /** The values of an `enum`, in the order in which they are shown. */
    options: z.array(line(100)).max(OPTIONS_MAX).default([]),
    /** Its words by language; those above are of the catalogue's own. Values are stated and filtered by as they are in `options`. */
    translations: perLanguage(attributeWordsSchema).default({}),
    /** Whether each product of the type must state it. */
    required: z.boolean().default(false),
    /** Whether lists and searches can be narrowed by it; what is counted (`facet`) always can be. */
    filterable: z.boolean().default(true),
    /** Whether search counts products by its values. */
    facet: z.boolean().default(false),
  })
  .superRefine(({ type, unit, options, translations }, context) => {
    const refuse = (path: string | string[], message: string): void =>
      context.addIssue({ code: 'custom', path: [path].flat(), message });
    if (type === 'enum' && options.length === 0) refuse('options', 'must name the values of an enum');
    if (type !== 'enum' && options.length > 0) refuse('options', 'only an enum has any');
    if (new Set(options).size !== options.length) refuse('options', 'names a value twice');
    if (type !== 'number' && unit !== null) refuse('unit', 'only a number has one');
    for (const [tag, words] of Object.entries(translations)) {
      if (unit === null && words.unit !== '') refuse(['translations', tag, 'unit'], 'the attribute has none');
      for (const option of Object.keys(words.options))
        if (!options.includes(option))
          refuse(['translations', tag, 'options', option], 'is not a value of this attribute');
    }
  })
  .meta({ id: 'AttributeDefinition' });
export type AttributeDefinition = z.infer<typeof attributeDefinitionSchema>;

/** Whether products are narrowed by it: in lists and in searches alike. What is counted is there to be chosen. */
export const isNarrowedBy = ({
  filterable,
  facet,
}: Pick<AttributeDefinition, 'filterable' | 'facet'>): boolean => filterable || facet;

/** What does not fit the definitions: RFC 6901 pointers into the attributes, and why. */
export function attributeFaults(
  definitions: readonly AttributeDefinition[],
  attributes: Attributes,
): { pointer: string; detail: string }[] {
  const known = new Map(definitions.map((definition) => [definition.key, definition]));
  const stated = Object.entries(attributes).flatMap(([key, value]) => {
    const definition = known.get(key);
    const detail =
      definition === undefined ? 'is not an attribute of this product type' : valueFault(definition, value);
    return detail === null ? [] : [{ pointer: `/${key}`, detail }];
  });
  const missing = definitions
    .filter(({ key, required }) => required && !Object.hasOwn(attributes, key))
    .map(({ key }) => ({ pointer: `/${key}`, detail: 'must be stated for products of this type' }));
  return [...stated, ...missing];
}

const dateSchema = z.iso.date();

function valueFault({ type, options }: AttributeDefinition, value: AttributeValue): string | null {
  switch (type) {
    case 'text':
      return typeof value === 'string' ? null : 'must be text';
    case 'number':
      return typeof value === 'number' ? null : 'must be a number';
    case 'boolean':
      return typeof value === 'boolean' ? null : 'must be true or false';
    case 'enum':
      return typeof value === 'string' && options.includes(value)
        ? null
        : `must be one of ${options.join(', ')}`;
    case 'date':
      return dateSchema.safeParse(value).success ? null : 'must be a date like 2026-01-31';
  }
}

/** How an attribute and the values of an `enum` are called, by language; each text falls back for itself. */
export interface AttributeTexts {
  titles: Record<string, string>;
  units: Record<string, string>;
  options: Record<string, Record<string, string>>;
}

type Translated = Pick<AttributeDefinition, 'translations'>;

export function attributeTexts({ translations }: Translated): AttributeTexts {
  const words = Object.entries(translations);
  const values = new Set(words.flatMap(([, { options }]) => Object.keys(options)));
  return {
    titles: stated(words.map(([tag, { title }]) => [tag, title])),
    units: stated(words.map(([tag, { unit }]) => [tag, unit])),
    options: Object.fromEntries(
      [...values].map((value) => [
        value,
        stated(words.map(([tag, { options }]) => [tag, options[value] ?? ''])),
      ]),
    ),
  };
}

const stated = (texts: readonly (readonly [tag: string, text: string])[]): Record<string, string> =>
  Object.fromEntries(texts.filter(([, text]) => text !== ''));

/** Title and unit of an attribute and one of its values, in the best of the languages wanted. */
export function attributeIn(
  definition: AttributeDefinition,
  value: AttributeValue,
  wanted: readonly string[],
): { title: string; unit: string | null; label: string } {
  const { titles, units, options } = attributeTexts(definition);
  const { title, unit } = definition;
  const text = String(value);
  return {
    title: textIn(titles, wanted, title),
    unit: unit === null ? null : textIn(units, wanted, unit),
    label: textIn((Object.hasOwn(options, text) ? options[text] : undefined) ?? {}, wanted, text),
  };
}
