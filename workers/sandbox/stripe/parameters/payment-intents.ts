import { z } from 'zod';
import { AMOUNT_MAX_MINOR_UNITS } from '#shared/money/money.ts';
import { bool, currency, expand, integer, metadata, optionalText } from './common.ts';

export const amountMax = AMOUNT_MAX_MINOR_UNITS;

/** Ignored by this world, taken so that a correct client is not refused. */
const ignored = {
  off_session: optionalText,
  use_stripe_sdk: optionalText,
  error_on_requires_action: optionalText,
  mandate_data: z.unknown().optional(),
  radar_options: z.unknown().optional(),
  client_context: z.unknown().optional(),
  client_attribution_metadata: z.unknown().optional(),
};

const cardData = z.strictObject({
  number: z.string().max(40),
  exp_month: z.string().optional(),
  exp_year: z.string().optional(),
  cvc: z.string().max(4).optional(),
});
const methodFields = {
  payment_method: optionalText,
  payment_method_data: z
    .object({
      type: z.enum(['card', 'sepa_debit', 'us_bank_account']),
      card: cardData.optional(),
      sepa_debit: z.strictObject({ iban: z.string().max(42) }).optional(),
    })
    .optional(),
  return_url: z.url({ protocol: /^https?$/, error: 'not a URL' }).optional(),
};
export type MethodFields = z.infer<z.ZodObject<typeof methodFields>>;

const describing = {
  description: optionalText,
  receipt_email: optionalText,
  customer: optionalText,
  metadata: z.union([metadata, z.literal('')]).optional(),
  statement_descriptor: z.string().max(22).optional(),
  statement_descriptor_suffix: z.string().max(22).optional(),
  setup_future_usage: z.enum(['', 'off_session', 'on_session']).optional(),
  shipping: z.unknown().optional(),
};

/** What this world heeds of a method's options; the rest is taken and ignored. */
const methodOptions = z
  .record(
    z.string().max(40),
    z.looseObject({
      capture_method: z.literal('manual').optional(),
      request_multicapture: z.enum(['if_available', 'never']).optional(),
    }),
  )
  .optional();

export const createIntentParams = z.strictObject({
  amount: integer,
  currency,
  automatic_payment_methods: z
    .strictObject({ enabled: bool, allow_redirects: z.enum(['always', 'never']).optional() })
    .optional(),
  payment_method_types: z.array(z.string()).min(1).optional(),
  capture_method: z.enum(['automatic', 'automatic_async', 'manual']).default('automatic'),
  confirmation_method: z.enum(['automatic', 'manual']).default('automatic'),
  confirm: bool.optional(),
  payment_method_options: methodOptions,
  ...methodFields,
  ...describing,
  ...ignored,
  expand,
});
export const updateIntentParams = z.strictObject({
  payment_method_options: methodOptions,
  amount: integer.optional(),
  currency: currency.optional(),
  payment_method: optionalText,
  ...describing,
  expand,
});
export const confirmIntentParams = z.strictObject({
  payment_method_options: methodOptions,
  ...methodFields,
  receipt_email: optionalText,
  capture_method: z.enum(['automatic', 'automatic_async', 'manual']).optional(),
  setup_future_usage: describing.setup_future_usage,
  shipping: z.unknown().optional(),
  ...ignored,
  client_secret: optionalText,
  key: optionalText,
  expected_payment_method_type: optionalText,
  expand,
});
export const captureIntentParams = z.strictObject({
  amount_to_capture: integer.optional(),
  final_capture: bool.optional(),
  metadata: describing.metadata,
  statement_descriptor: describing.statement_descriptor,
  statement_descriptor_suffix: describing.statement_descriptor_suffix,
  expand,
});
export const cancelIntentParams = z.strictObject({
  cancellation_reason: z.enum(['duplicate', 'fraudulent', 'requested_by_customer', 'abandoned']).optional(),
  expand,
});
