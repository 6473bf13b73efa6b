import { type BulkOptions, bulkOptionsSchema } from '#shared/contracts/http/bulk-edits.ts';
import { type ProductInput, productInputSchema } from '#shared/contracts/http/product-input.ts';
import { canonicalJson } from '#shared/domain/canonical-json.ts';
import { edited } from '../../domain/bulk-edit.ts';
import { fieldChanges, keptStatement } from '../../domain/kept-statement.ts';
import { prepareProduct } from '../../domain/prepare.ts';
import type { StoredProduct } from '../../domain/stored-product.ts';
import { asInput } from '../../domain/views.ts';
import { BULK_SELECT_PRODUCTS, IMPORT_CHUNK_PRODUCTS, JOB_CHANGES_MAX } from '../../limits.ts';
import type { ItemRow, JobRow } from '../../queries/jobs.ts';
import { takenFaults, typeFaults, typesOf } from '../save-product.ts';
import { templateFaults, templatesOf } from '../template-faults.ts';
import type { JobPorts } from './ports.ts';
import { type Plan, refusal, writePlans } from './write-plans.ts';

interface SelectingPlace {
  /** Id of the last product taken, or position of the last item of the edit that is undone. */
  after: string;
  position: number;
}
export const BULK_BEGINNING: SelectingPlace = { after: '', position: 0 };

/**
 * One step of a bulk edit: first notes which products it is about, so that what it changes cannot change that, then
 * edits each as it is when its turn comes.
 */
export function stepBulkEdit(ports: JobPorts, job: JobRow): Promise<JobRow> {
  const options = bulkOptionsSchema.parse(JSON.parse(job.options));
  return job.phase === 'selecting' ? select(ports, job, options) : edit(ports, job, options);
}

async function select(ports: JobPorts, job: JobRow, options: BulkOptions): Promise<JobRow> {
  const place = JSON.parse(job.place) as SelectingPlace;
  const nowMs = ports.clock.now();
  const found =
    'undoOf' in options
      ? (await ports.jobs.updatedItems(options.undoOf, place.position, BULK_SELECT_PRODUCTS)).map((item) => ({
          position: item.position,
          id: item.productId ?? '',
        }))
      : (
          await ports.catalogue.select(options.filter, { after: place.after, limit: BULK_SELECT_PRODUCTS })
        ).map((id, index) => ({ position: place.position + index + 1, id }));
  const last = found.at(-1);
  const isDone = found.length < BULK_SELECT_PRODUCTS;
  const next: SelectingPlace = { after: last?.id ?? '', position: last?.position ?? place.position };
  const change = { place: next, ...(isDone ? { phase: 'writing', countsItems: true } : {}) };
  return ports.jobs.commitSelection(job, found, change, nowMs);
}

type Target = { input: ProductInput } | { refused: string } | { skipped: string };

async function edit(ports: JobPorts, job: JobRow, options: BulkOptions): Promise<JobRow> {
  const items = await ports.jobs.itemsToDo(job.id, IMPORT_CHUNK_PRODUCTS);
  if (items.length === 0) return ports.jobs.commit(job, { state: 'completed' }, ports.clock.now());
  const ids = items.map(({ productId }) => productId ?? '');
  const products = new Map((await ports.catalogue.readMany(ids)).map((product) => [product.id, product]));
  const targets = await Promise.all(
    items.map((item) => targetOf(ports, item, products.get(item.productId ?? ''), options)),
  );
  const inputs = targets.flatMap((target) => ('input' in target ? target.input : []));
  const known = await ports.catalogue.readForWriting({
    handles: inputs.map(({ handle }) => handle),
    ids: [],
    skus: inputs.flatMap(({ variants }) => variants.map(({ sku }) => sku)),
    types: inputs.flatMap(typesOf),
    templates: inputs.flatMap(templatesOf),
  });
  const plans = await Promise.all(
    items.map(async (item, index): Promise<Plan> => {
      const product = products.get(item.productId ?? '');
      const target = targets[index];
      if (product === undefined || target === undefined)
        return refusal(item.position, 'is not there any more');
      const base = { productId: product.id, versionBefore: product.version };
      if ('refused' in target) return refusal(item.position, target.refused, base);
      if ('skipped' in target) return { ...refusal(item.position, target.skipped, base), result: 'skipped' };
      return planEdit(ports, item, product, target.input, known, job.dryRun);
    }),
  );
  return writePlans(ports, job, plans, {});
}

/** What the product should be. */
async function targetOf(
  ports: JobPorts,
  item: ItemRow,
  product: StoredProduct | undefined,
  options: BulkOptions,
): Promise<Target> {
  if (product === undefined) return { refused: 'is not there any more' };
  let stated: unknown;
  if ('undoOf' in options) {
    const done = await ports.jobs.item(options.undoOf, item.position);
    if (done?.version !== product.version) return { skipped: 'was changed since; restore it by hand' };
    const [kept] = await ports.catalogue.readVersions({
      productId: product.id,
      upTo: done.versionBefore ?? 0,
      limit: 1,
    });
    if (kept?.version !== done.versionBefore) return { skipped: 'its version before is not kept any more' };
    stated = keptStatement(kept?.statement ?? '{}');
  } else stated = edited(asInput(product), options.operations);
  const parsed = productInputSchema.safeParse(stated);
  if (parsed.success) return { input: parsed.data };
  return {
    refused: parsed.error.issues
      .map(({ path, message }) => `/${path.map(String).join('/')} ${message}`)
      .join('; '),
  };
}

async function planEdit(
  ports: JobPorts,
  item: ItemRow,
  product: StoredProduct,
  input: ProductInput,
  known: Awaited<ReturnType<JobPorts['catalogue']['readForWriting']>>,
  dryRun: boolean,
): Promise<Plan> {
  const base: Plan = {
    position: item.position,
    result: 'unchanged',
    productId: product.id,
    versionBefore: product.version,
    write: null,
    declared: [],
    report: { faults: [], notes: [], changes: [] },
  };
  const present = asInput(product);
  if (canonicalJson(present) === canonicalJson(input)) return base;
  const prepared = await prepareProduct(input, ports.sanitise);
  const faults = prepared.ok
    ? [
        ...typeFaults(prepared.value, known, product),
        ...templateFaults(prepared.value, known.templates, product),
        ...takenFaults(prepared.value, known, product.id),
      ]
    : prepared.error;
  if (!prepared.ok || faults.length > 0) {
    const detail = faults.map((fault) => `${fault.pointer} ${fault.detail}`).join('; ');
    return refusal(item.position, detail, base);
  }
  const { contentHash: _contentHash, ...after } = prepared.value;
  const changes = fieldChanges(present, after).slice(0, JOB_CHANGES_MAX);
  const planned: Plan = { ...base, result: 'updated', report: { ...base.report, changes } };
  return dryRun ? planned : { ...planned, write: { product: prepared.value, existing: product } };
}
