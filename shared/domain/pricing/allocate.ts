/**
 * Splits `total` in proportion to `weights`: each part is the exact share rounded down, and the units left over go to the
 * largest remainders, the earlier part first among equals. The parts always add up to `total`; with weights that are all
 * zero the parts are as equal as they can be. Exact for every safe integer. Throws on a negative or fractional argument,
 * and on a total with nothing to carry it.
 */
export function allocate(total: number, weights: readonly (number | bigint)[]): number[] {
  if (total === 0) return weights.map(() => 0);
  if (!Number.isSafeInteger(total) || total < 0) throw new Error(`cannot split ${total}`);
  const exact = weights.map(BigInt);
  if (exact.length === 0 || exact.some((weight) => weight < 0n))
    throw new Error('weights must not be negative');
  const sum = exact.reduce((all, weight) => all + weight, 0n);
  if (sum === 0n)
    return allocate(
      total,
      weights.map(() => 1),
    );
  const products = exact.map((weight) => weight * BigInt(total));
  const parts = products.map((product) => Number(product / sum));
  const left = total - parts.reduce((all, part) => all + part, 0);
  const byRemainder = products
    .map((product, index) => ({ index, remainder: product % sum }))
    .sort((a, b) => (a.remainder === b.remainder ? a.index - b.index : a.remainder > b.remainder ? -1 : 1));
  const favoured = new Set(byRemainder.slice(0, left).map(({ index }) => index));
  return parts.map((part, index) => (favoured.has(index) ? part + 1 : part));
}
