import { DurableObject } from 'cloudflare:workers';
import { NamedAlarms } from '#objects/lib/alarms.ts';
import { migrateObject } from '#objects/lib/migrations.ts';
import { DAY_MS, SECOND_MS, systemClock } from '#shared/time/time.ts';
import { attempt, pressureOf, refund } from './machine.ts';
import { LOGIN_GUARD_MIGRATIONS } from './migrations.ts';
import { POLICIES, type PolicyName, type SignalName } from './policies.ts';
import { guardStorage } from './storage.ts';

export type GuardVerdict =
  | { allowed: true }
  | { allowed: false; retryAfterSeconds: number }
  /** Not counted: it may come again with a challenge of this pressure solved. */
  | { allowed: false; pressure: number };

const SWEEP_MS = DAY_MS;

/**
 * Counts attempts on one account or from one address, exactly: one object a key, one thread, counted before the costly
 * evaluation. Sources an owner signed in from have buckets of their own, so strangers cannot use up the owner's.
 */
export class LoginGuard extends DurableObject {
  readonly #rows = guardStorage(this.ctx.storage.sql);
  readonly #alarms = new NamedAlarms<'sweep'>(this.ctx.storage, systemClock);

  #isEmptied = false;

  constructor(ctx: DurableObjectState, env: object) {
    super(ctx, env);
    migrateObject(ctx.storage, LOGIN_GUARD_MIGRATIONS);
  }

  /**
   * Takes one attempt out of the budget, or refuses, or asks for a challenge. `source` is the caller's network address,
   * `proven` the pressure of the challenge that was solved for this attempt.
   */
  attempt(policy: PolicyName, source: string, proven: number | null = null): GuardVerdict {
    this.#refill();
    const now = systemClock.now();
    return this.ctx.storage.transactionSync(() => {
      const name = this.#bucketName(policy, source, now);
      const { bucket, verdict } = attempt(this.#rows.bucket(name), POLICIES[policy], now, proven);
      this.#rows.keep(name, bucket);
      this.#alarms.setNoLaterThan('sweep', now + SWEEP_MS);
      return 'retryAfterMs' in verdict
        ? { allowed: false, retryAfterSeconds: Math.ceil(verdict.retryAfterMs / SECOND_MS) }
        : verdict;
    });
  }

  /** How hard a challenge the next attempt would need; null: none. Counts nothing. */
  pressure(policy: PolicyName): number | null {
    this.#refill();
    return pressureOf(this.#rows.bucket(policy), POLICIES[policy], systemClock.now());
  }

  /** Uses up a solved challenge: true for one of all callers with this id. `until`, epoch milliseconds: it is of no use after. */
  spend(id: string, until: number): boolean {
    this.#refill();
    const now = systemClock.now();
    return this.ctx.storage.transactionSync(() => {
      this.#alarms.setNoLaterThan('sweep', now + SWEEP_MS);
      return until > now && this.#rows.spend(id, until, now);
    });
  }

  /** The attempt was honest and no longer counts. What others from elsewhere failed at still does. */
  refund(policy: PolicyName, source: string): void {
    if (this.#isEmptied) return;
    const name = this.#bucketName(policy, source, systemClock.now());
    const bucket = this.#rows.bucket(name);
    if (bucket !== null) this.#rows.keep(name, refund(bucket));
  }

  /**
   * The owner proved to be at `source`: its attempts are counted apart from now on, beginning anew. `attempted`: by an
   * attempt counted here, which is taken back.
   */
  trust(policy: PolicyName, source: string, attempted: boolean): void {
    this.#refill();
    const now = systemClock.now();
    this.ctx.storage.transactionSync(() => {
      if (attempted) this.refund(policy, source);
      this.#rows.trust(source, now);
      this.#rows.forget(this.#bucketName(policy, source, now));
      this.#alarms.setNoLaterThan('sweep', now + SWEEP_MS);
    });
  }

  /** Whether the owner proved to be at `source` before. */
  knows(source: string): boolean {
    this.#refill();
    return this.#rows.isTrusted(source, systemClock.now());
  }

  /** A sign-in failed. True when it is the one that makes a signal; see `SIGNALS`. */
  failed(signal: SignalName, subject: string): boolean {
    this.#refill();
    const now = systemClock.now();
    return this.ctx.storage.transactionSync(() => {
      this.#alarms.setNoLaterThan('sweep', now + SWEEP_MS);
      return this.#rows.isSignal(signal, subject, now);
    });
  }

  override async alarm(): Promise<void> {
    await this.#alarms.ring({
      sweep: () => {
        const now = systemClock.now();
        if (this.#rows.sweep(now, DAY_MS)) this.#alarms.set('sweep', now + SWEEP_MS);
      },
    });
    if (this.#alarms.get('sweep') === null) await this.#empty();
  }

  /** An object without storage is none to the platform: one is made for each address anybody ever tried. */
  async #empty(): Promise<void> {
    this.#isEmptied = true;
    await this.ctx.storage.deleteAll();
  }

  /** It may be asked again before it is put out of memory. */
  #refill(): void {
    if (!this.#isEmptied) return;
    migrateObject(this.ctx.storage, LOGIN_GUARD_MIGRATIONS);
    this.#isEmptied = false;
  }

  #bucketName(policy: PolicyName, source: string, now: number): string {
    return this.#rows.isTrusted(source, now) ? `${policy}:${source}` : policy;
  }
}
