import type { FraudRuleInput, FraudRuleView } from '#shared/contracts/http/fraud.ts';
import { type OrderRisk, orderRiskSchema } from '#shared/contracts/http/fraud.ts';
import type { Order } from '#shared/contracts/http/orders.ts';
import { NO_PAYMENT_DETAILS, type PaymentInstrument, type PaymentRisk } from '#shared/contracts/payments.ts';
import { newId } from '#shared/ids/ids.ts';
import { type Body, OPERATOR, pay, request } from './shop.ts';

/** A rule of this test alone: let its condition hold for nobody else. */
export async function setRule(
  condition: FraudRuleInput['condition'],
  score: number,
  reason = 'A rule of the test',
): Promise<FraudRuleView> {
  const response = await request('POST', '/v1/fraud/rules', {
    as: OPERATOR,
    body: { condition, score, reason },
    headers: { 'idempotency-key': crypto.randomUUID() },
  });
  if (response.status !== 201) throw new Error(`${response.status}: ${await response.text()}`);
  return response.json<FraudRuleView>();
}

export const review = (
  order: { id: string },
  decision: 'approve' | 'refuse',
  { as = OPERATOR, key }: { as?: typeof OPERATOR; key?: string } = {},
): Promise<Response> =>
  request('POST', `/v1/orders/${order.id}/review`, {
    as,
    body: { decision, reason: 'Called the customer' },
    headers: key === undefined ? {} : { 'idempotency-key': key },
  });

export async function riskOf(order: { id: string }): Promise<OrderRisk> {
  const response = await request('GET', `/v1/orders/${order.id}/risk`, { as: OPERATOR });
  return orderRiskSchema.parse(await response.json());
}

/** An order as a browser far away places it. */
export const placeFrom = (
  body: Body,
  from: { address?: string; country?: string; customerId?: string },
): Promise<Response> =>
  request('POST', '/v1/orders', {
    as: [from.customerId ?? newId('user'), 'customer'],
    body: { currency: 'EUR', ...body },
    headers: {
      'idempotency-key': crypto.randomUUID(),
      ...(from.address === undefined ? {} : { 'x-client-ip': from.address }),
      ...(from.country === undefined ? {} : { 'x-client-country': from.country }),
    },
  });

export const card = (values: Partial<PaymentInstrument> = {}): PaymentInstrument => ({
  brand: 'visa',
  last4: '4242',
  wallet: null,
  country: 'DE',
  fingerprint: crypto.randomUUID(),
  ...values,
});
/** The customer pays, and the provider says this of it. */
export const payWith = (
  order: Order,
  risk: Partial<PaymentRisk>,
  instrument: PaymentInstrument = card(),
): Promise<void> =>
  pay(order, { ...NO_PAYMENT_DETAILS, instrument, risk: { ...NO_PAYMENT_DETAILS.risk, ...risk } });
