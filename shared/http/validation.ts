import { z } from 'zod';
import {
  type Counted,
  mustBeAtLeast,
  mustBeAtMost,
  mustBeExactly,
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
} from '#shared/domain/constraint-words.ts';
import type { FieldError } from './problems.ts';

/** Wherever a schema has no message of its own, whatever reads it: bodies, parameters, rows of an import. */
z.config({ localeError: plainMessage });

/** Names each offending field of a refused value by RFC 6901 pointer, a header by its name; an unknown field is named itself. */
export function fieldErrors(where: FieldError['in'], error: z.ZodError): FieldError[] {
  return error.issues.flatMap((issue) => {
    if (issue.code !== 'unrecognized_keys') {
      const name = where === 'header' ? headerName(issue.path) : pointer(issue.path);
      return [{ in: where, pointer: name, detail: issue.message }];
    }
    return issue.keys.map((key) => ({
      in: where,
      pointer: pointer([...issue.path, key]),
      detail: UNKNOWN_FIELD,
    }));
  });
}

/** As it is written: `Idempotency-Key`. */
const headerName = (path: readonly PropertyKey[]): string =>
  String(path[0] ?? '').replaceAll(/(?<=^|-)[a-z]/g, (letter) => letter.toUpperCase());

const pointer = (path: readonly PropertyKey[]): string =>
  path.map((part) => `/${String(part).replaceAll('~', '~0').replaceAll('/', '~1')}`).join('');

/** What is wrong, in words a customer can read after the name of the field. */
function plainMessage(issue: z.core.$ZodRawIssue): string {
  if (issue.input === undefined && issue.code !== 'unrecognized_keys') return REQUIRED;
  switch (issue.code) {
    case 'invalid_type':
      return mustBeType(issue.expected);
    case 'invalid_value':
      return mustBeOneOf(issue.values);
    case 'too_small':
      return tooSmall(issue);
    case 'too_big':
      return tooBig(issue);
    case 'not_multiple_of':
      return mustBeMultipleOf(issue.divisor);
    case 'invalid_format':
      return issue.format === 'regex' ? UNFORMED : mustBeFormat(issue.format);
    case 'unrecognized_keys':
      return UNKNOWN_FIELD;
    case 'invalid_union':
      return noneOfThem(issue);
    case 'custom':
    case 'invalid_element':
    case 'invalid_key':
      return NOT_VALID;
  }
}

/** Of a union told apart by one field, what that field can be; any other fits in too many ways to tell. */
function noneOfThem({
  input,
  discriminator,
  options,
}: {
  input: unknown;
  discriminator?: string | undefined;
  options?: readonly unknown[] | undefined;
}): string {
  if (discriminator === undefined || options === undefined) return NOT_VALID;
  const isMissing = typeof input === 'object' && input !== null && !Object.hasOwn(input, discriminator);
  return isMissing ? REQUIRED : mustBeOneOf(options);
}

const COUNTED: Partial<Record<string, Counted>> = {
  string: 'characters',
  array: 'items',
  set: 'items',
  map: 'entries',
  record: 'entries',
  object: 'entries',
};

function tooSmall({ origin, minimum, inclusive, exact }: z.core.$ZodRawIssue<z.core.$ZodIssueTooSmall>) {
  const counted = COUNTED[origin] ?? 'value';
  if (exact === true) return mustBeExactly(minimum, counted);
  return inclusive === false ? mustBeMoreThan(minimum) : mustBeAtLeast(minimum, counted);
}

function tooBig({ origin, maximum, inclusive, exact }: z.core.$ZodRawIssue<z.core.$ZodIssueTooBig>) {
  const counted = COUNTED[origin] ?? 'value';
  if (exact === true) return mustBeExactly(maximum, counted);
  return inclusive === false ? mustBeLessThan(maximum) : mustBeAtMost(maximum, counted);
}
