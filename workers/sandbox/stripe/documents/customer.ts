import type { Stripe } from 'stripe';
import { stripeId } from '../ids.ts';

export type CustomerInput = Pick<Stripe.Customer, 'email' | 'description' | 'metadata' | 'shipping'> & {
  name: string | null;
  phone: string | null;
  address: Stripe.Address | null;
  defaultMethod: string | null;
};

export const newCustomer = (input: CustomerInput, now: number): Stripe.Customer => ({
  id: stripeId('cus', 14),
  object: 'customer',
  address: input.address,
  balance: 0,
  created: now,
  currency: null,
  default_source: null,
  delinquent: false,
  description: input.description,
  discount: null,
  email: input.email,
  invoice_prefix: stripeId('x', 8).slice(2).toUpperCase(),
  invoice_settings: {
    custom_fields: null,
    default_payment_method: input.defaultMethod,
    footer: null,
    rendering_options: null,
  },
  livemode: false,
  metadata: input.metadata,
  name: input.name,
  next_invoice_sequence: 1,
  phone: input.phone,
  preferred_locales: [],
  shipping: input.shipping,
  tax_exempt: 'none',
  test_clock: null,
});
