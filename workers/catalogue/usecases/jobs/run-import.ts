import { type ImportOptions, importOptionsSchema } from '#shared/contracts/http/imports.ts';
import { fail, ok, type Result } from '#shared/domain/result.ts';
import { readItems, takeWithin } from '../../importing/read-items.ts';
import {
  JSONL_BEGINNING,
  type JsonlPlace,
  type Scanned,
  scanJsonl,
  scanShopify,
  SHOPIFY_BEGINNING,
  type ShopifyPlace,
} from '../../importing/scan.ts';
import {
  IMPORT_CHUNK_PRODUCTS,
  IMPORT_WINDOW_BYTES,
  IMPORT_WINDOW_BYTES_MAX,
  REFUSED_SHARE_PRODUCTS_MIN,
} from '../../limits.ts';
import type { JobChange, JobRow } from '../../queries/jobs.ts';
import { authoredContext } from '../save-product.ts';
import { planImport } from './plan-import.ts';
import type { JobPorts } from './ports.ts';
import { type Plan, writePlans } from './write-plans.ts';

/** Bytes done with, and what reading on needs to know. */
interface ReadingPlace {
  at: number;
  shopify: ShopifyPlace | null;
  jsonl: JsonlPlace | null;
}
interface ArchivingPlace {
  header: string[];
  after: string;
  position: number;
  isConfirmed: boolean;
}

export const importBeginning = (format: ImportOptions['format']): ReadingPlace => ({
  at: 0,
  shopify: format === 'shopify' ? SHOPIFY_BEGINNING : null,
  jsonl: format === 'jsonl' ? JSONL_BEGINNING : null,
});

/** One step of an import: reads which rows are whose, then writes product by product, then archives what is not named. */
export function stepImport(ports: JobPorts, job: JobRow): Promise<JobRow> {
  const options = importOptionsSchema.parse(JSON.parse(job.options));
  switch (job.phase) {
    case 'reading':
      return read(ports, job, options);
    case 'writing':
      return write(ports, job, options);
    default:
      return archive(ports, job, options);
  }
}

async function read(ports: JobPorts, job: JobRow, options: ImportOptions): Promise<JobRow> {
  const place = JSON.parse(job.place) as ReadingPlace;
  const scanned = await nextWindow(ports, job, place);
  if (!scanned.ok) return ended(ports, job, 'failed', `The file ${scanned.error}.`);
  const { segments, strays, rows, used } = scanned.value;
  const next: ReadingPlace = { ...place, at: place.at + used, ...scanned.value.place };
  const isDone = next.at >= (job.fileBytes ?? 0);
  const isStopped = strays.length > 0 && options.onError === 'stop';
  const change: JobChange = {
    rows,
    place: isDone ? { header: next.shopify?.header ?? [] } : next,
    ...(isDone ? { phase: 'writing', countsItems: true } : {}),
    ...(isStopped
      ? { state: 'stopped', detail: 'Rows that belong to no product. Nothing was written.' }
      : {}),
  };
  const repeats = options.format === 'shopify' ? 'one' : 'refused';
  const after = await ports.jobs.commitScan(job, { segments, strays, repeats }, change, ports.clock.now());
  return isDone && after.itemCount === 0
    ? ended(ports, after, 'failed', 'The file holds no product.')
    : after;
}

type Scan = Scanned<Pick<ReadingPlace, 'shopify'> | Pick<ReadingPlace, 'jsonl'>>;

/** What the next stretch of the file names; a longer one when it holds nothing whole. */
async function nextWindow(ports: JobPorts, job: JobRow, place: ReadingPlace): Promise<Result<Scan, string>> {
  const left = (job.fileBytes ?? 0) - place.at;
  for (let size = IMPORT_WINDOW_BYTES; ; size *= 2) {
    const bytes = await ports.files.read(job.fileKey ?? '', place.at, Math.min(size, left));
    const isLast = bytes.byteLength >= left;
    const scanned = scan(bytes, place, isLast);
    if (!scanned.ok || scanned.value.used > 0 || isLast) return scanned;
    if (size >= IMPORT_WINDOW_BYTES_MAX) {
      const row = place.shopify?.row ?? place.jsonl?.row ?? 0;
      return fail(`has a row ${row} that is longer than ${IMPORT_WINDOW_BYTES_MAX} bytes`);
    }
  }
}

function scan(
  bytes: Uint8Array,
  { at, shopify, jsonl }: ReadingPlace,
  isLast: boolean,
): Result<Scan, string> {
  if (shopify === null) {
    const scanned = scanJsonl(bytes, at, jsonl ?? JSONL_BEGINNING, isLast);
    return ok({ ...scanned, place: { jsonl: scanned.place } });
  }
  const scanned = scanShopify(bytes, at, shopify, isLast);
  return scanned.ok ? ok({ ...scanned.value, place: { shopify: scanned.value.place } }) : scanned;
}

async function write(ports: JobPorts, job: JobRow, options: ImportOptions): Promise<JobRow> {
  const { header } = JSON.parse(job.place) as { header: string[] };
  const items = takeWithin(await ports.jobs.itemsToDo(job.id, IMPORT_CHUNK_PRODUCTS));
  if (items.length === 0) {
    if (options.mode !== 'sync') return ended(ports, job, 'completed', null);
    const place: ArchivingPlace = { header, after: '', position: FIRST_UNNAMED, isConfirmed: false };
    return ports.jobs.commit(job, { phase: 'archiving', place }, ports.clock.now());
  }
  const candidates = await readItems(ports.files, { key: job.fileKey ?? '', header, options }, items);
  const planned = await planImport(ports, candidates, { mode: options.mode, dryRun: job.dryRun });
  // An item is known by its place, whatever the first readable row of its product is.
  const plans = planned.map((plan, index) => ({
    ...plan,
    position: items[index]?.position ?? plan.position,
  }));
  const { taken, change } = underPolicy(job, plans, options);
  return writePlans(ports, job, taken, change);
}

/** How far the rule for errors lets a step go. */
function underPolicy(
  job: JobRow,
  plans: readonly Plan[],
  options: ImportOptions,
): { taken: readonly Plan[]; change: JobChange } {
  const isRefused = ({ result }: Plan): boolean => result === 'refused';
  const first = plans.findIndex(isRefused);
  if (options.onError === 'stop' && first !== -1) {
    const detail = `Row ${plans[first]?.position ?? 0} was refused; products before it are written.`;
    return { taken: plans.slice(0, first + 1), change: { state: 'stopped', detail } };
  }
  const done = plans.length + job.created + job.updated + job.unchanged + job.skipped + job.refused;
  const refused = job.refused + plans.filter(isRefused).length;
  const isTooMany =
    options.refusedMaxPercent !== null &&
    done >= REFUSED_SHARE_PRODUCTS_MIN &&
    refused * 100 > options.refusedMaxPercent * done;
  const detail = `${refused} of ${done} products were refused, more than ${options.refusedMaxPercent} %.`;
  return { taken: plans, change: isTooMany ? { state: 'stopped', detail } : {} };
}

/** Behind every row a file may have. */
const FIRST_UNNAMED = 2_000_000_000;

async function archive(ports: JobPorts, job: JobRow, options: ImportOptions): Promise<JobRow> {
  const place = JSON.parse(job.place) as ArchivingPlace;
  const source = job.source ?? '';
  if (!place.isConfirmed) {
    const question = await toConfirm(ports, job, options);
    const confirmed = { ...place, isConfirmed: true };
    return ports.jobs.commit(
      job,
      {
        place: confirmed,
        ...(question === null ? {} : { state: 'awaiting_confirmation', detail: question }),
      },
      ports.clock.now(),
    );
  }
  const found = await ports.jobs.unnamed({
    source,
    jobId: job.id,
    after: place.after,
    limit: IMPORT_CHUNK_PRODUCTS,
  });
  const last = found.at(-1);
  if (last === undefined) return ended(ports, job, 'completed', null);
  const numbered = found.map((product, index) => ({ ...product, position: place.position + index }));
  const next: ArchivingPlace = { ...place, after: last.id, position: place.position + found.length };
  return ports.jobs.commitArchive(job, numbered, { place: next }, authoredContext(ports));
}

/** What somebody must say yes to before anything is archived; null: nothing. */
async function toConfirm(ports: JobPorts, job: JobRow, options: ImportOptions): Promise<string | null> {
  const { owned, unnamed, strays } = await ports.jobs.countUnnamed({
    source: job.source ?? '',
    jobId: job.id,
  });
  if (unnamed === 0 || job.dryRun) return null;
  const would = `The file does not name ${unnamed} of the ${owned} products of its source; they would be archived.`;
  if (strays > 0) return `${would} ${strays} of its rows belong to no product that could be told.`;
  return unnamed * 100 > options.archiveMaxPercent * owned ? would : null;
}

const ended = (
  ports: JobPorts,
  job: JobRow,
  state: 'completed' | 'failed',
  detail: string | null,
): Promise<JobRow> => ports.jobs.commit(job, { state, detail }, ports.clock.now());
