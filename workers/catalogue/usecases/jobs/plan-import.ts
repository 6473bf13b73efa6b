import type { ImportFault, ImportOptions } from '#shared/contracts/http/imports.ts';
import type { ProductInput, VariantInput } from '#shared/contracts/http/product-input.ts';
import { maskCardNumbers } from '#shared/domain/card-data.ts';
import { fieldChanges } from '../../domain/kept-statement.ts';
import { prepareProduct, type PreparedProduct } from '../../domain/prepare.ts';
import type { StoredProduct } from '../../domain/stored-product.ts';
import { asInput } from '../../domain/views.ts';
import type { Candidate, StatedProduct } from '../../importing/candidate.ts';
import { JOB_CHANGES_MAX } from '../../limits.ts';
import { declaredStock } from '../declared-stock.ts';
import { bundleFaults, skusOf, takenFaults, typeFaults, typesOf } from '../save-product.ts';
import { templateFaults, templatesOf } from '../template-faults.ts';
import type { JobPorts } from './ports.ts';
import type { Plan } from './write-plans.ts';

type Known = Awaited<ReturnType<JobPorts['catalogue']['readForWriting']>>;

/** What is to become of the products a file states; one round trip to read what is there. */
export async function planImport(
  ports: JobPorts,
  candidates: readonly Candidate[],
  options: { mode: ImportOptions['mode']; dryRun: boolean },
): Promise<Plan[]> {
  const inputs = candidates.flatMap((candidate) => candidate.product?.input ?? []);
  const known: Known =
    inputs.length === 0
      ? {
          products: [],
          skuOwners: new Map(),
          bundled: new Map(),
          types: new Map(),
          templates: { told: false, byId: new Map() },
        }
      : await ports.catalogue.readForWriting({
          handles: inputs.map((input) => input.handle),
          ids: [],
          skus: inputs.flatMap(skusOf),
          types: inputs.flatMap(typesOf),
          templates: inputs.flatMap(templatesOf),
        });
  const distinct = refuseRepeatedSkus(candidates);
  const alongside = new Set(
    distinct.flatMap(({ product }) =>
      product === null || product.input.kind === 'bundle' ? [] : product.input.variants.map(({ sku }) => sku),
    ),
  );
  return Promise.all(distinct.map((candidate) => planOne(ports, candidate, { known, alongside }, options)));
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

async function planOne(
  ports: JobPorts,
  candidate: Candidate,
  { known, alongside }: { known: Known; alongside: ReadonlySet<string> },
  { mode, dryRun }: { mode: ImportOptions['mode']; dryRun: boolean },
): Promise<Plan> {
  const stated = candidate.product;
  if (stated === null) return plan(candidate, null, 'refused', candidate.faults);
  const existing = known.products.find((product) => product.handle === stated.input.handle) ?? null;
  if ((mode === 'create' && existing !== null) || (mode === 'update' && existing === null))
    return plan(candidate, existing, 'skipped', []);
  const prepared = await prepareProduct(merged(stated, existing), ports.sanitise);
  const faults = prepared.ok
    ? [
        ...typeFaults(prepared.value, known, existing),
        ...bundleFaults(prepared.value, known, existing, alongside),
        ...templateFaults(prepared.value, known.templates, existing),
        ...takenFaults(prepared.value, known, existing?.id ?? null),
      ]
    : prepared.error;
  if (!prepared.ok || faults.length > 0) {
    const located = faults.map(({ pointer, detail }) => ({ ...stated.locate(pointer), detail }));
    return plan(candidate, existing, 'refused', located);
  }
  return decided(candidate, prepared.value, existing, dryRun);
}

function decided(
  candidate: Candidate,
  product: PreparedProduct,
  existing: StoredProduct | null,
  dryRun: boolean,
): Plan {
  const isSame = existing !== null && existing.contentHash === product.contentHash;
  const declared = isSame ? declaredStock(product, existing) : [];
  const changed = existing === null ? 'created' : 'updated';
  const result = isSame && declared.length === 0 ? 'unchanged' : changed;
  const base = plan(candidate, existing, result, []);
  if (dryRun) {
    const changes = isSame ? [] : changesOf(existing, product);
    return { ...base, report: { ...base.report, changes } };
  }
  return { ...base, write: isSame ? null : { product, existing }, declared };
}

/** What would change, without what is kept beside the content. */
function changesOf(existing: StoredProduct | null, prepared: PreparedProduct) {
  if (existing === null) return [];
  const { contentHash: _contentHash, ...product } = prepared;
  const after = { ...product, variants: product.variants.map((variant) => ({ ...variant, onHand: null })) };
  return fieldChanges(asInput(existing), after).slice(0, JOB_CHANGES_MAX);
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

const plan = (
  candidate: Candidate,
  existing: StoredProduct | null,
  result: Plan['result'],
  faults: ImportFault[],
): Plan => ({
  position: candidate.row,
  result,
  productId: existing?.id ?? null,
  versionBefore: existing?.version ?? null,
  write: null,
  declared: [],
  report: {
    faults: faults.map((fault) => ({ ...fault, detail: maskCardNumbers(fault.detail) })),
    notes: candidate.notes,
    changes: [],
  },
});
