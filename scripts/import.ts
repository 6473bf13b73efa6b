/**
 * Imports a product file into a running shop: a Shopify product export (.csv) or our own format (.jsonl, .ndjson).
 * Prints what became of each product; exit code 1 when anything was refused, 2 when it was asked wrongly.
 *
 * Usage: npm run import -- FILE [--url ORIGIN] [--email ADDRESS --password PASSWORD | --token TOKEN]
 *                              [--currency EUR] [--dry-run]
 * Without --url and sign-in it talks to the local shop that `npm start` runs.
 */
import { readFileSync, statSync } from 'node:fs';
import type { ImportItem, ImportReport } from '#shared/contracts/http/imports.ts';
import { signIn } from './lib/accounts.ts';
import { parseArguments } from './lib/arguments.ts';
import { api, ApiError } from './lib/api.ts';
import { csvParts, type ImportPart, jsonlParts } from './lib/import-parts.ts';
import { readKept } from './lib/kept.ts';

const USAGE =
  'Usage: npm run import -- FILE [--url ORIGIN] [--email ADDRESS --password PASSWORD | --token TOKEN] [--currency EUR] [--dry-run]';

class UsageError extends Error {}

interface Options {
  file: string;
  origin: string;
  currency: string;
  dryRun: boolean;
  token: string | undefined;
  email: string | undefined;
  password: string | undefined;
}

function options(): Options {
  const { values, positionals } = parseArguments(USAGE, {
    allowPositionals: true,
    options: {
      url: { type: 'string' },
      email: { type: 'string' },
      password: { type: 'string' },
      token: { type: 'string' },
      currency: { type: 'string', default: 'EUR' },
      'dry-run': { type: 'boolean', default: false },
    },
  });
  const [file, ...rest] = positionals;
  if (file === undefined || rest.length > 0) throw new UsageError(USAGE);
  if (statSync(file, { throwIfNoEntry: false })?.isFile() !== true)
    throw new UsageError(`There is no file ${file}.`);
  const kept = readKept();
  const origin = values.url ?? kept?.origin;
  if (origin === undefined)
    throw new UsageError('Name the shop with --url, or start a local one with npm start.');
  const local = values.url === undefined || values.url === kept?.origin ? kept?.operator : undefined;
  return {
    file,
    origin,
    currency: values.currency,
    dryRun: values['dry-run'],
    token: values.token,
    email: values.email ?? local?.email,
    password: values.password ?? local?.password,
  };
}

async function tokenOf({ origin, token, email, password }: Options): Promise<string> {
  if (token !== undefined) return token;
  if (email === undefined || password === undefined)
    throw new UsageError('Sign in with --email and --password, or give --token.');
  return (await signIn(origin, { email, password })).accessToken;
}

function print(item: ImportItem): void {
  console.log(`row ${item.row}  ${item.result.padEnd(9)}  ${item.handle ?? '?'}`);
  for (const { row, column, detail } of [...item.faults, ...item.notes])
    console.log(`    row ${row}${column === null ? '' : `, ${column}`}: ${detail}`);
}

/** A report counts the rows of its part; the reader wants those of the file. */
function inWholeFile(item: ImportItem, part: ImportPart, firstRow: number): ImportItem {
  const whole = (row: number): number => part.rows[row - firstRow] ?? row;
  const moved = (faults: ImportItem['faults']) =>
    faults.map((fault) => ({ ...fault, row: whole(fault.row) }));
  return { ...item, row: whole(item.row), faults: moved(item.faults), notes: moved(item.notes) };
}

async function main(): Promise<number> {
  const chosen = options();
  const isCsv = chosen.file.toLowerCase().endsWith('.csv');
  const bytes = new Uint8Array(readFileSync(chosen.file));
  const parts = isCsv ? csvParts(bytes) : jsonlParts(bytes);
  const token = await tokenOf(chosen);
  const query = new URLSearchParams({ currency: chosen.currency, dryRun: String(chosen.dryRun) });
  const total = { rows: 0, created: 0, updated: 0, unchanged: 0, refused: 0 };
  for (const part of parts) {
    const report = await api<ImportReport>(chosen.origin, `POST /v1/imports?${query.toString()}`, {
      token,
      body: part.body,
      contentType: isCsv ? 'text/csv' : 'application/x-ndjson',
    });
    for (const item of report.items) print(inWholeFile(item, part, isCsv ? 2 : 1));
    for (const key of ['rows', 'created', 'updated', 'unchanged', 'refused'] as const)
      total[key] += report[key];
  }
  const { rows, created, updated, unchanged, refused } = total;
  const prefix = chosen.dryRun ? 'dry run, nothing written: ' : '';
  console.log(
    `${prefix}${rows} rows: ${created} created, ${updated} updated, ${unchanged} unchanged, ${refused} refused`,
  );
  return refused > 0 ? 1 : 0;
}

function explained(error: unknown): string {
  if (!(error instanceof ApiError)) return error instanceof Error ? error.message : String(error);
  const { detail, errors = [] } = error.problem as {
    detail?: string;
    errors?: { pointer: string; detail: string }[];
  };
  const fields = errors
    .filter(({ pointer }) => pointer !== '')
    .map((field) => `\n  ${field.pointer.slice(1)}: ${field.detail}`);
  return `Refused (${error.status}): ${detail ?? error.message}${fields.join('')}`;
}

try {
  process.exitCode = await main();
} catch (error) {
  console.error(explained(error));
  process.exitCode = error instanceof UsageError ? 2 : 1;
}
