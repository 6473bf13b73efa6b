import { z } from 'zod';

/** Why something that was delivered is out of its owner's reach for now. */
export const suspensionReasonSchema = z
  .enum(['payment_disputed', 'payment_charged_back', 'payment_refunded', 'fraud_suspected', 'by_operator'])
  .meta({ id: 'SuspensionReason' });
export type SuspensionReason = z.infer<typeof suspensionReasonSchema>;

/** For its owner to read. */
export const SUSPENSION_TEXTS: Record<SuspensionReason, string> = {
  payment_disputed: 'Suspended until the dispute about its payment is decided.',
  payment_charged_back: 'Suspended: its payment was charged back.',
  payment_refunded: 'Suspended: its payment was given back.',
  fraud_suspected: 'Suspended while we look into its payment.',
  by_operator: 'Suspended by our team.',
};

/** What becomes of something delivered while its payment is disputed, charged back or given back in full past the order. */
export const onDisputeSchema = z.enum(['suspend', 'keep']).meta({
  id: 'OnDispute',
  description:
    '`suspend`: out of the customer’s reach while the payment is disputed and after the dispute is lost; `keep`: stays as it is',
});
export type OnDispute = z.infer<typeof onDisputeSchema>;
