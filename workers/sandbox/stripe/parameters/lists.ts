import { z } from 'zod';
import { bool, expand, integer, optionalText } from './common.ts';

const time = z.union([
  integer,
  z.strictObject({
    gt: integer.optional(),
    gte: integer.optional(),
    lt: integer.optional(),
    lte: integer.optional(),
  }),
]);
export const listParams = z.strictObject({
  limit: integer
    .pipe(z.number().min(1, 'must be between 1 and 100').max(100, 'must be between 1 and 100'))
    .optional(),
  starting_after: optionalText,
  ending_before: optionalText,
  created: time.optional(),
  expand,
});
export type ListParams = z.infer<typeof listParams>;

/** What each list may be narrowed by (https://docs.stripe.com/api). */
const payment = { charge: optionalText, payment_intent: optionalText };
export const intentListParams = listParams.extend({ customer: optionalText });
export const chargeListParams = intentListParams.extend({
  payment_intent: optionalText,
  transfer_group: optionalText,
});
export const partListParams = listParams.extend(payment);
export const eventListParams = listParams.extend({
  type: optionalText,
  types: z.array(z.string()).max(20).optional(),
  delivery_success: bool.optional(),
});
export const balanceListParams = listParams.extend({
  type: optionalText,
  source: optionalText,
  currency: optionalText,
  payout: optionalText,
});

export const searchParams = z.strictObject({
  query: z.string().max(1000),
  limit: listParams.shape.limit,
  page: optionalText,
  expand,
});
