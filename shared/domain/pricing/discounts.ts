import type { Currency } from '#shared/money/money.ts';
import { allocate } from './allocate.ts';
import { type LineSelection, PPM, type PromotionEffect } from './promotion.ts';
import { roundedShare } from './rounding.ts';

/** What promotions look at in a line. */
export interface SelectableLine {
  productId: string;
  variantId: string;
  kind: string;
  collections: readonly string[];
  unitPrice: number;
  quantity: number;
}
/** A line while promotions are applied one after the other. */
export interface DiscountableLine extends SelectableLine {
  /** What is left of its subtotal. */
  remaining: number;
}

export interface Given {
  /** Index-aligned with the lines; each at most what remained. */
  lines: number[];
  shipping: number;
}

/** A gift card is money for later: only a promotion that names the kind, or the very card, takes anything off it. */
const isMeant = ({ kind }: SelectableLine, { products, variants, kinds }: LineSelection): boolean =>
  kind !== 'gift_card' || products !== undefined || variants !== undefined || kinds !== undefined;

export const fits = (line: SelectableLine, selection: LineSelection): boolean =>
  isMeant(line, selection) &&
  (selection.products?.includes(line.productId) ?? true) &&
  (selection.variants?.includes(line.variantId) ?? true) &&
  (selection.kinds?.some((kind) => kind === line.kind) ?? true) &&
  (selection.collections?.some((handle) => line.collections.includes(handle)) ?? true);

/** What an effect takes off, of what earlier ones left. Pure; never more than remains of a line or of the shipping. */
export function give(
  effect: PromotionEffect,
  currency: Currency,
  lines: readonly DiscountableLine[],
  shippingRemaining: number,
): Given {
  switch (effect.type) {
    case 'percent': {
      const remaining = remainingOf(effect.lines, lines);
      const wanted = roundedShare(sum(remaining), effect.ratePpm, PPM);
      const amount = Math.min(wanted, effect.amountMax?.[currency] ?? wanted);
      return { lines: allocate(amount, remaining), shipping: 0 };
    }
    case 'fixed': {
      const remaining = remainingOf(effect.lines, lines);
      const amount = Math.min(sum(remaining), effect.amounts[currency] ?? 0);
      return { lines: allocate(amount, remaining), shipping: 0 };
    }
    case 'free_shipping':
      return { lines: lines.map(() => 0), shipping: shippingRemaining };
    case 'buy_x_get_y':
      return { lines: reduced(effect, lines), shipping: 0 };
  }
}

const remainingOf = (selection: LineSelection, lines: readonly DiscountableLine[]): number[] =>
  lines.map((line) => (fits(line, selection) ? line.remaining : 0));

/** The cheapest units first; among equals those of the earlier line. */
function reduced(
  effect: Extract<PromotionEffect, { type: 'buy_x_get_y' }>,
  lines: readonly DiscountableLine[],
): number[] {
  const reducible = lines.map((line) => fits(line, effect.getLines ?? effect.lines));
  const units = lines.reduce((all, line, index) => all + (reducible[index] === true ? line.quantity : 0), 0);
  let left = Math.min(units, reducedUnits(effect, lines, reducible, units));
  const given = lines.map(() => 0);
  const byPrice = [...lines.entries()].sort(([i, a], [j, b]) => a.unitPrice - b.unitPrice || i - j);
  for (const [index, line] of byPrice) {
    if (reducible[index] !== true || left === 0) continue;
    const count = Math.min(left, line.quantity);
    left -= count;
    given[index] = Math.min(line.remaining, roundedShare(count * line.unitPrice, effect.ratePpm, PPM));
  }
  return given;
}

/** How many units are reduced: `get` for each `buy` paid for, the last time as many as are there. */
function reducedUnits(
  { buy, get, timesMax, lines: bought, getLines }: Extract<PromotionEffect, { type: 'buy_x_get_y' }>,
  lines: readonly DiscountableLine[],
  reducible: readonly boolean[],
  units: number,
): number {
  const limit = timesMax === null ? Number.MAX_SAFE_INTEGER : timesMax * get;
  if (getLines === undefined) {
    const rounds = Math.floor(units / (buy + get));
    return Math.min(limit, rounds * get + Math.max(0, (units % (buy + get)) - buy));
  }
  const paid = lines.reduce(
    (all, line, index) => all + (reducible[index] !== true && fits(line, bought) ? line.quantity : 0),
    0,
  );
  return Math.min(limit, Math.floor(paid / buy) * get);
}

const sum = (amounts: readonly number[]): number => amounts.reduce((all, amount) => all + amount, 0);
