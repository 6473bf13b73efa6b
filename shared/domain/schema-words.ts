import {
  mustBeAtLeast,
  mustBeAtMost,
  mustBeFormat,
  mustBeLessThan,
  mustBeMoreThan,
  mustBeMultipleOf,
  mustBeOneOf,
  mustBeType,
  NOT_VALID,
  REQUIRED,
  UNFORMED,
  UNKNOWN_FIELD,
} from './constraint-words.ts';

/** How deep references are followed; a schema may refer to itself. */
const STEPS_MAX = 200;

/**
 * What a value must be by the keyword of a JSON Schema (2020-12) that it broke, in words that stand after the name of a
 * field. `keywordLocation`: the validator's URI fragment, `#/properties/seats/maximum`. Pure.
 */
export function schemaWords(
  schema: Record<string, unknown>,
  { keyword, keywordLocation }: { keyword: string; keywordLocation: string },
): string {
  if (keyword === 'false') return UNKNOWN_FIELD;
  if (keyword === 'required') return REQUIRED;
  if (keyword === 'pattern') return UNFORMED;
  if (keyword === 'uniqueItems') return 'must not repeat an item';
  const wanted = valueAt(schema, keywordLocation);
  if (typeof wanted === 'number') return BOUNDS[keyword]?.(wanted) ?? NOT_VALID;
  if (typeof wanted === 'string' && keyword === 'format') return mustBeFormat(wanted);
  if (keyword === 'const' && wanted !== undefined) return mustBeOneOf([wanted]);
  if (keyword === 'enum' && Array.isArray(wanted)) return mustBeOneOf(wanted);
  if (keyword === 'type') return mustBeType(...[wanted].flat().map(String));
  return NOT_VALID;
}

const BOUNDS: Partial<Record<string, (bound: number) => string>> = {
  const: (value) => mustBeOneOf([value]),
  minimum: (least) => mustBeAtLeast(least),
  maximum: (most) => mustBeAtMost(most),
  exclusiveMinimum: mustBeMoreThan,
  exclusiveMaximum: mustBeLessThan,
  multipleOf: mustBeMultipleOf,
  minLength: (least) => mustBeAtLeast(least, 'characters'),
  maxLength: (most) => mustBeAtMost(most, 'characters'),
  minItems: (least) => mustBeAtLeast(least, 'items'),
  maxItems: (most) => mustBeAtMost(most, 'items'),
  minProperties: (least) => mustBeAtLeast(least, 'entries'),
  maxProperties: (most) => mustBeAtMost(most, 'entries'),
};

/** The value at a location of the schema, through references within it; undefined where there is none. */
function valueAt(schema: Record<string, unknown>, location: string): unknown {
  const parts = partsOf(location).toReversed();
  let node: unknown = schema;
  for (let step = 0; step < STEPS_MAX; step += 1) {
    const part = parts.pop();
    if (part === undefined) return node;
    if (typeof node !== 'object' || node === null || !Object.hasOwn(node, part)) return undefined;
    const next = (node as Record<string, unknown>)[part];
    const isReference = part === '$ref' && typeof next === 'string';
    if (isReference) parts.push(...partsOf(next).toReversed());
    node = isReference ? schema : next;
  }
  return undefined;
}

/** RFC 6901 §6: a pointer as a URI fragment. */
const partsOf = (fragment: string): string[] =>
  fragment
    .split('/')
    .slice(1)
    .map((part) => decodeURIComponent(part).replaceAll('~1', '/').replaceAll('~0', '~'));
