import { fail, ok, type Result } from '#shared/domain/result.ts';
import type { StockCore } from './core.ts';
import type { HoldInput, StockShortage, StockTaken } from './face.ts';
import { commit, hold, type Hold, isWaiting, missingOf, type Taken } from './machine.ts';
import type { Root } from './root.ts';
import type { Shard } from './shard.ts';

export interface Take extends HoldInput {
  kind: 'hold' | 'commit';
  requestId: string;
}
type Answer = Result<StockTaken, StockShortage>;

const NOTHING: StockShortage = { lineId: '', available: 0 };

/** How orders take units: at the root, or at a shard as long as it has some. */
export class Taking {
  readonly #core: StockCore;
  readonly #root: Root;
  readonly #shard: Shard;

  constructor(core: StockCore, root: Root, shard: Shard) {
    this.#core = core;
    this.#root = root;
    this.#shard = shard;
  }

  take(input: Take): Promise<Answer> {
    return this.#shard.lease() === null ? this.#atRoot(input) : this.#atShard(input);
  }

  /** Nothing is refused, nor promised from a backorder, before every free unit of the SKU is here. */
  async #atRoot(input: Take): Promise<Answer> {
    if (!this.#root.isHeard()) await this.#root.settle(input.requestId);
    for (;;) {
      const isSettled = this.#root.isSettled();
      const answer = this.#attempt(input, isSettled ? this.#root.room() : 0);
      if (answer.ok || isSettled || this.#core.storage.isClosed(input.orderId)) return answer;
      await this.#root.settle(input.requestId);
    }
  }

  /**
   * A shard decides alone while it has units. Otherwise the root decides, and the order's later calls for these lines go
   * through here to the root as well.
   */
  async #atShard(input: Take): Promise<Answer> {
    const { storage, leases } = this.#core;
    if (!this.#shard.isHeard()) await this.#shard.exchange(input.requestId, false);
    const present = storage.holdsOf(input.orderId);
    if (storage.isClosed(input.orderId) || hasGivenBack(present, input)) return fail(NOTHING);
    const own = input.lines.filter((line) => has(present, line.lineId));
    const others = input.lines.filter((line) => !has(present, line.lineId));
    if (others.length === 0 || (this.#shard.lease()?.keeps === true && !leases.isForwarded(input.orderId))) {
      const answer = this.#attempt(input, 0);
      if (this.#shard.isLow()) this.#shard.refill(input.requestId);
      if (answer.ok || others.length === 0) return answer;
    }
    leases.forward(input.orderId, this.#core.now);
    const { kind, requestId, object: _, expiresAt, ...rest } = input;
    const forwarded = { ...rest, lines: others };
    const answer = await this.#core.on(input.sku, (root) =>
      kind === 'hold'
        ? root.hold({ requestId }, { ...forwarded, expiresAt })
        : root.commit({ requestId }, forwarded),
    );
    this.#shard.refill(requestId);
    if (!answer.ok || own.length === 0) return answer;
    const mine = this.#attempt({ ...input, lines: own }, 0);
    return mine.ok ? answer : mine;
  }

  #attempt(input: Take, room: number): Answer {
    const { storage, now } = this.#core;
    const { orderId, requestId, lines, expiresAt } = input;
    let answer: Answer = fail(NOTHING);
    if (storage.isClosed(orderId)) return answer;
    this.#core.change({ by: 'order', reason: null, orderId, requestId }, (shelf) => {
      const act = input.kind === 'hold' ? hold : commit;
      const taken: Taken = act(shelf, storage.holdsOf(orderId), lines, room);
      if (!taken.ok) {
        answer = fail({ lineId: taken.lineId, available: taken.available });
        return null;
      }
      storage.saveHolds(orderId, taken.holds, expiresAt, now);
      if (input.kind === 'hold') storage.prolongHolds(orderId, expiresAt);
      answer = ok(this.#told(storage.holdsOf(orderId), lines));
      return taken;
    });
    return answer;
  }

  #told(present: readonly Hold[], lines: HoldInput['lines']): StockTaken {
    const waiting = present.filter(
      (held) => isWaiting(held) && lines.some((line) => line.lineId === held.lineId),
    );
    return {
      backordered: waiting.reduce((sum, line) => sum + missingOf(line), 0),
      expectedAt: waiting.length === 0 ? null : this.#root.settings().backorderExpectedAt,
      waiting: waiting.map((line) => line.lineId),
    };
  }
}

const has = (present: readonly Hold[], lineId: string): boolean =>
  present.some((held) => held.lineId === lineId && (held.state === 'held' || held.state === 'committed'));
const hasGivenBack = (present: readonly Hold[], { lines }: Take): boolean =>
  present.some(
    (held) =>
      (held.state === 'released' || held.state === 'returned') &&
      lines.some((line) => line.lineId === held.lineId),
  );
