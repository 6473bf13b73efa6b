import { log } from '#shared/observability/log.ts';
import { type Clock, SECOND_MS } from '#shared/time/time.ts';
import type { GovernorFace } from './face.ts';
import type { Rates } from './machine.ts';

export interface SlotsPorts {
  governor: GovernorFace;
  /** What is allowed of a kind of request. */
  rates(lane: string): Rates;
  clock: Clock;
  sleep(ms: number): Promise<void>;
  /** How long a request may wait for its turn. Its caller has a time-out of its own. */
  waitMaxMs: number;
  /** Names the worker in the log. */
  system: string;
}

/** A lease as this isolate may use it: from its own clock, which asked before the governor answered. */
interface Held {
  lane: string | null;
  share: number;
  from: number;
  until: number;
  /** When its requests were or will be sent, those of the last second. */
  uses: number[];
}

/**
 * The leases one isolate has of the governor: a request goes out at once while a lease has room, else it asks for one and
 * waits for its turn. When the governor cannot be reached requests go out all the same: whoever sets the rate guards itself,
 * and nothing may fail because we count.
 *
 * Requests of an isolate share its leases as plain data; each asks for itself, since nothing of one may be awaited by another.
 */
export class Slots {
  readonly #ports: SlotsPorts;
  #held: Held[] = [];

  constructor(ports: SlotsPorts) {
    this.#ports = ports;
  }

  /** Resolves when the request may be sent; milliseconds when it has to come again so much later. */
  async take(lane: string): Promise<number | null> {
    if (this.#use(lane)) return null;
    try {
      return await this.#ask(lane);
    } catch (error) {
      this.#warn(lane, error);
      return null;
    }
  }

  /** Whoever sets the rate said that it was too much: everybody sends less for a while. */
  async slowDown(lane: string, retryAfterMs: number): Promise<void> {
    this.#held = [];
    await this.#ports.governor.slowDown({ retryAfterMs }).catch((error: unknown) => {
      this.#warn(lane, error);
    });
  }

  #warn(lane: string, error: unknown): void {
    log.warn('the governor cannot be reached', { system: this.#ports.system, lane, error });
  }

  async #ask(lane: string): Promise<number | null> {
    const { governor, rates, clock, sleep, waitMaxMs } = this.#ports;
    const askedAt = clock.now();
    const grant = await governor.lease({ lane, wanted: 1, rates: rates(lane), waitMaxMs });
    if (!grant.granted) return grant.retryAfterMs;
    // The wait is counted from the answer, the end from the question: never earlier, never longer than the governor means.
    const from = clock.now() + grant.startsInMs;
    const until = Math.max(from, askedAt + grant.startsInMs + grant.forMs);
    this.#held.push({ lane: grant.lane, share: grant.share, from, until, uses: [from] });
    if (grant.startsInMs > 0) await sleep(grant.startsInMs);
    return null;
  }

  #use(lane: string): boolean {
    const now = this.#ports.clock.now();
    this.#held = this.#held.filter(({ until }) => until > now - SECOND_MS);
    const free = this.#held.find((held) => {
      const isOpen = held.from <= now && now < held.until && (held.lane === null || held.lane === lane);
      held.uses = held.uses.filter((at) => at > now - SECOND_MS);
      return isOpen && held.uses.length < held.share;
    });
    free?.uses.push(now);
    return free !== undefined;
  }
}
