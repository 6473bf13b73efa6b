import { type ExportOptions, exportOptionsSchema } from '#shared/contracts/http/exports.ts';
import { shopifyHeader, shopifyRows } from '../../exporting/shopify.ts';
import { statementOf } from '../../exporting/statement.ts';
import { EXPORT_PART_CHARACTERS, EXPORT_PART_PRODUCTS, PROJECTION_CHUNK_PRODUCTS } from '../../limits.ts';
import type { JobRow } from '../../queries/jobs.ts';
import type { JobPorts } from './ports.ts';

interface ExportPlace {
  /** Id of the last product written. */
  after: string;
  /**
   * Names of the parts of the file, in order. Each attempt at a step writes a part of its own name, and the step that counts
   * says whose it is: what another wrote meanwhile, or writes when it is late, is no part of the file.
   */
  parts: string[];
}
export const EXPORT_BEGINNING: ExportPlace = { after: '', parts: [] };

/** Letters of a part's name that are of one attempt alone. */
const ATTEMPT_LETTERS = 8;

/** One step of an export: the next part of the file. */
export async function stepExport(ports: JobPorts, job: JobRow): Promise<JobRow> {
  const options = exportOptionsSchema.parse(JSON.parse(job.options));
  const place = placeOf(job);
  const part = await nextPart(ports, options, place);
  const text =
    place.parts.length === 0 && options.format === 'shopify' ? shopifyHeader() + part.text : part.text;
  const nowMs = ports.clock.now();
  if (text === '') return ports.jobs.commit(job, { state: 'completed' }, nowMs);
  const key = job.fileKey ?? `exports/${job.id}/`;
  const bytes = new TextEncoder().encode(text);
  const name = `${place.parts.length}-${crypto.randomUUID().slice(0, ATTEMPT_LETTERS)}`;
  await ports.files.putPart(key, name, bytes);
  return ports.jobs.commit(
    job,
    {
      place: { after: part.after, parts: [...place.parts, name] } satisfies ExportPlace,
      rows: part.products,
      file: { key, bytes: (job.fileBytes ?? 0) + bytes.byteLength },
      ...(part.isLast ? { state: 'completed' } : {}),
    },
    nowMs,
  );
}

async function nextPart(ports: JobPorts, { format, currency, filter }: ExportOptions, place: ExportPlace) {
  const part = { text: '', products: 0, after: place.after, isLast: false };
  while (part.products < EXPORT_PART_PRODUCTS && part.text.length < EXPORT_PART_CHARACTERS) {
    const page = { after: part.after, limit: PROJECTION_CHUNK_PRODUCTS };
    const ids = await ports.catalogue.select(filter, page);
    const products = new Map((await ports.catalogue.readMany(ids)).map((product) => [product.id, product]));
    for (const id of ids) {
      const product = products.get(id);
      if (product === undefined) continue;
      const statement = statementOf(product);
      part.text += format === 'jsonl' ? `${JSON.stringify(statement)}\n` : shopifyRows(statement, currency);
      part.products += 1;
    }
    part.after = ids.at(-1) ?? part.after;
    part.isLast = ids.length < page.limit;
    if (part.isLast) break;
  }
  return part;
}

/** Names of the parts of an export's file. */
export const partsOf = (job: JobRow): string[] => placeOf(job).parts;

/** Exports that were begun before parts had names counted them. */
function placeOf(job: JobRow): ExportPlace {
  const { after, parts } = JSON.parse(job.place) as { after: string; parts: string[] | number };
  return {
    after,
    parts: typeof parts === 'number' ? Array.from({ length: parts }, (_, n) => `${n}`) : parts,
  };
}
