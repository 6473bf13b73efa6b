import { type OutputUnit, Validator } from '@cfworker/json-schema';
import { REQUIRED } from '#shared/domain/constraint-words.ts';
import { schemaWords } from '#shared/domain/schema-words.ts';

/** `pointer` is RFC 6901 within the customisation. */
interface CustomisationError {
  pointer: string;
  detail: string;
}
const ERRORS_MAX = 20;
/** Keywords that only say that something below them is wrong. */
const CONTAINERS = new Set([
  'properties',
  'patternProperties',
  'additionalProperties',
  'items',
  'prefixItems',
  '$ref',
  'allOf',
]);

/**
 * Checks a customer's customisation against the product's JSON Schema (2020-12). Pointers are relative to the
 * customisation. Without a schema nothing can be customised.
 */
export function customisationErrors(
  schema: Record<string, unknown> | null,
  value: Record<string, unknown>,
): CustomisationError[] {
  if (schema === null) {
    return Object.keys(value).length === 0
      ? []
      : [{ pointer: '', detail: 'must be empty: this product cannot be customised' }];
  }
  const { valid, errors } = new Validator(schema, '2020-12', false).validate(value);
  if (valid) return [];
  const leaves = errors.filter((error) => !CONTAINERS.has(error.keyword));
  return (leaves.length > 0 ? leaves : errors).slice(0, ERRORS_MAX).map((error) => refusalOf(schema, error));
}

/** RFC 6901 pointer from the validator's URI fragment. */
function refusalOf(schema: Record<string, unknown>, error: OutputUnit): CustomisationError {
  const pointer = decodeURIComponent(error.instanceLocation.replace(/^#/, ''));
  const missing = error.keyword === 'required' ? /"(.*)"\.?$/.exec(error.error)?.[1] : undefined;
  if (missing !== undefined) {
    return {
      pointer: `${pointer}/${missing.replaceAll('~', '~0').replaceAll('/', '~1')}`,
      detail: REQUIRED,
    };
  }
  return { pointer, detail: schemaWords(schema, error) };
}
