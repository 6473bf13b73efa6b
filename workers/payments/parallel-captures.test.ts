import { exports } from 'cloudflare:workers';
import { beforeAll, describe, expect, it } from 'vitest';
import type { PaymentsService } from '#shared/contracts/payments.ts';
import { migrateDatabases } from '#shared/testing/runtime.ts';
import { newOrderId } from './testing.ts';

const payments = (exports as unknown as { PaymentsRpc: PaymentsService }).PaymentsRpc;
const call = { requestId: 'request-of-the-test' };
const AT_ONCE = 100;

beforeAll(migrateDatabases);

async function newPayment() {
  const orderId = newOrderId();
  const made = await payments.createPayment(call, {
    orderId,
    orderNumber: 'T-1',
    amount: { amount: 2500, currency: 'EUR' },
    askedAt: Date.now(),
    captureMode: 'manual',
    customerEmail: null,
    idempotencyKey: `${orderId}:create`,
  });
  const paymentId = made.ok ? made.value.paymentId : '';
  const capture = (key: string) =>
    payments.capturePayment(call, {
      orderId,
      paymentId,
      idempotencyKey: `${orderId}:${key}`,
      amount: 2500,
      final: true,
    });
  const times = async (): Promise<number> => {
    const seen = await fetch(`https://provider.test/v1/captures/${paymentId}`);
    return (await seen.json<{ times: number }>()).times;
  };
  return { capture, times };
}

describe('a hundred captures of one payment at once', () => {
  it('of the same step capture once, and each is told so', async () => {
    const { capture, times } = await newPayment();
    const answers = await Promise.all(Array.from({ length: AT_ONCE }, () => capture('capture')));
    expect(await times()).toBe(1);
    const states = answers.map((answer) =>
      answer.ok ? [answer.value.state, answer.value.captured] : answer.error,
    );
    expect(states).toEqual(Array.from({ length: AT_ONCE }, () => ['captured', 2500]));
  });

  it('under different keys capture once, and each is told that it is captured', async () => {
    const { capture, times } = await newPayment();
    const answers = await Promise.all(
      Array.from({ length: AT_ONCE }, (_, index) => capture(`capture-${index}`)),
    );
    expect(await times()).toBe(1);
    expect(answers.every((answer) => answer.ok && answer.value.captured === 2500)).toBe(true);
  });
});
