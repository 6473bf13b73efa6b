import type { SchemaObject } from './api-document.ts';

/** Makes up example values for schemas of the API document. Pure. */

const DEPTH_MAX = 8;
const FORMATS: Record<string, string> = {
  'date-time': '2026-11-20T09:30:00.000Z',
  email: 'customer@example.com',
  uri: 'https://example.com/',
  url: 'https://example.com/',
  uuid: '0192f3a1-7c52-7b1e-9d3e-5a6b7c8d9e0f',
};

type Schemas = Record<string, SchemaObject>;

export function resolved(schema: SchemaObject, schemas: Schemas): SchemaObject {
  const name = refName(schema);
  return name === null ? schema : (schemas[name] ?? {});
}

/** Name of the component a schema refers to; null when it stands for itself. */
export const refName = (schema: SchemaObject): string | null =>
  schema.$ref?.replace('#/components/schemas/', '') ?? null;

/** A value the schema accepts, as small as makes sense: required members, one item a list, the first of alternatives. */
export function exampleOf(schema: SchemaObject, schemas: Schemas, depth = 0): unknown {
  const plain = resolved(schema, schemas);
  const given = plain.example ?? plain.examples?.[0] ?? plain.const ?? plain.default ?? plain.enum?.[0];
  if (given !== undefined) return given;
  if (depth > DEPTH_MAX) return null;
  const next = (inner: SchemaObject) => exampleOf(inner, schemas, depth + 1);
  const alternative = (plain.oneOf ?? plain.anyOf)?.[0];
  if (alternative !== undefined) return next(alternative);
  if (plain.allOf !== undefined) return Object.assign({}, ...plain.allOf.map(next));
  const type = Array.isArray(plain.type) ? plain.type[0] : plain.type;
  switch (type) {
    case 'object': {
      const properties = Object.entries(plain.properties ?? {});
      const wanted = properties.filter(([name]) => plain.required?.includes(name) === true);
      return Object.fromEntries(
        (wanted.length > 0 ? wanted : properties).map(([name, inner]) => [name, next(inner)]),
      );
    }
    case 'array':
      return plain.items === undefined ? [] : [next(plain.items)];
    case 'integer':
    case 'number':
      return Math.max(plain.minimum ?? 1, 1);
    case 'boolean':
      return true;
    case 'string':
      return exampleText(plain);
    case 'null':
    case undefined:
    default:
      return null;
  }
}

function exampleText(schema: SchemaObject): string {
  const id = /^\^(\w+)_\[0-9a-f\]\{32\}\$$/.exec(schema.pattern ?? '');
  if (id !== null) return `${id[1]}_0192f3a17c527b1e9d3e5a6b7c8d9e0f`;
  return (FORMATS[schema.format ?? ''] ?? 'text').padEnd(schema.minLength ?? 0, '-');
}

/** One line on what a schema accepts: type, alternatives and bounds. */
export function describe(schema: SchemaObject): string {
  const name = refName(schema);
  if (name !== null) return name;
  const alternatives = schema.oneOf ?? schema.anyOf;
  if (alternatives !== undefined) return alternatives.map(describe).join(' | ');
  if (schema.allOf !== undefined) return schema.allOf.map(describe).join(' & ');
  if (schema.const !== undefined) return JSON.stringify(schema.const);
  if (schema.enum !== undefined) return schema.enum.map((value) => JSON.stringify(value)).join(' | ');
  if (schema.items !== undefined) return `list of ${describe(schema.items)}`;
  const type = [schema.type ?? 'any'].flat().join(' | ');
  return [schema.format === undefined ? type : `${type} (${schema.format})`, ...bounds(schema)].join(', ');
}

function bounds(schema: SchemaObject): string[] {
  const { minimum, maximum, minLength, maxLength, pattern } = schema;
  const texts: [unknown, string][] = [
    [pattern, `pattern ${pattern}`],
    [minimum === Number.MIN_SAFE_INTEGER ? undefined : minimum, `≥ ${minimum}`],
    [maximum === Number.MAX_SAFE_INTEGER ? undefined : maximum, `≤ ${maximum}`],
    [minLength, `at least ${minLength} characters`],
    [maxLength, `at most ${maxLength} characters`],
  ];
  return texts.flatMap(([value, text]) => (value === undefined ? [] : [text]));
}
