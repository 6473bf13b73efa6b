import type { RefusalCount, RefusalReason } from '#objects/webhook-refusals/face.ts';
import { rfc3339, SECOND_MS, type Clock } from '#shared/time/time.ts';

/** The platform lets a request do something for 30 s after its answer. */
const WRITING_MS_MAX = 20 * SECOND_MS;
/** Of one call: minutes and reasons of more than an hour's silence of the object. */
const COUNTS_MAX = 100;
const MINUTE_LENGTH = '2026-11-22T20:45'.length;

/**
 * Counts refused webhooks and has them written down, one call at a time: what is refused while one is under way is added up
 * and goes with the next, so whoever sends a million forged ones at once costs as many calls as follow each other meanwhile.
 */
export class RefusalCounter {
  #counts = new Map<string, RefusalCount>();
  #writingUntil = -Infinity;

  count(reason: RefusalReason, now: number): void {
    this.#add({ minute: rfc3339(now).slice(0, MINUTE_LENGTH), reason, count: 1 });
  }

  /** Something is not written down that nobody is about to write: what a call that failed left behind, too. */
  isWaiting(now: number): boolean {
    return this.#counts.size > 0 && now >= this.#writingUntil;
  }

  /** Writes until nothing is left, or for half of its time: then the next refused webhook goes on. Throws as `write` does. */
  async writeDown(write: (counts: RefusalCount[]) => Promise<void>, clock: Clock): Promise<void> {
    const began = clock.now();
    if (!this.isWaiting(began)) return;
    this.#writingUntil = began + WRITING_MS_MAX;
    let isLast = false;
    while (this.#counts.size > 0 && !isLast) {
      isLast = clock.now() - began > WRITING_MS_MAX / 2;
      if (isLast) this.#writingUntil = -Infinity;
      const counts = [...this.#counts.values()].slice(-COUNTS_MAX);
      this.#counts.clear();
      try {
        await write(counts);
      } catch (error) {
        for (const count of counts) this.#add(count);
        this.#writingUntil = -Infinity;
        throw error;
      }
    }
    this.#writingUntil = -Infinity;
  }

  #add({ minute, reason, count }: RefusalCount): void {
    const key = `${minute} ${reason}`;
    this.#counts.set(key, { minute, reason, count: (this.#counts.get(key)?.count ?? 0) + count });
  }
}
