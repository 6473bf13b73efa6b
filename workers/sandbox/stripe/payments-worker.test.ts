import { PAYMENT_ADVICE } from '#shared/domain/payment-advice.ts';
import { describe, expect, it } from 'vitest';
import {
  paymentSnapshotSchema,
  type CreatePaymentInput,
  type PaymentSnapshot,
} from '#shared/contracts/payments.ts';
import { self } from '#shared/testing/runtime.ts';
import { stripeClient, stripeGateway } from '../../payments/adapters/stripe-gateway.ts';
import { DAY_MS, HOUR_MS } from '#shared/time/time.ts';
import { letHappen, newOrderId, sdk, setFault } from '../testing/sdk.ts';

/** The payments worker's own adapter, over the official SDK, against this API. */
const gatewayWith = (secretKey: string, http: typeof fetch = self.fetch.bind(self)) =>
  stripeGateway(stripeClient({ secretKey, apiBase: 'http://sandbox.test', fetch: http }));
const gateway = gatewayWith('sk_test_unit');
type Outcome = Awaited<ReturnType<typeof gateway.get>>;

const pay = (paymentId: string, method = 'pm_card_visa') =>
  sdk().paymentIntents.confirm(paymentId, { payment_method: method, return_url: 'http://shop.test/' });

type CaptureMode = CreatePaymentInput['captureMode'];
const inputOf = (orderId: string, amount = 2500, captureMode: CaptureMode = 'manual') => ({
  orderId,
  orderNumber: 'T-1',
  amount: { amount, currency: 'EUR' as const },
  attempt: 1,
  askedAt: Date.now(),
  captureMode,
  customerEmail: 'ann@example.org',
  idempotencyKey: `${orderId}:create`,
});

/** The snapshot of a call that must succeed, checked against the contract. */
function snapshot(outcome: Outcome): PaymentSnapshot {
  expect(outcome).toMatchObject({ ok: true });
  return paymentSnapshotSchema.parse(outcome.ok ? outcome.value : null);
}
const codeOf = (outcome: Outcome): string | null => (outcome.ok ? null : outcome.error.code);

async function payment(captureMode: CaptureMode = 'manual') {
  const orderId = newOrderId();
  const { paymentId } = snapshot(await gateway.create(inputOf(orderId, 2500, captureMode)));
  const step = (name: string) => ({ paymentId, orderId, idempotencyKey: `${orderId}:${name}` });
  return { orderId, paymentId, step, now: async () => snapshot(await gateway.get(paymentId)) };
}
const intentsOf = async (orderId: string) =>
  (await sdk().paymentIntents.search({ query: `metadata['order_id']:'${orderId}'` })).data;

describe('a payment through the port', () => {
  it('is made once per key and carries the order in its metadata', async () => {
    const orderId = newOrderId();
    const made = await Promise.all([gateway.create(inputOf(orderId)), gateway.create(inputOf(orderId))]);
    const [first, again] = made.map(snapshot);
    expect(again).toEqual(first);
    expect(first).toMatchObject({
      orderId,
      state: 'requires_payment',
      amount: 2500,
      currency: 'EUR',
      authorised: 0,
    });
    const intents = await intentsOf(orderId);
    expect(intents).toHaveLength(1);
    expect(intents[0]).toMatchObject({
      capture_method: 'manual',
      metadata: { order_id: orderId, order_number: 'T-1' },
      receipt_email: 'ann@example.org',
    });
  });

  it('is seen in each of its states', async () => {
    const { paymentId, step, now } = await payment();
    await pay(paymentId, 'pm_card_chargeDeclinedInsufficientFunds').catch(() => undefined);
    expect(await now()).toMatchObject({
      state: 'requires_payment',
      authorised: 0,
      lastError: {
        code: 'card_declined',
        declineCode: 'insufficient_funds',
        message: PAYMENT_ADVICE.insufficient_funds.en,
      },
    });
    await pay(paymentId, 'pm_card_authenticationRequired');
    expect(await now()).toMatchObject({ state: 'requires_action', lastError: null });
    await pay(paymentId, 'pm_sandbox_delayed');
    expect(await now()).toMatchObject({ state: 'processing' });
    await expect
      .poll(now, { timeout: 10_000 })
      .toMatchObject({ state: 'authorised', authorised: 2500, captured: 0 });
    const captured = snapshot(await gateway.capture({ ...step('capture'), amount: 2500, final: true }));
    expect(captured).toMatchObject({ state: 'captured', authorised: 2500, captured: 2500, refunded: 0 });
  });

  it('captured in part has nothing refunded: what was released never left the customer', async () => {
    const { paymentId, step } = await payment();
    await pay(paymentId);
    const captured = snapshot(await gateway.capture({ ...step('capture'), amount: 1500, final: true }));
    expect(captured).toMatchObject({ state: 'captured', authorised: 2500, captured: 1500, refunded: 0 });
    const refunded = snapshot(await gateway.refund({ ...step('refund'), reference: 'refund', amount: 500 }));
    expect(refunded).toMatchObject({ captured: 1500, refunded: 500 });
  });

  it('captured again with another key is done, with another amount it is not', async () => {
    const { paymentId, step } = await payment();
    await pay(paymentId);
    await gateway.capture({ ...step('capture'), amount: 2000, final: true });
    expect(snapshot(await gateway.capture({ ...step('again'), amount: 2000, final: true })).captured).toBe(
      2000,
    );
    expect(codeOf(await gateway.capture({ ...step('more'), amount: 2500, final: true }))).toBe(
      'invalid_state',
    );
  });

  it('cancelled again is done; after capture it cannot be', async () => {
    const [open, captured] = [await payment(), await payment('automatic')];
    await pay(open.paymentId);
    const voided = snapshot(await gateway.cancel(open.step('cancel')));
    expect(voided).toMatchObject({ state: 'cancelled', captured: 0, refunded: 0 });
    expect(snapshot(await gateway.cancel(open.step('again'))).state).toBe('cancelled');
    await pay(captured.paymentId);
    expect(codeOf(await gateway.cancel(captured.step('cancel')))).toBe('invalid_state');
  });

  it('is refunded once per key, and never beyond what was captured', async () => {
    const { paymentId, step } = await payment('automatic');
    await pay(paymentId);
    const first = { ...step('refund-1'), reference: 'refund-1', amount: 1000 };
    await Promise.all([gateway.refund(first), gateway.refund(first)]);
    expect(snapshot(await gateway.get(paymentId)).refunded).toBe(1000);
    expect(codeOf(await gateway.refund({ ...step('refund-2'), reference: 'refund-2', amount: 1501 }))).toBe(
      'invalid_state',
    );
    expect(
      snapshot(await gateway.refund({ ...step('refund-3'), reference: 'refund-3', amount: 1500 })).refunded,
    ).toBe(2500);
    expect(codeOf(await gateway.refund({ ...step('refund-4'), reference: 'refund-4', amount: 1 }))).toBe(
      'invalid_state',
    );
  });
});

describe('what the method decides', () => {
  it('a card holds funds until a known time and can be captured in parts, each part once', async () => {
    const { paymentId, step, now } = await payment('where_possible');
    await pay(paymentId);
    expect(await now()).toMatchObject({
      state: 'authorised',
      method: 'card',
      multicapture: true,
      capturable: 2500,
      captureBefore: expect.any(Number) as number,
    });
    const first = { ...step('capture-1'), amount: 1000, final: false };
    await Promise.all([gateway.capture(first), gateway.capture(first)]);
    expect(await now()).toMatchObject({ state: 'authorised', captured: 1000, capturable: 1500, refunded: 0 });
    const refunded = await gateway.refund({ ...step('refund-1'), reference: 'refund-1', amount: 300 });
    expect(snapshot(refunded)).toMatchObject({ captured: 1000, capturable: 1500, refunded: 300 });
    const last = snapshot(await gateway.capture({ ...step('capture-2'), amount: 500, final: true }));
    expect(last).toMatchObject({
      state: 'captured',
      authorised: 2500,
      captured: 1500,
      capturable: 0,
      captureBefore: null,
      refunded: 300,
    });
  });

  it('a hundred captures of one part at once capture it once, where only its key and mark keep it from being taken again', async () => {
    const { paymentId, step, now } = await payment('where_possible');
    await pay(paymentId);
    const part = { ...step('part'), amount: 50, final: false };
    const answers = await Promise.all(Array.from({ length: 100 }, () => gateway.capture(part)));
    expect(answers.filter((answer) => answer.ok).length).toBeGreaterThan(0);
    expect(await now()).toMatchObject({ state: 'authorised', captured: 50, capturable: 2450 });
  });

  it('a hold that can be captured once is not captured in part without ending it', async () => {
    const { paymentId, step } = await payment();
    await sdk().paymentIntents.update(paymentId, {
      payment_method_options: { card: { request_multicapture: 'never' } },
    });
    await pay(paymentId);
    const part = await gateway.capture({ ...step('capture-1'), amount: 1000, final: false });
    expect(codeOf(part)).toBe('invalid_state');
  });

  it('a hold that lapses is seen as cancelled', async () => {
    const { paymentId, now } = await payment('where_possible');
    await pay(paymentId);
    await letHappen(paymentId, 'expire');
    expect(await now()).toMatchObject({ state: 'cancelled', captured: 0, refunded: 0, capturable: 0 });
  });

  it.each([
    ['settle', 'captured', 2500],
    ['bounce', 'requires_payment', 0],
  ] as const)('a debit is processing until it is told to %s', async (action, state, captured) => {
    const { paymentId, now } = await payment('where_possible');
    await pay(paymentId, 'pm_successDelayed_at');
    expect(await now()).toMatchObject({
      state: 'processing',
      method: 'sepa_debit',
      authorised: 0,
      captured: 0,
      multicapture: false,
    });
    await letHappen(paymentId, action);
    expect(await now()).toMatchObject({ state, captured });
  });

  it('another amount can be asked for until the customer has paid', async () => {
    const { paymentId, step, now } = await payment('where_possible');
    const changed = snapshot(await gateway.change({ ...step('change-1'), amount: 1800 }));
    expect(changed).toMatchObject({ amount: 1800, state: 'requires_payment' });
    await pay(paymentId);
    expect(codeOf(await gateway.change({ ...step('change-2'), amount: 1900 }))).toBe('invalid_state');
    expect(await now()).toMatchObject({ amount: 1800, authorised: 1800 });
  });

  it('a second payment of an order is another one', async () => {
    const { orderId, paymentId } = await payment();
    const renewal = { ...inputOf(orderId), attempt: 2, idempotencyKey: `${orderId}:create-2` };
    const second = snapshot(await gateway.create(renewal));
    expect(second).toMatchObject({ orderId, attempt: 2 });
    expect(second.paymentId).not.toBe(paymentId);
  });
});

describe('a refund', () => {
  it('is told with its reference, also once it has failed, and counts no more then', async () => {
    const { paymentId, step, now } = await payment('automatic');
    await pay(paymentId);
    await gateway.refund({ ...step('a'), reference: 'rfd-a', amount: 700 });
    await gateway.refund({ ...step('b'), reference: 'rfd-b', amount: 300 });
    expect(await now()).toMatchObject({
      refunded: 1000,
      refunds: [
        { reference: 'rfd-b', amount: 300, state: 'succeeded' },
        { reference: 'rfd-a', amount: 700, state: 'succeeded' },
      ],
    });
    await letHappen(paymentId, 'fail-refunds');
    const after = snapshot(await gateway.refund({ ...step('a'), reference: 'rfd-a', amount: 700 }));
    expect(after.refunded).toBe(0);
    expect(after.refunds.map(({ state }) => state)).toEqual(['failed', 'failed']);
    const again = snapshot(await gateway.refund({ ...step('a2'), reference: 'rfd-a2', amount: 700 }));
    expect(again.refunded).toBe(700);
  });

  it('is found among more than a page of them', async () => {
    const { paymentId, step } = await payment('automatic');
    await pay(paymentId);
    const first = { ...step('r0'), reference: 'r0', amount: 10 };
    await gateway.refund(first);
    for (let made = 1; made < 13; made += 1) {
      await sdk().refunds.create({ payment_intent: paymentId, amount: 10 });
    }
    await letHappen(paymentId, 'forget-keys');
    const repeated = snapshot(await gateway.refund(first));
    expect(repeated).toMatchObject({ refunded: 130, refunds: { length: 13 } });
    expect(repeated.refunds.filter(({ reference }) => reference === 'r0')).toHaveLength(1);
  });
});

describe('a reply lost and asked for again 25 hours later, when the provider has forgotten the key', () => {
  const later = stripeGateway(
    stripeClient({ secretKey: 'sk_test_unit', apiBase: 'http://sandbox.test', fetch: self.fetch.bind(self) }),
    { now: () => Date.now() + DAY_MS + HOUR_MS },
  );
  /** Each step is done, its reply is a 500. */
  async function lost(orderId: string, operation: string, call: () => Promise<Outcome>): Promise<void> {
    await setFault({ kind: 'payment.error-after', match: [orderId, operation] });
    expect(codeOf(await call())).toBe('retriable');
  }

  it('opens no second payment', async () => {
    const orderId = newOrderId();
    await lost(orderId, 'payment_intents.create', () => gateway.create(inputOf(orderId)));
    const [made] = await intentsOf(orderId);
    await letHappen(made?.id ?? '', 'forget-keys');
    expect(snapshot(await later.create(inputOf(orderId))).paymentId).toBe(made?.id);
    expect(await intentsOf(orderId)).toHaveLength(1);
  });

  it('charges nothing twice, in parts or as a whole', async () => {
    const { paymentId, orderId, step, now } = await payment('where_possible');
    await pay(paymentId);
    for (const part of [
      { ...step('capture-1'), amount: 1000, final: false },
      { ...step('capture-2'), amount: 1200, final: true },
    ]) {
      await lost(orderId, 'payment_intents.capture', () => gateway.capture(part));
      const before = await now();
      await letHappen(paymentId, 'forget-keys');
      expect(snapshot(await later.capture(part))).toEqual(before);
    }
    expect(await now()).toMatchObject({ state: 'captured', captured: 2200 });
  });

  it('refunds nothing twice', async () => {
    const { paymentId, orderId, step } = await payment('automatic');
    await pay(paymentId);
    const part = { ...step('refund'), reference: 'refund', amount: 1000 };
    await lost(orderId, 'refunds.create', () => gateway.refund(part));
    await letHappen(paymentId, 'forget-keys');
    const repeated = snapshot(await later.refund(part));
    expect(repeated).toMatchObject({ refunded: 1000, refunds: [{ reference: 'refund', amount: 1000 }] });
    expect((await sdk().refunds.list({ payment_intent: paymentId })).data).toHaveLength(1);
  });

  it('voids nothing twice', async () => {
    const { paymentId, orderId, step } = await payment();
    await pay(paymentId);
    await lost(orderId, 'payment_intents.cancel', () => gateway.cancel(step('cancel')));
    await letHappen(paymentId, 'forget-keys');
    expect(snapshot(await later.cancel(step('cancel'))).state).toBe('cancelled');
  });
});

describe('a lost reply', () => {
  it.each(['payment.error-after', 'payment.error-remembered'])(
    '(%s) is retriable, and the repeat finds what was done',
    async (kind) => {
      const { paymentId, orderId, step } = await payment();
      await pay(paymentId);
      for (const operation of ['payment_intents.capture', 'refunds.create']) {
        await setFault({ kind, match: [orderId, operation] });
      }
      const capture = () => gateway.capture({ ...step('capture'), amount: 2500, final: true });
      expect([codeOf(await capture()), snapshot(await capture()).captured]).toEqual(['retriable', 2500]);
      const refund = () => gateway.refund({ ...step('refund'), reference: 'refund', amount: 1000 });
      expect([codeOf(await refund()), snapshot(await refund()).refunded]).toEqual(['retriable', 1000]);
    },
  );

  it('of a creation does not leave the order without a payment', async () => {
    const orderId = newOrderId();
    await setFault({ kind: 'payment.error-remembered', match: orderId });
    expect(codeOf(await gateway.create(inputOf(orderId)))).toBe('retriable');
    const [second, third] = [await gateway.create(inputOf(orderId)), await gateway.create(inputOf(orderId))];
    expect(snapshot(third).paymentId).toBe(snapshot(second).paymentId);
  });

  it('of a creation made after all finds that payment, so that an order has one', async () => {
    const orderId = newOrderId();
    await setFault({ kind: 'payment.error-remembered', match: orderId });
    expect(codeOf(await gateway.create(inputOf(orderId)))).toBe('retriable');
    const { paymentId } = snapshot(await gateway.create(inputOf(orderId)));
    const intents = await intentsOf(orderId);
    expect(intents.map(({ id }) => id)).toEqual([paymentId]);
  });

  it('of a creation that was not made is asked for under a new key later, whatever is remembered until then', async () => {
    const orderId = newOrderId();
    let now = 0;
    const remembered = new Set<string>();
    const failing: typeof fetch = async (input, init) => {
      const request = new Request(input, init);
      const key = request.headers.get('idempotency-key') ?? '';
      if (request.method !== 'POST' || now > 0)
        return remembered.has(key) ? fault(true) : self.fetch(request);
      const again = remembered.has(key);
      remembered.add(key);
      return fault(again);
    };
    const fault = (replayed: boolean) =>
      Response.json(
        { error: { type: 'api_error', message: 'An unknown error occurred' } },
        { status: 500, headers: replayed ? { 'idempotent-replayed': 'true' } : {} },
      );
    const client = stripeClient({
      secretKey: 'sk_test_unit',
      apiBase: 'http://sandbox.test',
      fetch: failing,
    });
    const later = stripeGateway(client, { now: () => now });
    for (let attempt = 0; attempt < 3; attempt += 1) {
      expect(codeOf(await later.create(inputOf(orderId)))).toBe('retriable');
    }
    expect(remembered.size).toBe(2);
    now = 11 * 60_000;
    const { paymentId } = snapshot(await later.create(inputOf(orderId)));
    expect((await intentsOf(orderId)).map(({ id }) => id)).toEqual([paymentId]);
  });

  it('of a void finds the payment voided', async () => {
    const { paymentId, orderId, step } = await payment();
    await pay(paymentId);
    await setFault({ kind: 'payment.error-remembered', match: [orderId, 'payment_intents.cancel'] });
    expect(codeOf(await gateway.cancel(step('cancel')))).toBe('retriable');
    expect(snapshot(await gateway.cancel(step('cancel'))).state).toBe('cancelled');
  });
});

describe('errors', () => {
  const answering = (status: number, error: Record<string, unknown>) => () =>
    Promise.resolve(Response.json({ error }, { status }));
  const failing = () => Promise.reject(new TypeError('connection reset'));

  it.each<[string, () => Promise<Outcome>, string]>([
    ['an unknown payment', () => gateway.get('pi_none'), 'not_found'],
    [
      'a payment of no order',
      async () => gateway.get((await sdk().paymentIntents.create({ amount: 1000, currency: 'eur' })).id),
      'not_found',
    ],
    ['an amount the provider does not take', () => gateway.create(inputOf(newOrderId(), 10)), 'declined'],
    ['a wrong secret key', () => gatewayWith('sk_test_wrong').get('pi_none'), 'misconfigured'],
    [
      'a declined card',
      () => gatewayWith('k', answering(402, { type: 'card_error', code: 'card_declined' })).get('pi_x'),
      'declined',
    ],
    [
      'too many requests',
      () => gatewayWith('k', answering(429, { type: 'invalid_request_error' })).get('pi_x'),
      'rate_limited',
    ],
    [
      'a key locked by a request in flight',
      () =>
        gatewayWith(
          'k',
          answering(409, { type: 'invalid_request_error', code: 'idempotency_key_in_use' }),
        ).get('pi_x'),
      'retriable',
    ],
    [
      'missing permissions',
      () => gatewayWith('k', answering(403, { type: 'invalid_request_error' })).get('pi_x'),
      'misconfigured',
    ],
    [
      'a provider in trouble',
      () => gatewayWith('k', answering(503, { type: 'api_error' })).get('pi_x'),
      'retriable',
    ],
    ['a broken connection', () => gatewayWith('k', failing).get('pi_x'), 'retriable'],
    [
      'an answer that is no JSON',
      () => gatewayWith('k', () => Promise.resolve(new Response('<html>'))).get('pi_x'),
      'retriable',
    ],
  ])('%s', async (_case, call, code) => {
    expect(codeOf(await call())).toBe(code);
  });

  it('a key used for two different things is a fault of ours', async () => {
    const orderId = newOrderId();
    await gateway.create(inputOf(orderId, 1000));
    expect(codeOf(await gateway.create(inputOf(orderId, 2000)))).toBe('misconfigured');
  });

  it.each(['käthe@example.org', 'ann@exämple.org', 'ann@localhost'])(
    'an address that the payment service does not take keeps nobody from paying: %s',
    async (customerEmail) => {
      const input = { ...inputOf(newOrderId()), customerEmail };
      const { paymentId } = snapshot(await gateway.create(input));
      expect(snapshot(await gateway.create(input)).paymentId).toBe(paymentId);
      expect((await sdk().paymentIntents.retrieve(paymentId)).receipt_email).toBeNull();
    },
  );

  it('a creation that says more since a deployment finds what was opened before, or opens it under another key', async () => {
    const input = inputOf(newOrderId());
    const { paymentId } = snapshot(await gateway.create({ ...input, orderNumber: 'T-0' }));
    expect(snapshot(await gateway.create(input)).paymentId).toBe(paymentId);
    const other = { ...inputOf(newOrderId()), idempotencyKey: input.idempotencyKey };
    const opened = snapshot(await gateway.create(other));
    expect([opened.orderId, (await intentsOf(other.orderId)).map(({ id }) => id)]).toEqual([
      other.orderId,
      [opened.paymentId],
    ]);
    const kept = { ...inputOf(newOrderId()), idempotencyKey: input.idempotencyKey, savedMethodId: 'pm_kept' };
    expect(codeOf(await gateway.create(kept))).toBe('misconfigured');
  });

  it('never tell the secret key', async () => {
    const outcome = await gatewayWith('sk_test_verysecretvalue').get('pi_none');
    expect(JSON.stringify(outcome)).not.toContain('verysecret');
  });
});

it('refunds of many pages are read as they were at one moment, also while another one is made', async () => {
  const { paymentId, step } = await payment();
  await pay(paymentId);
  await gateway.capture({ ...step('capture'), amount: 2500, final: true });
  const refundAgain = () => sdk().refunds.create({ payment_intent: paymentId, amount: 10 });
  for (let made = 0; made < 12; made += 1) await refundAgain();
  let listed = 0;
  const busy = gatewayWith('sk_test_unit', async (input, init) => {
    const request = new Request(input, init);
    if (request.method === 'GET' && new URL(request.url).pathname === '/v1/refunds') {
      listed += 1;
      if (listed === 1) await refundAgain();
    }
    return self.fetch(request);
  });
  const { refunded, refunds } = snapshot(await busy.get(paymentId));
  expect(refunds).toHaveLength(13);
  expect(refunded).toBe(refunds.reduce((sum, { amount }) => sum + amount, 0));
  expect(listed).toBeGreaterThan(1);
});

it('a hold is captured in as many parts as the payment service takes, each found again, because marks of them leave room', async () => {
  const { paymentId, step, now } = await payment();
  await pay(paymentId);
  const part = (index: number) => gateway.capture({ ...step(`part:${index}`), amount: 50, final: false });
  for (let index = 1; index < 50; index += 1) {
    expect(snapshot(await part(index)).captured).toBe(index * 50);
  }
  expect(snapshot(await part(49)).captured).toBe(2450);
  const late = gatewayWith('sk_test_unit');
  await letHappen(paymentId, 'forget-keys');
  expect(snapshot(await late.capture({ ...step('part:49'), amount: 10, final: false })).captured).toBe(2450);
  await gateway.capture({ ...step('rest'), amount: 50, final: true });
  expect((await now()).captured).toBe(2500);
});
