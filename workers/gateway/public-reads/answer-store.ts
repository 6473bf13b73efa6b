import { SingleFlight } from '#shared/http/single-flight.ts';
import type { Clock } from '#shared/time/time.ts';
import {
  ANSWERS_MAX,
  FRESH_MS,
  KEPT_BYTES_MAX,
  SPELLING_LENGTH_MAX,
  SPELLINGS_MAX,
  STALE_MS,
  WAIT_MS,
} from './limits.ts';

/** An answer of the catalogue, whole. */
export interface Kept {
  /** As bytes: a text would be encoded anew for each client. */
  body: Uint8Array<ArrayBuffer>;
  /** As the client gets them, but for what is of one request alone. */
  headers: Headers;
  etag: string | null;
}

interface Entry {
  kept: Kept;
  address: string;
  freshUntil: number;
  spellings: Set<string>;
}

/** Null: it cannot be kept, so that whoever waits must ask for himself. */
export type Fill = (known: Kept | null) => Promise<Kept | null>;

export interface Found {
  kept: Kept;
  /** The old answer is given; someone should ask for the new one. */
  isStale: boolean;
}

/**
 * Answers an isolate keeps in its memory: bounded in number and bytes, the least lately filled go first. However many
 * requests miss the same answer at once, one of them asks.
 */
export class AnswerStore {
  readonly #clock: Clock;
  readonly #entries = new Map<string, Entry>();
  readonly #bySpelling = new Map<string, Entry>();
  readonly #fills = new SingleFlight<Kept | null>(WAIT_MS);
  #bytes = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** By the client's own spelling; only what is fresh. */
  spelled(spelling: string): Kept | null {
    const entry = this.#bySpelling.get(spelling);
    return entry !== undefined && this.#clock.now() < entry.freshUntil ? entry.kept : null;
  }

  find(address: string): Found | null {
    const entry = this.#entries.get(address);
    const now = this.#clock.now();
    if (entry === undefined || now >= entry.freshUntil + STALE_MS) return null;
    return { kept: entry.kept, isStale: now >= entry.freshUntil };
  }

  /** Remembers how a client spelled an address, if there is an answer to it and the spelling is not too long. */
  learn(address: string, spelling: string): void {
    if (spelling.length > SPELLING_LENGTH_MAX) return;
    const entry = this.#entries.get(address);
    if (entry === undefined || entry.spellings.size >= SPELLINGS_MAX) return;
    entry.spellings.add(spelling);
    this.#bySpelling.set(spelling, entry);
  }

  /** Asks for the answer, unless another request is asking already: then waits for its answer. Null: ask yourself. */
  fill(address: string, ask: Fill, later: (work: Promise<unknown>) => void): Promise<Kept | null> {
    const work = async (): Promise<Kept | null> => {
      const kept = await ask(this.#entries.get(address)?.kept ?? null);
      if (kept === null) this.#forget(address);
      else this.#keep(address, kept);
      return kept;
    };
    return this.#fills.share(address, work, later);
  }

  get size(): { answers: number; bytes: number; spellings: number } {
    return { answers: this.#entries.size, bytes: this.#bytes, spellings: this.#bySpelling.size };
  }

  #keep(address: string, kept: Kept): void {
    const spellings = this.#entries.get(address)?.spellings ?? new Set<string>();
    this.#forget(address);
    const entry = { kept, address, freshUntil: this.#clock.now() + FRESH_MS, spellings };
    this.#entries.set(address, entry);
    for (const spelling of spellings) this.#bySpelling.set(spelling, entry);
    this.#bytes += kept.body.byteLength;
    for (const oldest of this.#entries.keys()) {
      if (this.#entries.size <= ANSWERS_MAX && this.#bytes <= KEPT_BYTES_MAX) break;
      this.#forget(oldest);
    }
  }

  #forget(address: string): void {
    const entry = this.#entries.get(address);
    if (entry === undefined) return;
    this.#entries.delete(address);
    for (const spelling of entry.spellings) this.#bySpelling.delete(spelling);
    this.#bytes -= entry.kept.body.byteLength;
  }
}
