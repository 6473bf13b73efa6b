import { unresolvedRefunds } from './after-sale/settlement.ts';
import type { OrderDocument } from './document.ts';
import { isFullOfRefunds, ledgersOf, REFUND_RECORDS_MAX, refundableOf } from './money.ts';
import { NOTHING_TO_REFUND_FROM } from './reasons.ts';

/** Why trying again cannot help an order that waits for a person, in words for him; null: it may. */
export function retryRefusal(document: OrderDocument): string | null {
  if (document.state !== 'needs_operator') return null;
  // A refund that came back cannot be asked for again: the order keeps as many as it can.
  if (isFullOfRefunds(document) && unresolvedRefunds(document).length > 0) {
    return `A refund came back again and again; an order keeps at most ${REFUND_RECORDS_MAX}. Give the money back another way and resolve the order.`;
  }
  if (isOwedWhileDisputed(document)) {
    return 'A refund came back, and the customer’s bank has the money until the dispute is decided: wait for that, and try again then.';
  }
  return document.attention?.code === NOTHING_TO_REFUND_FROM
    ? 'What was settled by hand is to go back, and no payment has it. Give it back another way and resolve the order.'
    : null;
}

/** Asked for now it would be given up, although it may be owed again. */
const isOwedWhileDisputed = (document: OrderDocument): boolean =>
  unresolvedRefunds(document).some(({ paymentId, amount }) =>
    ledgersOf(document).some(
      (ledger) =>
        ledger.paymentId === paymentId &&
        (ledger.disputes ?? []).some(({ state }) => state === 'open') &&
        refundableOf(document, ledger) < amount,
    ),
  );
