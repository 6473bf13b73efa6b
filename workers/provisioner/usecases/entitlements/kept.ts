import type { Look } from '#objects/instance-use/face.ts';
import { SECOND_MS } from '#shared/time/time.ts';
import type { LicenceRow } from '../../queries/entitlements.ts';

/** How old an answer from memory may be: what is suspended or taken away now is heard of everywhere after this. */
export const CHECK_KEPT_MS = 30 * SECOND_MS;
const ENTRIES_MAX = 10_000;

/** A value and when the reading of it began. */
export interface Read<Value> {
  value: Value;
  readAt: number;
}

/**
 * What one isolate remembers for at most `CHECK_KEPT_MS` after it was read. When it is full, what was put first goes: by then
 * most of it is too old anyway.
 */
export class Kept<Value> {
  readonly #entries = new Map<string, Read<Value>>();

  get(name: string, now: number): Read<Value> | null {
    const found = this.#entries.get(name);
    if (found === undefined) return null;
    if (now - found.readAt < CHECK_KEPT_MS && now >= found.readAt) return found;
    this.#entries.delete(name);
    return null;
  }

  put(name: string, read: Read<Value>): void {
    this.#entries.delete(name);
    const [first] = this.#entries.keys();
    if (first !== undefined && this.#entries.size >= ENTRIES_MAX) this.#entries.delete(first);
    this.#entries.set(name, read);
  }

  drop(name: string): void {
    this.#entries.delete(name);
  }
}

/** Licences by what they were asked about by, and devices that have a seat or a lease. */
export interface Remembered {
  licences: Kept<LicenceRow>;
  devices: Kept<Look>;
}
