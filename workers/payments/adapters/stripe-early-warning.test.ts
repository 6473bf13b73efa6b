import { describe, expect, it } from 'vitest';
import { stripeClient, stripeGateway } from './stripe-gateway.ts';
import { newOrderId } from '../testing.ts';

const ORDER = newOrderId();
const charge = {
  id: 'ch_1',
  object: 'charge',
  paid: true,
  disputed: false,
  refunds: { data: [], has_more: false },
};

/** A provider with one paid payment, and a warning of its card's issuer or none. */
function provider(warning: string | null) {
  const requests: string[] = [];
  const metadata: Record<string, string> = { order_id: ORDER, attempt: '1' };
  const intent = () => ({
    id: 'pi_1',
    object: 'payment_intent',
    status: 'succeeded',
    amount: 2_500,
    amount_received: 2_500,
    amount_capturable: 0,
    currency: 'eur',
    client_secret: 's',
    customer: null,
    payment_method: { id: 'pm_1', type: 'card' },
    latest_charge: charge,
    last_payment_error: null,
    review: null,
    next_action: null,
    receipt_email: null,
    metadata: { ...metadata },
  });
  const gateway = stripeGateway(
    stripeClient({
      secretKey: 'sk_test_unit',
      apiBase: 'https://provider.test',
      fetch: async (input, init) => {
        const request = new Request(input, init);
        const { pathname } = new URL(request.url);
        requests.push(`${request.method} ${pathname}`);
        if (pathname.startsWith('/v1/radar/early_fraud_warnings')) {
          return Response.json({
            object: 'list',
            has_more: false,
            data: warning === null ? [] : [{ id: warning }],
          });
        }
        for (const [name, value] of new URLSearchParams(
          new TextDecoder().decode(await request.arrayBuffer()),
        )) {
          const key = /^metadata\[(\w+)\]$/.exec(name)?.[1];
          if (key !== undefined) metadata[key] = value;
        }
        return Response.json(intent());
      },
    }),
  );
  const warned = async (thorough: boolean) => {
    const seen = await gateway.get('pi_1', { thorough });
    expect(seen).toMatchObject({ ok: true });
    return seen.ok ? seen.value.risk.earlyWarning : null;
  };
  return { requests, warned };
}

describe('the warning of a card’s issuer', () => {
  it('is found by a thorough look, and by every look after it without another search', async () => {
    const { requests, warned } = provider('issfr_1');
    expect(await warned(false)).toBe(false);
    expect(await warned(true)).toBe(true);
    expect(await warned(true)).toBe(true);
    expect(await warned(false)).toBe(true);
    expect(requests.filter((each) => each.includes('early_fraud_warnings'))).toHaveLength(1);
  });

  it('that is not there leaves the payment untouched', async () => {
    const { requests, warned } = provider(null);
    expect(await warned(true)).toBe(false);
    expect(requests.some((each) => each.startsWith('POST'))).toBe(false);
  });
});
