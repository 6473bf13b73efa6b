/**
 * Imports many products into the whole system on this machine, exports them, and imports what was exported, which must
 * change nothing. Prints for each how long it took, products a second, CPU time of the runtime, and its memory: what it holds
 * before (seven workers and their databases in one process) and, while an import runs, how much more after each tenth of the
 * products. Exits non-zero when a product was lost or changed.
 *
 * Usage: npm run prove:import -- [--products N] [--import-only]
 */
import { createWriteStream, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { CatalogueJob } from '#shared/contracts/http/catalogue-jobs.ts';
import { signIn } from './lib/accounts.ts';
import { api } from './lib/api.ts';
import { parseArguments, refuse } from './lib/arguments.ts';
import { uploadFile } from './lib/imports.ts';
import { runtimeCpuMs } from './lib/processes.ts';
import { newSignIns } from './lib/seed.ts';
import { startSystem } from './lib/system.ts';

const VENDOR = 'Proof';
const POLL_MS = 1_000;
const TOKEN_MS = 120_000;
const USAGE = 'Usage: npm run prove:import -- [--products N] [--import-only]';
const { values } = parseArguments(USAGE, {
  options: {
    products: { type: 'string', default: '100000' },
    'import-only': { type: 'boolean', default: false },
  },
});
const products = Number(values.products);
if (!Number.isInteger(products) || products < 1)
  refuse(`--products takes a whole number, not ${values.products}\n${USAGE}`);

const folder = mkdtempSync(path.join(tmpdir(), 'prove-import-'));
const given = path.join(folder, 'given.csv');
const exported = path.join(folder, 'exported.csv');
await pipeline(Readable.from(lines(products)), createWriteStream(given));
const signIns = newSignIns();
const system = await startSystem({ seed: signIns });
const { origin } = system;
/** Anew for each use: an access token lives for minutes, a job may take more. */
const shop = async () => ({ origin, token: (await signIn(origin, signIns.operator)).accessToken });
const beforeMiB = memory().now;
console.log(`before: ${told(memory())}`);
let failed = false;

const first = await measured('import', () => importFile(given));
expectThat(first.progress.created === products, `${first.progress.created} of ${products} were created`);
if (!values['import-only']) await exportAndImport();
await system.stop();
rmSync(folder, { recursive: true });
process.exitCode = failed ? 1 : 0;

async function exportAndImport(): Promise<void> {
  const exportJob = await measured('export', async () => {
    const body = { format: 'shopify', filter: { vendor: VENDOR } };
    const headers = { 'idempotency-key': crypto.randomUUID() };
    return ended(await api<CatalogueJob>(origin, 'POST /v1/exports', { ...(await shop()), body, headers }));
  });
  const { token } = await shop();
  const file = await fetch(`${origin}/v1/catalogue-jobs/${exportJob.id}/file`, {
    headers: { authorization: `Bearer ${token}` },
  });
  writeFileSync(exported, new Uint8Array(await file.arrayBuffer()));
  const again = await measured('import of the export', () => importFile(exported));
  expectThat(
    again.progress.unchanged === products && again.progress.refused === 0,
    `${again.progress.unchanged} of ${products} came back unchanged`,
  );
}

/** Two variants each, in Shopify's format. */
function* lines(count: number): Generator<string> {
  yield 'Handle,Title,Body (HTML),Vendor,Tags,Option1 Name,Option1 Value,Variant SKU,Variant Price\n';
  const body = `"<p>${'A ""fine"" product, '.repeat(20)}</p>"`;
  for (let n = 0; n < count; n += 1) {
    yield `proof-${n},Proof ${n},${body},${VENDOR},"a, b",Size,S,PROOF-${n}-S,${(n % 900) + 1}.50\n`;
    yield `proof-${n},,,,,,M,PROOF-${n}-M,${(n % 900) + 2}.50\n`;
  }
}

async function importFile(from: string): Promise<CatalogueJob> {
  const query = new URLSearchParams({ source: 'proof', mode: 'sync' });
  return ended(await uploadFile(await shop(), { path: from, contentType: 'text/csv' }, query));
}

async function ended(started: CatalogueJob): Promise<CatalogueJob> {
  let access = await shop();
  let signedInAt = Date.now();
  let job = started;
  const growth: number[] = [];
  while (job.state === 'running') {
    const { created, updated, unchanged } = job.progress;
    const tenths = Math.floor(((created + updated + unchanged) / products) * 10);
    while (growth.length < tenths) growth.push(memory().now - beforeMiB);
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
    if (Date.now() - signedInAt > TOKEN_MS) [access, signedInAt] = [await shop(), Date.now()];
    job = await api<CatalogueJob>(origin, `GET /v1/catalogue-jobs/${job.id}`, access);
  }
  if (growth.length > 0)
    console.log(`memory more than before, by tenths of the products, MiB: ${growth.join(', ')}`);
  expectThat(job.state === 'completed', `the job ${job.kind} is ${job.state}: ${job.detail ?? ''}`);
  return job;
}

async function measured(name: string, run: () => Promise<CatalogueJob>): Promise<CatalogueJob> {
  const started = Date.now();
  const cpuBefore = runtimeCpuMs() ?? Number.NaN;
  const job = await run();
  const seconds = (Date.now() - started) / 1000;
  const rate = Math.round(products / seconds);
  const cpuMs = ((runtimeCpuMs() ?? Number.NaN) - cpuBefore) / products;
  console.log(
    `${name}: ${products} products in ${seconds.toFixed(1)} s, ${rate} a second, ${cpuMs.toFixed(1)} ms of CPU each; ${told(memory())}`,
  );
  return job;
}

function expectThat(holds: boolean, words: string): void {
  if (holds) return;
  failed = true;
  console.error(`FAILED: ${words}`);
}

function told({ now, peak }: ReturnType<typeof memory>): string {
  return Number.isNaN(now) ? 'memory unknown on this machine' : `memory ${now} MiB, at most ${peak} MiB`;
}

/** Of the runtime this process started, in MiB, where the machine tells it. */
function memory(): { now: number; peak: number } {
  try {
    const statuses = readdirSync('/proc')
      .filter((name) => /^\d+$/.test(name))
      .map((pid) => statusOf(pid))
      .filter((status) => new RegExp(`^PPid:\\s+${process.pid}$`, 'm').test(status));
    const peak = Math.max(...statuses.map((status) => Number(/^VmHWM:\s+(\d+)/m.exec(status)?.[1] ?? 0)));
    const now = Math.max(...statuses.map((status) => Number(/^VmRSS:\s+(\d+)/m.exec(status)?.[1] ?? 0)));
    return { now: Math.round(now / 1024), peak: Math.round(peak / 1024) };
  } catch {
    return { now: Number.NaN, peak: Number.NaN };
  }
}

function statusOf(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/status`, 'utf8');
  } catch {
    return '';
  }
}
