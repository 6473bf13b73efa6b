import type { Units } from './machine.ts';

/**
 * How units move between the root of a SKU and its shards. Pure. Each side tells the other how many units it has handed
 * over in all, ever: `granted` by the root, `returned` by the shard. Such a total can be lost, repeated or overtaken by a
 * newer one without harm, because only what exceeds the total known already is taken in. So no movement is applied twice
 * and none is lost, whichever reply is.
 */
/** What `total` says beyond what is known already. */
export function beyond(known: Units, total: Units): Units {
  const codes = Object.keys(total).filter((code) => (total[code] ?? 0) > (known[code] ?? 0));
  return Object.fromEntries(codes.map((code) => [code, (total[code] ?? 0) - (known[code] ?? 0)]));
}
export function plus(known: Units, more: Units): Units {
  const sum: Record<string, number> = { ...known };
  for (const [code, count] of Object.entries(more)) sum[code] = (sum[code] ?? 0) + count;
  return sum;
}

/**
 * How many units a shard is lent at a time, so that it decides many holds alone: half of what is free, shared out. Below
 * one unit each nothing is lent, and every order is decided by the root, where the last units are.
 */
export const portionOf = (free: number, shards: number): number => Math.floor(free / (2 * shards));
