import { assertNever, fail, ok, type Result } from '#shared/domain/result.ts';
import { DAY_MS, SECOND_MS } from '#shared/time/time.ts';
import { NamedAlarms } from '../lib/alarms.ts';
import type { Host } from '../lib/host.ts';
import { migrateObject } from '../lib/migrations.ts';
import type { CartDocument, CartRefusal } from './machine/document.ts';
import { type Asker, mayUse } from './machine/owner.ts';
import { CART_MIGRATIONS } from './migrations.ts';
import { CartStorage } from './storage.ts';

/** How long a cart nobody changes is kept. */
const CART_TTL_MS = {
  empty: DAY_MS,
  guest: 30 * DAY_MS,
  customer: 90 * DAY_MS,
  closed: 7 * DAY_MS,
} as const;
/** How long an `Idempotency-Key` stands for its request. */
const KEY_TTL_MS = DAY_MS;
/** After this long without an answer, what was begun is gone on with. */
const CRASH_NET_MS = 30 * SECOND_MS;

/** What an object keeps of its cart: the one document, the keys, and when to look again. */
export class CartRecord {
  readonly host: Host;
  readonly storage: CartStorage;
  readonly alarms: NamedAlarms<'forget' | 'ordering' | 'merging'>;

  constructor(host: Host) {
    this.host = host;
    this.storage = new CartStorage(host.storage.sql);
    this.alarms = new NamedAlarms(host.storage, host.clock, host.random);
    if (this.storage.exists()) this.migrate();
  }

  migrate(): void {
    migrateObject(this.host.storage, CART_MIGRATIONS);
  }

  now(): number {
    return this.host.clock.now();
  }

  inOne<Value>(act: () => Value): Value {
    return this.host.storage.transactionSync(act);
  }

  document(): CartDocument | null {
    return this.storage.document();
  }

  /** The cart of whoever asks; what is not theirs is not there. */
  of(asker: Asker): Result<CartDocument, CartRefusal> {
    const cart = this.document();
    return cart !== null && mayUse(cart, asker) ? ok(cart) : fail({ code: 'not_found' });
  }

  save(cart: CartDocument): void {
    this.storage.saveDocument(cart);
    const now = this.now();
    this.alarms.setNoLaterThan('forget', Math.min(keptUntil(cart), now + DAY_MS));
    if (cart.state.name === 'merged' && !cart.state.delivered) this.lookAgain('merging');
  }

  update(act: (cart: CartDocument) => CartDocument): void {
    this.inOne(() => {
      const cart = this.document();
      if (cart === null) return;
      const next = act(cart);
      if (next !== cart) this.save(next);
    });
  }

  /** In case the process dies before what was begun is done. */
  lookAgain(what: 'ordering' | 'merging'): void {
    this.alarms.set(what, this.now() + CRASH_NET_MS);
  }

  /** Those that stand for nothing any more; what is being ordered, or was, keeps its own. */
  forgetKeys({ state }: CartDocument): void {
    this.storage.forgetKeys(this.now() - KEY_TTL_MS, 'orderId' in state ? state.orderId : null);
  }

  /** The daily look: forgets old keys, and tells whether the cart itself is to be forgotten. */
  isForgotten(): boolean {
    const cart = this.document();
    if (cart === null) return true;
    const now = this.now();
    this.forgetKeys(cart);
    const until = keptUntil(cart);
    if (until <= now) return true;
    this.alarms.set('forget', Math.min(until, now + DAY_MS));
    return false;
  }
}

/** Epoch milliseconds; what is under way is never forgotten. */
function keptUntil({ state, owner, lines, updatedAt }: CartDocument): number {
  switch (state.name) {
    case 'open':
      if (lines.length === 0 && owner.as === 'guest') return updatedAt + CART_TTL_MS.empty;
      return updatedAt + CART_TTL_MS[owner.as];
    case 'ordering':
      return Number.POSITIVE_INFINITY;
    case 'ordered':
      return updatedAt + CART_TTL_MS.closed;
    case 'merged':
      return state.delivered ? updatedAt + CART_TTL_MS.closed : Number.POSITIVE_INFINITY;
    default:
      return assertNever(state);
  }
}
