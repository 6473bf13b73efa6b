import type { PaymentDispute } from '#shared/contracts/payments.ts';
import { type Currency, moneySchema, moneyText } from '#shared/money/money.ts';
import { DAY_MS } from '#shared/time/time.ts';
import { type Dispute, isTaken, type Ledger, type OrderDocument } from './document.ts';
import { ledgersOf } from './money.ts';
import { type Note, note } from './notes.ts';
import { movedOutside } from './outside-moves.ts';

/*
 * Money that the customer's bank takes back past the order. What the provider tells is written down here; what follows
 * for the money stands in money.ts, for what was delivered in suspension.ts.
 */

/** A later stage is never undone by an older snapshot; of two decisions the newer one counts. */
const STAGES: Record<Dispute['state'], number> = { warning: 0, open: 1, won: 2, lost: 2 };

export const disputesOf = (document: OrderDocument): Dispute[] =>
  ledgersOf(document).flatMap(({ disputes = [] }) => disputes);

export const isDisputed = (document: OrderDocument): boolean => disputesOf(document).some(isTaken);

/** Lost, and nobody has looked at it since. */
export const unacceptedLosses = (document: OrderDocument): Dispute[] =>
  disputesOf(document).filter(({ state, accepted }) => state === 'lost' && accepted !== true);

/** A person has seen what is lost and what was refunded past the order, and leaves it at that. */
export function acceptLosses(draft: OrderDocument): void {
  for (const dispute of unacceptedLosses(draft)) dispute.accepted = true;
  for (const ledger of ledgersOf(draft)) ledger.refundAccepted = ledger.refundedOutside;
}

/** How long before the end of the time for evidence staff are told again. */
const REMIND_BEFORE_MS = 3 * DAY_MS;

const isEvidenceDue = ({ dueBy = null }: Dispute, at: number): boolean =>
  dueBy !== null && at >= dueBy - REMIND_BEFORE_MS && at < dueBy;

/** Lost was not the end of it: it is to be decided anew. */
const isReopened = (known: Dispute, { state, appealed }: PaymentDispute): boolean =>
  known.state === 'lost' && state === 'open' && appealed === true;

const lostOf = ({ state, amount }: PaymentDispute): number => (state === 'lost' ? amount : 0);

/** Writes down what the provider says of the disputes of one payment. One it does not name any more stays as it was. */
export function disputesTold(
  draft: OrderDocument,
  ledger: Ledger,
  told: readonly PaymentDispute[],
  at: number,
): Note[] {
  return told.flatMap((dispute) => {
    const known = ledger.disputes?.find(({ disputeId }) => disputeId === dispute.disputeId);
    if (known !== undefined && STAGES[dispute.state] < STAGES[known.state] && !isReopened(known, dispute))
      return [];
    const before = known?.state ?? null;
    const amount = lostOf(dispute) - (known === undefined ? 0 : lostOf(known));
    movedOutside(ledger, { kind: 'chargeback', reference: dispute.disputeId, at, amount });
    if (known === undefined) ledger.disputes = [...(ledger.disputes ?? []), { ...dispute }];
    else {
      // Another deadline, as when an inquiry becomes a chargeback, is one to be reminded of.
      if (known.dueBy !== dispute.dueBy) delete known.reminded;
      if (dispute.appealed !== true) delete known.appealed;
      Object.assign(known, dispute);
      if (isEvidenceDue(known, at)) known.reminded = true;
    }
    return before === dispute.state ? [] : [noteOf(draft, dispute)];
  });
}

/** As the bank states it, in words. */
export function disputedText(
  { amount, stated }: Pick<PaymentDispute, 'amount' | 'stated'>,
  currency: Currency,
): string {
  const money = moneySchema.safeParse(stated ?? { amount, currency });
  return money.success ? moneyText(money.data) : `${stated?.amount} minor units of ${stated?.currency}`;
}

function noteOf(draft: OrderDocument, dispute: PaymentDispute): Note {
  const { disputeId, state, reason } = dispute;
  const money = disputedText(dispute, draft.currency);
  const data = { disputeId };
  switch (state) {
    case 'warning':
      return {
        ...note('payment.inquiry', `The customer’s bank asks about ${money}: ${reason}`),
        data,
        internal: true,
      };
    case 'open':
      if (dispute.appealed === true) {
        const text = `The dispute about ${money} may be decided anew: the shop can appeal, or has`;
        return { ...note('payment.dispute_appealed', text), data, internal: true };
      }
      return { ...note('payment.disputed', `Your bank has taken the payment back for now: ${money}`), data };
    case 'won':
      return { ...note('payment.dispute_won', `The dispute is decided, the payment stands: ${money}`), data };
    case 'lost':
      return {
        ...note('payment.dispute_lost', `The dispute is decided, the money stays with you: ${money}`),
        data,
      };
  }
}
