import { exports } from 'cloudflare:workers';
import { createExecutionContext } from 'cloudflare:test';
import { beforeAll, describe, expect, it, vi } from 'vitest';
import { ZodError } from 'zod';
import {
  type PaymentEventsService,
  paymentSnapshotSchema,
  type PaymentsService,
} from '#shared/contracts/payments.ts';
import { newId } from '#shared/ids/ids.ts';
import type { Costs } from '#shared/observability/costs.ts';
import { migrateDatabases } from '#shared/testing/runtime.ts';
import { PaymentsRpc } from './rpc.ts';
import { env, newOrderId } from './testing.ts';

beforeAll(migrateDatabases);
const payments = (exports as unknown as { PaymentsRpc: PaymentsService & PaymentEventsService }).PaymentsRpc;
/** The class itself: a rejection over RPC would also be reported as unhandled in the isolate both ends share. */
const direct = new PaymentsRpc(createExecutionContext(), env);
const call = { requestId: 'request-of-the-test' };
const inputOf = (orderId: string) => ({
  orderId,
  orderNumber: 'T-1',
  amount: { amount: 1234, currency: 'EUR' as const },
  attempt: 1,
  askedAt: Date.now(),
  captureMode: 'manual' as const,
  customerEmail: null,
  idempotencyKey: `${orderId}:create`,
});

const used = (costs: Costs): Partial<Costs> =>
  Object.fromEntries(Object.entries(costs).filter(([name, count]) => count > 0 && name !== 'd1Statements'));

describe('the RPC face', () => {
  it('answers with a snapshot as the contract says', async () => {
    const orderId = newOrderId();
    const made = await payments.createPayment(call, inputOf(orderId));
    expect(made.ok).toBe(true);
    const snapshot = paymentSnapshotSchema.parse(made.ok ? made.value : null);
    expect(snapshot).toMatchObject({ orderId, amount: 1234, currency: 'EUR', state: 'requires_payment' });
  });

  it('writes a new payment down, so that what the provider says of it later finds its order', async () => {
    const orderId = newOrderId();
    await payments.createPayment(call, inputOf(orderId));
    await vi.waitFor(async () => {
      const row = await env.PAYMENTS_DB.prepare('SELECT * FROM payments WHERE order_id = ?')
        .bind(orderId)
        .first();
      expect(row).toMatchObject({ payment_id: `pi_${orderId}`, attempt: 1, currency: 'EUR', amount: 1234 });
    });
  });

  it.each<[string, () => Promise<unknown>]>([
    [
      'an amount that is no integer',
      () =>
        direct.createPayment(call, { ...inputOf(newOrderId()), amount: { amount: 12.5, currency: 'EUR' } }),
    ],
    ['an unknown field', () => direct.getPayment(call, Object.assign({ paymentId: 'pi_1' }, { extra: 1 }))],
    [
      'a payment id that could leave its path',
      () => direct.getPayment(call, { paymentId: 'pi_1/../../refunds' }),
    ],
    [
      'nothing to capture',
      () =>
        direct.capturePayment(call, {
          paymentId: 'pi_1',
          orderId: newOrderId(),
          idempotencyKey: 'k',
          amount: 0,
          final: true,
        }),
    ],
    [
      'no key',
      () => direct.cancelPayment(call, { paymentId: 'pi_1', orderId: newOrderId(), idempotencyKey: '' }),
    ],
    ['no request id', () => direct.getPayment({ requestId: '' }, { paymentId: 'pi_1' })],
  ])('refuses %s before anything reaches the provider', async (_case, method) => {
    await expect(Promise.resolve().then(method)).rejects.toBeInstanceOf(ZodError);
  });

  it('logs what each call costs, and what follows its answer, so that none of it is left out of a purchase', async () => {
    const lines = vi.spyOn(console, 'log').mockImplementation(() => undefined);
    const spent = (): Record<string, unknown>[] =>
      lines.mock.calls
        .map((line) => JSON.parse(String(line)) as Record<string, unknown>)
        .map(({ step, work, costs }) => ({ of: step ?? work, ...used(costs as Costs) }));
    await payments.createPayment(call, { ...inputOf(newOrderId()), customerId: newId('user') });
    await payments.settleEvents(call, { eventIds: ['evt_none'], outcome: 'handled', detail: null });
    await vi.waitFor(() => {
      expect(spent()).toEqual(
        expect.arrayContaining([
          expect.objectContaining({ of: 'create', d1: 3, fetches: 2 }),
          { of: 'register a payment', d1: 1 },
          { of: 'settleEvents', d1: 1 },
        ]),
      );
    });
    lines.mockRestore();
  });

  it('logs each call with its request and order, and neither key nor client secret', async () => {
    const lines = vi.spyOn(console, 'log').mockImplementation(() => undefined);
    const orderId = newOrderId();
    await payments.createPayment(call, inputOf(orderId));
    const line = lines.mock.calls.map(String).find((text) => text.includes(orderId)) ?? '';
    lines.mockRestore();
    expect(JSON.parse(line)).toMatchObject({
      requestId: call.requestId,
      step: 'create',
      orderId,
      paymentId: `pi_${orderId}`,
    });
    expect(line).not.toContain(env.STRIPE_SECRET_KEY);
    expect(line).not.toContain('secret_unit');
  });
});
