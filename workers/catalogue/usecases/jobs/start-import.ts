import type { ImportOptions } from '#shared/contracts/http/imports.ts';
import { fail, ok, type Result } from '#shared/domain/result.ts';
import { newId } from '#shared/ids/ids.ts';
import { canonicalJson } from '#shared/domain/canonical-json.ts';
import { FileTooLarge } from '../../adapters/job-files.ts';
import { incomingText, UnreadableFile } from '../../importing/incoming.ts';
import { JSONL_BEGINNING, scanJsonl, scanShopify, SHOPIFY_BEGINNING } from '../../importing/scan.ts';
import { IMPORT_BYTES_MAX, IMPORT_WINDOW_BYTES } from '../../limits.ts';
import type { JobRow } from '../../queries/jobs.ts';
import type { JobPorts } from './ports.ts';
import { importBeginning } from './run-import.ts';

export interface ImportRequest {
  body: ReadableStream<Uint8Array>;
  source: string;
  dryRun: boolean;
  options: ImportOptions;
  createdBy: string;
}
export type ImportFailure =
  | { code: 'unreadable_file'; detail: string }
  | { code: 'file_too_large' }
  /** Another import of the source is under way. */
  | { code: 'source_busy'; jobId: string };

/**
 * Takes a file in and makes a job of it. The very same file for the same source with the same options, while its job is
 * under way, answers that job: a repeated request whose answer was lost.
 */
export async function startImport(
  ports: JobPorts,
  request: ImportRequest,
): Promise<Result<{ job: JobRow; isRepeated: boolean }, ImportFailure>> {
  const id = newId('catalogueJob');
  const key = `imports/${id}`;
  const { source, dryRun, options } = request;
  const stored = await store(ports, key, request);
  if (!stored.ok) return stored;
  const nowMs = ports.clock.now();
  const job = await ports.jobs.create({
    id,
    kind: 'import',
    state: 'running',
    phase: 'reading',
    source,
    dryRun,
    options: canonicalJson(options),
    place: JSON.stringify(importBeginning(options.format)),
    step: 0,
    createdBy: request.createdBy,
    requestId: ports.requestId,
    fileKey: key,
    fileBytes: stored.value.bytes,
    fileSha256: stored.value.sha256,
    createdAtMs: nowMs,
    updatedAtMs: nowMs,
  });
  if (job !== null) return ok({ job, isRepeated: false });
  await ports.files.remove(key);
  const active = await ports.jobs.activeImport(source);
  const isSame = active?.fileSha256 === stored.value.sha256 && active.options === canonicalJson(options);
  return active !== null && isSame
    ? ok({ job: active, isRepeated: true })
    : fail({ code: 'source_busy', jobId: active?.id ?? '' });
}

async function store(
  ports: JobPorts,
  key: string,
  { body, options }: ImportRequest,
): Promise<Result<{ bytes: number; sha256: string }, ImportFailure>> {
  try {
    const stored = await ports.files.write(key, incomingText(body), IMPORT_BYTES_MAX);
    const fault = await beginningFault(ports, key, stored.bytes, options);
    if (fault === null) return ok(stored);
    await ports.files.remove(key);
    return fail({ code: 'unreadable_file', detail: fault });
  } catch (error) {
    if (error instanceof UnreadableFile) return fail({ code: 'unreadable_file', detail: error.message });
    if (error instanceof FileTooLarge) return fail({ code: 'file_too_large' });
    throw error;
  }
}

/** What is wrong with the whole file, seen from its beginning; null: it can be read. */
async function beginningFault(
  ports: JobPorts,
  key: string,
  bytes: number,
  { format }: ImportOptions,
): Promise<string | null> {
  const length = Math.min(bytes, IMPORT_WINDOW_BYTES);
  if (length === 0) return 'is empty';
  const beginning = await ports.files.read(key, 0, length);
  const isLast = length === bytes;
  if (format === 'jsonl') {
    const { rows } = scanJsonl(beginning, 0, JSONL_BEGINNING, isLast);
    return rows === 0 && isLast ? 'holds no product' : null;
  }
  const scanned = scanShopify(beginning, 0, SHOPIFY_BEGINNING, isLast);
  return scanned.ok ? null : scanned.error;
}
