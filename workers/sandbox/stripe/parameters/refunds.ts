import { z } from 'zod';
import { expand, integer, metadata, optionalText } from './common.ts';

export const createRefundParams = z.strictObject({
  payment_intent: optionalText,
  charge: optionalText,
  amount: integer.optional(),
  reason: z.enum(['duplicate', 'fraudulent', 'requested_by_customer']).optional(),
  instructions_email: optionalText,
  metadata: metadata.optional(),
  expand,
});
