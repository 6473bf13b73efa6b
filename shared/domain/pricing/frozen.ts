import type { PricedLine, PricedOrder, PricedTotals } from './priced.ts';
import { totalsOf } from './totals.ts';

/** A price somebody was promised. */
export interface FrozenPrice {
  priced: PricedOrder;
  /** Epoch milliseconds; from then on it is no promise any more. */
  expiresAt: number;
}

/** Of one order with these quantities, and does it add up? Anything else is a fault of whoever froze it. */
export function isPriceOf(
  { priced }: FrozenPrice,
  request: { currency: string; lines: readonly { quantity: number }[] },
): boolean {
  const { lines, shipping } = priced;
  return (
    priced.currency === request.currency &&
    lines.length === request.lines.length &&
    lines.every((line, index) => line.quantity === request.lines[index]?.quantity && isWhole(line)) &&
    totalsOf(priced, lines, shipping).total === priced.total
  );
}

const isWhole = ({ parts, total }: PricedLine): boolean =>
  parts === undefined || parts.reduce((sum, part) => sum + part.total, 0) === total;

/** The price as an order keeps it: each line's own, and the rest. */
export function partedPrice({ lines, ...totals }: PricedOrder): {
  lines: PricedLine[];
  totals: PricedTotals;
} {
  return { lines, totals };
}
