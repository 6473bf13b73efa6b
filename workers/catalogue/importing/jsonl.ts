import type { ImportFault } from '#shared/contracts/http/imports.ts';
import { productInputSchema } from '#shared/contracts/http/product-input.ts';
import type { Candidate } from './candidate.ts';

/** Reads one line of our own format: a product as `POST /v1/products` takes it. */
export function readJsonlProduct(handle: string, line: string, row: number): Candidate {
  const parsed = productInputSchema.safeParse(JSON.parse(line));
  const locate = (pointer: string) => ({ row, column: pointer });
  if (parsed.success) {
    const product = { input: parsed.data, silent: [], onlyCurrency: null, locate };
    return { row, handle: parsed.data.handle, product, faults: [], notes: [] };
  }
  const faults = parsed.error.issues.flatMap((issue): ImportFault[] =>
    issue.code === 'unrecognized_keys'
      ? issue.keys.map((key) => ({
          row,
          column: pointer([...issue.path, key]),
          detail: 'is not a known field',
        }))
      : [{ row, column: pointer(issue.path), detail: issue.message }],
  );
  return { row, handle, product: null, faults, notes: [] };
}

const pointer = (path: readonly PropertyKey[]): string => path.map((part) => `/${String(part)}`).join('');
