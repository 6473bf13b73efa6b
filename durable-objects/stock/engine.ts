import { callContextSchema, type CallContext } from '#shared/contracts/call.ts';
import type { StockLevel } from '#shared/contracts/http/stock.ts';
import type { StockEventMessage } from '#shared/contracts/messages.ts';
import { fail, ok, type Result } from '#shared/domain/result.ts';
import { logWork } from '#shared/observability/work.ts';
import { DAY_MS } from '#shared/time/time.ts';
import { NamedAlarms } from '../lib/alarms.ts';
import type { Host } from '../lib/host.ts';
import { migrateObject } from '../lib/migrations.ts';
import { Outbox } from '../lib/outbox.ts';
import {
  type DeclareInput,
  declareInputSchema,
  type HoldInput,
  holdInputSchema,
  type SetOnHandInput,
  setOnHandInputSchema,
  type StockFace,
  type StockShortage,
  type StockTaken,
  type TakeInput,
  takeInputSchema,
} from './face.ts';
import { commit, expire, giveBack, hold, type Level, type Taken } from './machine.ts';
import { STOCK_MIGRATIONS } from './migrations.ts';
import { type LevelRow, publicLevel, StockStorage } from './storage.ts';

/** The outside world of a SKU's stock. */
export interface StockPorts {
  events: Queue<StockEventMessage>;
}
type AlarmName = 'outbox' | 'expiry';
interface Announcement {
  requestId: string;
}

/** Changes within this time travel as one message: a hot SKU changes hundreds of times a second. */
const ANNOUNCE_DELAY_MS = 250;
const EXPIRED_BATCH_MAX = 500;
/** How long ended holds are remembered: longer than any delayed request of their order. */
const ENDED_KEPT_MS = 7 * DAY_MS;
const OUTBOX_DONE_KEPT = 100;
const COMPLETE: StockTaken = { backordered: 0, expectedAt: null, waiting: [] };

/**
 * Owns the stock of one SKU. Everything happens in synchronous transactions of this one object, so two orders can never
 * take the same unit. The catalogue learns of changes through the queue `stock-events`. Knows nothing of the platform but
 * its `Host`.
 */
export class StockEngine implements StockFace {
  readonly #host: Host;
  readonly #ports: StockPorts;
  readonly #storage: StockStorage;
  readonly #alarms: NamedAlarms<AlarmName>;
  readonly #outbox: Outbox<Announcement>;
  #ready = false;

  constructor(host: Host, ports: StockPorts) {
    this.#host = host;
    this.#ports = ports;
    this.#storage = new StockStorage(host.storage.sql);
    this.#alarms = new NamedAlarms(host.storage, host.clock, host.random);
    this.#outbox = new Outbox<Announcement>(
      host.storage,
      host.clock,
      {
        deliver: (effect) => this.#announce(effect.payload),
        // The level is announced with each later change as well; nothing is lost but promptness.
        parked: () => {},
      },
      { doneKept: OUTBOX_DONE_KEPT },
      host,
    );
    if (this.#storage.exists()) this.#migrate();
  }

  async declare(call: CallContext, input: DeclareInput): Promise<void> {
    const { requestId } = callContextSchema.parse(call);
    const { sku, onHand, sequence } = declareInputSchema.parse(input);
    this.#change(requestId, () => {
      const level = this.#create(sku);
      if (sequence <= level.declaredSequence) return null;
      this.#storage.setDeclared(sequence);
      return { onHand, held: level.held };
    });
  }

  async setOnHand(call: CallContext, input: SetOnHandInput): Promise<StockLevel> {
    const { requestId } = callContextSchema.parse(call);
    const { sku, onHand } = setOnHandInputSchema.parse(input);
    this.#change(requestId, () => ({ onHand, held: this.#create(sku).held }));
    return publicLevel(this.#create(sku));
  }

  async hold(call: CallContext, input: HoldInput): Promise<Result<StockTaken, StockShortage>> {
    const { orderId, lines, expiresAt } = holdInputSchema.parse(input);
    const taken = this.#take(call, orderId, expiresAt, (level) =>
      hold(level, this.#storage.holdsOf(orderId), lines),
    );
    if (taken.ok) this.#retime(orderId, expiresAt);
    return taken.ok ? ok(COMPLETE) : fail({ lineId: taken.lineId, available: taken.available });
  }

  async commit(call: CallContext, input: TakeInput): Promise<Result<StockTaken, StockShortage>> {
    const { orderId, lines } = takeInputSchema.parse(input);
    const taken = this.#take(call, orderId, this.#host.clock.now(), (level) =>
      commit(level, this.#storage.holdsOf(orderId), lines),
    );
    return taken.ok ? ok(COMPLETE) : fail({ lineId: taken.lineId, available: taken.available });
  }

  async giveBack(call: CallContext, input: { sku: string; orderId: string }): Promise<void> {
    const { requestId } = callContextSchema.parse(call);
    if (!this.#ready) return;
    const { orderId } = input;
    this.#change(requestId, (level) => {
      const given = giveBack(level, this.#storage.holdsOf(orderId));
      this.#storage.saveHolds(orderId, given.holds, this.#host.clock.now(), this.#host.clock.now());
      this.#storage.closeOrder(orderId, this.#host.clock.now());
      return given.level;
    });
  }

  async level(call: CallContext): Promise<StockLevel | null> {
    callContextSchema.parse(call);
    const level = this.#ready ? this.#storage.level() : null;
    return level === null ? null : publicLevel(level);
  }

  /** Body of the object's alarm. Never throws. */
  async alarm(): Promise<void> {
    if (!this.#ready) return;
    await this.#alarms.ring({ outbox: () => this.#drain(), expiry: () => this.#expire() });
  }

  #take(call: CallContext, orderId: string, expiresAt: number, take: (level: Level) => Taken): Taken {
    const { requestId } = callContextSchema.parse(call);
    let taken: Taken = { ok: false, lineId: '', available: 0 };
    if (!this.#ready) return taken;
    this.#change(requestId, (level) => {
      taken = this.#storage.isClosed(orderId) ? { ok: false, lineId: '', available: 0 } : take(level);
      if (!taken.ok) return null;
      this.#storage.saveHolds(orderId, taken.holds, expiresAt, this.#host.clock.now());
      return taken.level;
    });
    this.#armExpiry();
    return taken;
  }

  #retime(orderId: string, expiresAt: number): void {
    this.#storage.retimeHolds(orderId, expiresAt);
    this.#armExpiry();
  }

  /** One transaction: the change, its sequence number and the announcement of it. */
  #change(requestId: string, act: (level: LevelRow) => Level | null): void {
    this.#host.storage.transactionSync(() => {
      const before = this.#ready ? this.#storage.level() : null;
      const after = act(before ?? EMPTY_LEVEL);
      const level = after === null ? null : this.#storage.level();
      if (after === null || level === null) return;
      if (after.onHand === level.onHand && after.held === level.held && level.sequence > 0) return;
      this.#storage.setLevel(after);
      if (!this.#storage.claimAnnouncement()) return;
      const at = this.#host.clock.now() + ANNOUNCE_DELAY_MS;
      this.#outbox.add(
        { key: `stock.changed:${level.sequence + 1}`, lane: 'announce', payload: { requestId } },
        at,
      );
      this.#alarms.setNoLaterThan('outbox', at);
    });
  }

  async #announce({ requestId }: Announcement): Promise<() => void> {
    this.#storage.startAnnouncement();
    const level = this.#storage.level();
    if (level !== null) {
      const { sku, available, sequence } = publicLevel(level);
      const rest = { expectedAt: null, shards: 1, locations: [] };
      const messageId = `${sku}:${sequence}`.slice(0, 200);
      await logWork({ system: 'purchase', work: 'stock announce', requestId }, () =>
        this.#ports.events.send({
          type: 'stock.changed',
          requestId,
          messageId,
          sku,
          available,
          sequence,
          ...rest,
        }),
      );
    }
    return () => {};
  }

  async #drain(): Promise<void> {
    await this.#outbox.drain();
    const next = this.#outbox.nextDueAt();
    if (next !== null) this.#alarms.setNoLaterThan('outbox', next);
  }

  #expire(): void {
    const now = this.#host.clock.now();
    const due = this.#storage.expiredHolds(now, EXPIRED_BATCH_MAX);
    this.#change('stock-expiry', (level) => {
      for (const line of due) {
        this.#storage.saveHolds(line.orderId, expire(level, [line]).holds, now, now);
      }
      this.#storage.forgetEnded(now - ENDED_KEPT_MS);
      return due.length === 0 ? null : expire(level, due).level;
    });
    this.#armExpiry();
  }

  #armExpiry(): void {
    const next = this.#storage.nextExpiry(ENDED_KEPT_MS);
    if (next === null) this.#alarms.clear('expiry');
    else if (this.#alarms.get('expiry') !== next) this.#alarms.set('expiry', next);
  }

  /** The SKU becomes known. */
  #create(sku: string): LevelRow {
    if (!this.#ready) this.#migrate();
    this.#storage.create(sku);
    return this.#storage.level() ?? EMPTY_LEVEL;
  }

  #migrate(): void {
    migrateObject(this.#host.storage, STOCK_MIGRATIONS);
    this.#ready = true;
  }
}

const EMPTY_LEVEL: LevelRow = { sku: '', onHand: 0, held: 0, sequence: 0, declaredSequence: 0 };
