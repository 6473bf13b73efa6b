import type { CallContext } from '#shared/contracts/call.ts';
import {
  type PaymentError,
  type PaymentSnapshot,
  paymentSnapshotSchema,
} from '#shared/contracts/payments.ts';
import type { Result } from '#shared/domain/result.ts';
import { log } from '#shared/observability/log.ts';
import type { Effect, OrderPorts } from './effects.ts';
import { effectiveState, type OrderDocument } from './machine/document.ts';
import { type OrderEvent, paymentEvent } from './machine/events.ts';
import type { EffectStep } from './machine/intents.ts';

type PaymentStep = Extract<EffectStep, { step: `payment.${string}` }>;
type Answer = Result<PaymentSnapshot, PaymentError>;

/**
 * The order's calls to the payments worker. What comes back is always the provider's present truth; when it refuses a
 * step because things stand differently, that truth is fetched and told instead.
 */
export async function paymentEffect(
  ports: OrderPorts,
  document: OrderDocument,
  { key, step, call }: Effect<PaymentStep>,
): Promise<OrderEvent[]> {
  const payments = new Payments(ports, document, call);
  switch (step.step) {
    case 'payment.create':
      return payments.create();
    case 'payment.fetch':
      return payments.fetch(step.paymentId);
    case 'payment.close':
    case 'payment.void':
      return payments.cancel(key);
    case 'payment.capture':
      return payments.capture();
    case 'payment.refund':
      return payments.refund();
  }
}

class Payments {
  readonly #ports: OrderPorts;
  readonly #document: OrderDocument;
  readonly #call: CallContext;

  constructor(ports: OrderPorts, document: OrderDocument, call: CallContext) {
    this.#ports = ports;
    this.#document = document;
    this.#call = call;
  }

  async create(): Promise<OrderEvent[]> {
    const at = this.#ports.clock.now();
    this.#ports.record({ type: 'payment.asked', at });
    const created = await this.#create();
    if (!created.ok && ['declined', 'invalid_state', 'not_found'].includes(created.error.code)) {
      return [{ type: 'payment.refused', message: created.error.message, at: this.#ports.clock.now() }];
    }
    return this.#told(created);
  }

  async fetch(paymentId: string): Promise<OrderEvent[]> {
    const fetched = await this.#ports.payments.getPayment(this.#call, { paymentId });
    if (!fetched.ok && fetched.error.code === 'not_found') {
      log.warn('an unknown payment was announced', { ...this.#call, orderId: this.#document.id, paymentId });
      return [];
    }
    return this.#told(fetched);
  }

  /**
   * Voids what is not captured; tells instead what was paid when the customer was faster. The provider remembers the answer to a
   * key, so a later request to void has a key of its own.
   */
  async cancel(key: string): Promise<OrderEvent[]> {
    const paymentId = await this.#paymentId();
    if (paymentId === null) return [{ type: 'payment.none', at: this.#ports.clock.now() }];
    if (effectiveState(this.#document) === 'closing') {
      const present = await this.#ports.payments.getPayment(this.#call, { paymentId });
      if (!present.ok) throw new Error(`${present.error.code}: ${present.error.message}`);
      if (!['requires_payment', 'requires_action'].includes(present.value.state)) return this.#told(present);
    }
    const cancelled = await this.#ports.payments.cancelPayment(this.#call, this.#step(paymentId, key));
    const truth = await this.#truth(cancelled, paymentId);
    if (!['cancelled', 'captured', 'processing'].includes(truth.state)) {
      throw new Error(`the payment is still ${truth.state} after it was cancelled`);
    }
    return this.#told({ ok: true, value: truth });
  }

  async capture(): Promise<OrderEvent[]> {
    const paymentId = this.#knownPaymentId();
    const captured = await this.#ports.payments.capturePayment(this.#call, {
      ...this.#step(paymentId, 'capture'),
      amount: this.#document.total,
    });
    if (!captured.ok && captured.error.code === 'declined') {
      const { message } = captured.error;
      return [{ type: 'payment.capture_refused', message, at: this.#ports.clock.now() }];
    }
    const truth = await this.#truth(captured, paymentId);
    if (!['captured', 'cancelled'].includes(truth.state)) {
      throw new Error(`the payment is still ${truth.state} after it was captured`);
    }
    return this.#told({ ok: true, value: truth });
  }

  async refund(): Promise<OrderEvent[]> {
    const paymentId = this.#knownPaymentId();
    const { captured, refunded } = this.#document.payment;
    const answer = await this.#ports.payments.refundPayment(this.#call, {
      ...this.#step(paymentId, `refund:${refunded}`),
      amount: captured - refunded,
    });
    const truth = await this.#truth(answer, paymentId);
    if (truth.refunded < captured) throw new Error(`refunded ${truth.refunded} of ${captured}`);
    return this.#told({ ok: true, value: truth });
  }

  #create(): Promise<Answer> {
    const { id, number, total, currency, email } = this.#document;
    return this.#ports.payments.createPayment(this.#call, {
      orderId: id,
      orderNumber: number,
      amount: { amount: total, currency },
      captureMode: 'manual',
      customerEmail: email,
      idempotencyKey: `${id}:create`,
    });
  }

  /** The payment to undo. When the reply to opening it was lost, the same key brings the same payment to light. */
  async #paymentId(): Promise<string | null> {
    const { paymentId, asked } = this.#document.payment;
    if (paymentId !== null || !asked) return paymentId;
    const found = await this.#create();
    if (found.ok) return found.value.paymentId;
    if (found.error.code === 'declined') return null;
    throw new Error(`${found.error.code}: ${found.error.message}`);
  }

  #knownPaymentId(): string {
    const { paymentId } = this.#document.payment;
    if (paymentId === null) throw new Error('no payment is known');
    return paymentId;
  }

  #step(paymentId: string, step: string) {
    return { paymentId, orderId: this.#document.id, idempotencyKey: `${this.#document.id}:${step}` };
  }

  /** The snapshot of a step, or the present one when the provider says that the step does not fit any more. */
  async #truth(answer: Answer, paymentId: string): Promise<PaymentSnapshot> {
    if (answer.ok) return answer.value;
    if (answer.error.code !== 'invalid_state') {
      throw new Error(`${answer.error.code}: ${answer.error.message}`);
    }
    const present = await this.#ports.payments.getPayment(this.#call, { paymentId });
    if (!present.ok) throw new Error(`${present.error.code}: ${present.error.message}`);
    return present.value;
  }

  /** Never believes a snapshot of another order or currency. */
  #told(answer: Answer): OrderEvent[] {
    if (!answer.ok) throw new Error(`${answer.error.code}: ${answer.error.message}`);
    const snapshot = paymentSnapshotSchema.parse(answer.value);
    const { id, currency } = this.#document;
    if (snapshot.orderId !== id || snapshot.currency !== currency) {
      const { paymentId, orderId } = snapshot;
      log.error('a payment of another order was announced', {
        ...this.#call,
        orderId: id,
        paymentId,
        of: orderId,
      });
      return [];
    }
    return [paymentEvent(snapshot, this.#ports.clock.now())];
  }
}
