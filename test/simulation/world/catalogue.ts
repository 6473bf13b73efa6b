import type { CatalogueService, PurchasableVariant } from '#shared/contracts/catalogue.ts';
import { ok } from '#shared/domain/result.ts';
import { UNKNOWN_SKU } from './plan.ts';
import type { Caller, Network } from '../kernel/network.ts';

export const skuOf = (index: number): string => `sku-${index}`;

/** Says of each variant what its id encodes, see `variantId`. `shardsOf`: null for what is not counted. */
export const catalogueSeenBy = (
  caller: Caller,
  network: Network,
  shardsOf: (sku: number) => number | null,
): CatalogueService => ({
  resolveVariants: (_, { items }) =>
    network.call(caller, 'catalogue', () => {
      const ids = items.map(({ variantId }) => variantId);
      return ok({
        variants: ids.filter((id) => !isUnknown(id)).map((id) => variantOf(id, shardsOf)),
        refused: ids
          .filter(isUnknown)
          .map((variantId) => ({ variantId, reason: 'unknown_variant' as const })),
      });
    }),
});

const skuIndex = (variantId: string): number => Number.parseInt(variantId.slice(12, 20), 16);
const isUnknown = (variantId: string): boolean => skuIndex(variantId) === UNKNOWN_SKU;

function variantOf(variantId: string, shardsOf: (sku: number) => number | null): PurchasableVariant {
  const sku = skuIndex(variantId);
  const shards = shardsOf(sku);
  const price = Number.parseInt(variantId.slice(20), 16);
  return {
    productId: `prod_${sku.toString(16).padStart(32, '0')}`,
    productVersion: 1,
    variantId,
    sku: skuOf(sku),
    kind: 'licence',
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
    customisationSchema: null,
    fulfilment: { template: 'licence-key', activationsMax: 1, validDays: null },
  };
}
