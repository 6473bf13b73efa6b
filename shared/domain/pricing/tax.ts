import { allocate } from './allocate.ts';
import type { PricedTax, TaxMode } from './priced.ts';
import { PPM } from './promotion.ts';
import { roundedShare } from './rounding.ts';
import { EXEMPT_TAX_CLASS, STANDARD_TAX_CLASS } from './tax-class.ts';

/** A rate that counts at the destination, now. */
export interface TaxRate {
  id: string;
  name: string;
  taxClass: string;
  /** Parts per million: 190000 is 19 %. */
  ratePpm: number;
  /** On top of the rates before it, not beside them. */
  compound: boolean;
  /** Lower ones come first. */
  position: number;
}

/** What the destination's rates make of one amount. */
export interface Taxed {
  taxes: PricedTax[];
  /** What the customer pays. */
  total: number;
}

/** A class without rates of its own at the destination bears the standard ones; `exempt` bears none. */
export function ratesOf(rates: readonly TaxRate[], taxClass: string): TaxRate[] {
  if (taxClass === EXEMPT_TAX_CLASS) return [];
  const own = rates.filter((rate) => rate.taxClass === taxClass);
  const counting = own.length > 0 ? own : rates.filter((rate) => rate.taxClass === STANDARD_TAX_CLASS);
  return counting.sort((a, b) => a.position - b.position || (a.id < b.id ? -1 : 1));
}

/**
 * The tax of one line or of the shipping, after its discounts: computed exactly, rounded once (half up) and divided among
 * the rates by largest remainder. `inclusive`: the amount contains it; `exclusive`: it is added.
 */
export function tax(amount: number, rates: readonly TaxRate[], mode: TaxMode): Taxed {
  const { weights, whole } = exactShares(rates);
  const all = weights.reduce((sum, weight) => sum + weight, 0n);
  const due = roundedShare(amount, all, mode === 'inclusive' ? whole + all : whole);
  const amounts = allocate(due, weights);
  const taxes = rates.map(({ name, ratePpm }, index) => ({
    name,
    ratePpm,
    amount: amounts[index] ?? 0,
    included: mode === 'inclusive',
  }));
  return { taxes, total: mode === 'inclusive' ? amount : amount + due };
}

/** What each rate takes of an untaxed `whole`, without any rounding. */
function exactShares(rates: readonly TaxRate[]): { weights: bigint[]; whole: bigint } {
  const ppm = BigInt(PPM);
  const whole = ppm ** BigInt(rates.length);
  let running = whole;
  const weights = rates.map(({ ratePpm, compound }) => {
    const weight = ((compound ? running : whole) * BigInt(ratePpm)) / ppm;
    running += weight;
    return weight;
  });
  return { weights, whole };
}
