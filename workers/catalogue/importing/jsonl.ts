import type { ImportFault } from '#shared/contracts/http/imports.ts';
import { productInputSchema } from '#shared/contracts/http/product-input.ts';
import { fail, ok, type Result } from '#shared/domain/result.ts';
import type { Candidate, FileFault, ReadFile } from './candidate.ts';

/** Reads our own format: one product a line, as `POST /v1/products` takes it. Empty lines are skipped. */
export function readJsonl(file: Uint8Array): Result<ReadFile, FileFault[]> {
  const lines = new TextDecoder().decode(file).split('\n');
  const candidates: Candidate[] = [];
  const strays: ReadFile['strays'] = [];
  const seen = new Map<string, number>();
  let rows = 0;
  for (const [index, line] of lines.entries()) {
    if (line.trim() === '') continue;
    rows += 1;
    const candidate = readLine(line, index + 1);
    if (candidate === null) {
      const detail = 'is not one JSON object with a handle';
      strays.push({ row: index + 1, faults: [{ row: index + 1, column: null, detail }] });
      continue;
    }
    const before = seen.get(candidate.handle);
    seen.set(candidate.handle, before ?? candidate.row);
    candidates.push(before === undefined ? candidate : repeated(candidate, before));
  }
  return rows === 0 ? fail([{ pointer: '', detail: 'holds no product' }]) : ok({ rows, candidates, strays });
}

function readLine(line: string, row: number): Candidate | null {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    return null;
  }
  if (value === null || typeof value !== 'object' || !('handle' in value) || typeof value.handle !== 'string')
    return null;
  const handle = value.handle.slice(0, 200);
  const parsed = productInputSchema.safeParse(value);
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

const repeated = (candidate: Candidate, before: number): Candidate => ({
  ...candidate,
  product: null,
  faults: [
    { row: candidate.row, column: '/handle', detail: `is the handle of row ${before} of this file already` },
  ],
});
