/**
 * Imports a product file into a running shop: a Shopify product export (.csv) or our own format (.jsonl, .ndjson), of
 * any size. Prints what became of each product (of large files: of those that were refused); exit code 1 when anything
 * was refused or the import did not end by itself, 2 when it was asked wrongly. What stops the command does not stop
 * the import.
 *
 * Usage: npm run import -- FILE [--url ORIGIN] [--email ADDRESS --password PASSWORD | --token TOKEN]
 *                              [--currency EUR] [--mode upsert|create|update|sync] [--source NAME]
 *                              [--on-error skip|stop] [--dry-run]
 * Without --url and sign-in it talks to the local shop that `npm start` runs.
 */
import { statSync } from 'node:fs';
import type { CatalogueJob, CatalogueJobItem } from '#shared/contracts/http/catalogue-jobs.ts';
import { signIn } from './lib/accounts.ts';
import { parseArguments } from './lib/arguments.ts';
import { ApiError } from './lib/api.ts';
import { followJob, jobItems, uploadFile } from './lib/imports.ts';
import { readKept } from './lib/kept.ts';

const USAGE =
  'Usage: npm run import -- FILE [--url ORIGIN] [--email ADDRESS --password PASSWORD | --token TOKEN] [--currency EUR] [--mode upsert|create|update|sync] [--source NAME] [--on-error skip|stop] [--dry-run]';
/** Products of an import that are all printed. */
const PRINTED_MAX = 2_000;

class UsageError extends Error {}

interface Options {
  file: string;
  origin: string;
  query: URLSearchParams;
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
      mode: { type: 'string', default: 'upsert' },
      source: { type: 'string', default: 'default' },
      'on-error': { type: 'string', default: 'skip' },
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
  const { currency, mode, source, 'on-error': onError, 'dry-run': dryRun } = values;
  return {
    file,
    origin,
    query: new URLSearchParams({ currency, mode, source, onError, dryRun: String(dryRun) }),
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

function print(item: CatalogueJobItem): void {
  const row = item.row === null ? 'not in the file' : `row ${item.row}`;
  console.log(`${row}  ${item.result.padEnd(9)}  ${item.handle ?? '?'}`);
  for (const { row, column, detail } of [...item.faults, ...item.notes])
    console.log(`    row ${row}${column === null ? '' : `, ${column}`}: ${detail}`);
  for (const { pointer, from, to } of item.changes)
    console.log(`    ${pointer}: ${JSON.stringify(from) ?? 'nothing'} → ${JSON.stringify(to) ?? 'nothing'}`);
}

function progress({ progress: { rows, items, ...counts } }: CatalogueJob): void {
  if (!process.stderr.isTTY) return;
  const done = Object.values(counts).reduce((sum, count) => sum + count, 0);
  process.stderr.write(`\r${rows} rows, ${done} of ${items} products `);
}

async function main(): Promise<number> {
  const chosen = options();
  const shop = { origin: chosen.origin, token: await tokenOf(chosen) };
  const contentType = chosen.file.toLowerCase().endsWith('.csv') ? 'text/csv' : 'application/x-ndjson';
  const started = await uploadFile(shop, { path: chosen.file, contentType }, chosen.query);
  const job = await followJob(shop, started, progress);
  const { rows, items, created, updated, unchanged, refused, skipped, archived } = job.progress;
  for await (const item of jobItems(shop, job.id, items > PRINTED_MAX ? 'refused' : null)) print(item);
  const others = `${skipped > 0 ? `, ${skipped} skipped` : ''}${archived > 0 ? `, ${archived} archived` : ''}`;
  const prefix = job.dryRun ? 'dry run, nothing written: ' : '';
  console.log(
    `${prefix}${rows} rows: ${created} created, ${updated} updated, ${unchanged} unchanged, ${refused} refused${others}`,
  );
  if (job.state !== 'completed') console.log(`The job ${job.id} is ${job.state}: ${job.detail ?? ''}`);
  return refused > 0 || job.state !== 'completed' ? 1 : 0;
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
