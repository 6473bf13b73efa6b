/**
 * Chance as named streams of one seed. A stream depends on the seed and its own name alone, so leaving out one order, wish
 * or fault of a history does not change what chance holds for the others: that is what lets a history shrink.
 */
export class Stream {
  readonly name: string;
  /** How many numbers were drawn. */
  drawn = 0;
  #state: number;

  constructor(seed: number, name: string) {
    this.name = name;
    this.#state = hash(seed, name);
  }

  /** In [0, 1): mulberry32. */
  next(): number {
    this.drawn += 1;
    this.#state = (this.#state + 0x6d_2b_79_f5) | 0;
    let mixed = this.#state;
    mixed = Math.imul(mixed ^ (mixed >>> 15), mixed | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  }
  /** Both ends included. */
  int(min: number, max: number): number {
    return min + Math.floor(this.next() * (max - min + 1));
  }
  chance(probability: number): boolean {
    return this.next() < probability;
  }
  pick<Value>(values: readonly [Value, ...Value[]]): Value {
    return values[Math.floor(this.next() * values.length)] ?? values[0];
  }
  /** Picks by weight. */
  weighted<Value>(choices: readonly (readonly [weight: number, value: Value])[]): Value {
    let rest = this.next() * choices.reduce((sum, [weight]) => sum + weight, 0);
    for (const [weight, value] of choices) {
      rest -= weight;
      if (rest < 0) return value;
    }
    const last = choices.at(-1);
    if (last === undefined) throw new Error('nothing to choose from');
    return last[1];
  }
  hex(digits: number): string {
    let text = '';
    while (text.length < digits)
      text += Math.floor(this.next() * 2 ** 32)
        .toString(16)
        .padStart(8, '0');
    return text.slice(0, digits);
  }
}

/** FNV-1a over the name, mixed with the seed. */
function hash(seed: number, name: string): number {
  let state = 0x81_1c_9d_c5 ^ seed;
  for (let index = 0; index < name.length; index += 1) {
    state ^= name.charCodeAt(index);
    state = Math.imul(state, 0x01_00_01_93);
  }
  state ^= state >>> 16;
  state = Math.imul(state, 0x85_eb_ca_6b) ^ seed;
  state ^= state >>> 13;
  return Math.imul(state, 0xc2_b2_ae_35);
}
