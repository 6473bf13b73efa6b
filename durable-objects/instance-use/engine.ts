import { callContextSchema, type CallContext } from '#shared/contracts/call.ts';
import { periodOf, type Terms } from '#shared/domain/entitlements.ts';
import { fail, ok, type Result } from '#shared/domain/result.ts';
import { DAY_MS, SECOND_MS } from '#shared/time/time.ts';
import { NamedAlarms } from '../lib/alarms.ts';
import type { Host } from '../lib/host.ts';
import { migrateObject } from '../lib/migrations.ts';
import {
  type ActivationRow,
  type BeatInput,
  beatInputSchema,
  COUNT_KEY_KEPT_DAYS,
  type CountInput,
  countInputSchema,
  type ForgetInput,
  forgetInputSchema,
  type GiveUpInput,
  giveUpInputSchema,
  type InstanceUseFace,
  type LeaseRow,
  type Look,
  type LookInput,
  lookInputSchema,
  type MeterState,
  type TakeInput,
  takeInputSchema,
} from './face.ts';
import { INSTANCE_USE_MIGRATIONS } from './migrations.ts';
import { useRows, type UseRows } from './storage.ts';

const KEY_KEPT_MS = COUNT_KEY_KEPT_DAYS * DAY_MS;
const FORGOTTEN_BATCH_MAX = 1_000;
const NONE_TAKEN: ReadonlyMap<number, number> = new Map();

/**
 * Owns who uses one instance: seats, leases and counts. Every method is one synchronous transaction of this one object, so
 * no two devices can take the last seat. Knows nothing of the platform but its `Host`.
 */
export class InstanceUseEngine implements InstanceUseFace {
  readonly #host: Host;
  readonly #alarms: NamedAlarms<'forget'>;
  readonly #rows: UseRows;
  #ready = false;

  constructor(host: Host) {
    this.#host = host;
    this.#alarms = new NamedAlarms(host.storage, host.clock, host.random);
    this.#rows = useRows(host.storage.sql);
    if (this.#rows.isThere()) this.#migrate();
  }

  async activate(
    call: CallContext,
    input: TakeInput,
  ): Promise<Result<{ activation: ActivationRow; isNew: boolean }, 'full'>> {
    const { unit, device, name, ...given } = this.#parsed(takeInputSchema, call, input);
    return this.#change(() => {
      const terms = this.#newest(given.terms);
      const now = this.#host.clock.now();
      const found = this.#rows.activation(device, unit);
      if (found !== null) {
        this.#rows.seeDevice(found.id, name, now);
        return ok({ activation: { ...found, name, seenAt: now }, isNew: false });
      }
      const free = unitWithRoom(terms, unit, terms.seats, this.#rows.seatsTaken(unit));
      if (free === null) return fail('full');
      const id = this.#host.newId('activation');
      const activation = { id, unit: free, device, name, activatedAt: now, seenAt: now };
      this.#rows.addActivation(activation);
      return ok({ activation, isNew: true });
    });
  }

  async deactivate(call: CallContext, input: GiveUpInput): Promise<boolean> {
    const given = this.#parsed(giveUpInputSchema, call, input);
    return this.#ready && this.#rows.remove('activations', given);
  }

  async lease(
    call: CallContext,
    input: TakeInput,
  ): Promise<Result<{ lease: LeaseRow; isNew: boolean }, 'full' | 'nothing_leased'>> {
    const { unit, device, name, ...given } = this.#parsed(takeInputSchema, call, input);
    return this.#change(() => {
      const terms = this.#newest(given.terms);
      if (terms.leases === null) return fail('nothing_leased');
      const now = this.#host.clock.now();
      this.#rows.dropLeases(now);
      const expiresAt = now + terms.leases.seconds * SECOND_MS;
      const found = this.#rows.lease(device, unit, now);
      if (found !== null) {
        if (!this.#isWithin(found, terms, now)) return fail('full');
        this.#rows.renew(found.id, expiresAt);
        return ok({ lease: { ...found, expiresAt }, isNew: false });
      }
      const free = unitWithRoom(terms, unit, terms.leases.max, this.#rows.leasesTaken(unit, now));
      if (free === null) return fail('full');
      const lease = {
        id: this.#host.newId('lease'),
        unit: free,
        device,
        name,
        leasedAt: now,
        expiresAt,
      };
      this.#rows.addLease(lease);
      return ok({ lease, isNew: true });
    });
  }

  async beat(
    call: CallContext,
    input: BeatInput,
  ): Promise<Result<LeaseRow, 'expired' | 'full' | 'nothing_leased'>> {
    const { unit, id, ...given } = this.#parsed(beatInputSchema, call, input);
    return this.#change(() => {
      const terms = this.#newest(given.terms);
      if (terms.leases === null) return fail('nothing_leased');
      const now = this.#host.clock.now();
      const found = this.#rows.leaseById(id, now);
      if (found === null || (unit !== null && found.unit !== unit)) return fail('expired');
      if (!this.#isWithin(found, terms, now)) return fail('full');
      const expiresAt = now + terms.leases.seconds * SECOND_MS;
      this.#rows.renew(id, expiresAt);
      return ok({ ...found, expiresAt });
    });
  }

  async release(call: CallContext, input: GiveUpInput): Promise<boolean> {
    const given = this.#parsed(giveUpInputSchema, call, input);
    return this.#ready && this.#rows.remove('leases', given);
  }

  async count(
    call: CallContext,
    input: CountInput,
  ): Promise<
    Result<{ meter: MeterState; isReplay: boolean }, 'unknown_meter' | 'over_limit' | 'key_reused'>
  > {
    const { meter: name, amount, key, ...given } = this.#parsed(countInputSchema, call, input);
    return this.#change(() => {
      const known = this.#rows.counted(key);
      if (known !== null) {
        if (known.meter !== name || known.amount !== amount) return fail('key_reused');
        return ok({ meter: known.outcome, isReplay: true });
      }
      const stated = this.#newest(given.terms).meters.find((each) => each.name === name);
      if (stated === undefined) return fail('unknown_meter');
      const now = this.#host.clock.now();
      const { startsAt } = periodOf(stated.period, now);
      const before = this.#meter(stated, now);
      const used = before.used + amount;
      if (stated.limit !== null && used > stated.limit) return fail('over_limit');
      const outcome = { ...before, used };
      this.#rows.setMeter(name, startsAt, used);
      this.#rows.keepCounted({ key, meter: name, amount, outcome }, now);
      this.#alarms.setNoLaterThan('forget', now + KEY_KEPT_MS);
      return ok({ meter: outcome, isReplay: false });
    });
  }

  async look(call: CallContext, input: LookInput): Promise<Look> {
    const { unit, device, ...given } = this.#parsed(lookInputSchema, call, input);
    const now = this.#host.clock.now();
    const kept = this.#ready ? this.#rows.terms() : null;
    const terms = kept === null || kept.revision < given.terms.revision ? given.terms : kept.terms;
    return {
      seat: device === null ? null : this.#seatOf(terms, unit, device),
      lease: device === null || terms.leases === null ? null : this.#leaseOf(terms, unit, device, now),
      meters: terms.meters.map((meter) => this.#meter(meter, now)),
    };
  }

  async all(call: CallContext): Promise<{ activations: ActivationRow[]; leases: LeaseRow[] }> {
    callContextSchema.parse(call);
    if (!this.#ready) return { activations: [], leases: [] };
    return { activations: this.#rows.activations(), leases: this.#rows.leases(this.#host.clock.now()) };
  }

  async forget(call: CallContext, input: ForgetInput): Promise<void> {
    const { upTo } = this.#parsed(forgetInputSchema, call, input);
    if (this.#ready) this.#change(() => this.#rows.removeUpTo(upTo));
  }

  async erase(call: CallContext): Promise<void> {
    callContextSchema.parse(call);
    await this.#host.storage.deleteAlarm();
    await this.#host.storage.deleteAll();
    this.#ready = false;
  }

  /** Body of the object's alarm. Never throws. */
  async alarm(): Promise<void> {
    if (this.#ready) await this.#alarms.ring({ forget: () => this.#forget() });
  }

  #seatOf(terms: Terms, unit: number | null, device: string): NonNullable<Look['seat']> {
    const activation = this.#ready ? this.#rows.activation(device, unit) : null;
    const { seats } = terms;
    if (activation !== null) {
      const isWithin = seats === null || this.#rows.activatedBefore(activation) < seats;
      return { standing: isWithin ? 'within' : 'beyond', activation };
    }
    const free = unitWithRoom(terms, unit, seats, this.#ready ? this.#rows.seatsTaken(unit) : NONE_TAKEN);
    return { standing: free === null ? 'full' : 'room', activation: null };
  }

  #leaseOf(terms: Terms, unit: number | null, device: string, now: number): NonNullable<Look['lease']> {
    const lease = this.#ready ? this.#rows.lease(device, unit, now) : null;
    if (lease !== null) return { standing: this.#isWithin(lease, terms, now) ? 'within' : 'full', lease };
    const taken = this.#ready ? this.#rows.leasesTaken(unit, now) : NONE_TAKEN;
    const free = unitWithRoom(terms, unit, terms.leases?.max ?? null, taken);
    return { standing: free === null ? 'full' : 'room', lease: null };
  }

  /** Of more leases than there are by now, those that were given first go on; the others end by themselves. */
  #isWithin(lease: LeaseRow, { leases }: Terms, now: number): boolean {
    return leases !== null && this.#rows.leasedBefore(lease, now) < leases.max;
  }

  #meter({ name, period, limit }: Terms['meters'][number], now: number): MeterState {
    const { startsAt, endsAt } = periodOf(period, now);
    const used = this.#ready ? this.#rows.used(name, startsAt) : 0;
    return { name, period, limit, used, resetsAt: endsAt };
  }

  /** A slow request may bring what was owned before a change: it must not undo what a later one brought. */
  #newest(given: Terms): Terms {
    const kept = this.#rows.terms();
    if (kept !== null && kept.revision > given.revision) return kept.terms;
    if (kept === null || kept.revision < given.revision) this.#rows.keepTerms(given);
    return given;
  }

  #forget(): void {
    const before = this.#host.clock.now() - KEY_KEPT_MS;
    this.#rows.forgetCounted(before, FORGOTTEN_BATCH_MAX);
    const oldest = this.#rows.oldestCounted();
    if (oldest !== null) this.#alarms.set('forget', oldest + KEY_KEPT_MS);
  }

  #parsed<Value>(schema: { parse(input: unknown): Value }, call: CallContext, input: unknown): Value {
    callContextSchema.parse(call);
    return schema.parse(input);
  }

  #change<Value>(change: () => Value): Value {
    this.#migrate();
    return this.#host.storage.transactionSync(change);
  }

  #migrate(): void {
    if (this.#ready) return;
    migrateObject(this.#host.storage, INSTANCE_USE_MIGRATIONS);
    this.#ready = true;
  }
}

/** The unit asked for, or the first one, of which fewer than `max` are taken; null: there is none. */
function unitWithRoom(
  { units }: Terms,
  unit: number | null,
  max: number | null,
  taken: ReadonlyMap<number, number>,
): number | null {
  const asked = unit === null ? Array.from({ length: units }, (_, index) => index) : [unit];
  return asked.find((each) => max === null || (taken.get(each) ?? 0) < max) ?? null;
}
