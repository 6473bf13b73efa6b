import type { Clock } from '#shared/time/time.ts';

/**
 * An isolate's own small cache: entries live for `ttlMs`, the oldest go when there are more than `entriesMax` of them or they
 * take more than `bytesMax` together, roughly. Values are data as JSON has it.
 */
export class MemoryCache {
  readonly #entries = new Map<string, { value: unknown; until: number; bytes: number }>();
  #bytes = 0;
  /** Goes up with each `clear`: what was begun before it must not be kept after it. */
  #epoch = 0;
  readonly #options: MemoryOptions;

  constructor(options: MemoryOptions) {
    this.#options = options;
  }

  get<Value>(key: string): Value | undefined {
    const entry = this.#entries.get(key);
    if (entry === undefined || entry.until <= this.#options.clock.now()) return undefined;
    return entry.value as Value;
  }

  set(key: string, value: unknown): void {
    this.#drop(key);
    const bytes = roughBytes(key) + roughBytes(value);
    this.#entries.set(key, { value, until: this.#options.clock.now() + this.#options.ttlMs, bytes });
    this.#bytes += bytes;
    for (const oldest of this.#entries.keys()) {
      if (this.#entries.size <= this.#options.entriesMax && this.#bytes <= this.#options.bytesMax) return;
      this.#drop(oldest);
    }
  }

  #drop(key: string): void {
    this.#bytes -= this.#entries.get(key)?.bytes ?? 0;
    this.#entries.delete(key);
  }

  get epoch(): number {
    return this.#epoch;
  }

  clear(): void {
    this.#epoch += 1;
    this.#entries.clear();
    this.#bytes = 0;
  }
}

interface MemoryOptions {
  ttlMs: number;
  entriesMax: number;
  bytesMax: number;
  clock: Clock;
}

const BYTES_A_VALUE = 16;

/** What data takes in memory, roughly and rather more: two bytes a character, sixteen for whatever else there is. */
export function roughBytes(value: unknown): number {
  if (typeof value === 'string') return BYTES_A_VALUE + 2 * value.length;
  if (typeof value !== 'object' || value === null) return BYTES_A_VALUE;
  let bytes = BYTES_A_VALUE;
  for (const member of Object.values(value)) bytes += BYTES_A_VALUE + roughBytes(member);
  return bytes;
}
