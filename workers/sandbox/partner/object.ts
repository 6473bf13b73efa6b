import { DurableObject } from 'cloudflare:workers';
import { Webhook } from 'standardwebhooks';
import { ALARMS_MIGRATION, NamedAlarms } from '#objects/lib/alarms.ts';
import { migrateObject } from '#objects/lib/migrations.ts';
import { Outbox, OUTBOX_MIGRATION, type OutboxEffect } from '#objects/lib/outbox.ts';
import { fail, ok, type Result } from '#shared/domain/result.ts';
import { SECOND_MS, systemClock } from '#shared/time/time.ts';
import { FAULTS_MIGRATION, FaultSwitches, type Fault, type FaultInput } from '../control/faults.ts';
import type { Env } from '../env.ts';
import type {
  Change,
  ChangedService,
  PartnerOperation,
  PartnerOrder,
  PartnerSubject,
  UseWish,
} from './schemas.ts';
import { isSuccess, post } from '../post.ts';
import {
  PARTNER_CHANGE_MIGRATION,
  PARTNER_MIGRATION,
  PARTNER_USE_MIGRATION,
  PartnerStore,
} from './storage.ts';
import { newAccess, outcomeOf } from './outcome.ts';

const MIGRATIONS = [
  ALARMS_MIGRATION,
  OUTBOX_MIGRATION,
  FAULTS_MIGRATION,
  PARTNER_MIGRATION,
  PARTNER_USE_MIGRATION,
  PARTNER_CHANGE_MIGRATION,
] as const;

const WORK_MS = 300;
const FLAKY_FAILURES = 2;
const CALLBACK_TIMEOUT_MS = 10_000;
const CALLBACK_ATTEMPTS_MAX = 200;

/** `work`: the operation ends; `callback`: its end is told. */
type Effect =
  | { kind: 'work'; operationId: string }
  | { kind: 'callback'; operationId: string; messageId: string; garbage: boolean };
const IN_USE: ReadonlySet<PartnerSubject['state']> = new Set<PartnerSubject['state']>([
  'active',
  'suspended',
]);
type OrderFailure = { code: 'key_reused' | 'unavailable' | 'broken' };
type ChangeFailure = OrderFailure | { code: 'refused' };

/** The partner that runs services and sends parcels: takes orders, works for a moment, calls back. */
export class Partner extends DurableObject<Env> {
  readonly #store: PartnerStore;
  readonly #faults: FaultSwitches;
  readonly #alarms: NamedAlarms<'outbox'>;
  readonly #outbox: Outbox<Effect>;

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env);
    migrateObject(ctx.storage, MIGRATIONS);
    this.#store = new PartnerStore(ctx.storage);
    this.#faults = new FaultSwitches(ctx.storage);
    this.#alarms = new NamedAlarms(ctx.storage, systemClock);
    this.#outbox = new Outbox<Effect>(
      ctx.storage,
      systemClock,
      { deliver: (effect) => this.#deliver(effect), parked: () => undefined },
      { attemptsMax: CALLBACK_ATTEMPTS_MAX, deliveryTimeoutMs: CALLBACK_TIMEOUT_MS + SECOND_MS },
    );
  }

  /** Takes an order; the same key and content again answer the first one's ids. */
  order(order: PartnerOrder, idempotencyKey: string): Result<PartnerOperation, OrderFailure> {
    const labels = labelsOf(order);
    if (this.#isDown(order, idempotencyKey, labels)) return fail({ code: 'unavailable' });
    const taken = this.ctx.storage.transactionSync(() => {
      const earlier = this.#store.byKey(idempotencyKey);
      if (earlier !== null) {
        return earlier.content === JSON.stringify(order)
          ? ok(earlier.operation)
          : fail({ code: 'key_reused' as const });
      }
      const operation = this.#store.add(order, idempotencyKey);
      const slow = this.#faults.take('partner.slow', labels)?.delayMs ?? 0;
      const { operationId } = operation;
      this.#outbox.add(
        { key: `work:${operationId}`, lane: operationId, payload: { kind: 'work', operationId } },
        Date.now() + WORK_MS + slow,
      );
      this.#arm();
      return ok(operation);
    });
    if (taken.ok && this.#faults.take('partner.error-after', labels) !== null)
      return fail({ code: 'broken' });
    return taken;
  }

  operation(operationId: string): Result<PartnerOperation | null, OrderFailure> {
    const operation = this.#store.operation(operationId);
    if (
      operation !== null &&
      this.#faults.take('partner.down', [operation.reference, 'operations']) !== null
    ) {
      return fail({ code: 'unavailable' });
    }
    return ok(operation);
  }

  /** Ends a service or stops a parcel. Repeating it does nothing; null when there never was one. */
  remove(kind: PartnerOrder['kind'], id: string): Result<PartnerSubject | null, OrderFailure> {
    const subject = this.#store.subject(id);
    if (subject === null || subject.kind !== kind) return ok(null);
    if (this.#faults.take('partner.down', [subject.reference, subject.plan, id, 'delete']) !== null) {
      return fail({ code: 'unavailable' });
    }
    this.#store.setState(id, 'deleted');
    return ok({ ...subject, state: 'deleted' });
  }

  /** Suspends a service, or resumes it. Null when there is none; one that is still being made is not there yet. */
  use(id: string, wish: UseWish): Result<PartnerSubject | null, OrderFailure> {
    const subject = this.#store.subject(id);
    if (subject === null || subject.kind !== 'service' || !IN_USE.has(subject.state)) return ok(null);
    const step = wish.suspended ? 'suspend' : 'resume';
    const labels = [subject.reference, subject.plan, id, step];
    if (this.#faults.take('partner.down', labels) !== null) return fail({ code: 'unavailable' });
    this.#store.use(id, wish);
    if (this.#faults.take('partner.error-after', labels) !== null) return fail({ code: 'broken' });
    return ok(this.#store.subject(id));
  }

  /** Changes a service or renews its access data; the same key again is answered alike. Null: there is none. */
  change(id: string, change: Change, key: string): Result<ChangedService | null, ChangeFailure> {
    const subject = this.#store.subject(id);
    if (subject === null || subject.kind !== 'service' || !IN_USE.has(subject.state)) return ok(null);
    const step = change.to === null ? 'rotate' : 'change';
    const labels = [subject.reference, subject.plan, id, step];
    if (this.#faults.take('partner.down', labels) !== null) return fail({ code: 'unavailable' });
    const isRefused =
      change.to?.plan === 'sandbox-refuse' || this.#faults.take('partner.refuse', labels) !== null;
    if (isRefused) return fail({ code: 'refused' });
    const earlier = this.#store.change(key);
    if (earlier !== null && earlier.content !== JSON.stringify([id, change.to, change.sequence]))
      return fail({ code: 'key_reused' });
    const answer =
      earlier === null
        ? { serviceId: id, ...(change.to === null ? { result: newAccess(id) } : {}) }
        : (JSON.parse(earlier.answer) as ChangedService);
    if (earlier === null) this.#store.addChange(key, id, change, answer);
    if (this.#faults.take('partner.error-after', labels) !== null) return fail({ code: 'broken' });
    return ok(answer);
  }

  subjects(kind: PartnerOrder['kind'], reference: string | null): PartnerSubject[] {
    return this.#store.subjects(kind, reference);
  }

  addFault(fault: FaultInput): Fault {
    return this.#faults.add(fault);
  }
  listFaults(): Fault[] {
    return this.#faults.list();
  }
  clearFaults(id: string | null): number {
    return this.#faults.clear(id);
  }

  override async alarm(): Promise<void> {
    await this.#alarms.ring({
      outbox: async () => {
        await this.#outbox.drain();
        this.#arm();
      },
    });
  }

  #isDown(order: PartnerOrder, key: string, labels: string[]): boolean {
    if (this.#faults.take('partner.down', labels) !== null) return true;
    return order.plan === 'sandbox-flaky' && this.#store.countAttempt(key) <= FLAKY_FAILURES;
  }

  async #deliver(effect: OutboxEffect<Effect>): Promise<() => void> {
    if (effect.payload.kind === 'callback') return this.#callBack(effect.payload);
    const { operationId } = effect.payload;
    return () => this.#finish(operationId);
  }

  /** Ends an operation and lets its caller know, unless the order says otherwise. */
  #finish(operationId: string): void {
    const order = this.#store.orderOf(operationId);
    if (order === null) return;
    const labels = labelsOf(order);
    const refused = order.plan === 'sandbox-refuse' || this.#faults.take('partner.refuse', labels) !== null;
    this.#store.finish(operationId, outcomeOf(order, operationId, refused));
    const silent = order.plan === 'sandbox-silent' || this.#faults.take('partner.silent', labels) !== null;
    if (silent) return;
    const tell = (suffix: string, garbage: boolean) =>
      this.#outbox.add({
        key: `callback:${operationId}${suffix}`,
        lane: operationId,
        payload: { kind: 'callback', operationId, messageId: `msg_${operationId}`, garbage },
      });
    if (this.#faults.take('partner.garbage', labels) !== null) tell(':garbage', true);
    tell('', false);
    if (this.#faults.take('partner.callback-twice', labels) !== null) tell(':again', false);
  }

  /** Signed as Standard Webhooks say; the id stays the same over all attempts of one message. */
  async #callBack(payload: Extract<Effect, { kind: 'callback' }>): Promise<() => void> {
    const operation = this.#store.operation(payload.operationId);
    const order = this.#store.orderOf(payload.operationId);
    if (operation === null || order === null) return () => undefined;
    const body = payload.garbage ? '%% no JSON %%' : JSON.stringify(operation);
    const id = payload.garbage ? `${payload.messageId}_garbage` : payload.messageId;
    const at = new Date();
    const status = await post(order.callbackUrl, {
      headers: {
        'content-type': 'application/json',
        'webhook-id': id,
        'webhook-timestamp': String(Math.floor(at.getTime() / 1000)),
        'webhook-signature': new Webhook(this.env.SANDBOX_PARTNER_WEBHOOK_SECRET).sign(id, at, body),
      },
      body,
      timeoutMs: CALLBACK_TIMEOUT_MS,
    });
    if (!isSuccess(status) && !payload.garbage) throw new Error(`the call-back was answered ${status}`);
    return () => undefined;
  }

  #arm(): void {
    const next = this.#outbox.nextDueAt();
    if (next !== null) this.#alarms.setNoLaterThan('outbox', next);
  }
}

const labelsOf = (order: PartnerOrder): string[] => [
  order.reference,
  order.plan,
  ...Object.values(order.parameters).filter((value) => typeof value === 'string'),
];
