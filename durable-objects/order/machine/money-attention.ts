import { disputedText, disputesOf } from './disputes.ts';
import type { Attention, OrderDocument } from './document.ts';
import { reviewAttention } from './fraud/view.ts';
import { suspensionOf } from './suspension.ts';

/**
 * Why a person should look, for staff: what the order waits for, or else what it goes on with while a bank or somebody at
 * the payment service has moved its money. Evidence has to be handed in, or what is suspended decided about.
 */
export function attentionOf(document: OrderDocument): Attention | null {
  const stopped = document.attention ?? reviewAttention(document);
  if (stopped !== null) return stopped;
  const asked = disputesOf(document).find(({ state }) => state === 'open' || state === 'warning');
  if (asked !== undefined) {
    return {
      code: asked.state === 'open' ? 'payment_disputed' : 'payment_inquiry',
      text: 'The customer’s bank disputes the payment.',
      detail: `dispute ${asked.disputeId} of ${disputedText(asked, document.currency)} is ${asked.state} (${asked.reason})`,
    };
  }
  const refunded = document.lines.filter((line) => suspensionOf(document, line) === 'payment_refunded');
  if (refunded.length === 0) return null;
  return {
    code: 'payment_refunded_outside',
    text: 'The payment was given back outside this order; what was delivered is suspended.',
    detail: `${refunded.length} lines wait for a decision: restore or revoke`,
  };
}
