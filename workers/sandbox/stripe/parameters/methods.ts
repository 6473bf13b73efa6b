import { z } from 'zod';
import { bool, expand, integer, metadata, optionalText, text } from './common.ts';

const address = z.strictObject({
  city: optionalText,
  country: optionalText,
  line1: optionalText,
  line2: optionalText,
  postal_code: optionalText,
  state: optionalText,
});
export const addressParams = address;
const billingDetails = z.strictObject({
  address: address.optional(),
  email: optionalText,
  name: optionalText,
  phone: optionalText,
  tax_id: optionalText,
});
const card = z.strictObject({
  number: z.string().max(40).optional(),
  exp_month: optionalText,
  exp_year: optionalText,
  cvc: z.string().max(4).optional(),
  token: optionalText,
  networks: z.unknown().optional(),
});
const account = z.strictObject({
  account_holder_type: optionalText,
  account_number: z.string().max(40).optional(),
  account_type: optionalText,
  financial_connections_account: optionalText,
  routing_number: optionalText,
});

const data = {
  type: z.enum(['card', 'link', 'paypal', 'klarna', 'sepa_debit', 'us_bank_account', 'customer_balance']),
  allow_redisplay: z.enum(['always', 'limited', 'unspecified']).optional(),
  billing_details: billingDetails.optional(),
  metadata: z.union([metadata, z.literal('')]).optional(),
  card: card.optional(),
  sepa_debit: z.strictObject({ iban: z.string().max(42) }).optional(),
  us_bank_account: account.optional(),
  link: z.unknown().optional(),
  paypal: z.unknown().optional(),
  klarna: z.unknown().optional(),
  customer_balance: z.unknown().optional(),
  radar_options: z.unknown().optional(),
};
/** What a method is made of; Stripe.js sends some members more. */
const methodData = z.object(data);
export type MethodData = z.infer<typeof methodData>;

/** Members that name how one pays. */
export const methodFields = {
  payment_method: optionalText,
  payment_method_data: methodData.optional(),
  return_url: z.url({ protocol: /^https?$/, error: 'not a URL' }).optional(),
};
export type MethodFields = z.infer<z.ZodObject<typeof methodFields>>;

export const createMethodParams = z.strictObject({
  ...data,
  key: optionalText,
  client_attribution_metadata: z.unknown().optional(),
  expand,
});
export const updateMethodParams = z.strictObject({
  allow_redisplay: data.allow_redisplay,
  billing_details: data.billing_details,
  metadata: data.metadata,
  card: z.strictObject({ exp_month: integer.optional(), exp_year: integer.optional() }).optional(),
  expand,
});
export const attachMethodParams = z.strictObject({ customer: text, expand });

export const offSession = z.union([bool, z.enum(['one_off', 'recurring']).transform(() => true)]).optional();
