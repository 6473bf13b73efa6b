import { isWithheld, unresolvedRefunds } from './after-sale/settlement.ts';
import type { OrderDocument } from './document.ts';
import { isFullOfRefunds, REFUND_RECORDS_MAX } from './money.ts';
import { NOTHING_TO_REFUND_FROM, REFUND_FAILED } from './reasons.ts';

/** Why trying again cannot help an order that waits for a person, in words for him; null: it may. */
export function retryRefusal(document: OrderDocument): string | null {
  if (document.state !== 'needs_operator') return null;
  // A refund that came back cannot be asked for again: the order keeps as many as it can.
  if (isFullOfRefunds(document) && unresolvedRefunds(document).length > 0) {
    return `A refund came back again and again; an order keeps at most ${REFUND_RECORDS_MAX}. Give the money back another way and resolve the order.`;
  }
  if (waitsForDispute(document)) {
    return 'A refund came back, and the customer’s bank has the money until the dispute is decided: wait for that, and try again then.';
  }
  return document.attention?.code === NOTHING_TO_REFUND_FROM
    ? 'What was settled by hand is to go back, and no payment has it. Give it back another way and resolve the order.'
    : null;
}

/** It stopped for refunds that came back, and none of them can be asked for before a dispute is decided. */
const waitsForDispute = (document: OrderDocument): boolean =>
  document.attention?.code === REFUND_FAILED &&
  unresolvedRefunds(document).length > 0 &&
  unresolvedRefunds(document).every((refund) => isWithheld(document, refund));
