import type { BulkOperation, PriceChange } from '#shared/contracts/http/bulk-edits.ts';
import type { ProductInput, VariantInput } from '#shared/contracts/http/product-input.ts';
import { assertNever } from '#shared/domain/result.ts';

/** A product after operations, one after the other. Whether it may be so is for others to say. */
export const edited = (product: ProductInput, operations: readonly BulkOperation[]): ProductInput =>
  operations.reduce(applied, product);

function applied(product: ProductInput, operation: BulkOperation): ProductInput {
  switch (operation.type) {
    case 'set_status':
      return { ...product, status: operation.status, publishAt: null };
    case 'schedule':
      return { ...product, status: 'scheduled', publishAt: operation.publishAt };
    case 'add_tag':
      return { ...product, tags: [...product.tags.filter(isNot(operation.tag)), operation.tag] };
    case 'remove_tag':
      return { ...product, tags: product.tags.filter(isNot(operation.tag)) };
    case 'set_attribute':
      return { ...product, attributes: withAttribute(product.attributes, operation) };
    case 'add_to_collection': {
      const { handle, title } = operation;
      const others = product.collections.filter((each) => each.handle !== handle);
      return { ...product, collections: [...others, { handle, title }] };
    }
    case 'remove_from_collection':
      return {
        ...product,
        collections: product.collections.filter(({ handle }) => handle !== operation.handle),
      };
    case 'change_prices':
      return { ...product, variants: product.variants.map((variant) => repriced(variant, operation)) };
    default:
      return assertNever(operation);
  }
}

/** Tags are the same whatever their case. */
const isNot =
  (tag: string) =>
  (other: string): boolean =>
    other.toLowerCase() !== tag.toLowerCase();

function withAttribute(
  attributes: ProductInput['attributes'],
  { key, value }: { key: string; value: ProductInput['attributes'][string] | null },
): ProductInput['attributes'] {
  const others = Object.entries(attributes).filter(([name]) => name !== key);
  return Object.fromEntries(value === null ? others : [...others, [key, value]]);
}

function repriced(variant: VariantInput, change: PriceChange): VariantInput {
  const isMeant = ({ currency }: { currency: string }): boolean =>
    change.currency === undefined || change.currency === currency;
  const prices = variant.prices.map((price) =>
    isMeant(price) ? { ...price, amount: changedAmount(price.amount, change) } : price,
  );
  if (change.compareAt === 'keep') return { ...variant, prices };
  const others = variant.compareAtPrices.filter((price) => !isMeant(price));
  const old = variant.prices.filter(
    (price, index) => isMeant(price) && price.amount > (prices[index]?.amount ?? price.amount),
  );
  return { ...variant, prices, compareAtPrices: change.compareAt === 'drop' ? others : [...others, ...old] };
}

const HUNDREDTHS_OF_PERCENT = 10_000n;

/** Minor units, exact until it is rounded once. */
export function changedAmount(
  amount: number,
  { by, rounding }: Pick<PriceChange, 'by' | 'rounding'>,
): number {
  const numerator =
    'percent' in by
      ? BigInt(amount) * (HUNDREDTHS_OF_PERCENT + BigInt(Math.round(by.percent * 100)))
      : BigInt(amount + by.amount) * HUNDREDTHS_OF_PERCENT;
  const divisor = HUNDREDTHS_OF_PERCENT * BigInt(rounding.unit);
  const floor = numerator / divisor - (numerator % divisor < 0n ? 1n : 0n);
  const rest = numerator - floor * divisor;
  const isUp = rounding.to === 'up' ? rest > 0n : rounding.to === 'nearest' ? rest * 2n >= divisor : false;
  return Number((floor + (isUp ? 1n : 0n)) * BigInt(rounding.unit));
}
