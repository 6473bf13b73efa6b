import type {
  CreatePaymentInput,
  PaymentError,
  PaymentSnapshot,
  PaymentsService,
} from '#shared/contracts/payments.ts';
import { fail, ok, type Result } from '#shared/domain/result.ts';
import { DAY_MS } from '#shared/time/time.ts';

export type PaymentAnswer = Result<PaymentSnapshot, PaymentError>;

/** How a call reaches the provider: `act` happens there, its answer may be lost. */
interface Wire {
  now(): number;
  outside<Value>(act: () => Value): Promise<Value>;
  /** What goes wrong at the provider with the next step. */
  takeFault(): 'none' | 'overtaken' | 'poisoned';
  webhook(paymentId: string): void;
}

const HOLD_MS = 7 * DAY_MS;
const REFUSAL = fail<PaymentError>({ code: 'invalid_state', message: 'not now' });

/** A payment provider in memory, as the contract of payments describes it: answers to a key are remembered for ever. */
export class Provider implements PaymentsService {
  readonly payments: PaymentSnapshot[] = [];
  readonly #wire: Wire;
  readonly #multicapture: boolean;
  readonly #remembered = new Map<string, PaymentAnswer>();

  constructor(wire: Wire, multicapture: boolean) {
    this.#wire = wire;
    this.#multicapture = multicapture;
  }

  /** What the customer or his bank does to one payment, and the message that tells of it. */
  change(pick: number, change: (payment: PaymentSnapshot) => void): void {
    const payment = this.payments[pick % Math.max(1, this.payments.length)];
    if (payment !== undefined) this.#changed(payment, change);
  }

  authorise(payment: PaymentSnapshot): void {
    if (payment.state !== 'requires_payment') return;
    Object.assign(payment, {
      state: 'authorised',
      authorised: payment.amount,
      capturable: payment.amount,
      captureBefore: this.#wire.now() + HOLD_MS,
      multicapture: this.#multicapture,
      method: 'card',
      lastError: null,
    });
  }

  createPayment(_: unknown, input: CreatePaymentInput): Promise<PaymentAnswer> {
    return this.#wire.outside(() => {
      const attempt = input.attempt ?? 1;
      const known = this.payments.find((payment) => payment.attempt === attempt);
      if (known !== undefined) return ok(structuredClone(known));
      const payment = newPayment(input, attempt);
      this.payments.push(payment);
      this.#wire.webhook(payment.paymentId);
      return ok(structuredClone(payment));
    });
  }

  getPayment(_: unknown, input: { paymentId: string }): Promise<PaymentAnswer> {
    return this.#wire.outside(() => {
      const payment = this.#find(input.paymentId);
      return payment === undefined ? REFUSAL : ok(structuredClone(payment));
    });
  }

  capturePayment: PaymentsService['capturePayment'] = (_, input) =>
    this.#step(input, (payment) => {
      const { capturable, multicapture, state } = payment;
      if (state !== 'authorised' || input.amount > capturable || (!input.final && !multicapture))
        return false;
      const left = input.final ? 0 : capturable - input.amount;
      payment.captured += input.amount;
      payment.capturable = left;
      if (left === 0) payment.state = 'captured';
      return true;
    });

  changePayment: PaymentsService['changePayment'] = (_, input) =>
    this.#step(input, (payment) => {
      if (payment.state !== 'requires_payment') return false;
      payment.amount = input.amount;
      return true;
    });

  cancelPayment: PaymentsService['cancelPayment'] = (_, input) =>
    this.#step(input, (payment) => {
      if (payment.state === 'captured' || payment.state === 'processing') return false;
      Object.assign(payment, { state: 'cancelled', capturable: 0 });
      return true;
    });

  refundPayment: PaymentsService['refundPayment'] = (_, { amount, reference, ...input }) =>
    this.#step(input, (payment) => {
      if (payment.refunds.some((refund) => refund.reference === reference)) return true;
      if (payment.captured === 0 || payment.refunded + amount > payment.captured) return false;
      const refundId = `re_${payment.refunds.length + 1}`;
      payment.refunds.unshift({ refundId, amount, state: 'pending', reference });
      payment.refunded += amount;
      return true;
    });

  #step(
    { paymentId, idempotencyKey }: { paymentId: string; idempotencyKey: string },
    act: (payment: PaymentSnapshot) => boolean,
  ): Promise<PaymentAnswer> {
    return this.#wire.outside(() => {
      const fault = this.#wire.takeFault();
      const known = this.#remembered.get(idempotencyKey);
      if (known !== undefined) return known;
      const given = this.#answer(
        paymentId,
        fault === 'overtaken' ? (payment) => this.#overtake(payment) : act,
      );
      const told = fault === 'poisoned' ? fail<PaymentError>({ code: 'retriable', message: '500' }) : given;
      this.#remembered.set(idempotencyKey, told);
      return told;
    });
  }

  /** The customer was faster. */
  #overtake(payment: PaymentSnapshot): boolean {
    this.authorise(payment);
    return false;
  }

  #answer(paymentId: string, act: (payment: PaymentSnapshot) => boolean): PaymentAnswer {
    const payment = this.#find(paymentId);
    if (payment === undefined) return REFUSAL;
    let done = false;
    this.#changed(payment, () => {
      done = act(payment);
    });
    return done ? ok(structuredClone(payment)) : REFUSAL;
  }

  #changed(payment: PaymentSnapshot, change: (payment: PaymentSnapshot) => void): void {
    const before = JSON.stringify(payment);
    change(payment);
    if (JSON.stringify(payment) !== before) this.#wire.webhook(payment.paymentId);
  }

  #find(paymentId: string): PaymentSnapshot | undefined {
    return this.payments.find((payment) => payment.paymentId === paymentId);
  }
}

const newPayment = (input: CreatePaymentInput, attempt: number): PaymentSnapshot => ({
  paymentId: `pi_${attempt}`,
  orderId: input.orderId,
  attempt,
  state: 'requires_payment',
  currency: input.amount.currency,
  amount: input.amount.amount,
  authorised: 0,
  captured: 0,
  refunded: 0,
  capturable: 0,
  captureBefore: null,
  multicapture: false,
  method: null,
  refunds: [],
  clientSecret: 'secret',
  lastError: null,
});
