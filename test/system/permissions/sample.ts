/** As much of JSON Schema as our API document uses. */
export interface Schema {
  $ref?: string;
  type?: string | string[];
  enum?: unknown[];
  const?: unknown;
  example?: unknown;
  default?: unknown;
  allOf?: Schema[];
  anyOf?: Schema[];
  oneOf?: Schema[];
  properties?: Record<string, Schema>;
  required?: string[];
  items?: Schema;
  minItems?: number;
  minLength?: number;
  minimum?: number;
  pattern?: string;
  format?: string;
}

const ID = /^\^(\w+)_\[0-9a-f\]\{32\}\$$/;

/** A value that the schema allows, with no more in it than it must have. */
export function sampleOf(schema: Schema, named: Record<string, Schema>): unknown {
  const of = (inner: Schema): unknown => sampleOf(inner, named);
  if (schema.$ref !== undefined) return of(named[schema.$ref.split('/').at(-1) ?? ''] ?? {});
  if (schema.example !== undefined) return schema.example;
  if (schema.const !== undefined) return schema.const;
  if (schema.default !== undefined) return schema.default;
  if (schema.enum !== undefined) return schema.enum[0];
  const [alternative] = schema.allOf ?? schema.anyOf ?? schema.oneOf ?? [];
  if (alternative !== undefined) return of(alternative);
  const type = Array.isArray(schema.type) ? schema.type[0] : schema.type;
  return MAKERS[type ?? 'string']?.(schema, of);
}

const MAKERS: Record<string, (schema: Schema, of: (inner: Schema) => unknown) => unknown> = {
  object: ({ required = [], properties = {} }, of) =>
    Object.fromEntries(required.map((name) => [name, of(properties[name] ?? {})])),
  array: ({ minItems = 0, items = {} }, of) => Array.from({ length: minItems }, () => of(items)),
  integer: ({ minimum = 1 }) => Math.max(1, minimum),
  number: ({ minimum = 1 }) => Math.max(1, minimum),
  boolean: () => true,
  null: () => null,
  string: textOf,
};

function textOf({ pattern, format, minLength = 1 }: Schema): string {
  const prefix = ID.exec(pattern ?? '')?.[1];
  if (prefix !== undefined) return `${prefix}_${'0'.repeat(32)}`;
  if (format === 'date-time') return '2026-01-01T00:00:00Z';
  if (format === 'email') return 'nobody@example.org';
  return 'A'.repeat(Math.max(3, minLength));
}
