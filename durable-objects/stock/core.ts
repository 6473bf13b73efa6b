import type { CallContext } from '#shared/contracts/call.ts';
import type { StockEventMessage } from '#shared/contracts/messages.ts';
import { SECOND_MS } from '#shared/time/time.ts';
import { NamedAlarms } from '../lib/alarms.ts';
import { type Host, orLate } from '../lib/host.ts';
import { migrateObject } from '../lib/migrations.ts';
import { callObject, type ObjectNamespace } from '../lib/namespace.ts';
import { Outbox } from '../lib/outbox.ts';
import type { StockAllocatedInput, StockFace } from './face.ts';
import { LeaseStorage } from './lease-storage.ts';
import { allocate, availableOf, isWaiting, type Moved, type Shelf } from './machine.ts';
import { STOCK_MIGRATIONS } from './migrations.ts';
import { type Cause, StockStorage } from './storage.ts';

/** The outside world of a SKU's stock. */
export interface StockPorts {
  events: Pick<Queue<StockEventMessage>, 'send'>;
  /** Root and shards reach each other through it. */
  stock: ObjectNamespace<StockFace>;
  order: ObjectNamespace<{ stockAllocated(call: CallContext, input: StockAllocatedInput): Promise<boolean> }>;
}
export type AlarmName = 'outbox' | 'expiry' | 'settle';
export type StockEffect = { requestId: string } & (
  | { effect: 'announce' }
  | { effect: 'allocated'; orderId: string }
  /** Units lent to shards come back. */
  | { effect: 'gather' }
);

/** Changes within this time travel as one message: a hot SKU changes hundreds of times a second. */
const ANNOUNCE_DELAY_MS = 250;
/** A crash between giving units up and telling so is noticed after this long. */
const SETTLE_NET_MS = 10 * SECOND_MS;
const OUTBOX_DONE_KEPT = 100;
/** Root and shard must not wait for each other for ever; what was done all the same is heard of with the next talk. */
const CALL_TIMEOUT_MS = 10 * SECOND_MS;

/** What root and shards have in common: the tables, the ledger, and one transaction around every change of units. */
export class StockCore {
  readonly host: Host;
  readonly ports: StockPorts;
  readonly storage: StockStorage;
  readonly leases: LeaseStorage;
  readonly alarms: NamedAlarms<AlarmName>;
  readonly outbox: Outbox<StockEffect>;
  ready = false;

  constructor(host: Host, ports: StockPorts, deliver: (effect: StockEffect) => Promise<void>) {
    this.host = host;
    this.ports = ports;
    this.storage = new StockStorage(host.storage.sql);
    this.leases = new LeaseStorage(host.storage.sql);
    this.alarms = new NamedAlarms(host.storage, host.clock, host.random);
    this.outbox = new Outbox<StockEffect>(
      host.storage,
      host.clock,
      {
        deliver: async ({ payload }) => {
          await deliver(payload);
          return () => {};
        },
        parked: ({ payload, key }) => this.#again(key, payload),
      },
      { doneKept: OUTBOX_DONE_KEPT },
      host,
    );
    if (this.storage.exists()) this.#migrate();
  }

  get now(): number {
    return this.host.clock.now();
  }

  /** The SKU becomes known here. */
  create(sku: string): void {
    if (!this.ready) this.#migrate();
    this.storage.create(sku);
  }

  createShard(sku: string, shard: number): void {
    if (this.ready && this.leases.lease() !== null) return;
    this.host.storage.transactionSync(() => {
      this.create(sku);
      this.leases.saveLease({ shard, granted: {}, returned: {}, term: 0, keeps: false, reports: 0 });
    });
  }

  transaction<Value>(act: () => Value): Value {
    return this.host.storage.transactionSync(act);
  }

  /**
   * One transaction: the change, its lines in the ledger, its sequence number and the announcement of it. What comes free
   * goes to those who wait for units, before anybody else can take it. Null: nothing happens.
   */
  change(cause: Cause, act: (shelf: Shelf) => Moved | null): void {
    this.transaction(() => {
      const before = this.storage.shelf();
      const owed = this.storage.backordered();
      const moved = act(before);
      if (moved === null) return;
      this.storage.addMovements(moved.moves, cause, this.now);
      const after = this.#allocate(moved.shelf, cause.requestId);
      const isFirst = this.storage.level()?.sequence === 0;
      if (moved.moves.length === 0 && owed === this.storage.backordered() && !isFirst) return;
      this.storage.saveShelf(before, after);
      this.announce(cause.requestId);
      this.#armSettle(after);
    });
    this.armExpiry();
  }

  /** Call inside a transaction that gave the level a new sequence number. */
  announce(requestId: string): void {
    const sequence = this.storage.level()?.sequence ?? 0;
    if (!this.storage.claimAnnouncement()) return;
    this.add(`stock.changed:${sequence}`, 'announce', { effect: 'announce', requestId }, ANNOUNCE_DELAY_MS);
  }

  add(key: string, lane: string, payload: StockEffect, delayMs = 0): void {
    const at = this.now + delayMs;
    this.outbox.add({ key, lane, payload }, at);
    this.alarms.setNoLaterThan('outbox', at);
  }

  async drain(): Promise<void> {
    await this.outbox.drain();
    const next = this.outbox.nextDueAt();
    if (next !== null) this.alarms.setNoLaterThan('outbox', next);
  }

  armExpiry(): void {
    const next = this.storage.nextExpiry(ENDED_KEPT_MS);
    if (next === null) this.alarms.clear('expiry');
    else if (this.alarms.get('expiry') !== next) this.alarms.set('expiry', next);
  }

  /** Calls the root or a shard. */
  on<Value>(object: string, act: (stock: StockFace) => Promise<Value>): Promise<Value> {
    const late = (): Error => new Error(`${object} did not answer within ${CALL_TIMEOUT_MS} ms`);
    return orLate(
      this.host.after,
      CALL_TIMEOUT_MS,
      callObject(this.ports.stock, object, act, this.host),
      late,
    );
  }

  /** Who waits gets units first; each order whose line is complete is told. */
  #allocate(shelf: Shelf, requestId: string): Shelf {
    const queue = availableOf(shelf) > 0 ? this.storage.queue() : [];
    if (queue.length === 0) return shelf;
    const given = allocate(shelf, queue);
    for (const line of given.holds) {
      this.storage.saveTaken(line);
      const moves = given.moves.filter((move) => move.lineId === line.lineId);
      const { orderId } = line;
      this.storage.addMovements(moves, { by: 'queue', reason: null, orderId, requestId }, this.now);
      if (isWaiting(line)) continue;
      this.add(`allocated:${orderId}:${line.lineId}:${this.now}`, 'allocated', {
        effect: 'allocated',
        orderId,
        requestId,
      });
    }
    return given.shelf;
  }

  /** In a shard that may not keep what is free. */
  #armSettle(shelf: Shelf): void {
    if (this.leases.lease()?.keeps === false && availableOf(shelf) > 0) {
      this.alarms.setNoLaterThan('settle', this.now + SETTLE_NET_MS);
    }
  }

  /** An order must be told that its units are there, and lent units must come back, however long it takes. */
  #again(key: string, payload: StockEffect): void {
    if (payload.effect === 'announce') return;
    const [first] = key.split(AGAIN);
    this.add(`${first}${AGAIN}${this.now}`, payload.effect, payload, TRY_AGAIN_MS);
  }

  #migrate(): void {
    migrateObject(this.host.storage, STOCK_MIGRATIONS);
    this.ready = true;
  }
}

const AGAIN = '#again:';
const TRY_AGAIN_MS = 600 * SECOND_MS;
/** How long ended holds are remembered: longer than any delayed request of their order. */
export const ENDED_KEPT_MS = 7 * 24 * 3_600 * SECOND_MS;
