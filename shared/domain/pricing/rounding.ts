/** `amount` × `part` / `whole`, rounded half up: the one rounding of prices. Exact for every safe integer. */
export function roundedShare(amount: number, part: number | bigint, whole: number | bigint): number {
  const divisor = BigInt(whole);
  return Number((BigInt(amount) * BigInt(part) * 2n + divisor) / (divisor * 2n));
}
