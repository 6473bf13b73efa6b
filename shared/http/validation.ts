import type { z } from 'zod';
import type { FieldError } from './problems.ts';

/** Names each offending field of a refused value by RFC 6901 pointer; an unknown field is named itself. */
export function fieldErrors(where: FieldError['in'], error: z.ZodError): FieldError[] {
  return error.issues.flatMap((issue) => {
    if (issue.code !== 'unrecognized_keys') {
      return [{ in: where, pointer: pointer(issue.path), detail: issue.message }];
    }
    return issue.keys.map((key) => ({
      in: where,
      pointer: pointer([...issue.path, key]),
      detail: 'is not a known field',
    }));
  });
}

const pointer = (path: readonly PropertyKey[]): string =>
  path.map((part) => `/${String(part).replaceAll('~', '~0').replaceAll('/', '~1')}`).join('');
