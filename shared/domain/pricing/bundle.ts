import { allocate } from './allocate.ts';
import type { PricedDiscount, PricedLine, PricedPart, PricedTax } from './priced.ts';
import type { Taxed } from './tax.ts';

/** One component of a bundle that is to be priced. */
export interface PriceablePart {
  variantId: string;
  /** Units of it in one bundle. */
  quantity: number;
  /** What one unit of it costs by itself: in proportion to it the bundle's price is divided. */
  listPrice: number;
  taxClass: string;
}

/** A part before its taxes. */
export type UntaxedPart = Omit<PricedPart, 'taxes' | 'total'> & { taxClass: string; remaining: number };

/**
 * Divides what a bundle costs over its components, in proportion to what they cost by themselves (in equal parts when all
 * of that is nothing), and each discount in proportion to what is left of them: by largest remainder, so that the parts are
 * always the whole and no discount is more than the part it is taken off.
 */
export function dividedOver(
  parts: readonly PriceablePart[],
  whole: { quantity: number; subtotal: number; discounts: readonly PricedDiscount[] },
): UntaxedPart[] {
  const shares = allocate(
    whole.subtotal,
    parts.map(({ listPrice, quantity }) => listPrice * quantity),
  );
  const divided = parts.map((part, index): UntaxedPart => {
    const [quantity, subtotal] = [part.quantity * whole.quantity, shares[index] ?? 0];
    return {
      variantId: part.variantId,
      listPrice: part.listPrice,
      compareAt: null,
      unitPrice: Math.floor(subtotal / quantity),
      priceSource: { list: 'bundle', reason: 'Its share of the bundle’s price' },
      quantity,
      subtotal,
      discounts: [],
      taxClass: part.taxClass,
      remaining: subtotal,
    };
  });
  for (const discount of whole.discounts) {
    const given = allocate(
      discount.amount,
      divided.map(({ remaining }) => remaining),
    );
    for (const [index, part] of divided.entries()) {
      const amount = given[index] ?? 0;
      if (amount === 0) continue;
      part.remaining -= amount;
      part.discounts.push({ ...discount, amount });
    }
  }
  return divided;
}

export const taxedPart = (
  { taxClass: _class, remaining: _remaining, ...part }: UntaxedPart,
  taxed: Taxed,
): PricedPart => ({ ...part, ...taxed });

/** The bundle with these parts: its taxes and its total are theirs. */
export const wholeOf = (line: Omit<PricedLine, 'taxes' | 'total'>, parts: PricedPart[]): PricedLine => ({
  ...line,
  taxes: mergedTaxes(parts),
  total: parts.reduce((sum, part) => sum + part.total, 0),
  parts,
});

/** The same rate counts once, with what all parts bear of it. */
function mergedTaxes(parts: readonly PricedPart[]): PricedTax[] {
  const taxes = new Map<string, PricedTax>();
  for (const tax of parts.flatMap((part) => part.taxes)) {
    const key = JSON.stringify([tax.name, tax.ratePpm, tax.included]);
    const amount = (taxes.get(key)?.amount ?? 0) + tax.amount;
    taxes.set(key, { ...tax, amount });
  }
  return [...taxes.values()];
}
