import { Stripe } from 'stripe';
import { describe, expect, it, vi } from 'vitest';
import { newIntent, newOrderId, sdk, setFault, webhooksOf } from '../sdk.ts';
import { shapeFaults } from './index.ts';

describe('shapes', () => {
  it('refuse what is missing, of another type or unknown, also within lists and expanded objects', async () => {
    const intent = await newIntent(newOrderId());
    const { amount: _missing, ...less } = intent;
    const list = { object: 'list', url: '/', has_more: false, data: [{ ...intent, amount: '2500' }] };
    expect(shapeFaults(intent)).toEqual([]);
    expect(shapeFaults(less)[0]).toMatch(/amount/);
    expect(shapeFaults({ ...intent, surprise: 1 })[0]).toMatch(/surprise/);
    expect(shapeFaults(list)[0]).toMatch(/data\[0\]\.amount/);
    expect(shapeFaults({ object: 'sofa' })[0]).toMatch(/no shape/);
  });
});

describe('the limits of the API', () => {
  const create = (orderId: string) => newIntent(orderId);

  it('are told as the SDK understands them: too many requests, and a key in use', async () => {
    const orderId = newOrderId();
    await setFault({ kind: 'payment.rate-limit', match: orderId });
    await expect(create(orderId)).rejects.toBeInstanceOf(Stripe.errors.StripeRateLimitError);
    await setFault({ kind: 'payment.key-in-use', match: orderId });
    await expect(create(orderId)).rejects.toMatchObject({ statusCode: 409, code: 'idempotency_key_in_use' });
    expect((await create(orderId)).status).toBe('requires_payment_method');
  });

  it('metadata has 50 keys of 40 characters and values of 500 at most', async () => {
    const make = (metadata: Record<string, string>) =>
      sdk().paymentIntents.create({ amount: 1000, currency: 'eur', metadata });
    const many = Object.fromEntries(Array.from({ length: 51 }, (_, index) => [`key${index}`, 'x']));
    for (const metadata of [many, { ['k'.repeat(41)]: 'x' }, { k: 'x'.repeat(501) }]) {
      await expect(make(metadata)).rejects.toMatchObject({ statusCode: 400 });
    }
    expect((await make({ ['k'.repeat(40)]: 'x'.repeat(500) })).object).toBe('payment_intent');
  });

  it('a webhook may bear two signatures while its secret is replaced, and is pending until it is taken', async () => {
    const orderId = newOrderId();
    await setFault({ kind: 'webhook.two-signatures', match: orderId });
    const { id } = await newIntent(orderId);
    const [delivery] = await vi.waitFor(async () => {
      const all = await webhooksOf(id);
      expect(all).toHaveLength(1);
      return all;
    }, 10_000);
    expect(delivery?.signature.match(/v1=/g)).toHaveLength(2);
    const event = await sdk().webhooks.constructEventAsync(
      delivery?.body ?? '',
      delivery?.signature ?? '',
      'whsec_unit',
    );
    expect(event.pending_webhooks).toBe(1);
    await vi.waitFor(
      async () => expect((await sdk().events.retrieve(event.id)).pending_webhooks).toBe(0),
      10_000,
    );
  });
});
