import { describe, expect, it } from 'vitest';
import { newOrderId } from '../testing.ts';
import { stripeFacts } from './stripe-facts.ts';
import { stripeClient } from './stripe-gateway.ts';

const AT = 1_790_000_000;
/** A provider with one payment of 25.00 that was captured whole; `charge` and `refunds` as two requests saw them. */
function facts(charge: Record<string, unknown>, refunds: Record<string, unknown>[]) {
  const list = (data: unknown[]) => ({ object: 'list', has_more: false, data });
  const answers: Record<string, unknown> = {
    '/v1/payment_intents/pi_1': {
      id: 'pi_1',
      created: AT,
      currency: 'eur',
      amount_received: 2_500,
      amount_capturable: 0,
      latest_charge: 'ch_1',
      metadata: { order_id: newOrderId() },
    },
    '/v1/charges': list([
      {
        id: 'ch_1',
        created: AT,
        paid: true,
        status: 'succeeded',
        disputed: false,
        amount: 2_500,
        amount_captured: 2_500,
        amount_refunded: 0,
        balance_transaction: null,
        failure_balance_transaction: null,
        payment_method_details: null,
        ...charge,
      },
    ]),
    '/v1/refunds': list(
      refunds.map((refund) => ({
        id: 're_1',
        charge: 'ch_1',
        created: AT,
        amount: 1_000,
        metadata: {},
        ...refund,
      })),
    ),
  };
  const client = stripeClient({
    secretKey: 'sk_test_unit',
    apiBase: 'https://provider.test',
    fetch: (input, init) =>
      Promise.resolve(Response.json(answers[new URL(new Request(input, init).url).pathname])),
  });
  return stripeFacts(client).facts('pi_1');
}

describe('what was captured is never taken for released', () => {
  it.each([
    ['fails between the two requests', { status: 'failed', balance_transaction: 'txn_1' }],
    ['is not in the balance yet', { status: 'succeeded', balance_transaction: null }],
  ])('when a refund %s', async (_what, refund) => {
    const seen = await facts({ amount_refunded: 1_000 }, [refund]);
    expect(seen).toMatchObject({ ok: true, value: { charges: [{ captured: 2_500, voided: 0, open: 0 }] } });
  });

  it('but what a capture left of the hold is', async () => {
    const seen = await facts({ amount_captured: 1_500, amount_refunded: 1_000 }, []);
    expect(seen).toMatchObject({ ok: true, value: { charges: [{ captured: 1_500, voided: 1_000 }] } });
  });
});
