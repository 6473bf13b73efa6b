import { NO_PAYMENT_DETAILS, paymentError } from '#shared/contracts/payments.ts';
import type {
  CapturePaymentInput,
  CreatePaymentInput,
  PaymentError,
  PaymentSnapshot,
  PaymentsService,
  PaymentStepInput,
  RefundPaymentInput,
} from '#shared/contracts/payments.ts';
import { SMALLEST } from '#shared/domain/payment-methods.ts';
import { fail, ok, type Result } from '#shared/domain/result.ts';
import { DAY_MS, HOUR_MS, MINUTE_MS } from '#shared/time/time.ts';
import type { Kernel } from '../kernel/kernel.ts';
import type { Caller, Network } from '../kernel/network.ts';
import type { Stream } from '../kernel/random.ts';

export interface PaymentQuality {
  /** A step is done, or not, and a fault is remembered under its key for minutes. */
  poisoned: number;
  /** The customer acts between the order's look and its step. */
  overtaken: number;
  /** A capture is declined. */
  captureDeclined: number;
  /** A refund comes back from the customer's bank, days later. */
  refundFails: number;
  /** The customer's bank takes a payment back, days after it was captured. */
  disputed: number;
  /** Somebody gives money back at the provider, past the order. */
  refundedOutside: number;
  /** A refund is under way for hours before it is made. */
  refundPending: number;
  rateLimited: number;
  /** Word of a change is lost for good: only asking again helps. */
  webhookLost: number;
}

type Answer = Result<PaymentSnapshot, PaymentError>;
interface Remembered {
  /** Null: a fault of the provider itself. */
  answer: Answer | null;
  at: number;
  /** Until when the fault is repeated under this key. */
  poisonedUntil: number;
}
export interface Payment extends PaymentSnapshot {
  createdAt: number;
  /** The hold ran out before everything was captured. */
  lapsed: boolean;
  /** A part was captured when the end of the time to pay, under way for minutes, released the rest. */
  closedLate: boolean;
  /** Captures by the key they were asked for with, for ever. */
  captures: Map<string, number>;
}

/** The payments worker looks for what it did before, once a key is this old. */
const KEY_TRUSTED_MS = DAY_MS - HOUR_MS;
const INDEX_LAG_MS = MINUTE_MS;
/** How long a card's hold lasts. */
const HOLD_MS = 7 * DAY_MS;

/**
 * The payments worker with the provider behind it, at the face the orders see: keys are forgotten after a day, faults are
 * remembered under their key, holds lapse, debits settle or bounce days later. `told` hears of each change.
 */
export class PaymentService {
  readonly payments = new Map<string, Payment>();
  readonly #kernel: Kernel;
  readonly #network: Network;
  readonly #quality: PaymentQuality;
  readonly #remembered = new Map<string, Remembered>();
  readonly #told: (payment: PaymentSnapshot, eventId: string) => void;
  #events = 0;
  /** A payment was opened for an order, a second one perhaps: its customer is asked to confirm it. */
  opened: (payment: Payment) => void = () => {};
  /** Somebody has looked at a payment; the reply is not there yet. */
  looked: () => void = () => {};

  constructor(options: {
    kernel: Kernel;
    network: Network;
    quality: PaymentQuality;
    told: (payment: PaymentSnapshot, eventId: string) => void;
  }) {
    this.#kernel = options.kernel;
    this.#network = options.network;
    this.#quality = options.quality;
    this.#told = options.told;
  }

  of(orderId: string): Payment[] {
    return [...this.payments.values()].filter((payment) => payment.orderId === orderId);
  }

  seenBy(caller: Caller): PaymentsService {
    const call = (label: string, act: () => Answer): Promise<Answer> =>
      this.#network.call(caller, `payments.${label}`, () => copyOf(act()));
    return {
      createPayment: (_, input) => call('create', () => this.#create(input)),
      listPayments: (_, { from, to }) =>
        this.#network.call(caller, 'payments.list', () => {
          const payments = [...this.payments.values()]
            .filter(({ createdAt }) => createdAt >= from && createdAt < to)
            .flatMap((payment) => copyOf(ok(payment)))
            .flatMap((answer) => (answer.ok ? [answer.value] : []));
          return ok({ payments, foreign: [], next: null });
        }),
      getPayment: async (_, { paymentId }) =>
        this.#network.call(caller, 'payments.get', () => {
          const seen = copyOf(this.#get(paymentId));
          this.looked();
          return seen;
        }),
      capturePayment: (_, input) =>
        call('capture', () => this.#step(input, (it) => this.#capture(it, input))),
      changePayment: (_, input) =>
        call('change', () =>
          this.#step(input, (it) => {
            if (it.state !== 'requires_payment') return refused(it);
            this.#change(it.paymentId, () => Object.assign(it, { amount: input.amount }));
            return ok(it);
          }),
        ),
      cancelPayment: (_, input) => call('cancel', () => this.#step(input, (it) => this.#cancel(it, input))),
      refundPayment: (_, input) => call('refund', () => this.#step(input, (it) => this.#refund(it, input))),
    };
  }

  /** The customer confirms: a card holds the amount. */
  authorise(paymentId: string, options: { multicapture: boolean; holdMs?: number }): void {
    this.#change(paymentId, (payment) => {
      if (payment.state !== 'requires_payment' && payment.state !== 'requires_action') return;
      const holdMs = options.holdMs ?? HOLD_MS;
      Object.assign(payment, {
        state: 'authorised',
        authorised: payment.amount,
        capturable: payment.amount,
        captureBefore: this.#kernel.now + holdMs,
        multicapture: options.multicapture,
        method: 'card',
        lastError: null,
      });
      this.#kernel.after(holdMs, `hold of ${paymentId} lapses`, () => this.lapse(paymentId));
    });
  }
  decline(paymentId: string): void {
    this.#change(paymentId, (payment) => {
      if (payment.state !== 'requires_payment') return;
      payment.lastError = { code: 'card_declined', declineCode: 'lost_card', message: 'Declined.' };
    });
  }
  /** A debit is under way. */
  process(paymentId: string): void {
    this.#change(paymentId, (payment) => {
      if (payment.state === 'requires_payment')
        Object.assign(payment, { state: 'processing', method: 'sepa_debit', lastError: null });
    });
  }
  settle(paymentId: string): void {
    this.#change(paymentId, (payment) => {
      const { amount } = payment;
      if (payment.state !== 'processing') return;
      Object.assign(payment, { state: 'captured', authorised: amount, captured: amount, capturable: 0 });
      this.#regret(payment);
    });
  }
  bounce(paymentId: string): void {
    this.#change(paymentId, (payment) => {
      const lastError = { code: 'debit_failed', declineCode: null, message: 'Refused.' };
      if (payment.state === 'processing') Object.assign(payment, { state: 'requires_payment', lastError });
    });
  }

  /** What is still held goes back to the customer. */
  lapse(paymentId: string): void {
    this.#change(paymentId, (payment) => {
      if (payment.state !== 'authorised') return;
      this.#kernel.count('holdLapsed');
      payment.lapsed = true;
      Object.assign(payment, { state: payment.captured > 0 ? 'captured' : 'cancelled', capturable: 0 });
    });
  }

  /** Somebody gives money back at the provider, past the order. */
  refundOutside(paymentId: string, amount: number): void {
    this.#hear(paymentId, (payment) => {
      if (thereOf(payment) < amount || amount === 0) return;
      const refundId = `re_${payment.refunds.length + 1}`;
      payment.refunds.unshift({ refundId, amount, state: 'succeeded', reference: null });
      payment.refunded += amount;
    });
  }

  /** The bank asks, or takes a part of the payment or all that is there of it, for now. */
  dispute(paymentId: string, state: 'warning' | 'open', part = 1): void {
    this.#hear(paymentId, (payment) => {
      const amount = Math.floor(thereOf(payment) * part);
      if (amount === 0) return;
      const disputeId = `dp_${payment.disputes.length + 1}_${paymentId}`;
      payment.disputes.push({ disputeId, amount, state, reason: 'fraudulent', openedAt: this.#kernel.now });
    });
  }
  /** The newest dispute goes on: an inquiry becomes one, or it is decided. */
  decide(paymentId: string, state: 'open' | 'won' | 'lost'): void {
    this.#hear(paymentId, (payment) => {
      const dispute = payment.disputes.at(-1);
      if (dispute === undefined || dispute.state === 'won' || dispute.state === 'lost') return;
      // What went back since it asked cannot be taken any more.
      if (dispute.state === 'warning') dispute.amount = Math.min(dispute.amount, thereOf(payment));
      dispute.state = state;
    });
  }

  /** What may become of captured money past the order, once it was captured. */
  #regret({ paymentId, orderId, captured }: Payment): void {
    const chance = this.#stream(`regret ${orderId}`);
    const kernel = this.#kernel;
    const later = (hours: number, what: string, act: () => void): void => {
      kernel.after(hours * HOUR_MS, `${what} ${paymentId}`, act);
    };
    const refunds = chance.chance(this.#quality.refundedOutside);
    const disputes = chance.chance(this.#quality.disputed);
    const [first, second, part] = [
      chance.next() * 80,
      chance.next() * 80,
      chance.chance(0.6) ? 1 : chance.next(),
    ];
    const begins = chance.chance(0.25) ? 'warning' : 'open';
    const ends = chance.weighted([
      [4, 'won'],
      [4, 'lost'],
      [1, null],
    ] as const);
    if (refunds && kernel.mayHappen(`refund outside of ${paymentId}`)) {
      const amount = Math.floor(captured * (chance.chance(0.5) ? 1 : chance.next()));
      later(first, 'somebody refunds', () => this.refundOutside(paymentId, amount));
    }
    if (!disputes || !kernel.mayHappen(`dispute of ${paymentId}`)) return;
    later(second, 'a bank disputes', () => this.dispute(paymentId, begins, part));
    if (begins === 'warning') later(second + 5, 'a bank disputes', () => this.decide(paymentId, 'open'));
    if (ends !== null) later(second + 10 + first, 'a bank decides about', () => this.decide(paymentId, ends));
  }

  #create(input: CreatePaymentInput): Answer {
    const { orderId, attempt = 1, amount, askedAt, idempotencyKey } = input;
    const { now } = this.#kernel;
    const known = this.#known(idempotencyKey);
    if (known !== null) return this.#fresh(known);
    const looks = now - askedAt >= KEY_TRUSTED_MS || this.#remembered.get(idempotencyKey)?.answer === null;
    const found = this.of(orderId).find(
      (payment) => looks && payment.attempt === attempt && payment.createdAt <= now - INDEX_LAG_MS,
    );
    if (found !== undefined) return ok(found);
    const stream = this.#stream(orderId);
    if (this.#strikes(orderId, 'rateLimited')) return RATE_LIMITED;
    const poisoned = this.#strikes(orderId, 'poisoned');
    if (poisoned && stream.chance(0.5)) return this.#poison(idempotencyKey, stream);
    const paymentId = `pi_${orderId.slice(4)}${this.of(orderId).length + 1}`;
    const payment: Payment = {
      paymentId,
      orderId,
      attempt,
      state: 'requires_payment',
      currency: amount.currency,
      amount: amount.amount,
      authorised: 0,
      captured: 0,
      refunded: 0,
      capturable: 0,
      captureBefore: null,
      multicapture: false,
      method: null,
      refunds: [],
      clientSecret: `${paymentId}_secret`,
      lastError: null,
      ...NO_PAYMENT_DETAILS,
      disputes: [],
      createdAt: now,
      lapsed: false,
      closedLate: false,
      captures: new Map(),
    };
    this.payments.set(paymentId, payment);
    this.#announce(payment);
    this.opened(payment);
    // What is remembered of a creation that was done is dropped after minutes only: the index then knows the payment.
    return poisoned
      ? this.#poison(idempotencyKey, stream, 2 * MINUTE_MS)
      : this.#remember(idempotencyKey, ok(payment));
  }

  #get(paymentId: string): Answer {
    const payment = this.payments.get(paymentId);
    return payment === undefined ? fail(paymentError('not_found', paymentId)) : ok(payment);
  }

  /** One step under its key: what was answered before is answered again. */
  #step(input: PaymentStepInput, act: (payment: Payment) => Answer): Answer {
    const { paymentId, idempotencyKey } = input;
    const payment = this.payments.get(paymentId);
    if (payment === undefined) return this.#get(paymentId);
    const known = this.#known(idempotencyKey);
    if (known !== null) return this.#fresh(known);
    const { orderId } = payment;
    const stream = this.#stream(orderId);
    if (this.#strikes(orderId, 'rateLimited')) return RATE_LIMITED;
    if (this.#strikes(orderId, 'overtaken')) this.authorise(paymentId, { multicapture: stream.chance(0.5) });
    const poisoned = this.#strikes(orderId, 'poisoned');
    if (poisoned && stream.chance(0.5)) return this.#poison(idempotencyKey, stream);
    const answer = act(payment);
    return poisoned ? this.#poison(idempotencyKey, stream) : this.#remember(idempotencyKey, answer);
  }

  #capture(payment: Payment, { amount, final, idempotencyKey }: CapturePaymentInput): Answer {
    if (payment.captures.has(idempotencyKey)) return ok(payment);
    if (final && payment.state === 'captured' && payment.captured === amount) return ok(payment);
    if (payment.state !== 'authorised' || amount > payment.capturable || (!final && !payment.multicapture))
      return refused(payment);
    if (amount < SMALLEST[payment.currency]) return refused(payment);
    if (this.#strikes(payment.orderId, 'captureDeclined'))
      return fail(paymentError('declined', 'The bank declined the charge.'));
    this.#change(payment.paymentId, () => {
      payment.captures.set(idempotencyKey, amount);
      payment.captured += amount;
      payment.capturable -= amount;
      if (final || payment.capturable === 0) Object.assign(payment, { state: 'captured', capturable: 0 });
    });
    this.#regret(payment);
    return ok(payment);
  }

  #cancel(payment: Payment, { idempotencyKey }: PaymentStepInput): Answer {
    if (payment.state === 'cancelled') return ok(payment);
    if (payment.state === 'captured' || payment.state === 'processing') return refused(payment);
    const isPartTaken = payment.captured > 0;
    const closedLate = isPartTaken && idempotencyKey.includes(':payment.close');
    const state = isPartTaken ? 'captured' : 'cancelled';
    this.#change(payment.paymentId, () => Object.assign(payment, { state, capturable: 0, closedLate }));
    return ok(payment);
  }

  #refund(payment: Payment, { amount, reference }: RefundPaymentInput): Answer {
    if (payment.refunds.some((refund) => refund.reference === reference)) return ok(payment);
    if (thereOf(payment) < amount) return refused(payment);
    const refundId = `re_${payment.refunds.length + 1}`;
    const isPending = this.#strikes(payment.orderId, 'refundPending');
    this.#change(payment.paymentId, () => {
      payment.refunds.unshift({ refundId, amount, state: isPending ? 'pending' : 'succeeded', reference });
      payment.refunded += amount;
    });
    if (isPending) {
      const delay = this.#stream(payment.orderId).int(1, 30) * HOUR_MS;
      this.#kernel.after(delay, `refund ${refundId} is made`, () => this.#makeRefund(payment, refundId));
    }
    if (this.#strikes(payment.orderId, 'refundFails')) {
      const delay = this.#stream(payment.orderId).int(1, 72) * HOUR_MS;
      this.#kernel.after(delay, `refund ${refundId} fails`, () => this.#failRefund(payment, refundId));
    }
    return ok(payment);
  }

  #makeRefund(payment: Payment, refundId: string): void {
    this.#change(payment.paymentId, () => {
      const refund = payment.refunds.find((candidate) => candidate.refundId === refundId);
      if (refund?.state === 'pending') refund.state = 'succeeded';
    });
  }
  /** Nobody asks for it any more: the service repeats such news for days, until it is heard. */
  #failRefund(payment: Payment, refundId: string): void {
    this.#hear(payment.paymentId, () => {
      const refund = payment.refunds.find((candidate) => candidate.refundId === refundId);
      if (refund === undefined || refund.state === 'failed') return;
      refund.state = 'failed';
      payment.refunded -= refund.amount;
    });
  }

  #change(paymentId: string, act: (payment: Payment) => void, isHeard = false): void {
    const payment = this.payments.get(paymentId);
    if (payment === undefined) return;
    const before = JSON.stringify(payment);
    act(payment);
    if (JSON.stringify(payment) !== before) this.#announce(payment, isHeard);
  }

  /** News that the service repeats until it is heard: nobody waits for it. */
  #hear(paymentId: string, act: (payment: Payment) => void): void {
    this.#change(paymentId, act, true);
  }

  #known(key: string): Answer | null {
    const remembered = this.#remembered.get(key);
    if (remembered === undefined || this.#kernel.now - remembered.at >= DAY_MS) return null;
    return remembered.answer ?? (this.#kernel.now < remembered.poisonedUntil ? FAULT : null);
  }
  #remember(key: string, answer: Answer): Answer {
    this.#remembered.set(key, { answer, at: this.#kernel.now, poisonedUntil: 0 });
    return answer;
  }
  #poison(key: string, stream: Stream, atLeastMs = 0): Answer {
    const poisonedUntil = this.#kernel.now + atLeastMs + stream.int(0, 20) * MINUTE_MS;
    this.#remembered.set(key, { answer: null, at: this.#kernel.now, poisonedUntil });
    return FAULT;
  }
  /** The answer names the payment; what it says is as of now, as a look at the provider would. */
  #fresh(answer: Answer): Answer {
    return answer.ok ? this.#get(answer.value.paymentId) : answer;
  }
  #strikes(orderId: string, kind: keyof PaymentQuality): boolean {
    return this.#kernel.strikes(this.#stream(orderId), kind, this.#quality[kind]);
  }
  #stream(orderId: string): Stream {
    return this.#kernel.stream(`payments ${orderId}`);
  }

  #announce(payment: Payment, isHeard = false): void {
    const { paymentId, state, captured, refunded, amount, orderId } = payment;
    this.#events += 1;
    this.#kernel.note(
      () => `payment ${paymentId} is ${state}: ${captured} captured, ${refunded} refunded of ${amount}`,
    );
    if (isHeard || !this.#strikes(orderId, 'webhookLost'))
      this.#told(payment, `evt_${this.#events}_${paymentId}`);
  }
}

/** With the bank, until it is decided or for good. */
export const takenFrom = ({ disputes }: Payment): number =>
  disputes
    .filter(({ state }) => state === 'open' || state === 'lost')
    .reduce((sum, { amount }) => sum + amount, 0);
/** What can be given back. */
const thereOf = (payment: Payment): number => payment.captured - payment.refunded - takenFrom(payment);
const FAULT: Answer = fail(paymentError('retriable', 'the provider answered 500'));
const RATE_LIMITED: Answer = fail(paymentError('rate_limited', 'too many requests'));
const refused = ({ state, captured, refunded, capturable }: Payment): Answer =>
  fail(paymentError('invalid_state', `${state}: ${captured}, ${refunded}, ${capturable}`));

/** What travels is a copy, and only what the contract names. */
function copyOf(answer: Answer): Answer {
  if (!answer.ok) return answer;
  const {
    createdAt: _at,
    captures: _captures,
    lapsed: _lapsed,
    closedLate: _closedLate,
    ...snapshot
  } = answer.value as Payment;
  return ok({
    ...snapshot,
    refunds: snapshot.refunds.map((refund) => ({ ...refund })),
    disputes: snapshot.disputes.map((dispute) => ({ ...dispute })),
  });
}
