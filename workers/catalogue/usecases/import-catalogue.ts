import type { ImportFormat, ImportItem, ImportReport } from '#shared/contracts/http/imports.ts';
import { cardNumberPlaces, maskCardNumbers } from '#shared/domain/card-data.ts';
import { chunks } from '#shared/domain/chunks.ts';
import { fail, ok, type Result } from '#shared/domain/result.ts';
import { newId } from '#shared/ids/ids.ts';
import type { Currency } from '#shared/money/money.ts';
import type { Candidate, FileFault, ReadFile } from '../importing/candidate.ts';
import { readJsonl } from '../importing/jsonl.ts';
import { readShopify } from '../importing/shopify.ts';
import { IMPORT_CHUNK_PRODUCTS, IMPORT_ROWS_MAX } from '../limits.ts';
import { importChunk } from './import-chunk.ts';
import type { SavePorts } from './save-product.ts';

export interface ImportRequest {
  file: Uint8Array;
  format: ImportFormat;
  /** Of the amounts in a file that does not name one. */
  currency: Currency;
  dryRun: boolean;
}

/**
 * Takes a file of products over into the catalogue. Each product is written whole or refused with its reason, and a
 * refused one harms no other. A product that is already as the file says is left alone, so the same file twice changes
 * nothing. Products are written in atomic groups: two round trips a group.
 */
export async function importCatalogue(
  ports: SavePorts,
  request: ImportRequest,
): Promise<Result<ImportReport, FileFault[]>> {
  const encoding = encodingFault(request.file);
  if (encoding !== null) return fail([{ pointer: '', detail: encoding }]);
  const read =
    request.format === 'shopify' ? readShopify(request.file, request.currency) : readJsonl(request.file);
  if (!read.ok) return read;
  if (read.value.rows > IMPORT_ROWS_MAX) {
    const detail = `has ${read.value.rows} rows; one request takes ${IMPORT_ROWS_MAX} (npm run import splits larger files)`;
    return fail([{ pointer: '', detail }]);
  }
  const items = await importAll(
    ports,
    refuseRepeatedSkus(refuseCardNumbers(read.value.candidates)),
    request.dryRun,
  );
  return ok(report(request, read.value, items));
}

async function importAll(
  ports: SavePorts,
  candidates: readonly Candidate[],
  dryRun: boolean,
): Promise<ImportItem[]> {
  const items: ImportItem[] = [];
  for (const chunk of chunks(candidates, IMPORT_CHUNK_PRODUCTS))
    items.push(...(await importChunk(ports, chunk, dryRun)));
  return items;
}

/** A row with a card number in it costs its product, as any other fault does. */
function refuseCardNumbers(candidates: readonly Candidate[]): Candidate[] {
  return candidates.map((candidate) => {
    const { product } = candidate;
    if (product === null) return candidate;
    const places = cardNumberPlaces(product.input);
    if (places.length === 0) return candidate;
    const faults = places.map((pointer) => ({
      ...product.locate(pointer),
      detail: 'must not hold a card number',
    }));
    return { ...candidate, product: null, faults };
  });
}

/** A SKU belongs to one product: the later one in the file is refused. */
function refuseRepeatedSkus(candidates: readonly Candidate[]): Candidate[] {
  const owners = new Map<string, string>();
  return candidates.map((candidate) => {
    if (candidate.product === null) return candidate;
    const { input, locate } = candidate.product;
    const faults = input.variants.flatMap(({ sku }, index) => {
      const owner = owners.get(sku);
      return owner === undefined
        ? []
        : [{ ...locate(`/variants/${index}/sku`), detail: `${sku} belongs to ${owner} in this file` }];
    });
    if (faults.length > 0) return { ...candidate, product: null, faults };
    for (const { sku } of input.variants) owners.set(sku, input.handle);
    return candidate;
  });
}

function report(request: ImportRequest, read: ReadFile, items: readonly ImportItem[]): ImportReport {
  const strays = read.strays.map(({ row, faults }): ImportItem => ({
    row,
    handle: null,
    productId: null,
    result: 'refused',
    faults,
    notes: [],
  }));
  const all = [...items, ...strays].sort((a, b) => a.row - b.row);
  const withoutCardNumbers = all.map((item) => ({
    ...item,
    handle: item.handle === null ? null : maskCardNumbers(item.handle),
    faults: item.faults.map((fault) => ({ ...fault, detail: maskCardNumbers(fault.detail) })),
  }));
  const count = (result: ImportItem['result']): number => all.filter((item) => item.result === result).length;
  return {
    id: newId('catalogueJob'),
    format: request.format,
    currency: request.currency,
    dryRun: request.dryRun,
    rows: read.rows,
    created: count('created'),
    updated: count('updated'),
    unchanged: count('unchanged'),
    refused: count('refused'),
    items: withoutCardNumbers,
  };
}

function encodingFault(file: Uint8Array): string | null {
  if (file.length === 0) return 'is empty';
  if ((file[0] === 0xff && file[1] === 0xfe) || (file[0] === 0xfe && file[1] === 0xff))
    return 'is UTF-16; save it as UTF-8';
  try {
    new TextDecoder('utf-8', { fatal: true, ignoreBOM: false }).decode(file);
    return null;
  } catch {
    return 'is not UTF-8; save it as UTF-8 (in a spreadsheet: "CSV UTF-8")';
  }
}
