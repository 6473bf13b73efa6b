import { z } from 'zod';
import { AMOUNT_MAX_MINOR_UNITS } from '#shared/money/money.ts';
import { bool, currency, expand, integer, metadata, optionalText } from './common.ts';
import { addressParams, methodFields, offSession } from './methods.ts';

export const amountMax = AMOUNT_MAX_MINOR_UNITS;

/** Ignored by this world, taken so that a correct client is not refused. */
const ignored = {
  mandate_data: z.unknown().optional(),
  radar_options: z.unknown().optional(),
  client_context: z.unknown().optional(),
  client_attribution_metadata: z.unknown().optional(),
};

/** In what situation one pays. */
const manner = {
  off_session: offSession,
  use_stripe_sdk: bool.optional(),
  error_on_requires_action: bool.optional(),
};
export type MannerFields = z.infer<z.ZodObject<typeof manner>> & { return_url?: string | undefined };

const shipping = z.union([
  z.strictObject({
    address: addressParams,
    name: z.string(),
    carrier: optionalText,
    phone: optionalText,
    tracking_number: optionalText,
  }),
  z.literal(''),
]);
export type ShippingFields = z.infer<typeof shipping>;
const describing = {
  description: optionalText,
  receipt_email: optionalText,
  customer: optionalText,
  metadata: z.union([metadata, z.literal('')]).optional(),
  statement_descriptor: z.string().max(22).optional(),
  statement_descriptor_suffix: z.string().max(22).optional(),
  setup_future_usage: z.enum(['', 'off_session', 'on_session']).optional(),
  shipping: shipping.optional(),
};

/** What this world heeds of a method's options; the rest is taken and ignored. */
const methodOptions = z
  .record(
    z.string().max(40),
    z.looseObject({
      capture_method: z.literal('manual').optional(),
      request_multicapture: z.enum(['if_available', 'never']).optional(),
      setup_future_usage: z.enum(['', 'none', 'off_session', 'on_session']).optional(),
    }),
  )
  .optional();

export const createIntentParams = z.strictObject({
  amount: integer,
  currency,
  automatic_payment_methods: z
    .strictObject({ enabled: bool, allow_redirects: z.enum(['always', 'never']).optional() })
    .optional(),
  allowed_payment_method_types: z.array(z.string()).min(1).optional(),
  excluded_payment_method_types: z.array(z.string()).optional(),
  payment_method_configuration: optionalText,
  transfer_group: optionalText,
  capture_method: z.enum(['automatic', 'automatic_async', 'manual']).default('automatic'),
  confirmation_method: z.enum(['automatic', 'manual']).default('automatic'),
  confirm: bool.optional(),
  payment_method_options: methodOptions,
  ...methodFields,
  ...describing,
  ...manner,
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
  shipping: shipping.optional(),
  ...manner,
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
