import type { ImportFault, ImportItem } from '#shared/contracts/http/imports.ts';
import type { ProductInput, VariantInput } from '#shared/contracts/http/product-input.ts';
import { prepareProduct, type PreparedProduct } from '../domain/prepare.ts';
import type { StoredProduct } from '../domain/stored-product.ts';
import { asInput } from '../domain/views.ts';
import type { Candidate, StatedProduct } from '../importing/candidate.ts';
import { CHUNK_CHARACTERS_MAX } from '../limits.ts';
import { type ProductWrite, UniqueConflict } from '../queries/write-products.ts';
import { declaredStock } from './declared-stock.ts';
import { authoredContext, type SavePorts, takenFaults, typeFaults, typesOf } from './save-product.ts';

interface Plan {
  candidate: Candidate;
  stated: StatedProduct;
  product: PreparedProduct;
  existing: StoredProduct | null;
}
type Known = Awaited<ReturnType<SavePorts['catalogue']['readForWriting']>>;
type Decision = { plan: Plan } | { refused: ImportItem };

/** Imports some products: one round trip to read what is there, one to write. */
export async function importChunk(
  ports: SavePorts,
  candidates: readonly Candidate[],
  dryRun: boolean,
): Promise<ImportItem[]> {
  const inputs = candidates.flatMap((candidate) => candidate.product?.input ?? []);
  const known: Known =
    inputs.length === 0
      ? { products: [], skuOwners: new Map(), types: new Map() }
      : await ports.catalogue.readForWriting({
          handles: inputs.map((input) => input.handle),
          ids: [],
          skus: inputs.flatMap((input) => input.variants.map((variant) => variant.sku)),
          types: inputs.flatMap(typesOf),
        });
  const decisions = await Promise.all(candidates.map((candidate) => decide(ports, candidate, known)));
  const plans = decisions.flatMap((decision) => ('plan' in decision ? [decision.plan] : []));
  const done = new Map((await perform(ports, plans, dryRun)).map((item) => [item.row, item]));
  return decisions.flatMap((decision) =>
    'plan' in decision ? (done.get(decision.plan.candidate.row) ?? []) : [decision.refused],
  );
}

async function decide(ports: SavePorts, candidate: Candidate, known: Known): Promise<Decision> {
  const stated = candidate.product;
  if (stated === null) return { refused: itemOf(candidate, null, 'refused', candidate.faults) };
  const existing = known.products.find((product) => product.handle === stated.input.handle) ?? null;
  const prepared = await prepareProduct(merged(stated, existing), ports.sanitise);
  const faults = prepared.ok
    ? [
        ...typeFaults(prepared.value, known, existing),
        ...takenFaults(prepared.value, known, existing?.id ?? null),
      ]
    : prepared.error;
  if (!prepared.ok || faults.length > 0)
    return {
      refused: itemOf(
        candidate,
        existing?.id ?? null,
        'refused',
        faults.map(({ pointer, detail }) => ({ ...stated.locate(pointer), detail })),
      ),
    };
  return { plan: { candidate, stated, product: prepared.value, existing } };
}

/** What the file is silent about stays as it is in the catalogue. */
function merged(stated: StatedProduct, existing: StoredProduct | null): ProductInput {
  if (existing === null) return stated.input;
  const present = asInput(existing);
  const kept = Object.fromEntries(stated.silent.map((field) => [field, present[field]]));
  const before = new Map(present.variants.map((variant) => [variant.sku, variant]));
  return {
    ...stated.input,
    ...kept,
    variants: stated.input.variants.map((variant) =>
      withOtherCurrencies(variant, before.get(variant.sku), stated.onlyCurrency),
    ),
  };
}

function withOtherCurrencies(
  variant: VariantInput,
  before: VariantInput | undefined,
  onlyCurrency: string | null,
): VariantInput {
  if (before === undefined || onlyCurrency === null) return variant;
  const isOther = (price: { currency: string }): boolean => price.currency !== onlyCurrency;
  return {
    ...variant,
    limits: before.limits,
    prices: [...variant.prices, ...before.prices.filter(isOther)],
    compareAtPrices: [...variant.compareAtPrices, ...before.compareAtPrices.filter(isOther)],
  };
}

async function perform(ports: SavePorts, plans: readonly Plan[], dryRun: boolean): Promise<ImportItem[]> {
  const changed = plans.filter((plan) => plan.existing?.contentHash !== plan.product.contentHash);
  const same = plans.filter((plan) => !changed.includes(plan));
  const items = dryRun ? changed.map(planned) : [];
  if (!dryRun) for (const group of sized(changed)) items.push(...(await writeGroup(ports, group)));
  const declared = same.flatMap((plan) =>
    plan.existing === null ? [] : declaredStock(plan.product, plan.existing),
  );
  if (!dryRun && declared.length > 0)
    await ports.catalogue.declareStock(declared, { requestId: ports.requestId, nowMs: ports.clock.now() });
  const restocked = new Set(declared.map((each) => each.sku));
  for (const plan of same) {
    const isRestocked = plan.product.variants.some((variant) => restocked.has(variant.sku));
    items.push(itemOf(plan.candidate, plan.existing?.id ?? null, isRestocked ? 'updated' : 'unchanged', []));
  }
  return items;
}

const planned = (plan: Plan): ImportItem =>
  itemOf(plan.candidate, plan.existing?.id ?? null, plan.existing === null ? 'created' : 'updated', []);

/** Groups whose JSON stays within what one bound parameter takes. */
function sized(plans: readonly Plan[]): Plan[][] {
  const groups: Plan[][] = [];
  let characters = Number.POSITIVE_INFINITY;
  for (const plan of plans) {
    const size = JSON.stringify(plan.product).length;
    if (characters + size > CHUNK_CHARACTERS_MAX) {
      groups.push([]);
      characters = 0;
    }
    groups.at(-1)?.push(plan);
    characters += size;
  }
  return groups;
}

/** When another writer takes a handle or SKU meanwhile, the group is written product by product to find whose it was. */
async function writeGroup(ports: SavePorts, plans: readonly Plan[]): Promise<ImportItem[]> {
  const writes: ProductWrite[] = plans.map(({ product, existing }) => ({ product, existing }));
  try {
    const outcomes = await ports.catalogue.write(writes, authoredContext(ports));
    return plans.map((plan, index) => {
      const outcome = outcomes[index];
      return outcome?.outcome === 'written'
        ? { ...planned(plan), productId: outcome.productId }
        : refusedItem(plan, 'was changed by someone else meanwhile; import the file again');
    });
  } catch (error) {
    if (!(error instanceof UniqueConflict)) throw error;
    const [only] = plans;
    if (plans.length === 1 && only !== undefined) return [refusedItem(only, error.message)];
    const items: ImportItem[] = [];
    for (const plan of plans) items.push(...(await writeGroup(ports, [plan])));
    return items;
  }
}

const refusedItem = (plan: Plan, detail: string): ImportItem =>
  itemOf(plan.candidate, plan.existing?.id ?? null, 'refused', [
    { row: plan.candidate.row, column: null, detail },
  ]);

const itemOf = (
  candidate: Candidate,
  productId: string | null,
  result: ImportItem['result'],
  faults: ImportFault[],
): ImportItem => ({
  row: candidate.row,
  handle: candidate.handle,
  productId,
  result,
  faults,
  notes: candidate.notes,
});
