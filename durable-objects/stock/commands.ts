import { createHash } from 'node:crypto';
import type { StockLevel } from '#shared/contracts/http/stock.ts';
import { fail, ok, type Result } from '#shared/domain/result.ts';
import type { StockCore } from './core.ts';
import type { changeSettingsInputSchema, Commanded, StockError } from './face.ts';
import { shelfOfShard } from './level.ts';
import { count, type Moved, onHandOf, type Place, restock, transfer } from './machine.ts';
import type { Root } from './root.ts';
import type { Cause, Settings } from './storage.ts';
import type { z } from 'zod';

type ChangeSettings = z.output<typeof changeSettingsInputSchema>;
interface By {
  by: string;
  reason: string | null;
}
interface Keyed extends By {
  key: string;
  quantity: number;
}

/** What operators do to the stock of a SKU, at its root. */
export class Commands {
  readonly #core: StockCore;
  readonly #root: Root;

  constructor(core: StockCore, root: Root) {
    this.#core = core;
    this.#root = root;
  }

  /** `location` null: the only one. */
  async count(
    requestId: string,
    input: By & { onHand: number; location: string | null },
  ): Promise<Result<StockLevel, StockError>> {
    const location = this.#locationOf(input.location);
    if (!location.ok) return location;
    await this.#setAt(requestId, input, location.value, input.onHand, () => true);
    return this.#level();
  }

  /** The catalogue knows one sum: the first location makes up the difference. */
  async declare(
    requestId: string,
    input: By & { onHand: number },
    isStillWanted: () => boolean,
  ): Promise<void> {
    const [first, ...others] = this.#core.storage.shelf();
    if (first === undefined) return;
    const elsewhere = others.reduce((sum, place) => sum + place.onHand + this.#lentAt(place.code), 0);
    await this.#setAt(requestId, input, first.code, Math.max(0, input.onHand - elsewhere), isStillWanted);
  }

  async #setAt(
    requestId: string,
    by: By,
    code: string,
    onHand: number,
    isStillWanted: () => boolean,
  ): Promise<void> {
    if (!this.#root.isSettled()) await this.#root.settle(requestId);
    // Shards hold more than there is: they give up what is missing, held or not.
    const missing = this.#lentAt(code) - onHand;
    if (missing > 0) await this.#root.writeOff(requestId, code, missing);
    this.#core.change(this.#cause(requestId, by), (shelf) =>
      isStillWanted() ? count(shelf, code, Math.max(0, onHand - this.#lentAt(code))) : null,
    );
  }

  async restock(
    requestId: string,
    input: Keyed & { location: string | null; takenBy: { orderId: string; lineId: string } | null },
  ): Promise<Result<Commanded, StockError>> {
    const { takenBy } = input;
    const before = takenBy === null ? null : this.#core.storage.cameBack(input.key);
    if (before !== null) return this.#cameBackBefore(before, input.quantity);
    // Where units came from, and which locations there are, may change until a repeat; what is asked for does not.
    const what = [
      'restock',
      takenBy === null ? input.location : takenBy.lineId,
      input.quantity,
      input.reason,
    ];
    const known = this.#answered(input, what);
    if (known !== null) return known;
    const named = input.location ?? (takenBy === null ? null : this.#takenFrom(takenBy));
    const location = this.#locationOf(named);
    if (!location.ok) return location;
    return this.#once(input, what, () => {
      this.#core.change(this.#cause(requestId, input), (shelf) =>
        restock(shelf, location.value, input.quantity),
      );
      if (takenBy !== null) this.#core.storage.saveCameBack(input.key, input.quantity, this.#core.now);
      return null;
    });
  }

  async transfer(
    requestId: string,
    input: Keyed & { from: string; to: string },
  ): Promise<Result<Commanded, StockError>> {
    const what = ['transfer', input.from, input.to, input.quantity, input.reason];
    const known = this.#answered(input, what);
    if (known !== null) return known;
    for (const field of ['from', 'to'] as const) {
      if (this.#placeAt(input[field]) === undefined) return fail({ code: 'location_unknown', field });
    }
    const act = (): Moved | null =>
      transfer(this.#core.storage.shelf(), input.from, input.to, input.quantity);
    if (act() === null) await this.#root.settle(requestId);
    return this.#once(input, what, () => {
      const moved = act();
      if (moved === null) {
        const place = this.#placeAt(input.from);
        return {
          code: 'too_few',
          available: place === undefined ? 0 : Math.max(0, place.onHand - place.held),
        };
      }
      this.#core.change(this.#cause(requestId, input), () => moved);
      return null;
    });
  }

  async changeSettings(requestId: string, input: ChangeSettings): Promise<Result<StockLevel, StockError>> {
    // Whether a location is empty is known for certain when every free unit is here.
    if (input.settings.locations !== undefined) await this.#root.settle(requestId);
    const error = this.#core.transaction(() => this.#changeSettings(requestId, input));
    return error === null ? this.#level() : fail(error);
  }

  #changeSettings(requestId: string, { version, settings }: ChangeSettings): StockError | null {
    const { storage } = this.#core;
    const level = storage.level();
    if (level === null) return { code: 'not_found' };
    if (version !== null && version !== level.version) return { code: 'changed_meanwhile' };
    const inUse = this.#closeAndOpen(settings.locations ?? null);
    if (inUse !== null) return inUse;
    const { shards, lowStockThreshold, backorder } = settings;
    const next: Settings = {
      ...level.settings,
      ...(shards === undefined ? {} : { shards }),
      ...(lowStockThreshold === undefined ? {} : { lowStockThreshold }),
      ...(backorder === undefined
        ? {}
        : {
            backorderLimit: backorder.limit,
            backorderExpectedAt: backorder.expectedAt === null ? null : Date.parse(backorder.expectedAt),
          }),
    };
    storage.saveSettings(next);
    this.#core.announce(requestId);
    if (next.shards < level.settings.shards) {
      this.#core.add(`gather:${level.version}`, 'gather', { effect: 'gather', requestId });
    }
    return null;
  }

  #closeAndOpen(wanted: readonly { code: string; priority: number }[] | null): StockError | null {
    if (wanted === null) return null;
    const { storage } = this.#core;
    const shelf = storage.shelf();
    const codes = new Set(wanted.map(({ code }) => code));
    for (const place of shelf.filter(({ code }) => !codes.has(code))) {
      if (place.onHand > 0 || place.held > 0 || this.#lentAt(place.code) > 0) {
        return { code: 'location_in_use', location: place.code };
      }
      storage.closePlace(place.code);
    }
    for (const { code, priority } of wanted) {
      const known = shelf.find((place) => place.code === code);
      storage.savePlace({ code, onHand: 0, held: 0, ...known, priority });
    }
    return null;
  }

  /** Carries a command out once under its key; a repeat gets the first answer. */
  #once(input: Keyed, what: unknown[], act: () => StockError | null): Result<Commanded, StockError> {
    return this.#core.transaction(() => {
      const known = this.#answered(input, what);
      if (known !== null) return known;
      const error = act();
      if (error !== null) return fail(error);
      const level = this.#level();
      if (!level.ok) return level;
      const answer = JSON.stringify(level.value);
      this.#core.storage.saveCommand(input.key, fingerprintOf(what), answer, this.#core.now);
      return ok({ level: level.value, replayed: false });
    });
  }

  /** What this key was answered before; null: nothing yet. */
  #answered({ key }: Keyed, what: unknown[]): Result<Commanded, StockError> | null {
    const known = this.#core.storage.command(key);
    if (known === null) return null;
    if (known.fingerprint !== fingerprintOf(what)) return fail({ code: 'key_reused' });
    return ok({ level: JSON.parse(known.answer) as StockLevel, replayed: true });
  }

  #locationOf(wanted: string | null): Result<string, StockError> {
    const shelf = this.#core.storage.shelf();
    if (wanted === null) {
      const [only, ...others] = shelf;
      return only === undefined || others.length > 0 ? fail({ code: 'location_needed' }) : ok(only.code);
    }
    return shelf.some(({ code }) => code === wanted)
      ? ok(wanted)
      : fail({ code: 'location_unknown', field: 'location' });
  }

  #cameBackBefore(before: number, quantity: number): Result<Commanded, StockError> {
    if (before !== quantity) return fail({ code: 'key_reused' });
    const level = this.#level();
    return level.ok ? ok({ level: level.value, replayed: true }) : level;
  }

  /** The location that gave most of a line's units; null: this object knows of none. */
  takenAt({ orderId, lineId }: { orderId: string; lineId: string }): string | null {
    const { storage } = this.#core;
    const taken = storage.holdsOf(orderId).find((held) => held.lineId === lineId)?.taken ?? {};
    const shelf = storage.shelf();
    const from = shelf
      .filter(({ code }) => (taken[code] ?? 0) > 0)
      .sort((one, other) => (taken[other.code] ?? 0) - (taken[one.code] ?? 0));
    return from[0]?.code ?? null;
  }

  #takenFrom(line: { orderId: string; lineId: string }): string | null {
    return this.takenAt(line) ?? this.#core.storage.shelf()[0]?.code ?? null;
  }

  #placeAt(wanted: string): Place | undefined {
    return this.#core.storage.shelf().find(({ code }) => code === wanted);
  }

  /** Units that shards have of a location. */
  #lentAt(location: string): number {
    const places = this.#core.leases.shards().flatMap((row) => shelfOfShard(row));
    const there = places.filter(({ code }) => code === location);
    return onHandOf(there);
  }

  #cause(requestId: string, { by, reason }: By): Cause {
    return { by, reason, orderId: null, requestId };
  }

  #level(): Result<StockLevel, StockError> {
    const level = this.#root.level();
    return level === null ? fail({ code: 'not_found' }) : ok(level);
  }
}

const fingerprintOf = (what: unknown[]): string =>
  createHash('sha256').update(JSON.stringify(what)).digest('hex');
