import type { RefusalCount, RefusalReason } from '#objects/webhook-refusals/face.ts';
import { rfc3339, SECOND_MS } from '#shared/time/time.ts';

const WRITE_EVERY_MS = 10 * SECOND_MS;
const MINUTE_LENGTH = '2026-11-22T20:45'.length;

/**
 * Counts refused webhooks in memory and lets them be written down at most once in ten seconds: whoever sends a million
 * forged ones costs one call in ten seconds an isolate. What an isolate has not written when it ends is lost from the
 * counts, not from the log, which has a line for each.
 */
export class RefusalCounter {
  #counts = new Map<string, RefusalCount>();
  #writtenAt = -Infinity;

  count(reason: RefusalReason, now: number, by = 1): void {
    const minute = rfc3339(now).slice(0, MINUTE_LENGTH);
    const key = `${minute} ${reason}`;
    const count = (this.#counts.get(key)?.count ?? 0) + by;
    this.#counts.set(key, { minute, reason, count });
  }

  /** What is to be written now; empty when there is nothing, or it is too soon. */
  take(now: number): RefusalCount[] {
    if (this.#counts.size === 0 || now - this.#writtenAt < WRITE_EVERY_MS) return [];
    this.#writtenAt = now;
    const counts = [...this.#counts.values()];
    this.#counts = new Map();
    return counts.slice(-COUNTS_MAX);
  }
}
/** Of one call: minutes and reasons of more than an hour's silence of the object. */
const COUNTS_MAX = 100;
