import { z } from 'zod';
import { bool, expand, metadata, optionalText } from './common.ts';
import { listParams } from './lists.ts';
import { methodFields } from './methods.ts';

const manner = {
  ...methodFields,
  use_stripe_sdk: bool.optional(),
  mandate_data: z.unknown().optional(),
  payment_method_options: z.record(z.string(), z.unknown()).optional(),
  client_context: z.unknown().optional(),
  client_attribution_metadata: z.unknown().optional(),
  expand,
};
export const createSetupParams = z.strictObject({
  ...manner,
  automatic_payment_methods: z
    .strictObject({ enabled: bool, allow_redirects: z.enum(['always', 'never']).optional() })
    .optional(),
  allowed_payment_method_types: z.array(z.string()).min(1).optional(),
  excluded_payment_method_types: z.array(z.string()).optional(),
  confirm: bool.optional(),
  customer: optionalText,
  description: optionalText,
  metadata: z.union([metadata, z.literal('')]).optional(),
  usage: z.enum(['off_session', 'on_session']).default('off_session'),
});
export const updateSetupParams = z.strictObject({
  customer: optionalText,
  description: optionalText,
  metadata: z.union([metadata, z.literal('')]).optional(),
  payment_method: optionalText,
  expand,
});
export const confirmSetupParams = z.strictObject({
  ...manner,
  client_secret: optionalText,
  key: optionalText,
  expected_payment_method_type: optionalText,
});
export const cancelSetupParams = z.strictObject({
  cancellation_reason: z.enum(['abandoned', 'duplicate', 'requested_by_customer']).optional(),
  expand,
});
export const setupListParams = listParams.extend({ customer: optionalText, payment_method: optionalText });
