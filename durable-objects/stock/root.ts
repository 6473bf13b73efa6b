import type { StockLevel } from '#shared/contracts/http/stock.ts';
import type { StockCore } from './core.ts';
import type { ExchangeInput, ShardReport, Terms } from './face.ts';
import { beyond, plus, portionOf } from './lease.ts';
import type { ShardRow } from './lease-storage.ts';
import { publicLevel } from './level.ts';
import { availableOf, elsewhere, lendOut, takeIn } from './machine.ts';
import { DEFAULT_SETTINGS, type Settings } from './storage.ts';
import { shardName } from './name.ts';

const GATHER_ROUNDS_MAX = 8;

/** Shards changed hands again and again while units were gathered; worth repeating. */
export class StockBusy extends Error {
  constructor(sku: string) {
    super(`the shards of ${sku} could not be settled`);
    this.name = 'StockBusy';
  }
}

/**
 * The root's side of lending. A shard that `keeps` sells its units alone. Before the root says that there are no units, it
 * makes every shard settle: it gives up what is free and sells nothing alone from then on. Once all have answered, every
 * free unit is here, so what is refused then could not have been served by anybody.
 */
export class Root {
  readonly #core: StockCore;
  #round: Promise<void> | null = null;

  constructor(core: StockCore) {
    this.#core = core;
  }

  settings(): Settings {
    return this.#core.storage.level()?.settings ?? DEFAULT_SETTINGS;
  }

  level(): StockLevel | null {
    const { storage, leases } = this.#core;
    const level = storage.level();
    if (level === null) return null;
    return publicLevel(level, storage.shelf(), storage.backordered(), leases.shards());
  }

  /** Units that may still be promised although they are not there. */
  room(): number {
    const { backorderLimit } = this.settings();
    return backorderLimit === 0 ? 0 : Math.max(0, backorderLimit - this.#core.storage.backordered());
  }

  /** Every free unit of the SKU is here. */
  isSettled(): boolean {
    return this.#unsettled().length === 0;
  }

  /** False after a restore until every shard has told what it has: units may be counted here and there. */
  isHeard(): boolean {
    return this.#core.leases.shards().every(({ report }) => report.sequence > 0);
  }

  /** Resolves when at one moment since the call every free unit was here. */
  async settle(requestId: string): Promise<void> {
    for (let round = 0; !this.isSettled(); round += 1) {
      if (round === GATHER_ROUNDS_MAX) throw new StockBusy(this.#sku());
      this.#round ??= this.#gather(requestId).finally(() => {
        this.#round = null;
      });
      await this.#round;
    }
  }

  /** Takes in what a shard says and gave up, lends it a portion when it wants one, and tells it the terms. */
  exchange(requestId: string, { shard, report, wants }: ExchangeInput): Terms {
    return this.#core.transaction(() => {
      this.#takeIn(requestId, shard, report);
      const row = this.#core.leases.shard(shard);
      const { shards } = this.settings();
      const mayKeep = this.#round === null && this.isHeard() && shards > 1 && shard < shards;
      const portion = wants && mayKeep ? this.#portion(requestId, shard) : {};
      const lent = Object.keys(portion).length > 0;
      const keeps = mayKeep && (row.keeps || lent);
      const next: ShardRow = {
        ...row,
        granted: plus(row.granted, portion),
        keeps,
        term: keeps === row.keeps ? row.term : row.term + 1,
      };
      this.#core.leases.saveShard(next);
      return this.#terms(next);
    });
  }

  /** Makes a shard give up units that a count says are not there. */
  async writeOff(requestId: string, code: string, quantity: number): Promise<void> {
    let left = quantity;
    for (const row of this.#core.leases.shards()) {
      if (left <= 0) return;
      const there = row.report.places.find((place) => place.code === code)?.onHand ?? 0;
      const most = Math.min(left, there);
      if (most <= 0) continue;
      await this.#callIn(requestId, row, { code, quantity: most });
      left -= most;
    }
  }

  #unsettled(): ShardRow[] {
    return this.#core.leases.shards().filter((row) => row.keeps || row.report.term !== row.term);
  }

  async #gather(requestId: string): Promise<void> {
    const rows = this.#core.transaction(() =>
      this.#unsettled().map((row) => {
        const paused = { ...row, keeps: false, term: row.keeps ? row.term + 1 : row.term };
        this.#core.leases.saveShard(paused);
        return paused;
      }),
    );
    const answers = await Promise.allSettled(rows.map((row) => this.#callIn(requestId, row, null)));
    const failed = answers.find((answer) => answer.status === 'rejected');
    if (failed !== undefined) throw failed.reason;
  }

  async #callIn(
    requestId: string,
    row: ShardRow,
    missing: { code: string; quantity: number } | null,
  ): Promise<void> {
    const input = { sku: this.#sku(), shard: row.shard, terms: this.#terms(row), missing };
    const report = await this.#core.on(shardName(this.#sku(), row.shard), (stock) =>
      stock.callIn({ requestId }, input),
    );
    this.#core.transaction(() => this.#takeIn(requestId, row.shard, report));
  }

  /** Only what is new: reports arrive late and twice. */
  #takeIn(requestId: string, shard: number, report: ShardReport): void {
    const { leases, storage } = this.#core;
    const row = leases.shard(shard);
    const back = beyond(row.returned, report.returned);
    // Lent after this was copied: the units are there, and here as well.
    const lent = beyond(row.granted, report.granted);
    const isNewer = report.sequence > row.report.sequence;
    leases.saveShard({
      ...row,
      granted: plus(row.granted, lent),
      returned: plus(row.returned, back),
      report: isNewer ? report : row.report,
    });
    const cause = { by: `shard ${shard}`, reason: null, orderId: null, requestId };
    if (Object.keys(lent).length > 0) this.#core.change(cause, (shelf) => elsewhere(shelf, lent));
    if (Object.keys(back).length > 0) this.#core.change(cause, (shelf) => takeIn(shelf, back));
    else if (isNewer && JSON.stringify(report.places) !== JSON.stringify(row.report.places)) {
      storage.nextSequence();
      this.#core.announce(requestId);
    }
  }

  #portion(requestId: string, shard: number): Record<string, number> {
    const { storage } = this.#core;
    const count =
      storage.queue().length > 0 ? 0 : portionOf(availableOf(storage.shelf()), this.settings().shards);
    if (count === 0) return {};
    let units = {};
    this.#core.change({ by: `shard ${shard}`, reason: null, orderId: null, requestId }, (shelf) => {
      const lent = lendOut(shelf, count);
      units = lent.units;
      return lent;
    });
    return units;
  }

  #terms({ term, keeps, granted, returned }: ShardRow): Terms {
    const places = this.#core.storage.shelf().map(({ code, priority }) => ({ code, priority }));
    return { term, keeps, granted, returned, places };
  }

  #sku(): string {
    return this.#core.storage.level()?.sku ?? '';
  }
}
