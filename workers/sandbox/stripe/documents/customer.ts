import type { Stripe } from 'stripe';
import { stripeId } from '../ids.ts';

export const newCustomer = (
  input: {
    email: string | null;
    name: string | null;
    description: string | null;
    metadata: Record<string, string>;
  },
  now: number,
): Stripe.Customer => ({
  id: stripeId('cus', 14),
  object: 'customer',
  balance: 0,
  created: now,
  default_source: null,
  description: input.description,
  email: input.email,
  name: input.name,
  invoice_settings: {
    custom_fields: null,
    default_payment_method: null,
    footer: null,
    rendering_options: null,
  },
  livemode: false,
  metadata: input.metadata,
  shipping: null,
});
