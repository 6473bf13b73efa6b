import { callContextSchema, type CallContext } from '#shared/contracts/call.ts';
import type { StockLevel, StockMovement } from '#shared/contracts/http/stock.ts';
import { fail, type Result } from '#shared/domain/result.ts';
import { logWork } from '#shared/observability/work.ts';
import type { Host } from '../lib/host.ts';
import { Commands } from './commands.ts';
import { ENDED_KEPT_MS, StockCore, type StockEffect, type StockPorts } from './core.ts';
import {
  callInInputSchema,
  type CallInInput,
  type ChangeSettingsInput,
  changeSettingsInputSchema,
  type Commanded,
  type DeclareInput,
  declareInputSchema,
  exchangeInputSchema,
  type ExchangeInput,
  type GiveBackInput,
  giveBackInputSchema,
  type HoldInput,
  holdInputSchema,
  type MovementsInput,
  movementsInputSchema,
  type RestockInput,
  restockInputSchema,
  type SetOnHandInput,
  setOnHandInputSchema,
  type ShardReport,
  type StockError,
  type StockFace,
  type StockShortage,
  type StockTaken,
  type TakeInput,
  type TakenLine,
  takenLineSchema,
  takeInputSchema,
  type Terms,
  type TransferInput,
  transferInputSchema,
} from './face.ts';
import { expire, giveBack, type Hold } from './machine.ts';
import { shardOf } from './name.ts';
import { Root } from './root.ts';
import { Shard } from './shard.ts';
import { type Take, Taking } from './taking.ts';

const EXPIRED_BATCH_MAX = 500;

/**
 * Owns units of one SKU: the root all of them, or a shard those lent to it. Everything happens in synchronous
 * transactions of this one object, so two orders can never take the same unit. The catalogue learns of changes through
 * the queue `stock-events`. Knows nothing of the platform but its `Host`.
 */
export class StockEngine implements StockFace {
  readonly #core: StockCore;
  readonly #root: Root;
  readonly #shard: Shard;
  readonly #taking: Taking;
  readonly #commands: Commands;

  constructor(host: Host, ports: StockPorts) {
    this.#core = new StockCore(host, ports, (effect) => this.#deliver(effect));
    this.#root = new Root(this.#core);
    this.#shard = new Shard(this.#core);
    this.#taking = new Taking(this.#core, this.#root, this.#shard);
    this.#commands = new Commands(this.#core, this.#root);
  }

  async declare(call: CallContext, input: DeclareInput): Promise<void> {
    const { requestId } = callContextSchema.parse(call);
    const { sku, onHand, sequence } = declareInputSchema.parse(input);
    this.#core.create(sku);
    const isNew = (): boolean => sequence > (this.#core.storage.level()?.declaredSequence ?? 0);
    if (!isNew()) return;
    const by = { by: 'catalogue', reason: `declaration ${sequence}` };
    await this.#commands.declare(requestId, { ...by, onHand }, () => {
      if (!isNew()) return false;
      this.#core.storage.setDeclared(sequence);
      return true;
    });
  }

  async setOnHand(call: CallContext, input: SetOnHandInput): Promise<Result<StockLevel, StockError>> {
    const { requestId } = callContextSchema.parse(call);
    const { sku, location = null, ...rest } = setOnHandInputSchema.parse(input);
    this.#core.create(sku);
    return this.#commands.count(requestId, { ...rest, location });
  }

  async restock(call: CallContext, input: RestockInput): Promise<Result<Commanded, StockError>> {
    const { requestId } = callContextSchema.parse(call);
    const { location = null, takenBy = null, ...rest } = restockInputSchema.parse(input);
    if (!this.#core.ready) return fail({ code: 'not_found' });
    return this.#commands.restock(requestId, { ...rest, location, takenBy });
  }

  async transfer(call: CallContext, input: TransferInput): Promise<Result<Commanded, StockError>> {
    const { requestId } = callContextSchema.parse(call);
    const wanted = transferInputSchema.parse(input);
    if (!this.#core.ready) return fail({ code: 'not_found' });
    return this.#commands.transfer(requestId, wanted);
  }

  async changeSettings(
    call: CallContext,
    input: ChangeSettingsInput,
  ): Promise<Result<StockLevel, StockError>> {
    const { requestId } = callContextSchema.parse(call);
    const wanted = changeSettingsInputSchema.parse(input);
    if (!this.#core.ready) return fail({ code: 'not_found' });
    return this.#commands.changeSettings(requestId, wanted);
  }

  async hold(call: CallContext, input: HoldInput): Promise<Result<StockTaken, StockShortage>> {
    return this.#take('hold', call, holdInputSchema.parse(input));
  }

  async commit(call: CallContext, input: TakeInput): Promise<Result<StockTaken, StockShortage>> {
    return this.#take('commit', call, { ...takeInputSchema.parse(input), expiresAt: this.#core.now });
  }

  async giveBack(call: CallContext, input: GiveBackInput): Promise<void> {
    const { requestId } = callContextSchema.parse(call);
    const { sku, object, orderId, lineIds = null, restocked } = giveBackInputSchema.parse(input);
    this.#openShard(sku, object);
    if (!this.#core.ready) return;
    const { storage, now } = this.#core;
    this.#core.change({ by: 'order', reason: null, orderId, requestId }, (shelf) => {
      const given = giveBack(shelf, storage.holdsOf(orderId), lineIds, restocked);
      storage.saveHolds(orderId, given.holds, now, now);
      if (lineIds === null) storage.closeOrder(orderId, now);
      else storage.saveHolds(orderId, neverHeld(lineIds, storage.holdsOf(orderId)), now, now);
      return given;
    });
    if (this.#core.leases.isForwarded(orderId)) {
      await this.#core.on(sku, (root) =>
        root.giveBack(
          { requestId },
          {
            sku,
            orderId,
            ...(lineIds === null ? {} : { lineIds }),
            ...(restocked === undefined ? {} : { restocked }),
          },
        ),
      );
    }
    await this.#settleUp(requestId);
  }

  async takenAt(call: CallContext, line: TakenLine): Promise<string | null> {
    callContextSchema.parse(call);
    const taken = takenLineSchema.parse(line);
    return this.#core.ready ? this.#commands.takenAt(taken) : null;
  }

  async level(call: CallContext): Promise<StockLevel | null> {
    callContextSchema.parse(call);
    return this.#core.ready ? this.#root.level() : null;
  }

  async movements(call: CallContext, input: MovementsInput): Promise<StockMovement[] | null> {
    callContextSchema.parse(call);
    const { before, limit } = movementsInputSchema.parse(input);
    return this.#core.ready ? this.#core.storage.movements(before, limit) : null;
  }

  async exchange(call: CallContext, input: ExchangeInput): Promise<Terms> {
    const { requestId } = callContextSchema.parse(call);
    const parsed = exchangeInputSchema.parse(input);
    if (!this.#core.ready) throw new Error('a shard without a root');
    return this.#root.exchange(requestId, parsed);
  }

  async callIn(call: CallContext, input: CallInInput): Promise<ShardReport> {
    const { requestId } = callContextSchema.parse(call);
    const { sku, shard, terms, missing } = callInInputSchema.parse(input);
    this.#core.createShard(sku, shard);
    return this.#shard.callIn(requestId, terms, missing);
  }

  /** Body of the object's alarm. Never throws. */
  async alarm(): Promise<void> {
    if (!this.#core.ready) return;
    await this.#core.alarms.ring({
      outbox: () => this.#core.drain(),
      expiry: () => this.#expire(),
      settle: () => this.#settleUp('stock-settle'),
    });
  }

  #take(kind: Take['kind'], call: CallContext, input: HoldInput): Promise<Result<StockTaken, StockShortage>> {
    const { requestId } = callContextSchema.parse(call);
    this.#openShard(input.sku, input.object);
    if (!this.#core.ready) return Promise.resolve(fail({ lineId: '', available: 0 }));
    return this.#taking.take({ kind, requestId, ...input });
  }

  #openShard(sku: string, object: string | undefined): void {
    const shard = object === undefined ? null : shardOf(object);
    if (shard !== null) this.#core.createShard(sku, shard);
  }

  /** In a shard that may not keep it: what came free is back at the root before anybody is told that it is free. */
  async #settleUp(requestId: string): Promise<void> {
    if (this.#shard.owes()) await this.#shard.exchange(requestId, false);
  }

  async #expire(): Promise<void> {
    const { storage, now } = this.#core;
    const requestId = 'stock-expiry';
    for (let count = 0; count < EXPIRED_BATCH_MAX; count += 1) {
      // Read one at a time: what one sets free may go to the next, which is due as well.
      const [line] = storage.expiredHolds(now, 1);
      if (line === undefined) break;
      this.#core.change({ by: 'expiry', reason: null, orderId: line.orderId, requestId }, (shelf) => {
        const expired = expire(shelf, [line]);
        storage.saveHolds(line.orderId, expired.holds, now, now);
        return expired;
      });
    }
    storage.forgetEnded(now - ENDED_KEPT_MS, now);
    this.#core.armExpiry();
    await this.#settleUp(requestId);
  }

  async #deliver(effect: StockEffect): Promise<void> {
    const { requestId } = effect;
    await logWork({ system: 'purchase', work: `stock ${effect.effect}`, requestId }, async () => {
      switch (effect.effect) {
        case 'announce':
          return this.#announce(requestId);
        case 'gather':
          return this.#root.settle(requestId);
        case 'allocated':
          return this.#tell(effect.orderId, requestId);
      }
    });
  }

  async #announce(requestId: string): Promise<void> {
    this.#core.storage.startAnnouncement();
    if (this.#shard.lease() !== null) return this.#shard.exchange(requestId, false);
    const level = this.#root.level();
    if (level === null) return;
    const { sku, available, availability, sequence, backorder, locations, lowStockThreshold } = level;
    await this.#core.ports.events.send({
      type: 'stock.changed',
      requestId,
      messageId: `${sku}:${sequence}`.slice(0, 200),
      sku,
      available,
      availability,
      expectedAt: backorder.expectedAt === null ? null : Date.parse(backorder.expectedAt),
      shards: this.#root.settings().shards,
      locations: locations.map((place) => ({ code: place.code, available: place.available })),
      lowStockThreshold,
      sequence,
    });
  }

  async #tell(orderId: string, requestId: string): Promise<void> {
    const sku = this.#core.storage.level()?.sku ?? '';
    await this.#core.ports.order.getByName(orderId).stockAllocated({ requestId }, { orderId, sku });
  }
}

/** A late request of these lines finds that they were given back. */
function neverHeld(lineIds: readonly string[], present: readonly Hold[]): Hold[] {
  const known = new Set(present.map(({ lineId }) => lineId));
  return lineIds
    .filter((lineId) => !known.has(lineId))
    .map((lineId) => ({ lineId, quantity: 1, state: 'released', taken: {} }));
}
