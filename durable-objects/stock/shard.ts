import type { StockCore } from './core.ts';
import { beyond, plus } from './lease.ts';
import type { ShardReport, Terms } from './face.ts';
import type { LeaseRow } from './lease-storage.ts';
import { availableOf, elsewhere, lendOut, sumOf, takeIn, writeOff } from './machine.ts';

/** A shard asks for more when less than this part of its last portion is left. */
const REFILL_BELOW = 0.25;

/** A shard's side of lending. */
export class Shard {
  readonly #core: StockCore;
  #talk: Promise<void> | null = null;
  #lastPortion = 0;

  constructor(core: StockCore) {
    this.#core = core;
  }

  /** Null in the root. */
  lease(): LeaseRow | null {
    return this.#core.ready ? this.#core.leases.lease() : null;
  }

  /** False after a restore until the root has told what it knows. */
  isHeard(): boolean {
    return (this.lease()?.term ?? 0) >= 0;
  }

  isLow(): boolean {
    return availableOf(this.#core.storage.shelf()) < Math.max(1, this.#lastPortion * REFILL_BELOW);
  }

  /** It may not keep what is free, and something is. */
  owes(): boolean {
    return this.lease()?.keeps === false && availableOf(this.#core.storage.shelf()) > 0;
  }

  /** Tells the root how things are now, gives up what may not be kept, asks for more when wanted. One talk at a time. */
  async exchange(requestId: string, wants: boolean): Promise<void> {
    await this.#talk?.catch(() => {});
    this.#talk ??= this.#exchange(requestId, wants).finally(() => {
      this.#talk = null;
    });
    await this.#talk;
  }

  /** In the background: nobody waits for it, and nothing is lost when it fails. */
  refill(requestId: string): void {
    if (this.#talk === null) this.#core.host.waitUntil(this.exchange(requestId, true).catch(() => {}));
  }

  /** The root calls units in: everything free, and what a count says is not there. */
  callIn(requestId: string, terms: Terms, missing: { code: string; quantity: number } | null): ShardReport {
    return this.#core.transaction(() => {
      this.#hear(requestId, terms);
      if (missing !== null) {
        this.#giveUp(requestId, (shelf) => writeOff(shelf, missing.code, missing.quantity));
      }
      return this.#report(requestId);
    });
  }

  async #exchange(requestId: string, wants: boolean): Promise<void> {
    do {
      const { sku } = this.#core.storage.level() ?? { sku: '' };
      const report = this.#core.transaction(() => this.#report(requestId));
      const shard = this.lease()?.shard ?? 0;
      const terms = await this.#core.on(sku, (root) =>
        root.exchange({ requestId }, { sku, shard, report, wants }),
      );
      this.#core.transaction(() => this.#hear(requestId, terms));
    } while (this.owes());
    this.#core.alarms.clear('settle');
  }

  /** Takes in what was lent since, and the terms unless newer ones are known. */
  #hear(requestId: string, terms: Terms): void {
    const lease = this.lease();
    if (lease === null) return;
    const { storage, leases } = this.#core;
    const shelf = new Map(storage.shelf().map((place) => [place.code, place]));
    for (const { code, priority } of terms.places) {
      const known = shelf.get(code);
      if (known?.priority !== priority) storage.savePlace({ code, onHand: 0, held: 0, ...known, priority });
    }
    const lent = beyond(lease.granted, terms.granted);
    const news = terms.term > lease.term ? { term: terms.term, keeps: terms.keeps } : {};
    // Given up after this was copied: the units are at the root, and here as well.
    const back = beyond(lease.returned, terms.returned ?? {});
    leases.saveLease({
      ...lease,
      ...news,
      granted: plus(lease.granted, lent),
      returned: plus(lease.returned, back),
    });
    const cause = { by: 'root', reason: null, orderId: null, requestId };
    if (sumOf(lent) > 0) {
      this.#lastPortion = sumOf(lent);
      this.#core.change(cause, (before) => takeIn(before, lent));
    }
    if (sumOf(back) > 0) this.#core.change(cause, (before) => elsewhere(before, back));
  }

  /** What may not be kept is given up with the report. */
  #report(requestId: string): ShardReport {
    if (this.owes()) this.#giveUp(requestId, (shelf) => lendOut(shelf, availableOf(shelf)));
    const lease = this.lease();
    if (lease === null) throw new Error('only a shard reports');
    const reports = lease.reports + 1;
    this.#core.leases.saveLease({ ...lease, reports });
    const { term, granted, returned } = lease;
    const places = this.#core.storage.shelf().map(({ code, onHand, held }) => ({ code, onHand, held }));
    return { sequence: reports, term, granted, returned, places, at: this.#core.now };
  }

  #giveUp(
    requestId: string,
    act: (shelf: Parameters<typeof lendOut>[0]) => ReturnType<typeof lendOut>,
  ): void {
    this.#core.change({ by: 'root', reason: null, orderId: null, requestId }, (shelf) => {
      const given = act(shelf);
      const lease = this.lease();
      if (lease !== null) {
        this.#core.leases.saveLease({ ...lease, returned: plus(lease.returned, given.units) });
      }
      return given;
    });
  }
}
