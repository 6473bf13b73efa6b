import * as fc from 'fast-check';
import { Stripe } from 'stripe';
import { evictDurableObject } from 'cloudflare:test';
import { describe, expect, it, vi } from 'vitest';
import { workerEnv } from '#shared/testing/runtime.ts';
import { paymentService, type Env } from '../env.ts';
import { shopAnswers } from '../testing/fake-shop.ts';
import { newIntent, newOrderId, sandbox, sdk, setFault, WEBHOOK_PATH, webhooksOf } from '../testing/sdk.ts';
import { parseForm } from './form.ts';

const stripe = sdk();
const errorOf = (call: Promise<unknown>): Promise<unknown> =>
  call.then(
    () => null,
    (error: unknown) => error,
  );
const isReplay = (answer: Stripe.Response<object>): boolean =>
  new Headers(answer.lastResponse.headers).get('idempotent-replayed') === 'true';
const bearer = { authorization: 'Bearer sk_test_unit' };

describe('idempotency keys', () => {
  it('answer the first outcome again, and say so', async () => {
    const idempotencyKey = crypto.randomUUID();
    const params = { amount: 1000, currency: 'eur', metadata: { order_id: newOrderId() } };
    const [first, again] = [
      await stripe.paymentIntents.create(params, { idempotencyKey }),
      await stripe.paymentIntents.create(params, { idempotencyKey }),
    ];
    expect(again.id).toBe(first.id);
    expect([isReplay(first), isReplay(again)]).toEqual([false, true]);
  });

  it('remember a decline as well, so a repeat does not try the card again', async () => {
    const intent = await newIntent(newOrderId());
    const declined = () =>
      errorOf(
        stripe.paymentIntents.confirm(
          intent.id,
          { payment_method: 'pm_card_chargeDeclined' },
          { idempotencyKey: `${intent.id}:confirm` },
        ),
      );
    expect(await declined()).toBeInstanceOf(Stripe.errors.StripeCardError);
    expect(await declined()).toBeInstanceOf(Stripe.errors.StripeCardError);
    const failures = (await stripe.charges.list({ payment_intent: intent.id })).data;
    expect(failures).toHaveLength(1);
  });

  it('used for other parameters or another path are refused', async () => {
    const idempotencyKey = crypto.randomUUID();
    const intent = await stripe.paymentIntents.create({ amount: 1000, currency: 'eur' }, { idempotencyKey });
    const others = [
      () => stripe.paymentIntents.create({ amount: 1001, currency: 'eur' }, { idempotencyKey }),
      () => stripe.paymentIntents.cancel(intent.id, {}, { idempotencyKey }),
    ];
    for (const other of others) {
      expect(await errorOf(other())).toBeInstanceOf(Stripe.errors.StripeIdempotencyError);
    }
  });

  it('are not used up by parameters that cannot be understood', async () => {
    const idempotencyKey = crypto.randomUUID();
    const refused = await errorOf(
      stripe.paymentIntents.create({ amount: 10.5, currency: 'eur' }, { idempotencyKey }),
    );
    expect(refused).toMatchObject({ code: 'parameter_invalid_integer' });
    const made = await stripe.paymentIntents.create({ amount: 1050, currency: 'eur' }, { idempotencyKey });
    expect(made.amount).toBe(1050);
  });
});

describe('keys', () => {
  it('that are wrong or missing are a 401 the SDK understands', async () => {
    expect(await errorOf(sdk('sk_test_wrong').paymentIntents.list())).toBeInstanceOf(
      Stripe.errors.StripeAuthenticationError,
    );
    expect((await sandbox('/v1/payment_intents')).status).toBe(401);
  });

  it('for browsers may neither list, create nor capture', async () => {
    const browser = sdk('pk_test_browser');
    const intent = await newIntent(newOrderId());
    for (const call of [
      () => browser.paymentIntents.list(),
      () => browser.paymentIntents.create({ amount: 1000, currency: 'eur' }),
      () => browser.paymentIntents.capture(intent.id),
      () => browser.refunds.create({ payment_intent: intent.id }),
    ]) {
      expect(await errorOf(call())).toMatchObject({ code: 'secret_key_required' });
    }
  });

  it('for browsers need the client secret of the payment, and show no metadata', async () => {
    const browser = sdk('pk_test_browser');
    const intent = await newIntent(newOrderId());
    expect(await errorOf(browser.paymentIntents.retrieve(intent.id))).toMatchObject({
      param: 'client_secret',
    });
    expect(
      await errorOf(
        browser.paymentIntents.retrieve(intent.id, { client_secret: `${intent.id}_secret_guess` }),
      ),
    ).toMatchObject({ param: 'client_secret' });
    const seen = await browser.paymentIntents.retrieve(intent.id, {
      client_secret: intent.client_secret ?? '',
    });
    expect(seen).toMatchObject({ id: intent.id, amount: 2500 });
    expect(seen).not.toHaveProperty('metadata');
  });
});

describe('refusals', () => {
  it.each<[string, () => Promise<unknown>, Record<string, unknown>]>([
    [
      'an unknown payment',
      () => stripe.paymentIntents.retrieve('pi_none'),
      { code: 'resource_missing', statusCode: 404 },
    ],
    [
      'an amount below the least',
      () => stripe.paymentIntents.create({ amount: 49, currency: 'eur' }),
      { code: 'amount_too_small' },
    ],
    [
      'an amount above the most',
      () => stripe.paymentIntents.create({ amount: 100_000_000, currency: 'eur' }),
      { code: 'amount_too_large' },
    ],
    [
      'a negative amount',
      () => stripe.paymentIntents.create({ amount: -1, currency: 'eur' }),
      { param: 'amount' },
    ],
    [
      'an unknown currency',
      () => stripe.paymentIntents.create({ amount: 1000, currency: 'xyz' }),
      { param: 'currency' },
    ],
    [
      'an unknown parameter',
      () => stripe.paymentIntents.create(Object.assign({ amount: 1000, currency: 'eur' }, { colour: 'red' })),
      { code: 'parameter_unknown', param: 'colour' },
    ],
    [
      'an unknown payment method',
      () => stripe.paymentIntents.create({ amount: 1000, currency: 'eur', payment_method: 'pm_none' }),
      { code: 'resource_missing' },
    ],
    [
      'a property that cannot be expanded',
      () => stripe.paymentIntents.list({ expand: ['data.amount'] }),
      { param: 'expand' },
    ],
    ['a resource we do not play', () => stripe.products.list(), { statusCode: 404 }],
  ])('%s is a StripeInvalidRequestError', async (_case, call, expected) => {
    const error = await errorOf(call());
    expect(error).toBeInstanceOf(Stripe.errors.StripeInvalidRequestError);
    expect(error).toMatchObject(expected);
  });

  it('of a missing parameter names it', async () => {
    const response = await sandbox('/v1/payment_intents', {
      method: 'POST',
      headers: bearer,
      body: 'amount=1000',
    });
    expect(await response.json()).toMatchObject({ error: { code: 'parameter_missing', param: 'currency' } });
  });

  it('whatever form is sent, none is a fault of the sandbox', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.string(),
        fc.constantFrom('', '/pi_x/confirm', '/pi_x/capture'),
        async (body, path) => {
          const response = await sandbox(`/v1/payment_intents${path}`, {
            method: 'POST',
            headers: bearer,
            body,
          });
          expect(response.status).toBeLessThan(500);
        },
      ),
      { numRuns: 60 },
    );
  });
});

describe('lists', () => {
  it('are paged through by the SDK itself, newest first', async () => {
    const customer = await stripe.customers.create({ email: 'page@example.org' });
    const made: string[] = [];
    for (let index = 0; index < 7; index += 1) {
      const intent = await newIntent(newOrderId(), { customer: customer.id });
      made.unshift(intent.id);
    }
    const seen = await stripe.paymentIntents
      .list({ customer: customer.id, limit: 3 })
      .autoPagingToArray({ limit: 100 });
    expect(seen.map(({ id }) => id)).toEqual(made);
    const before = await stripe.paymentIntents.list({
      customer: customer.id,
      ending_before: made[4] ?? '',
      limit: 2,
    });
    expect(before.data.map(({ id }) => id)).toEqual([made[2], made[3]]);
    expect(before.has_more).toBe(true);
    const both = stripe.paymentIntents.list({ starting_after: made[0] ?? '', ending_before: made[4] ?? '' });
    expect(await errorOf(both)).toMatchObject({ statusCode: 400, type: 'StripeInvalidRequestError' });
  });

  it('are searched by metadata', async () => {
    const orderId = newOrderId();
    const intent = await newIntent(orderId);
    const { data } = await stripe.paymentIntents.search({ query: `metadata['order_id']:'${orderId}'` });
    expect(data.map(({ id }) => id)).toEqual([intent.id]);
  });

  it('expand what each item names', async () => {
    const customer = await stripe.customers.create({ email: 'expand@example.org' });
    const intent = await newIntent(newOrderId(), { customer: customer.id });
    await stripe.paymentIntents.confirm(intent.id, { payment_method: 'pm_card_visa' });
    const { data } = await stripe.paymentIntents.list({
      customer: customer.id,
      expand: ['data.latest_charge'],
    });
    expect(data[0]?.latest_charge).toMatchObject({ object: 'charge', amount: 2500 });
  });
});

describe('bracketed forms', () => {
  it('become trees, with indexed and open lists', () => {
    expect(parseForm('a[b][c]=1&d[]=2&d[]=3&e[0]=4&e[1][f]=5&g=6')).toEqual({
      a: { b: { c: '1' } },
      d: ['2', '3'],
      e: ['4', { f: '5' }],
      g: '6',
    });
  });

  it.each([
    '__proto__[x]=1',
    'a[constructor]=1',
    'a[=1',
    'a=1&a[b]=2',
    `a${'[b]'.repeat(20)}=1`,
    'a[999999]=1',
  ])('%s is refused', (text) => expect(parseForm(text)).toBeNull());
});

describe('fault switches', () => {
  const types = async (id: string) => (await webhooksOf(id)).map(({ type }) => type);

  it('lose a reply after the work was done: the same key brings the true answer', async () => {
    const orderId = newOrderId();
    await setFault({ kind: 'payment.error-after', match: orderId });
    const idempotencyKey = `${orderId}:create`;
    const params = { amount: 1000, currency: 'eur', metadata: { order_id: orderId } };
    expect(await errorOf(stripe.paymentIntents.create(params, { idempotencyKey }))).toBeInstanceOf(
      Stripe.errors.StripeAPIError,
    );
    const made = await stripe.paymentIntents.create(params, { idempotencyKey });
    expect(isReplay(made)).toBe(true);
    const { data } = await stripe.paymentIntents.search({ query: `metadata['order_id']:'${orderId}'` });
    expect(data).toHaveLength(1);
  });

  it('break before anything was done, for the one operation named', async () => {
    const orderId = newOrderId();
    const intent = await newIntent(orderId);
    await setFault({ kind: 'payment.error-before', match: [orderId, 'payment_intents.cancel'] });
    await stripe.paymentIntents.confirm(intent.id, { payment_method: 'pm_card_visa' });
    expect(await errorOf(stripe.paymentIntents.cancel(intent.id))).toMatchObject({ statusCode: 500 });
    expect((await stripe.paymentIntents.retrieve(intent.id)).status).toBe('requires_capture');
    expect((await stripe.paymentIntents.cancel(intent.id)).status).toBe('canceled');
  });

  it('repeat, forge and drop webhooks of one order and leave the others alone', async () => {
    const [orderId, otherId] = [newOrderId(), newOrderId()];
    await setFault({ kind: 'webhook.duplicate', copies: 2, match: orderId });
    const intent = await newIntent(orderId);
    await setFault({ kind: 'webhook.drop', match: otherId, times: null });
    await setFault({ kind: 'webhook.wrong-signature', match: [orderId, 'payment_intent.canceled'] });
    const other = await newIntent(otherId);
    await stripe.paymentIntents.cancel(intent.id);
    await vi.waitFor(async () => {
      const seen = await types(intent.id);
      expect(seen.filter((type) => type === 'payment_intent.created')).toHaveLength(3);
      expect(seen.filter((type) => type === 'payment_intent.canceled')).toHaveLength(2);
    }, 10_000);
    const cancelled = (await webhooksOf(intent.id)).filter(({ type }) => type === 'payment_intent.canceled');
    const verdicts = await Promise.all(
      cancelled.map(({ body, signature }) =>
        stripe.webhooks.constructEventAsync(body, signature, 'whsec_unit').then(
          () => 'valid',
          () => 'forged',
        ),
      ),
    );
    expect(verdicts).toEqual(['forged', 'valid']);
    expect(await types(other.id)).toEqual([]);
  });

  it('let later webhooks overtake earlier ones', async () => {
    const orderId = newOrderId();
    await setFault({ kind: 'webhook.reorder', delayMs: 300, match: [orderId, 'payment_intent.created'] });
    const intent = await newIntent(orderId);
    await stripe.paymentIntents.cancel(intent.id);
    await vi.waitFor(
      async () =>
        expect(await types(intent.id)).toEqual(['payment_intent.canceled', 'payment_intent.created']),
      10_000,
    );
  });

  it('can be listed and cleared', async () => {
    await setFault({ kind: 'mail.down', match: 'listed@example.org', times: 3 });
    const { items } = await (await sandbox('/control')).json<{ items: { id: string; match: string[] }[] }>();
    const mine = items.find(({ match }) => match.includes('listed@example.org'));
    const cleared = await sandbox(`/control/${mine?.id ?? ''}`, { method: 'DELETE' });
    expect(await cleared.json()).toEqual({ cleared: 1 });
    expect((await sandbox('/control', { method: 'POST', body: '{"kind":"rain"}' })).status).toBe(422);
  });
});

describe('the world', () => {
  it('delivers a webhook again until the shop takes it', async () => {
    await shopAnswers(WEBHOOK_PATH, 503, 1);
    const intent = await newIntent(newOrderId());
    await vi.waitFor(
      async () => expect((await webhooksOf(intent.id)).length).toBeGreaterThanOrEqual(1),
      15_000,
    );
  });

  it('remembers everything when its object is gone from memory', async () => {
    const intent = await newIntent(newOrderId());
    await evictDurableObject(paymentService(workerEnv<Env>()));
    expect(await stripe.paymentIntents.retrieve(intent.id)).toMatchObject({ id: intent.id, amount: 2500 });
  });
});
