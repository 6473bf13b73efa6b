import { Stripe } from 'stripe';
import { describe, expect, it, vi } from 'vitest';
import {
  chargeIdOf,
  letHappen,
  newIntent,
  newOrderId,
  sandbox,
  sdk,
  setFault,
  webhooksOf,
} from '../testing/sdk.ts';

const stripe = sdk();
const AMOUNT = 4200;
const DISPUTE_FEE = 1500;
const WAIT = { timeout: 10_000, interval: 50 };

async function paid(token: string, more: Partial<Stripe.PaymentIntentCreateParams> = {}) {
  const { id } = await newIntent(newOrderId(), { amount: AMOUNT, capture_method: 'automatic', ...more });
  return stripe.paymentIntents.confirm(id, { payment_method: token });
}
const disputeOf = (intentId: string): Promise<Stripe.Dispute> =>
  vi.waitFor(async () => {
    const [dispute] = (await stripe.disputes.list({ payment_intent: intentId })).data;
    if (dispute === undefined) throw new Error('not disputed yet');
    return dispute;
  }, WAIT);
const disputeEventsOf = async (intentId: string): Promise<string[]> =>
  (await webhooksOf(intentId)).map(({ type }) => type).filter((type) => type.startsWith('charge.dispute.'));
const told = (intentId: string, type: string) =>
  vi.waitFor(async () => expect(await disputeEventsOf(intentId)).toContain(type), WAIT);
const answer = (dispute: Stripe.Dispute, text: string) =>
  stripe.disputes.update(dispute.id, { evidence: { uncategorized_text: text } });
const errorCode = (call: Promise<unknown>): Promise<unknown> =>
  call.then(
    () => null,
    (error: unknown) => (error instanceof Stripe.errors.StripeError ? error.code : error),
  );

describe('a chargeback', () => {
  it('takes the amount and a fee out of the balance, and the charge can be refunded no more', async () => {
    const intent = await paid('pm_card_createDispute');
    const dispute = await disputeOf(intent.id);
    expect(dispute).toMatchObject({
      amount: AMOUNT,
      reason: 'fraudulent',
      status: 'needs_response',
      is_charge_refundable: false,
      payment_method_details: { card: { case_type: 'chargeback', network_reason_code: '10.4' } },
    });
    expect(dispute.balance_transactions).toMatchObject([
      { amount: -AMOUNT, fee: DISPUTE_FEE, net: -AMOUNT - DISPUTE_FEE, reporting_category: 'dispute' },
    ]);
    expect(await errorCode(stripe.refunds.create({ payment_intent: intent.id }))).toBe('charge_disputed');
    await told(intent.id, 'charge.dispute.funds_withdrawn');
    expect(await disputeEventsOf(intent.id)).toContain('charge.dispute.created');
    const charge = await stripe.charges.retrieve(chargeIdOf(intent));
    expect(charge.disputed).toBe(true);
  });

  it('is won with winning evidence: amount and fee come back', async () => {
    const intent = await paid('pm_card_createDisputeProductNotReceived');
    const dispute = await disputeOf(intent.id);
    await answer(dispute, 'winning_evidence');
    const won = await stripe.disputes.retrieve(dispute.id);
    expect(won).toMatchObject({ status: 'won', reason: 'product_not_received' });
    expect(won.balance_transactions.reduce((sum, line) => sum + line.net, 0)).toBe(0);
    await told(intent.id, 'charge.dispute.funds_reinstated');
    await told(intent.id, 'charge.dispute.closed');
  });

  it('is lost with losing evidence, or when it is given up, and cannot be answered afterwards', async () => {
    const [refused, conceded] = [await paid('pm_card_createDispute'), await paid('pm_card_createDispute')];
    const first = await disputeOf(refused.id);
    await answer(first, 'losing_evidence');
    const second = await stripe.disputes.close((await disputeOf(conceded.id)).id);
    expect([(await stripe.disputes.retrieve(first.id)).status, second.status]).toEqual(['lost', 'lost']);
    expect(await errorCode(answer(first, 'winning_evidence'))).toBe('dispute_already_closed');
  });

  it('of a bank debit is lost when it arrives', async () => {
    const intent = await paid('pm_disputed_at');
    const dispute = await disputeOf(intent.id);
    expect(dispute).toMatchObject({ status: 'lost', reason: 'debit_not_authorized' });
    await told(intent.id, 'charge.dispute.closed');
  });

  it('may come for any payment, in part, and be decided by the bank', async () => {
    const intent = await paid('pm_card_visa');
    await letHappen(intent.id, { action: 'dispute', amount: 1000, reason: 'duplicate' });
    expect(await disputeOf(intent.id)).toMatchObject({ amount: 1000, reason: 'duplicate' });
    await letHappen(intent.id, { action: 'win' });
    expect((await disputeOf(intent.id)).status).toBe('won');
  });

  it('takes no more of a charge than others left of it, also as an inquiry that escalates', async () => {
    const intent = await paid('pm_card_visa');
    const amounts = async () =>
      (await stripe.disputes.list({ payment_intent: intent.id })).data
        .map(({ amount }) => amount)
        .toReversed();
    await letHappen(intent.id, { action: 'inquire', amount: 3000 });
    await stripe.refunds.create({ payment_intent: intent.id, amount: 2000 });
    await letHappen(intent.id, { action: 'escalate' });
    expect(await amounts()).toEqual([2200]);
    await letHappen(intent.id, { action: 'dispute' });
    expect(await amounts()).toEqual([2200]);
    await letHappen(intent.id, { action: 'win' });
    await letHappen(intent.id, { action: 'dispute', amount: 200 });
    await letHappen(intent.id, { action: 'lose' });
    await letHappen(intent.id, { action: 'dispute' });
    expect(await amounts()).toEqual([2200, 200, 2000]);
  });
});

describe('an inquiry', () => {
  it('takes no money; giving the money back answers it', async () => {
    const intent = await paid('pm_card_createDisputeInquiry');
    const inquiry = await disputeOf(intent.id);
    expect(inquiry).toMatchObject({
      status: 'warning_needs_response',
      is_charge_refundable: true,
      balance_transactions: [],
    });
    await stripe.refunds.create({ payment_intent: intent.id });
    expect((await disputeOf(intent.id)).status).toBe('warning_closed');
  });

  it('becomes a chargeback when it escalates', async () => {
    const intent = await paid('pm_card_createDisputeInquiry');
    await answer(await disputeOf(intent.id), 'escalate_inquiry_evidence');
    expect(await disputeOf(intent.id)).toMatchObject({
      status: 'needs_response',
      payment_method_details: { card: { case_type: 'chargeback' } },
      balance_transactions: [{ amount: -AMOUNT }],
    });
  });
});

describe('the balance', () => {
  it('has a line with its fee for each capture, and one for each refund', async () => {
    const intent = await paid('pm_card_visa', { capture_method: 'manual' });
    const held = await stripe.charges.retrieve(chargeIdOf(intent));
    expect(held.balance_transaction).toBeNull();
    await stripe.paymentIntents.capture(intent.id, { amount_to_capture: 4000 });
    const charge = await stripe.charges.retrieve(held.id, { expand: ['balance_transaction'] });
    expect(charge.balance_transaction).toMatchObject({ type: 'charge', amount: 4000, fee: 155, net: 3845 });
    const refund = await stripe.refunds.create({ payment_intent: intent.id, amount: 500 });
    const [line] = (await stripe.balanceTransactions.list({ source: refund.id })).data;
    expect(line).toMatchObject({ id: refund.balance_transaction, type: 'refund', amount: -500, fee: 0 });
  });

  it('gets what is captured asynchronously a moment later, and says so', async () => {
    const intent = await paid('pm_card_visa', { capture_method: 'automatic_async' });
    await vi.waitFor(async () => {
      const changed = (await webhooksOf(intent.id)).find(({ type }) => type === 'charge.updated');
      expect(changed?.event.data.previous_attributes).toEqual({ balance_transaction: null });
    }, WAIT);
    const charge = await stripe.charges.retrieve(chargeIdOf(intent));
    expect(charge.balance_transaction).toMatch(/^txn_/);
  });
});

describe('events', () => {
  it('are listed by type and time, also those the shop never received', async () => {
    const intent = await paid('pm_card_visa');
    const listed = await stripe.events
      .list({ types: ['payment_intent.succeeded', 'charge.succeeded'], created: { gte: intent.created } })
      .autoPagingToArray({ limit: 1000 });
    const about = listed.filter(({ data }) => {
      const object = data.object as { id: string; payment_intent?: string };
      return object.id === intent.id || object.payment_intent === intent.id;
    });
    expect(about.map(({ type }) => type).toSorted()).toEqual([
      'charge.succeeded',
      'payment_intent.succeeded',
    ]);
    const later = await stripe.events.list({ created: { gt: intent.created + 3600 } });
    expect(later.data).toEqual([]);
  });
});

describe('held webhooks', () => {
  it('come when they are released, backwards where that is wanted, and any event can be sent again', async () => {
    const orderId = newOrderId();
    await setFault({ kind: 'webhook.hold', match: orderId, times: null });
    const { id } = await newIntent(orderId, { capture_method: 'automatic' });
    await stripe.paymentIntents.confirm(id, { payment_method: 'pm_card_visa' });
    const sent = ['payment_intent.created', 'charge.succeeded', 'payment_intent.succeeded'];
    const released = await sandbox('/control/webhooks/release', {
      method: 'POST',
      body: JSON.stringify({ match: orderId, order: 'reversed' }),
    });
    expect(await released.json()).toEqual({ released: sent.length });
    const told = await vi.waitFor(async () => {
      const all = await webhooksOf(id);
      expect(all).toHaveLength(sent.length);
      return all;
    }, WAIT);
    expect(told.map(({ type }) => type)).toEqual(sent.toReversed());
    await sandbox(`/control/events/${told[0]?.event.id ?? ''}/resend`, { method: 'POST' });
    await vi.waitFor(async () => expect(await webhooksOf(id)).toHaveLength(sent.length + 1), WAIT);
  });
});
