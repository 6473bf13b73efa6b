import { z } from 'zod';
import { currency, expand, integer, metadata, optionalText } from './common.ts';

export const createRefundParams = z.strictObject({
  payment_intent: optionalText,
  charge: optionalText,
  /** Of what is left of the customer's transfers, instead of a payment. */
  origin: z.literal('customer_balance').optional(),
  customer: optionalText,
  currency: currency.optional(),
  amount: integer.optional(),
  reason: z.enum(['duplicate', 'fraudulent', 'requested_by_customer']).optional(),
  instructions_email: optionalText,
  metadata: metadata.optional(),
  expand,
});
