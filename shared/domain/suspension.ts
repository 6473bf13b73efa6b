import { z } from 'zod';

/** Why something that was delivered is out of its owner's reach for now. */
export const suspensionReasonSchema = z
  .enum(['payment_disputed', 'payment_charged_back', 'payment_refunded', 'fraud_suspected', 'by_operator'])
  .meta({ id: 'SuspensionReason' });
export type SuspensionReason = z.infer<typeof suspensionReasonSchema>;

/** Why an instance is suspended: its order's reasons, and those of its own life. */
export const instanceSuspensionReasonSchema = z
  .enum([...suspensionReasonSchema.options, 'by_owner', 'expired', 'ended'])
  .meta({ id: 'InstanceSuspensionReason' });
export type InstanceSuspensionReason = z.infer<typeof instanceSuspensionReasonSchema>;

/**
 * Who suspends it. `order:<line>`: an order that changed it later; `owner`: its owner; `term`: the end of its term; `end`: it
 * was terminated and is kept for a while.
 */
type OrdersCause = 'order' | `order:${string}`;
export type SuspensionCause = OrdersCause | 'operator' | 'owner' | 'term' | 'end';
export const isOrdersCause = (cause: SuspensionCause): cause is OrdersCause => cause.startsWith('order');

/** For its owner to read. */
export const SUSPENSION_TEXTS: Record<SuspensionReason, string> = {
  payment_disputed: 'Suspended until the dispute about its payment is decided.',
  payment_charged_back: 'Suspended: its payment was charged back.',
  payment_refunded: 'Suspended: its payment was given back.',
  fraud_suspected: 'Suspended while we look into its payment.',
  by_operator: 'Suspended by our team.',
};

export const INSTANCE_SUSPENSION_TEXTS: Record<InstanceSuspensionReason, string> = {
  ...SUSPENSION_TEXTS,
  by_owner: 'Suspended by its owner.',
  expired: 'Its term has ended. Renew it to use it again.',
  ended: 'It was ended and is kept for a while: until then that can be called off.',
};
/** What orders and staff know of; the rest is between its owner and the term. */
export const isOrdersReason = (reason: InstanceSuspensionReason): reason is SuspensionReason =>
  suspensionReasonSchema.safeParse(reason).success;

/** What becomes of something delivered while its payment is disputed, charged back or given back in full past the order. */
export const onDisputeSchema = z.enum(['suspend', 'keep']).meta({
  id: 'OnDispute',
  description:
    '`suspend`: out of the customer’s reach while the payment is disputed and after the dispute is lost; `keep`: stays as it is',
});
export type OnDispute = z.infer<typeof onDisputeSchema>;
