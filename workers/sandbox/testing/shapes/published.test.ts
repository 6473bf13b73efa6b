import type { Stripe } from 'stripe';
import { expectTypeOf, it } from 'vitest';
import type { z } from 'zod';
import type { cashBalance, cashTransaction, customer, paymentMethod, setupIntent } from './customers.ts';
import type { balanceTransaction, charge, paymentIntent, refund } from './payments.ts';
import type { Differences } from './published.ts';
import type { dispute, fraudWarning, review } from './trouble.ts';

/** What our schemas take beside what the SDK's types are. */
interface Objects {
  payment_intent: [z.infer<typeof paymentIntent>, Stripe.PaymentIntent];
  charge: [z.infer<typeof charge>, Stripe.Charge];
  refund: [z.infer<typeof refund>, Stripe.Refund];
  balance_transaction: [z.infer<typeof balanceTransaction>, Stripe.BalanceTransaction];
  dispute: [z.infer<typeof dispute>, Stripe.Dispute];
  review: [z.infer<typeof review>, Stripe.Review];
  early_fraud_warning: [z.infer<typeof fraudWarning>, Stripe.Radar.EarlyFraudWarning];
  customer: [z.infer<typeof customer>, Stripe.Customer | Stripe.DeletedCustomer];
  payment_method: [z.infer<typeof paymentMethod>, Stripe.PaymentMethod];
  setup_intent: [z.infer<typeof setupIntent>, Stripe.SetupIntent];
  cash_balance: [z.infer<typeof cashBalance>, Stripe.CashBalance];
  cash_transaction: [z.infer<typeof cashTransaction>, Stripe.CustomerCashBalanceTransaction];
}
type Found = {
  [Name in keyof Objects]: Differences<Objects[Name][0], Objects[Name][1], Name>;
}[keyof Objects];
/** A browser, whose key is publishable, is not shown it. */
type LeftOutForBrowsers = `${'payment_intent' | 'setup_intent'}.metadata is missing`;

it('shapes take what the pinned version of the API publishes and nothing else: the compiler reads this', () => {
  expectTypeOf<Exclude<Found, LeftOutForBrowsers>>().toBeNever();
});

it('what is unknown, missing or of another type is found, also within members and lists', () => {
  interface Published {
    id: string;
    status: 'open' | 'closed';
    amount: number;
    card: { brand: string | null; expires?: number };
    items: { price: number }[];
    note?: string;
  }
  interface Shape {
    id: string;
    status: string;
    card: { brand: string | null; colour: string };
    items: { price: string }[];
    note: null;
  }
  expectTypeOf<Differences<Shape, Published, 'it'>>().toEqualTypeOf<
    | 'it.amount is missing'
    | 'it.status is of another type'
    | 'it.card.colour is not published'
    | 'it.items[].price is of another type'
    | 'it.note is of another type'
  >();
  expectTypeOf<Differences<Published, Published, 'it'>>().toBeNever();
});
