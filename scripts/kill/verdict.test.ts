import type { Stripe } from 'stripe';
import { expect, it } from 'vitest';
import type { Order } from '#shared/contracts/http/orders.ts';
import { moneyRules } from './verdict.ts';

const order = (state: Order['state']): Order =>
  ({ state, total: { amount: 2_500, currency: 'EUR' } }) as Order;
const intent = (status: string, received: number, refunded = 0): Stripe.PaymentIntent =>
  ({
    status,
    amount_received: received,
    latest_charge: received === 0 ? null : { amount_refunded: refunded },
  }) as Stripe.PaymentIntent;

it.each([
  ['one charge of a completed order', order('completed'), [intent('succeeded', 2_500)]],
  ['a cancelled order without a charge', order('cancelled'), [intent('canceled', 0)]],
  ['a refunded order whose charge went back', order('refunded'), [intent('succeeded', 2_500, 2_500)]],
])('the judge of a killed system lets %s pass', (_, ended, intents) => {
  expect(moneyRules(ended, intents)).toEqual([]);
});

it.each([
  ['a second charge', order('completed'), [intent('succeeded', 2_500), intent('succeeded', 2_500)]],
  ['a completed order nobody was charged for', order('completed'), [intent('canceled', 0)]],
  ['a charge for nothing', order('cancelled'), [intent('succeeded', 2_500)]],
  ['a partial refund of a cancelled order', order('refunded'), [intent('succeeded', 2_500, 1_000)]],
  ['a hold that is never given back', order('cancelled'), [intent('requires_capture', 0)]],
  ['a second payment', order('completed'), [intent('succeeded', 2_500), intent('canceled', 0)]],
])('the judge of a killed system finds %s', (_, ended, intents) => {
  expect(moneyRules(ended, intents)).not.toEqual([]);
});
