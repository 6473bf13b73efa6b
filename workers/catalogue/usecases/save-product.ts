import { type AttributeDefinition, attributeFaults } from '#shared/domain/attributes.ts';
import type { ProductInput } from '#shared/contracts/http/product-input.ts';
import { fail, ok, type Result } from '#shared/domain/result.ts';
import { type FieldFault, prepareProduct, type PreparedProduct } from '../domain/prepare.ts';
import { mediaOf, ownPicture } from '../domain/picture.ts';
import type { StoredProduct } from '../domain/stored-product.ts';
import type { Ports } from '../ports.ts';
import type { AuthoredContext } from '../queries/availability.ts';
import { UniqueConflict } from '../queries/write-products.ts';
import type { ProductKey } from './read-product.ts';
import { declaredStock } from './declared-stock.ts';
import { templateFaults, templatesOf } from './template-faults.ts';

export type SaveFailure =
  | { code: 'invalid'; faults: FieldFault[] }
  | { code: 'taken'; faults: FieldFault[] }
  | { code: 'unknown_product' }
  | { code: 'changed_meanwhile' };
export type SavePorts = Pick<Ports, 'catalogue' | 'sanitise' | 'clock' | 'requestId' | 'author'>;

export interface Saved {
  product: StoredProduct;
  /** True: it was there already, exactly like this. */
  unchanged: boolean;
}

/**
 * Creates a product. Stating the very same product again answers what is there (a repeated request whose answer was
 * lost); another one under a taken handle or SKU is refused.
 */
export async function createProduct(
  ports: SavePorts,
  input: ProductInput,
): Promise<Result<Saved, SaveFailure>> {
  const prepared = await prepareProduct(input, ports.sanitise);
  if (!prepared.ok) return fail({ code: 'invalid', faults: prepared.error });
  const known = await ports.catalogue.readForWriting({
    handles: [input.handle],
    ids: [],
    skus: skusOf(input),
    types: typesOf(input),
    templates: templatesOf(input),
  });
  const same = known.products.find((product) => product.handle === input.handle);
  if (same !== undefined && same.contentHash === prepared.value.contentHash)
    return ok({ product: same, unchanged: true });
  const unfit = [
    ...typeFaults(prepared.value, known, null),
    ...bundleFaults(prepared.value, known, null),
    ...templateFaults(prepared.value, known.templates, null),
    ...(await pictureFaults(ports, input)),
  ];
  if (unfit.length > 0) return fail({ code: 'invalid', faults: unfit });
  const taken = takenFaults(prepared.value, known, null);
  return taken.length > 0 ? fail({ code: 'taken', faults: taken }) : write(ports, prepared.value, null);
}

/**
 * Replaces a product. `readVersion` is the version the caller saw; null takes whichever is there (`If-Match: *`).
 * Content that is already so makes no new version.
 */
export async function replaceProduct(
  ports: SavePorts,
  target: { key: ProductKey; readVersion: number | null },
  input: ProductInput,
): Promise<Result<Saved, SaveFailure>> {
  const { key } = target;
  const prepared = await prepareProduct(input, ports.sanitise);
  if (!prepared.ok) return fail({ code: 'invalid', faults: prepared.error });
  const known = await ports.catalogue.readForWriting({
    handles: 'handle' in key ? [input.handle, key.handle] : [input.handle],
    ids: 'id' in key ? [key.id] : [],
    skus: skusOf(input),
    types: typesOf(input),
    templates: templatesOf(input),
  });
  const existing = known.products.find((product) =>
    'id' in key ? product.id === key.id : product.handle === key.handle,
  );
  if (existing === undefined) return fail({ code: 'unknown_product' });
  if (target.readVersion !== null && existing.version !== target.readVersion)
    return fail({ code: 'changed_meanwhile' });
  const unfit = [
    ...typeFaults(prepared.value, known, existing),
    ...bundleFaults(prepared.value, known, existing),
    ...templateFaults(prepared.value, known.templates, existing),
    ...(await pictureFaults(ports, input)),
  ];
  if (unfit.length > 0) return fail({ code: 'invalid', faults: unfit });
  const taken = takenFaults(prepared.value, known, existing.id);
  if (taken.length > 0) return fail({ code: 'taken', faults: taken });
  if (existing.contentHash !== prepared.value.contentHash) return write(ports, prepared.value, existing);
  const declared = declaredStock(prepared.value, existing);
  if (declared.length > 0) await ports.catalogue.declareStock(declared, authoredContext(ports));
  return ok({ product: existing, unchanged: declared.length === 0 });
}

/** Pictures of ours that nobody uploaded. */
async function pictureFaults(ports: SavePorts, { images }: ProductInput): Promise<FieldFault[]> {
  const hashes = mediaOf({ images });
  if (hashes.length === 0) return [];
  const unknown = await ports.catalogue.unknownMedia(hashes);
  return images.flatMap(({ url }, index) =>
    unknown.has(ownPicture(url)?.hash ?? '')
      ? [{ pointer: `/images/${index}/url`, detail: 'names a picture that was not uploaded' }]
      : [],
  );
}

type Known = Awaited<ReturnType<Ports['catalogue']['readForWriting']>>;

export const typesOf = ({ productType }: ProductInput): string[] =>
  productType === null ? [] : [productType];

/** Attributes that do not fit the product type. An archived type is one only for products that have it already. */
export function typeFaults(
  product: ProductInput,
  known: Known,
  existing: StoredProduct | null,
): FieldFault[] {
  const { productType, attributes } = product;
  const definitions = productType === null ? [] : definitionsOf(productType, known, existing);
  if (definitions === null) return [{ pointer: '/productType', detail: 'is not a product type we know' }];
  return attributeFaults(definitions, attributes).map(({ pointer, detail }) => ({
    pointer: `/attributes${pointer}`,
    detail: productType === null ? 'needs a productType that knows it' : detail,
  }));
}

function definitionsOf(
  productType: string,
  known: Known,
  existing: StoredProduct | null,
): readonly AttributeDefinition[] | null {
  if (existing?.productType === productType) return existing.definitions;
  const type = known.types.get(productType);
  return type?.status === 'active' ? type.attributes : null;
}

/** Its own SKUs, and of a bundle those it is made of. */
export const skusOf = ({ variants, fulfilment }: ProductInput): string[] => [
  ...variants.map(({ sku }) => sku),
  ...(fulfilment.template === 'bundle' ? fulfilment.components.map(({ sku }) => sku) : []),
];

/**
 * A bundle is made of variants that are there and not archived, and of no bundle; what is part of a bundle stays.
 * `alongside`: SKUs that are written with it.
 */
export function bundleFaults(
  product: ProductInput,
  known: Known,
  existing: StoredProduct | null,
  alongside: ReadonlySet<string> = new Set(),
): FieldFault[] {
  const { fulfilment, variants, kind } = product;
  const components = fulfilment.template === 'bundle' ? fulfilment.components : [];
  const own = new Set(variants.map(({ sku }) => sku));
  const bundled = (existing?.variants ?? []).filter(({ sku }) => known.bundled.has(sku));
  return [
    ...components.flatMap(({ sku }, index): FieldFault[] => {
      const detail = unfitComponent(known.skuOwners.get(sku), alongside.has(sku));
      return detail === null ? [] : [{ pointer: `/fulfilment/components/${index}/sku`, detail }];
    }),
    ...bundled.flatMap(({ sku }): FieldFault[] => {
      const within = `is part of the bundle ${known.bundled.get(sku) ?? ''}`;
      if (kind === 'gift_card')
        return [{ pointer: '/kind', detail: `must not be gift_card: ${sku} ${within}` }];
      if (kind === 'bundle') return [{ pointer: '/kind', detail: `must not be bundle: ${sku} ${within}` }];
      return own.has(sku) ? [] : [{ pointer: '/variants', detail: `must keep ${sku}, which ${within}` }];
    }),
  ];
}

function unfitComponent(
  owner: Known['skuOwners'] extends Map<string, infer Owner> ? Owner | undefined : never,
  isAlongside: boolean,
): string | null {
  if (isAlongside) return null;
  if (owner === undefined) return 'is not a SKU we know';
  if (owner.kind === 'bundle') return `belongs to the bundle ${owner.handle}: a bundle holds no other`;
  if (owner.kind === 'gift_card')
    return `belongs to the gift card ${owner.handle}: a card has a price of its own`;
  return owner.status === 'archived' ? `belongs to ${owner.handle}, which is archived` : null;
}

/** Handles and SKUs that belong to another product than `ownId`. */
export function takenFaults(product: ProductInput, known: Known, ownId: string | null): FieldFault[] {
  const holder = known.products.find((each) => each.handle === product.handle);
  const handleFaults =
    holder === undefined || holder.id === ownId
      ? []
      : [{ pointer: '/handle', detail: `is the handle of ${holder.id}` }];
  const skuFaults = product.variants.flatMap((variant, index) => {
    const owner = known.skuOwners.get(variant.sku);
    return owner === undefined || owner.productId === ownId
      ? []
      : [{ pointer: `/variants/${index}/sku`, detail: `belongs to the product ${owner.handle}` }];
  });
  return [...handleFaults, ...skuFaults];
}

async function write(
  ports: SavePorts,
  product: PreparedProduct,
  existing: StoredProduct | null,
): Promise<Result<Saved, SaveFailure>> {
  try {
    const [written] = await ports.catalogue.write([{ product, existing }], authoredContext(ports));
    if (written?.outcome !== 'written') return fail({ code: 'changed_meanwhile' });
    const stored = await ports.catalogue.read({ id: written.productId });
    return stored === null ? fail({ code: 'unknown_product' }) : ok({ product: stored, unchanged: false });
  } catch (error) {
    if (!(error instanceof UniqueConflict)) throw error;
    const pointer = CONFLICT_POINTERS[error.what];
    return fail({ code: 'taken', faults: [{ pointer, detail: error.message }] });
  }
}

const CONFLICT_POINTERS = { handle: '/handle', sku: '/variants', component: '/fulfilment' } as const;

/** Who changes products now, why, and in which request. */
export const authoredContext = (ports: Pick<Ports, 'clock' | 'requestId' | 'author'>): AuthoredContext => ({
  requestId: ports.requestId,
  nowMs: ports.clock.now(),
  author: ports.author,
});
