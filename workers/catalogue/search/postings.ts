/**
 * Which products have a term, and how much of one. A chunk is `CHUNK_PRODUCTS` consecutive product numbers; the products of a
 * chunk that have a term are one string: three characters each, 9 bits of place in the chunk and 9 bits of impact, in the
 * order of their places. Pure.
 */
export const CHUNK_PRODUCTS = 512;
export const IMPACT_MAX = 511;

const CHARACTERS = 3;
const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
const VALUES = new Uint8Array(128);
for (let value = 0; value < ALPHABET.length; value += 1) VALUES[ALPHABET.charCodeAt(value)] = value;

const encoded = (place: number, impact: number): string => {
  const bits = (place << 9) | impact;
  return ALPHABET.charAt(bits >> 12) + ALPHABET.charAt((bits >> 6) & 63) + ALPHABET.charAt(bits & 63);
};
const bitsAt = (data: string, at: number): number =>
  ((VALUES[data.charCodeAt(at)] ?? 0) << 12) |
  ((VALUES[data.charCodeAt(at + 1)] ?? 0) << 6) |
  (VALUES[data.charCodeAt(at + 2)] ?? 0);

/** Calls `visit` with each place and its impact. */
export function eachPosting(data: string, visit: (place: number, impact: number) => void): void {
  for (let at = 0; at + CHARACTERS <= data.length; at += CHARACTERS) {
    const bits = bitsAt(data, at);
    visit(bits >> 9, bits & IMPACT_MAX);
  }
}

/** Raises what is known of each place, 512 of them, to its impact times `factor`, where that is more. */
export function raiseImpacts(data: string, factor: number, best: Float64Array): void {
  for (let at = 0; at + CHARACTERS <= data.length; at += CHARACTERS) {
    const bits = bitsAt(data, at);
    const impact = (bits & IMPACT_MAX) * factor;
    if ((best[bits >> 9] ?? 0) < impact) best[bits >> 9] = impact;
  }
}

export const postingsIn = (data: string): number => data.length / CHARACTERS;

/** The postings with these changed; impact 0 takes a product out. An empty string: no product is left. */
export function changedPostings(data: string, changes: ReadonlyMap<number, number>): string {
  const impacts = new Map<number, number>();
  eachPosting(data, (place, impact) => impacts.set(place, impact));
  for (const [place, impact] of changes) {
    if (impact === 0) impacts.delete(place);
    else impacts.set(place, impact);
  }
  return [...impacts]
    .sort(([a], [b]) => a - b)
    .map(([place, impact]) => encoded(place, impact))
    .join('');
}
