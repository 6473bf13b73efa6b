import { callContextSchema, type CallContext } from '#shared/contracts/call.ts';
import {
  type GiftCardEntry,
  type GiftCardEntryKind,
  type GiftCardView,
  type HoldGiftCard,
  holdGiftCardSchema,
} from '#shared/contracts/gift-cards.ts';
import {
  NO_PAYMENT_DETAILS,
  paymentError,
  type PaymentError,
  type PaymentSnapshot,
} from '#shared/contracts/payments.ts';
import { fail, ok, type Result } from '#shared/domain/result.ts';
import { AMOUNT_MAX_MINOR_UNITS, type Currency } from '#shared/money/money.ts';
import { DAY_MS } from '#shared/time/time.ts';
import { NamedAlarms } from '../lib/alarms.ts';
import type { Host } from '../lib/host.ts';
import { migrateObject } from '../lib/migrations.ts';
import {
  adjustCardSchema,
  captureCardSchema,
  type CaptureCard,
  cardPaymentSchema,
  type CardPayment,
  type CardRecord,
  type CardRefusal,
  cardSchema,
  type DisclosedCard,
  disableCardSchema,
  type GiftCardFace,
  type OpenCard,
  openCardSchema,
  type RefundCard,
  refundCardSchema,
  shutCardSchema,
  type TakeCard,
  takeCardSchema,
  withdrawCardSchema,
} from './face.ts';
import { GIFT_CARD_MIGRATIONS } from './migrations.ts';
import { type CardRow, CardStorage, type NewEntry, type PaymentRow, TOLD_MAX } from './storage.ts';

/** What comes back to a card that has expired can be spent for so long. */
export const BACK_VALID_MS = 90 * DAY_MS;

/** What the lists are told of a card: the newest version counts, an entry once. */
export interface ToldCard {
  view: GiftCardView;
  entries: GiftCardEntry[];
  /** Payments with it that changed, by name: their ledgers have to be brought up. */
  paymentIds: string[];
}
export interface CardPorts {
  /** Lists of cards and of what happened to them. Safe to repeat. */
  tell(card: ToldCard): Promise<void>;
  /** Sends a card to whom it is for; throws when it is to be tried again. The same card is sent once. */
  send(card: {
    cardId: string;
    codeKey: string;
    value: number;
    currency: Currency;
    recipient: NonNullable<CardRow['recipient']>;
    expiresAt: number | null;
  }): Promise<void>;
}

type Snapshot = Promise<Result<PaymentSnapshot, PaymentError>>;
/** A card that was opened. */
type Opened = CardRow & { currency: Currency };

/**
 * Owns the money of one gift card. Everything happens in synchronous transactions of this one object, so that no two
 * orders spend the same money, and each step has its effect once. `balance` is what can be spent, `held` what is set aside
 * for orders; together they are the sum of the entries. Knows nothing of the platform but its `Host`.
 */
export class GiftCardEngine implements GiftCardFace {
  readonly #host: Host;
  readonly #ports: CardPorts;
  readonly #storage: CardStorage;
  readonly #alarms: NamedAlarms<'tell' | 'send' | 'expire'>;
  #ready = false;

  constructor(host: Host, ports: CardPorts) {
    this.#host = host;
    this.#ports = ports;
    this.#storage = new CardStorage(host.storage.sql);
    this.#alarms = new NamedAlarms(host.storage, host.clock, host.random);
    const { sql } = host.storage;
    if (sql.exec("SELECT 1 FROM sqlite_master WHERE name = 'card'").toArray().length > 0) this.#migrate();
  }

  async open(call: CallContext, input: OpenCard): Promise<boolean> {
    const stated = openCardSchema.parse(input);
    return this.#transaction(call, () => {
      const known = this.#storage.card();
      if (known !== null) return known.currency !== null && known.withdrawnAt === null;
      this.#storage.create(stated);
      const card = this.#card();
      this.#move(card, { kind: 'issued', amount: stated.value, key: 'issued', ...stated });
      return true;
    });
  }

  async activate(call: CallContext, input: { cardId: string }): Promise<void> {
    cardSchema.parse(input);
    this.#transaction(call, () => {
      const card = this.#storage.card();
      if (card === null) throw new Error(`there is no card ${input.cardId}`);
      if (card.activeAt !== null || card.withdrawnAt !== null || card.currency === null) return;
      card.activeAt = this.#now();
      if (card.validDays !== null) this.#expireAt(card, card.activeAt + card.validDays * DAY_MS);
      if (card.recipient !== null) this.#alarms.set('send', card.recipient.sendAt ?? card.activeAt);
      this.#changed(card);
    });
  }

  async withdraw(call: CallContext, input: { cardId: string; reason: string }): Promise<void> {
    const { cardId, reason } = withdrawCardSchema.parse(input);
    this.#transaction(call, () => {
      if (this.#storage.card() === null)
        this.#storage.create({ cardId, currency: null, codeKey: null, validDays: null, recipient: null });
      const card = this.#card();
      if (card.withdrawnAt !== null) return;
      Object.assign(card, { withdrawnAt: this.#now(), recipient: null });
      this.#move(card, { kind: 'voided', amount: -card.balance, key: 'withdrawn', reason });
    });
  }

  async shut(call: CallContext, input: { cardId: string; shut: boolean; round: number }): Promise<void> {
    const { shut, round } = shutCardSchema.parse(input);
    this.#transaction(call, () => {
      const card = this.#storage.card();
      if (card === null || round <= card.orderRound) return;
      Object.assign(card, { orderRound: round, shutByOrder: shut ? 1 : 0 });
      const kind = shut ? 'disabled' : 'enabled';
      this.#move(card, { kind, amount: 0, key: `shut:${round}`, reason: 'Its payment is disputed' });
    });
  }

  async look(call: CallContext): Promise<GiftCardView | null> {
    callContextSchema.parse(call);
    const card = this.#ready ? this.#storage.card() : null;
    return card === null || !isOpened(card) ? null : viewOf(card, this.#now());
  }

  async disclose(call: CallContext): Promise<DisclosedCard | null> {
    callContextSchema.parse(call);
    const card = this.#ready ? this.#storage.card() : null;
    return card === null || !isOpened(card)
      ? null
      : { view: viewOf(card, this.#now()), recipient: card.recipient };
  }

  async forgetRecipient(call: CallContext): Promise<boolean> {
    callContextSchema.parse(call);
    if (!this.#ready) return false;
    return this.#host.storage.transactionSync(() => {
      const card = this.#storage.card();
      if (card === null || card.recipient === null) return false;
      this.#changed({ ...card, recipient: null });
      return true;
    });
  }

  async disable(
    call: CallContext,
    input: Parameters<GiftCardFace['disable']>[1],
  ): Promise<Result<GiftCardView, CardRefusal>> {
    const { key, disabled, byId, reason } = disableCardSchema.parse(input);
    return this.#byStaff(call, `staff:${key}`, (card) => {
      card.shutByStaff = disabled ? 1 : 0;
      return { kind: disabled ? 'disabled' : 'enabled', amount: 0, byId, reason };
    });
  }

  async adjust(
    call: CallContext,
    input: Parameters<GiftCardFace['adjust']>[1],
  ): Promise<Result<GiftCardView, CardRefusal>> {
    const { key, change, byId, reason } = adjustCardSchema.parse(input);
    return this.#byStaff(call, `staff:${key}`, (card) => {
      const balance = card.balance + change;
      if (balance < 0 || balance + card.held > AMOUNT_MAX_MINOR_UNITS) return null;
      return { kind: 'adjusted', amount: change, byId, reason };
    });
  }

  async hold(call: CallContext, input: HoldGiftCard): Snapshot {
    const wanted = holdGiftCardSchema.parse(input);
    return this.#payment(call, wanted.paymentId, (card) => {
      if (this.#storage.payment(wanted.paymentId) !== null) return true;
      if (card.currency !== wanted.currency) return false;
      const amount = isSpendable(card) ? heldOf(card.balance, wanted) : 0;
      this.#storage.savePayment({
        ...wanted,
        amount,
        captured: 0,
        released: 0,
        refunded: 0,
        at: this.#now(),
      });
      card.balance -= amount;
      card.held += amount;
      if (amount > 0) this.#changed(card);
      return true;
    });
  }

  async payment(call: CallContext, { paymentId }: { paymentId: string }): Snapshot {
    return this.#payment(call, paymentId, () => true);
  }

  async record(call: CallContext, { paymentId }: { paymentId: string | null }): Promise<CardRecord | null> {
    callContextSchema.parse(call);
    if (!this.#ready) return null;
    return this.#host.storage.transactionSync(() => {
      const card = this.#storage.card();
      if (card === null || !isOpened(card)) return null;
      // Payments of before they were told of: asking for the card makes up for it.
      if (this.#storage.paymentsToTell().length > 0) this.#alarms.setNoLaterThan('tell', this.#now());
      const known = paymentId === null ? null : this.#storage.payment(paymentId);
      if (paymentId !== null && known === null) return null;
      const moves = this.#storage.movesOf(paymentId);
      const [issued] = this.#storage.entriesAfter(0);
      return {
        currency: card.currency,
        observedAt: this.#now(),
        activeAt: card.activeAt,
        soldIn: issued?.orderId ?? null,
        payment: known === null ? null : recordOf(known, moves[0]?.at ?? this.#now()),
        moves,
      };
    });
  }

  async capture(call: CallContext, input: CaptureCard): Snapshot {
    const { paymentId, key, amount, final } = captureCardSchema.parse(input);
    return this.#payment(call, paymentId, (card) => {
      const payment = this.#storage.payment(paymentId);
      if (payment === null) return false;
      const name = `capture:${key}`;
      if (!this.#storage.isDone(name)) {
        if (openOf(payment) < amount) return false;
        payment.captured += amount;
        card.held -= amount;
        const { orderId } = payment;
        this.#move(card, { kind: 'debited', amount: -amount, key: name, paymentId, orderId }, false);
      }
      if (final) this.#free(card, payment);
      this.#storage.savePayment(payment);
      this.#changed(card);
      return true;
    });
  }

  async release(call: CallContext, input: CardPayment): Snapshot {
    const { paymentId, orderId, attempt } = cardPaymentSchema.parse(input);
    return this.#payment(call, paymentId, (card) => {
      const known = this.#storage.payment(paymentId);
      const payment = known ?? {
        paymentId,
        orderId,
        attempt,
        amount: 0,
        captured: 0,
        released: 0,
        refunded: 0,
        at: this.#now(),
      };
      const isFreed = this.#free(card, payment);
      this.#storage.savePayment(payment);
      if (isFreed) this.#changed(card);
      return true;
    });
  }

  async refund(call: CallContext, input: RefundCard): Snapshot {
    const { paymentId, reference, amount } = refundCardSchema.parse(input);
    return this.#payment(call, paymentId, (card) => {
      const payment = this.#storage.payment(paymentId);
      if (payment === null) return false;
      const key = `${REFUND}${reference}`;
      if (this.#storage.isDone(key)) return true;
      if (payment.captured - payment.refunded < amount) return false;
      payment.refunded += amount;
      this.#storage.savePayment(payment);
      const { orderId } = payment;
      this.#cameBack(card);
      this.#move(card, { kind: 'credited', amount, key, paymentId, orderId });
      return true;
    });
  }

  async takeBack(call: CallContext, input: TakeCard): Promise<boolean> {
    callContextSchema.parse(call);
    const { key, orderId, amount } = takeCardSchema.parse(input);
    if (!this.#ready) return false;
    return this.#host.storage.transactionSync(() => {
      if (this.#storage.isDone(restoredKey(key))) return false;
      const known = this.#storage.entry(reclaimedKey(key));
      if (known !== null) return known.amount === -amount;
      const card = this.#storage.card();
      if (card === null) return false;
      this.#lapse(card);
      if (card.balance < amount) return false;
      const entry = { kind: 'reclaimed', amount: -amount, key: reclaimedKey(key), orderId } as const;
      this.#move(card, { ...entry, reason: 'Its price went back' });
      return true;
    });
  }

  async giveBack(call: CallContext, input: TakeCard): Promise<void> {
    callContextSchema.parse(call);
    const { key, orderId } = takeCardSchema.parse(input);
    if (!this.#ready) return;
    this.#host.storage.transactionSync(() => {
      const card = this.#storage.card();
      if (card === null || this.#storage.isDone(restoredKey(key))) return;
      this.#lapse(card);
      const amount = Math.abs(this.#storage.entry(reclaimedKey(key))?.amount ?? 0);
      if (amount > 0) this.#cameBack(card);
      const entry = { kind: 'restored', amount, key: restoredKey(key), orderId } as const;
      this.#move(card, { ...entry, reason: 'Its price did not go back' });
    });
  }

  /** Body of the object's alarm. Never throws. */
  async alarm(): Promise<void> {
    if (!this.#ready) return;
    await this.#alarms.ring({
      tell: () => this.#tell(),
      send: () => this.#send(),
      expire: () => this.#expire(),
    });
  }

  async #tell(): Promise<void> {
    const card = this.#storage.card();
    if (card === null || !isOpened(card)) return;
    const entries = this.#storage.entriesAfter(card.told);
    const payments = this.#storage.paymentsToTell();
    const paymentIds = payments.map(({ paymentId }) => paymentId);
    await this.#ports.tell({ view: viewOf(card, this.#now()), entries, paymentIds });
    const last = entries.at(-1);
    if (last !== undefined) this.#storage.told(last.sequence);
    for (const payment of payments) this.#storage.toldPayment(payment);
    if (entries.length === TOLD_MAX || payments.length === TOLD_MAX) this.#alarms.set('tell', this.#now());
  }

  /** Of a card that is shut: not before it is no more, when its alarm is set anew. */
  async #send(): Promise<void> {
    const card = this.#storage.card();
    if (card === null || !isOpened(card) || card.recipient === null || card.codeKey === null) return;
    if (isShut(card)) return;
    const { cardId, codeKey, currency, recipient, expiresAt } = card;
    const value = this.#storage.entriesAfter(0)[0]?.amount ?? 0;
    await this.#ports.send({ cardId, codeKey, value, currency, recipient, expiresAt });
    this.#host.storage.transactionSync(() => {
      const now = this.#storage.card();
      if (now !== null) this.#changed({ ...now, recipient: null });
    });
  }

  #expire(): void {
    this.#host.storage.transactionSync(() => {
      const card = this.#storage.card();
      if (card === null || card.expiresAt === null) return;
      if (hasExpired(card, this.#now())) this.#lapse(card);
      else this.#alarms.set('expire', card.expiresAt);
    });
  }

  /** What a card has left when its term is over is gone, whether its alarm rang or not. */
  #lapse(card: CardRow): void {
    if (card.balance > 0 && hasExpired(card, this.#now()))
      this.#move(card, { kind: 'expired', amount: -card.balance, key: `expired:${card.expiresAt}` });
  }

  /** One step of a payment with the card, and how the payment stands then; `act` answers false when it cannot be done. */
  async #payment(call: CallContext, paymentId: string, act: (card: Opened) => boolean): Snapshot {
    callContextSchema.parse(call);
    if (!this.#ready) return fail(UNKNOWN);
    return this.#host.storage.transactionSync(() => {
      const card = this.#storage.card();
      if (card === null || !isOpened(card)) return fail(UNKNOWN);
      this.#lapse(card);
      if (!act(card)) {
        const isKnown = this.#storage.payment(paymentId) !== null;
        return fail(paymentError(isKnown ? 'invalid_state' : 'not_found', 'the gift card cannot do this'));
      }
      const payment = this.#storage.payment(paymentId);
      return payment === null ? fail(UNKNOWN) : ok(this.#snapshot(card, payment));
    });
  }

  async #byStaff(
    call: CallContext,
    key: string,
    act: (card: Opened) => (Pick<NewEntry, 'kind' | 'amount'> & Partial<NewEntry>) | null,
  ): Promise<Result<GiftCardView, CardRefusal>> {
    callContextSchema.parse(call);
    if (!this.#ready) return fail('unknown');
    return this.#host.storage.transactionSync(() => {
      const card = this.#storage.card();
      if (card === null || !isOpened(card)) return fail('unknown');
      this.#lapse(card);
      const done = this.#storage.entry(key);
      if (done === null) {
        const entry = act(card);
        if (entry === null) return fail('too_much');
        if (entry.amount > 0) this.#cameBack(card);
        this.#move(card, { ...entry, key });
      } else if (!isRepeat(done, act({ ...card }))) return fail('key_reused');
      const present = this.#card();
      return isOpened(present) ? ok(viewOf(present, this.#now())) : fail('unknown');
    });
  }

  /** Writes an entry down with what it does to the balance (`ofBalance`), or to what is held, which the caller has done. */
  #move(
    card: CardRow,
    entry: Pick<NewEntry, 'kind' | 'amount' | 'key'> & Partial<NewEntry>,
    ofBalance = true,
  ): void {
    if (ofBalance) card.balance += entry.amount;
    const { paymentId = null, orderId = null, byId = null, reason = '' } = entry;
    this.#storage.enter({ ...plain(entry), paymentId, orderId, byId, reason, at: this.#now() });
    this.#changed(card);
  }

  #changed(card: CardRow): void {
    this.#storage.save(card);
    const now = this.#now();
    this.#alarms.setNoLaterThan('tell', now);
    if (card.recipient !== null && card.activeAt !== null && !isShut(card))
      this.#alarms.setNoLaterThan('send', Math.max(now, card.recipient.sendAt ?? now));
  }

  /** What is held and not captured can be spent again. */
  #free(card: CardRow, payment: PaymentRow): boolean {
    const open = openOf(payment);
    payment.released += open;
    card.held -= open;
    card.balance += open;
    if (open > 0) this.#cameBack(card);
    return open > 0;
  }

  /** Money that comes back to a card that expired meanwhile is not lost. */
  #cameBack(card: CardRow): void {
    if (hasExpired(card, this.#now())) this.#expireAt(card, this.#now() + BACK_VALID_MS);
  }

  #expireAt(card: CardRow, at: number): void {
    card.expiresAt = at;
    this.#alarms.set('expire', at);
  }

  #snapshot({ currency }: Opened, payment: PaymentRow): PaymentSnapshot {
    const { paymentId, orderId, attempt, amount, captured, refunded } = payment;
    const open = openOf(payment);
    return {
      paymentId,
      orderId,
      attempt,
      state: open > 0 ? 'authorised' : captured > 0 ? 'captured' : 'cancelled',
      currency,
      amount,
      authorised: amount,
      captured,
      refunded,
      capturable: open,
      captureBefore: null,
      multicapture: true,
      method: GIFT_CARD_METHOD,
      refunds: this.#storage.refundsOf(paymentId).map((refund) => ({
        refundId: refund.key,
        amount: refund.amount,
        state: 'succeeded',
        reference: refund.key.slice(REFUND.length),
      })),
      clientSecret: '',
      lastError: null,
      ...NO_PAYMENT_DETAILS,
    };
  }

  #card(): CardRow {
    const card = this.#storage.card();
    if (card === null) throw new Error('there is no card');
    return card;
  }

  #transaction<Value>(call: CallContext, act: () => Value): Value {
    callContextSchema.parse(call);
    this.#migrate();
    return this.#host.storage.transactionSync(act);
  }

  #now(): number {
    return this.#host.clock.now();
  }

  #migrate(): void {
    if (this.#ready) return;
    migrateObject(this.#host.storage, GIFT_CARD_MIGRATIONS);
    this.#ready = true;
  }
}

/** How a payment with a card names its method. */
export const GIFT_CARD_METHOD = 'gift_card';
const REFUND = 'refund:';
const reclaimedKey = (key: string): string => `reclaimed:${key}`;
const restoredKey = (key: string): string => `restored:${key}`;
const UNKNOWN = paymentError('not_found', 'there is no such gift card, or no such payment with it');

const openOf = ({ amount, captured, released }: PaymentRow): number => amount - captured - released;
const recordOf = (payment: PaymentRow, firstMoveAt: number) => ({
  orderId: payment.orderId,
  at: payment.at === 0 ? firstMoveAt : payment.at,
  authorised: payment.amount,
  captured: payment.captured,
  voided: payment.released,
  open: openOf(payment),
  refunded: payment.refunded,
});
const hasExpired = ({ expiresAt }: CardRow, now: number): boolean => expiresAt !== null && expiresAt <= now;
const isOpened = (card: CardRow): card is Opened => card.currency !== null;
const isShut = ({ shutByOrder, shutByStaff }: CardRow): boolean => shutByOrder === 1 || shutByStaff === 1;
const isSpendable = (card: CardRow): boolean => card.activeAt !== null && !isShut(card);

/** As much as is wanted and there; but what remains to be paid otherwise is nothing, or enough for a payment. */
function heldOf(balance: number, { amount, restMin }: HoldGiftCard): number {
  if (balance >= amount) return amount;
  return Math.max(0, Math.min(balance, amount - restMin));
}

/** Of what was done before; what could not be done by now was another change, or its repeat. */
const isRepeat = (
  done: Pick<NewEntry, 'kind' | 'amount' | 'reason'>,
  asked: Partial<NewEntry> | null,
): boolean =>
  asked === null ||
  (asked.kind === done.kind && asked.amount === done.amount && asked.reason === done.reason);

const plain = ({ kind, amount, key }: { kind: GiftCardEntryKind; amount: number; key: string }) => ({
  kind,
  amount,
  key,
});

function viewOf(card: Opened, now: number): GiftCardView {
  const balance = hasExpired(card, now) ? 0 : card.balance;
  const { cardId, held, currency, expiresAt, version, withdrawnAt, activeAt } = card;
  const open = activeAt === null ? 'pending' : isShut(card) ? 'disabled' : 'active';
  // What came back after it was withdrawn can be spent: its purchase was not given back in full.
  const isGone = withdrawnAt !== null && balance + held === 0;
  const state = isGone ? 'withdrawn' : open;
  return { cardId, state, balance: { amount: balance, currency }, held, expiresAt, version };
}
