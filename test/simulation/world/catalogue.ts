import type {
  CatalogueService,
  DeliverableVariant,
  PurchasableVariant,
} from '#shared/contracts/catalogue.ts';
import { ok } from '#shared/domain/result.ts';
import { UNKNOWN_SKU } from './plan.ts';
import type { Caller, Network } from '../kernel/network.ts';

export const skuOf = (index: number): string => `sku-${index}`;

/** Encodes what is wanted, so that the catalogue needs no table: line, SKU and price. */
export const variantIdOf = ({ index, sku, price }: { index: number; sku: number; price: number }): string => {
  const part = (value: number, digits: number): string => value.toString(16).padStart(digits, '0');
  return `var_${part(index, 8)}${part(sku, 8)}${part(price, 16)}`;
};

/** How a SKU is sold; `shards`: null for what is not counted. */
export interface SoldAs {
  shards: number | null;
  isParcel: boolean;
  /** How many of it one customer may buy; null: any number. */
  customerLimit: number | null;
}

/** Says of each variant what its id encodes. */
export const catalogueSeenBy = (
  caller: Caller,
  network: Network,
  soldAs: (sku: number) => SoldAs,
): CatalogueService => ({
  resolveVariants: (_, { items }) =>
    network.call(caller, 'catalogue', () => {
      const ids = items.map(({ variantId }) => variantId);
      return ok({
        variants: ids
          .filter((id) => !isUnknown(id))
          .map((id) => (isBundle(id) ? bundleOf(id, soldAs) : variantOf(id, soldAs))),
        refused: ids
          .filter(isUnknown)
          .map((variantId) => ({ variantId, reason: 'unknown_variant' as const })),
      });
    }),
});

const skuIndex = (variantId: string): number => Number.parseInt(variantId.slice(12, 20), 16);
const productIdOf = (sku: number): string => `prod_${sku.toString(16).padStart(32, '0')}`;
const isUnknown = (variantId: string): boolean => skuIndex(variantId) === UNKNOWN_SKU;

const priceOf = (variantId: string): number => Number.parseInt(variantId.slice(20), 16);
/** Some prices are those of a bundle. */
const isBundle = (variantId: string): boolean => priceOf(variantId) % 7 === 6;

/** One unit of its SKU and two of the next, which cost by themselves what they like. */
function bundleOf(variantId: string, soldAs: (sku: number) => SoldAs): PurchasableVariant {
  const [index, sku] = [0, skuIndex(variantId)];
  const first = variantOf(variantIdOf({ index, sku, price: 300 }), soldAs);
  const other = variantOf(variantIdOf({ index, sku: (sku + 1) % 3, price: 70 }), soldAs);
  const { customerLimits: _, ...alone } = variantOf(variantId, soldAs);
  return {
    ...alone,
    productId: productIdOf(100 + sku),
    sku: `kit-${sku}`,
    kind: 'bundle',
    stockTracked: false,
    fulfilment: {
      template: 'bundle',
      components: [
        { sku: first.sku, quantity: 1 },
        { sku: other.sku, quantity: 2 },
      ],
    },
    components: [
      { variant: first, quantity: 1 },
      { variant: other, quantity: 2 },
    ],
  };
}

function variantOf(variantId: string, soldAs: (sku: number) => SoldAs): DeliverableVariant {
  const sku = skuIndex(variantId);
  const { shards, isParcel, customerLimit } = soldAs(sku);
  const price = priceOf(variantId);
  return {
    productId: productIdOf(sku),
    productVersion: 1,
    variantId,
    sku: skuOf(sku),
    kind: isParcel ? 'physical' : 'licence',
    title: skuOf(sku),
    variantTitle: '',
    listPrice: { amount: price, currency: 'EUR' },
    compareAt: null,
    unitPrice: { amount: price, currency: 'EUR' },
    priceSource: { list: 'base', reason: 'Standard price' },
    taxClass: 'standard',
    collections: [],
    stockTracked: shards !== null,
    stockShards: shards ?? 1,
    quantityMax: 1_000,
    ...(customerLimit === null
      ? {}
      : { customerLimits: [{ scope: productIdOf(sku), quantity: customerLimit, days: 30 }] }),
    customisationSchema: null,
    fulfilment: isParcel
      ? { template: 'parcel', weightGrams: 100 }
      : { template: 'licence-key', activationsMax: 1, validDays: null },
  };
}
