import { Validator } from '@cfworker/json-schema';
import { z } from 'zod';
import { schemaWords } from '#shared/domain/schema-words.ts';

/** Turns a product's JSON Schema (2020-12) into form fields and a sent form into values. Pure. */

const PREFIX = 'custom.';

const propertySchema = z.object({
  type: z.enum(['string', 'number', 'integer', 'boolean']).catch('string'),
  title: z.string().optional().catch(undefined),
  description: z.string().optional().catch(undefined),
  enum: z
    .array(z.union([z.string(), z.number(), z.boolean()]))
    .optional()
    .catch(undefined),
  default: z.union([z.string(), z.number(), z.boolean()]).optional().catch(undefined),
  pattern: z.string().optional().catch(undefined),
  minLength: z.number().optional().catch(undefined),
  maxLength: z.number().optional().catch(undefined),
  minimum: z.number().optional().catch(undefined),
  maximum: z.number().optional().catch(undefined),
  multipleOf: z.number().optional().catch(undefined),
});
const objectSchema = z.object({
  properties: z.record(z.string(), propertySchema).catch({}),
  required: z.array(z.string()).catch([]),
});

export interface CustomField extends z.infer<typeof propertySchema> {
  /** Name in the schema and in the order's `customisation`. */
  name: string;
  /** Name in the form. */
  inputName: string;
  label: string;
  required: boolean;
}
export type CustomValues = Record<string, string | number | boolean>;

/** Fields of a product's customisation, in the schema's order; none when nothing can be customised. */
export function customFields(schema: Record<string, unknown> | null): CustomField[] {
  const parsed = objectSchema.safeParse(schema);
  if (!parsed.success) return [];
  return Object.entries(parsed.data.properties).map(([name, property]) => ({
    ...property,
    name,
    inputName: PREFIX + name,
    label: property.title ?? asLabel(name),
    required: parsed.data.required.includes(name),
  }));
}

/** How each property is called, by name. */
export const customLabels = (schema: Record<string, unknown> | null): ReadonlyMap<string, string> =>
  new Map(customFields(schema).map(({ name, label }) => [name, label]));

/** A property's name as people read it, where nobody gave it a title: `registeredName` → "Registered name". */
export function asLabel(name: string): string {
  const words = name
    .replaceAll(/([\p{Ll}\p{N}])(\p{Lu})/gu, '$1 $2')
    .split(/[\s_-]+/)
    .filter((word) => word !== '')
    .map((word) => (/^\p{Lu}{2,}$/u.test(word) ? word : word.toLowerCase()));
  const label = words.join(' ');
  return label === '' ? name : label.charAt(0).toUpperCase() + label.slice(1);
}

/** A value as people read it. */
export function valueText(value: unknown): string {
  if (typeof value === 'boolean') return value ? 'yes' : 'no';
  if (Array.isArray(value)) return value.map(valueText).join(', ');
  return typeof value === 'string' ? value : JSON.stringify(value);
}

/** A JSON Schema pattern may match anywhere; the `pattern` attribute of HTML matches the whole value. */
export const htmlPattern = (pattern: string): string => `.*(?:${pattern}).*`;

/** Values of a sent form, typed as the schema says; an empty optional field is left out. */
export function customValues(fields: readonly CustomField[], form: Record<string, string>): CustomValues {
  const values: CustomValues = {};
  for (const field of fields) {
    const text = form[field.inputName];
    if (field.type === 'boolean') values[field.name] = text !== undefined;
    else if (text !== undefined && text !== '') values[field.name] = typed(field, text);
  }
  return values;
}

function typed(field: CustomField, text: string): string | number {
  if (field.type === 'string') return text;
  const number = Number(text);
  return Number.isFinite(number) ? number : text;
}

/** Message by field name (`''`: the whole); empty when the values fit. The order checks again. */
export function customErrors(
  schema: Record<string, unknown> | null,
  values: CustomValues,
): Record<string, string> {
  if (schema === null) return {};
  const { errors } = new Validator(schema, '2020-12', false).validate(values);
  const fields = customFields(schema);
  const messages: Record<string, string> = {};
  for (const field of fields) {
    if (field.required && !(field.name in values)) messages[field.name] = 'Please fill this in.';
  }
  for (const error of errors) {
    const { instanceLocation, keyword } = error;
    const name = instanceLocation.replace(/^#\/?/, '').split('/')[0] ?? '';
    if (keyword === 'properties' || keyword === 'required') continue;
    messages[name] ??=
      message(
        fields.find((field) => field.name === name),
        keyword,
      ) ?? `This ${schemaWords(schema, error)}.`;
  }
  return messages;
}

function message(field: CustomField | undefined, keyword: string): string | undefined {
  if (field === undefined) return undefined;
  const { minLength, maxLength, minimum, maximum } = field;
  const texts: Record<string, string> = {
    pattern: field.description ?? 'This does not have the expected form.',
    enum: 'Choose one of the listed values.',
    minLength: `At least ${minLength} characters.`,
    maxLength: `At most ${maxLength} characters.`,
    minimum: `At least ${minimum}.`,
    maximum: `At most ${maximum}.`,
    type: 'This is not a valid value.',
  };
  return texts[keyword];
}
