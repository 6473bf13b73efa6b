import { beforeAll, describe, expect, it } from 'vitest';
import { paymentSnapshotSchema } from '#shared/contracts/payments.ts';
import { stripeClient, stripeGateway } from './stripe-gateway.ts';
import { migrateDatabases } from '#shared/testing/runtime.ts';
import { systemClock } from '#shared/time/time.ts';
import { d1Findings } from '../queries/findings.ts';
import { env, newOrderId } from '../testing.ts';
import { reconcilePorts } from '../ports.ts';
import { RUN_PAGE } from '../usecases/reconcile/phases.ts';
import { restWatch } from '../usecases/findings/rest-watch.ts';

const ORDER = newOrderId();
const findings = d1Findings(env.PAYMENTS_DB);
beforeAll(migrateDatabases);
const WAITING = {
  status: 'requires_action',
  next_action: {
    type: 'display_bank_transfer_instructions',
    display_bank_transfer_instructions: {
      amount_remaining: 1_500,
      currency: 'eur',
      reference: 'REF-1',
      hosted_instructions_url: 'https://pay.test/instructions',
      type: 'eu_bank_transfer',
      financial_addresses: [
        {
          type: 'iban',
          iban: {
            account_holder_name: 'Shop',
            bic: 'TESTDEFF',
            country: 'DE',
            iban: 'DE89370400440532013000',
          },
        },
      ],
    },
  },
};

/** A provider with one payment by transfer, whose customer has `rest` left over. */
function provider(intent: Record<string, unknown>, rest = 0) {
  const trouble = { refuses: false, isTakenByAnother: false };
  const requests: { path: string; form: URLSearchParams; key: string | null }[] = [];
  let left = rest;
  const answer = (path: string, form: URLSearchParams): unknown => {
    if (path.endsWith('/cash_balance'))
      return { object: 'cash_balance', available: left > 0 ? { eur: left } : null };
    if (path.endsWith('/cash_balance_transactions'))
      return { object: 'list', has_more: false, data: [{ id: 'ccsbtxn_7' }] };
    if (path === '/v1/refunds' && trouble.isTakenByAnother) left = 0;
    if (path === '/v1/refunds' && (trouble.refuses || trouble.isTakenByAnother)) return null;
    if (path === '/v1/refunds') {
      left -= Number(form.get('amount'));
      return { id: 're_1', object: 'refund', status: 'pending' };
    }
    return {
      id: 'pi_1',
      object: 'payment_intent',
      amount: 2_500,
      amount_received: 0,
      amount_capturable: 0,
      currency: 'eur',
      client_secret: 's',
      customer: 'cus_1',
      payment_method: { id: 'pm_1', type: 'customer_balance' },
      latest_charge: null,
      last_payment_error: null,
      review: null,
      next_action: null,
      receipt_email: 'ann@example.org',
      metadata: { order_id: ORDER, attempt: '1' },
      ...intent,
    };
  };
  const gateway = stripeGateway(
    stripeClient({
      secretKey: 'sk_test_unit',
      apiBase: 'https://provider.test',
      fetch: async (input, init) => {
        const request = new Request(input, init);
        const { pathname } = new URL(request.url);
        const form = new URLSearchParams(new TextDecoder().decode(await request.arrayBuffer()));
        requests.push({ path: pathname, form, key: request.headers.get('idempotency-key') });
        const body = answer(pathname, form);
        const error = {
          type: 'invalid_request_error',
          message: 'No bank account of this customer is known.',
        };
        return body === null ? Response.json({ error }, { status: 400 }) : Response.json(body);
      },
    }),
    systemClock,
    restWatch(findings, systemClock),
  );
  return { trouble, gateway, requests, refunds: () => requests.filter(({ path }) => path === '/v1/refunds') };
}

describe('a payment by bank transfer', () => {
  it('tells where the money goes to and what is missing, while a part of it arrived', async () => {
    const { gateway, refunds } = provider(WAITING);
    const seen = await gateway.get('pi_1');
    expect(paymentSnapshotSchema.parse(seen.ok ? seen.value : null)).toMatchObject({
      state: 'requires_action',
      captured: 0,
      instructions: {
        amountRemaining: 1_500,
        reference: 'REF-1',
        url: 'https://pay.test/instructions',
        accounts: [{ holder: 'Shop', iban: 'DE89370400440532013000', bic: 'TESTDEFF', country: 'DE' }],
      },
    });
    expect(refunds()).toEqual([]);
  });

  it('for which too much arrived gives the rest back, once', async () => {
    const { gateway, refunds } = provider({ status: 'succeeded', amount_received: 2_500 }, 700);
    await gateway.get('pi_1');
    await gateway.get('pi_1');
    const [only, ...others] = refunds();
    expect(others).toEqual([]);
    expect(Object.fromEntries(only?.form ?? [])).toMatchObject({
      origin: 'customer_balance',
      customer: 'cus_1',
      amount: '700',
      currency: 'eur',
      instructions_email: 'ann@example.org',
    });
    expect(only?.key).toBe('rest:pi_1:700:ccsbtxn_7');
  });

  it('that is given up gives back what had arrived', async () => {
    const { gateway, refunds } = provider({ status: 'canceled' }, 1_000);
    const done = await gateway.cancel({ paymentId: 'pi_1', orderId: ORDER, idempotencyKey: 'k' });
    expect(done).toMatchObject({ ok: true, value: { state: 'cancelled' } });
    expect(refunds().map(({ form }) => form.get('amount'))).toEqual(['1000']);
  });

  it('whose rest cannot be sent back asks a person, until it went', async () => {
    const { gateway, trouble } = provider({ status: 'succeeded', amount_received: 2_500 }, 700);
    const told = async () => {
      const all = await findings.list({ state: null, reconciliationId: null, after: null, limit: 10 });
      return all.filter(({ code }) => code === 'rest_not_given_back');
    };
    trouble.refuses = true;
    expect(await gateway.get('pi_1')).toMatchObject({ ok: true, value: { state: 'captured' } });
    expect(await told()).toMatchObject([
      {
        state: 'open',
        subject: 'pi_1',
        orderId: ORDER,
        detail: expect.stringContaining('700 EUR') as string,
      },
    ]);
    trouble.refuses = false;
    await gateway.get('pi_1');
    expect(await told()).toMatchObject([{ state: 'resolved' }]);
  });

  it('whose rest a look at another payment of the customer sent back first asks nobody', async () => {
    const id = 'pi_shared';
    const { gateway, trouble } = provider({ id, status: 'succeeded', amount_received: 2_500 }, 700);
    trouble.isTakenByAnother = true;
    expect(await gateway.get(id)).toMatchObject({ ok: true });
    const all = await findings.list({ state: null, reconciliationId: null, after: null, limit: 10 });
    expect(all.filter(({ subject }) => subject === id)).toEqual([]);
  });

  it('whose rest could not be sent back is tried again by each reconciliation, until it went', async () => {
    const { gateway, trouble, refunds } = provider(
      { id: 'pi_again', status: 'succeeded', amount_received: 2_500 },
      700,
    );
    trouble.refuses = true;
    await gateway.get('pi_again');
    const reconcile = () =>
      RUN_PAGE.rests(
        { ...reconcilePorts(env), gateway },
        {
          period: { from: 0, to: 1 },
          cursor: null,
          startedAt: Date.now(),
          reconciliationId: 'rec_1',
          requestId: 'request-of-the-test',
        },
      );
    const open = () => findings.openAbout('rest_not_given_back', null, 10);
    expect(await reconcile()).toEqual({ next: null, counts: { findings: 1 } });
    expect(await open()).toEqual(['pi_again']);
    trouble.refuses = false;
    expect(await reconcile()).toEqual({ next: null, counts: { findings: 0 } });
    expect(await open()).toEqual([]);
    expect(await reconcile()).toEqual({ next: null, counts: { findings: 0 } });
    expect(refunds()).toHaveLength(3);
  });

  it('refunded to where nobody named an account stays refunded, whether its charge still counts that or not', async () => {
    const refund = (id: string, failure: string | null) => ({
      id,
      object: 'refund',
      amount: 1_000,
      status: 'canceled',
      balance_transaction: `txn_${id}`,
      failure_balance_transaction: failure,
      metadata: { reference: id },
    });
    const seen = async (amountRefunded: number) => {
      const charge = {
        id: 'py_1',
        object: 'charge',
        amount: 2_500,
        amount_captured: 2_500,
        amount_refunded: amountRefunded,
        paid: true,
        payment_method_details: { type: 'customer_balance' },
        refunds: { has_more: false, data: [refund('lost', null), refund('back', 'txn_back')] },
      };
      const { gateway } = provider({
        status: 'succeeded',
        amount_received: 2_500,
        latest_charge: charge,
      });
      return gateway.get('pi_1');
    };
    for (const amountRefunded of [0, 1_000]) {
      expect(await seen(amountRefunded)).toMatchObject({
        ok: true,
        value: {
          refunded: 1_000,
          refunds: [
            { reference: 'lost', state: 'succeeded' },
            { reference: 'back', state: 'failed' },
          ],
        },
      });
    }
  });

  it('that was paid with a card asks for no balance, but where a transfer is told of: then it goes back', async () => {
    const byCard = {
      status: 'requires_capture',
      payment_method: { id: 'pm_1', type: 'card' },
      payment_method_options: { customer_balance: { funding_type: 'bank_transfer' } },
    };
    const { gateway, requests, refunds } = provider(byCard, 700);
    await gateway.get('pi_1');
    expect(requests.map(({ path }) => path)).toEqual(['/v1/payment_intents/pi_1']);
    await gateway.get('pi_1', { thorough: true });
    expect(refunds().map(({ form }) => [form.get('amount'), form.get('instructions_email')])).toEqual([
      ['700', 'ann@example.org'],
    ]);
    const { payment_method_options: _none, ...never } = byCard;
    const other = provider(never, 700);
    await other.gateway.get('pi_1', { thorough: true });
    expect(other.requests).toHaveLength(1);
  });

  it('that is open again leaves what had arrived, and a person is told until it is over', async () => {
    const id = 'pi_open';
    const options = { customer_balance: { funding_type: 'bank_transfer' } };
    const open = {
      id,
      status: 'requires_payment_method',
      payment_method: null,
      payment_method_options: options,
    };
    const { gateway, refunds } = provider(open, 700);
    await gateway.get(id, { thorough: true });
    expect(refunds()).toEqual([]);
    expect(await findings.openAbout('rest_not_given_back', null, 10)).toContain(id);
    const paid = provider(
      { ...open, status: 'succeeded', payment_method: { id: 'pm_1', type: 'card' } },
      700,
    );
    await paid.gateway.get(id, { thorough: true });
    expect(paid.refunds()).toHaveLength(1);
    expect(await findings.openAbout('rest_not_given_back', null, 10)).not.toContain(id);
  });

  it('is offered to customers the provider knows, with an account of the currency’s country', async () => {
    const { gateway, requests } = provider({ status: 'requires_payment_method' });
    const input = {
      orderId: ORDER,
      orderNumber: 'T',
      amount: { amount: 2_500, currency: 'EUR' as const },
      askedAt: Date.now(),
      captureMode: 'where_possible' as const,
      customerEmail: null,
      idempotencyKey: 'create',
    };
    await gateway.create({ ...input, account: 'cus_1' });
    await gateway.create({ ...input, idempotencyKey: 'create-2' });
    const kind = 'payment_method_options[customer_balance][bank_transfer][type]';
    expect(requests.map(({ form }) => form.get(kind))).toEqual(['eu_bank_transfer', null]);
  });
});
