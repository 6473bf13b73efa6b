/** Ranges numbers are counted in: from 1, 2 or 5 times a power of ten up to below the next of these. The same for any data. */
export interface Range {
  /** At least; null: any below. */
  from: number | null;
  /** Below; the same as `from`: exactly this. */
  to: number | null;
}

const STEPS = [1, 2, 5, 10] as const;

/** The beginning of a number's range; below one unit all are counted together, from 0. */
export function rangeStart(number: number): number {
  if (number < 0) return Number.NEGATIVE_INFINITY;
  if (number < 1) return 0;
  let power = 10 ** Math.floor(Math.log10(number));
  if (power > number) power /= 10;
  if (power * 10 <= number) power *= 10;
  return (STEPS.findLast((step) => step * power <= number) ?? 1) * power;
}

export function rangeFrom(start: number): Range {
  if (start === Number.NEGATIVE_INFINITY) return { from: null, to: 0 };
  if (start === 0) return { from: 0, to: 1 };
  const power = 10 ** Math.floor(Math.log10(start) + 1e-9);
  const step = Math.round(start / power);
  const next = STEPS.find((each) => each > step) ?? 10;
  return { from: start, to: next * power };
}

/** No number (NaN) is in none, not even in the one that is open to both sides. */
export const isInRange = (number: number, { from, to }: Range): boolean =>
  from !== null && from === to
    ? number === from
    : !Number.isNaN(number) && (from === null || number >= from) && (to === null || number < to);
