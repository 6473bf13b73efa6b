import { z } from 'zod';
import { currency, expand, integer, metadata, optionalText } from './common.ts';
import { listParams } from './lists.ts';
import { addressParams } from './methods.ts';

const describing = {
  address: z.union([addressParams, z.literal('')]).optional(),
  description: optionalText,
  email: optionalText,
  name: optionalText,
  phone: optionalText,
  metadata: z.union([metadata, z.literal('')]).optional(),
  shipping: z.unknown().optional(),
  preferred_locales: z.array(z.string()).optional(),
  invoice_settings: z.strictObject({ default_payment_method: optionalText }).optional(),
  expand,
};
export const createCustomerParams = z.strictObject({ ...describing, payment_method: optionalText });
export const updateCustomerParams = z.strictObject(describing);
export const customerListParams = listParams.extend({ email: optionalText });
export const customerMethodParams = listParams.extend({ type: optionalText, allow_redisplay: optionalText });
export const methodListParams = customerMethodParams.extend({ customer: optionalText });
export const fundParams = z.strictObject({ amount: integer, currency, reference: optionalText, expand });
