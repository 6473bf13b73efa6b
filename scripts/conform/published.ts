import { readFileSync } from 'node:fs';

/** Holds answers against the schemas or the example objects Stripe publishes (github.com/stripe/openapi). */

interface Schema {
  $ref?: string;
  type?: string;
  nullable?: boolean;
  enum?: unknown[];
  anyOf?: Schema[];
  properties?: Record<string, Schema>;
  required?: string[];
  items?: Schema;
}
interface Published {
  /** `spec3.json`: schemas by name. */
  components?: { schemas: Record<string, Schema> };
  /** `fixtures3.json`: one example object by name. */
  resources?: Record<string, Record<string, unknown>>;
}
export type Compare = (name: string, value: Record<string, unknown>) => string[];

/** Reads either file; throws when it is neither. */
export function publishedIn(path: string): Compare {
  const { components, resources } = JSON.parse(readFileSync(path, 'utf8')) as Published;
  if (components !== undefined) return againstSchemas(components.schemas);
  if (resources !== undefined) return againstExamples(resources);
  throw new Error(`${path} holds neither schemas nor example objects`);
}

const againstSchemas =
  (schemas: Record<string, Schema>): Compare =>
  (name, value) => {
    const schema = schemas[name];
    return schema === undefined ? [`${name}: not published`] : faults(schemas, schema, value, name);
  };

function faults(all: Record<string, Schema>, schema: Schema, value: unknown, at: string): string[] {
  if (schema.$ref !== undefined) {
    const target = all[schema.$ref.split('/').at(-1) ?? ''];
    return target === undefined ? [] : faults(all, target, value, at);
  }
  if (value === null) return schema.nullable === true ? [] : [`${at}: null`];
  if (schema.anyOf !== undefined) return ofAny(all, schema.anyOf, value, at);
  if (schema.enum !== undefined && !schema.enum.includes(value))
    return [`${at}: ${JSON.stringify(value)} is none of the published values`];
  if (Array.isArray(value)) {
    if (schema.type !== 'array') return [`${at}: a list`];
    return value.flatMap((item) => faults(all, schema.items ?? {}, item, `${at}[]`));
  }
  if (typeof value === 'object') return ofObject(all, schema, value as Record<string, unknown>, at);
  const type = typeof value === 'number' ? ['integer', 'number'] : [typeof value];
  return schema.type === undefined || type.includes(schema.type) ? [] : [`${at}: ${typeof value}`];
}

function ofAny(
  all: Record<string, Schema>,
  options: readonly Schema[],
  value: unknown,
  at: string,
): string[] {
  const tried = options.map((option) => faults(all, option, value, at));
  return tried.toSorted((left, right) => left.length - right.length)[0] ?? [];
}

function ofObject(
  all: Record<string, Schema>,
  { type, properties, required = [] }: Schema,
  value: Record<string, unknown>,
  at: string,
): string[] {
  if (type !== 'object') return [`${at}: an object`];
  if (properties === undefined) return [];
  const missing = required.filter((name) => !(name in value)).map((name) => `${at}.${name}: missing`);
  const within = Object.entries(value).flatMap(([name, member]) => {
    const schema = properties[name];
    return schema === undefined
      ? [`${at}.${name}: not published`]
      : faults(all, schema, member, `${at}.${name}`);
  });
  return [...missing, ...within];
}

/** Example objects tell names and types of members, not which may be absent. */
const againstExamples =
  (examples: Record<string, Record<string, unknown>>): Compare =>
  (name, value) => {
    const example = examples[name];
    if (example === undefined) return [`${name}: not published`];
    const missing = Object.keys(example).filter((member) => !(member in value));
    const unknown = Object.keys(value).filter((member) => !(member in example));
    const other = Object.keys(example).filter((member) => {
      const [left, right] = [example[member], value[member]];
      return left !== null && right !== null && right !== undefined && kind(left) !== kind(right);
    });
    return [
      ...missing.map((member) => `${name}.${member}: missing`),
      ...unknown.map((member) => `${name}.${member}: not in the example`),
      ...other.map((member) => `${name}.${member}: of another type`),
    ];
  };
const kind = (value: unknown): string => (Array.isArray(value) ? 'list' : typeof value);
