import type { Clock } from '#shared/time/time.ts';

/** An isolate's own small cache: entries live for `ttlMs`, the oldest go when it is full. */
export class MemoryCache {
  readonly #entries = new Map<string, { value: unknown; until: number }>();
  /** Goes up with each `clear`: what was begun before it must not be kept after it. */
  #epoch = 0;
  readonly #options: { ttlMs: number; entriesMax: number; clock: Clock };

  constructor(options: { ttlMs: number; entriesMax: number; clock: Clock }) {
    this.#options = options;
  }

  get<Value>(key: string): Value | undefined {
    const entry = this.#entries.get(key);
    if (entry === undefined || entry.until <= this.#options.clock.now()) return undefined;
    return entry.value as Value;
  }

  set(key: string, value: unknown): void {
    this.#entries.delete(key);
    this.#entries.set(key, { value, until: this.#options.clock.now() + this.#options.ttlMs });
    if (this.#entries.size <= this.#options.entriesMax) return;
    const oldest = this.#entries.keys().next();
    if (!oldest.done) this.#entries.delete(oldest.value);
  }

  get epoch(): number {
    return this.#epoch;
  }

  clear(): void {
    this.#epoch += 1;
    this.#entries.clear();
  }
}
