import { describe, expect, it } from 'vitest';
import {
  paymentErrorSchema,
  paymentSnapshotSchema,
  type PaymentSnapshot,
} from '#shared/contracts/payments.ts';
import { newId } from '#shared/ids/ids.ts';
import type { NewPayment, PaymentGateway } from '../usecases/ports.ts';

/** A provider under test, with the hands of a customer. */
export interface ProviderUnderTest {
  gateway: PaymentGateway;
  /** The same provider a day later, when it remembers no key. */
  later: PaymentGateway;
  /** The customer pays with a card that holds funds. */
  approve(paymentId: string): Promise<void>;
  /** He tries, and his bank says no. */
  decline(paymentId: string): Promise<void>;
  /** The provider forgets the keys it was sent about this payment. */
  forgetKeys(paymentId: string): Promise<void>;
}

type Outcome = Awaited<ReturnType<PaymentGateway['get']>>;

/** What every adapter of `PaymentGateway` does, whatever provider it speaks to. */
export function describePaymentGateway(name: string, under: () => ProviderUnderTest): void {
  const inputOf = (orderId: string): NewPayment => ({
    orderId,
    orderNumber: 'T-1',
    amount: { amount: 2500, currency: 'EUR' },
    attempt: 1,
    askedAt: Date.now(),
    captureMode: 'where_possible',
    customerEmail: null,
    idempotencyKey: `${orderId}:create`,
  });
  /** Of a call that must succeed; as the contract says, and always of the same order. */
  function seen(outcome: Outcome): PaymentSnapshot {
    expect(outcome).toMatchObject({ ok: true });
    return paymentSnapshotSchema.parse(outcome.ok ? outcome.value : null);
  }
  const refusal = (outcome: Outcome) => (outcome.ok ? null : paymentErrorSchema.parse(outcome.error).code);

  async function opened() {
    const { gateway, later, approve, decline, forgetKeys } = under();
    const orderId = newId('order');
    const { paymentId } = seen(await gateway.create(inputOf(orderId)));
    return {
      gateway,
      later,
      orderId,
      paymentId,
      approve: () => approve(paymentId),
      decline: () => decline(paymentId),
      forgetKeys: () => forgetKeys(paymentId),
      step: (key: string) => ({ paymentId, orderId, idempotencyKey: `${orderId}:${key}` }),
      now: async () => seen(await gateway.get(paymentId)),
    };
  }

  describe(`${name} as a payment gateway`, () => {
    it('opens one payment for a key, which waits for the customer and has a secret for him', async () => {
      const { gateway, orderId, paymentId, now } = await opened();
      expect(seen(await gateway.create(inputOf(orderId))).paymentId).toBe(paymentId);
      const present = await now();
      expect(present).toMatchObject({
        orderId,
        attempt: 1,
        state: 'requires_payment',
        amount: 2500,
        authorised: 0,
      });
      expect(present.clientSecret).not.toBe('');
    });

    it('finds a payment by its order, and lists it in the time it was opened', async () => {
      const { gateway, orderId, paymentId } = await opened();
      const found = await gateway.find({ orderId, attempt: 1, askedAt: Date.now() });
      expect(found).toMatchObject({ ok: true, value: { paymentId } });
      expect(await gateway.find({ orderId, attempt: 2, askedAt: Date.now() })).toEqual({
        ok: true,
        value: null,
      });
      const span = { from: Date.now() - 60_000, to: Date.now() + 60_000 };
      let cursor: string | null = null;
      const listed: string[] = [];
      do {
        const page = await gateway.list({ ...span, limit: 100, cursor });
        if (!page.ok) throw new Error(page.error.message);
        listed.push(...page.value.payments.map((payment) => payment.paymentId));
        cursor = page.value.next;
      } while (cursor !== null);
      expect(listed).toContain(paymentId);
    });

    it('tells why an attempt failed in words to act on, and goes on with the next', async () => {
      const { decline, approve, now } = await opened();
      await decline();
      const failed = await now();
      expect(failed.state).toBe('requires_payment');
      expect(failed.lastError?.message.length).toBeGreaterThan(20);
      await approve();
      expect(await now()).toMatchObject({
        state: 'authorised',
        authorised: 2500,
        capturable: 2500,
        lastError: null,
      });
    });

    it('captures once for a key, releases the rest, and refuses what is not held', async () => {
      const { gateway, later, approve, step, now, forgetKeys } = await opened();
      const capture = { ...step('capture'), amount: 2000, final: true };
      expect(refusal(await gateway.capture({ ...capture, idempotencyKey: 'too-early' }))).toBe(
        'invalid_state',
      );
      await approve();
      expect(seen(await gateway.capture(capture))).toMatchObject({
        state: 'captured',
        captured: 2000,
        refunded: 0,
      });
      expect(seen(await gateway.capture(capture)).captured).toBe(2000);
      await forgetKeys();
      expect(seen(await later.capture(capture)).captured).toBe(2000);
      expect(await now()).toMatchObject({ state: 'captured', captured: 2000, capturable: 0 });
    });

    it('voids what is not captured, as often as it is asked to', async () => {
      const { gateway, approve, step, now } = await opened();
      await approve();
      expect(seen(await gateway.cancel(step('void')))).toMatchObject({
        state: 'cancelled',
        captured: 0,
        capturable: 0,
      });
      expect(seen(await gateway.cancel(step('void-again'))).state).toBe('cancelled');
      expect(refusal(await gateway.capture({ ...step('capture'), amount: 2500, final: true }))).toBe(
        'invalid_state',
      );
      expect((await now()).state).toBe('cancelled');
    });

    it('gives back in parts, each reference once for ever, and never more than was captured', async () => {
      const { gateway, later, approve, step, forgetKeys } = await opened();
      await approve();
      await gateway.capture({ ...step('capture'), amount: 2500, final: true });
      const part = { ...step('refund-1'), amount: 1000, reference: 'first' };
      expect(seen(await gateway.refund(part)).refunded).toBe(1000);
      await forgetKeys();
      expect(seen(await later.refund(part)).refunded).toBe(1000);
      const second = seen(await gateway.refund({ ...step('refund-2'), amount: 1500, reference: 'second' }));
      expect(second.refunds.map(({ reference }) => reference)).toEqual(['second', 'first']);
      expect(refusal(await gateway.refund({ ...step('refund-3'), amount: 1, reference: 'third' }))).toBe(
        'invalid_state',
      );
    });

    it('asks for another amount until the customer has paid', async () => {
      const { gateway, approve, step, now } = await opened();
      expect(seen(await gateway.change({ ...step('change'), amount: 1800 })).amount).toBe(1800);
      await approve();
      expect(refusal(await gateway.change({ ...step('change-2'), amount: 1900 }))).toBe('invalid_state');
      expect((await now()).authorised).toBe(1800);
    });

    it('knows nothing of a payment that is not there', async () => {
      expect(refusal(await under().gateway.get('pay_unknown'))).toBe('not_found');
    });
  });
}
