import type { PricedLine, PricedOrder, PricedShipping, PricedTotals } from './priced.ts';

/** The sums of a price. The parts are the truth, every sum follows from them. */
export function totalsOf(
  of: Pick<PricedOrder, 'currency' | 'taxMode' | 'destination' | 'promotions' | 'notCounted'>,
  lines: readonly PricedLine[],
  shipping: PricedShipping | null,
): PricedTotals {
  const parts = shipping === null ? lines : [...lines, shipping];
  const amounts = (items: readonly { amount: number }[]): number => sum(items.map(({ amount }) => amount));
  return {
    currency: of.currency,
    taxMode: of.taxMode,
    destination: of.destination,
    promotions: of.promotions,
    notCounted: of.notCounted ?? [],
    shipping,
    subtotal: sum(lines.map((line) => line.subtotal)),
    discountTotal: sum(parts.map((part) => amounts(part.discounts))),
    shippingTotal: shipping?.amount ?? 0,
    taxTotal: sum(parts.map((part) => amounts(part.taxes))),
    total: sum(parts.map((part) => part.total)),
  };
}

const sum = (amounts: readonly number[]): number => amounts.reduce((all, amount) => all + amount, 0);
