import type { SoldGiftCard } from '#shared/contracts/gift-cards.ts';
import type { Actor, OrderDocument, Refund } from '../document.ts';
import { availableOf, ledgersOf, refundableOf } from '../money.ts';
import { REPLACED } from './records.ts';
import { takesFor } from './sold-cards.ts';
import { cut, leftOf, type RefundPlan, shippingLeftOf, unresolvedRefunds } from './settlement.ts';

/** Who did it, when and why. */
export interface Step {
  at: number;
  by: Actor;
  why: string;
}

/** One record for each payment it is taken from; the sum of its parts is its amount. */
export function granted(
  draft: OrderDocument,
  plan: RefundPlan,
  {
    id,
    returnId,
    step,
    cards = null,
  }: { id: string; returnId: string | null; step: Step; cards?: readonly SoldGiftCard[] | null },
): void {
  let left: RefundPlan = plan;
  for (const ledger of ledgersOf(draft)) {
    const amount = Math.min(left.amount, refundableOf(draft, ledger));
    if (amount <= 0 || ledger.paymentId === null) continue;
    const [taken, rest] = cut(left, amount);
    left = rest;
    const takes = takesFor(draft, taken.parts, cards);
    draft.refunds.push({
      ...refundOf(taken, ledger.paymentId, { id: nextId(draft, id), returnId, step }),
      ...(takes === null ? {} : { cards: takes }),
    });
  }
}

/**
 * Which of the refunds that came back the customer is still owed, by id: not those whose units or money were given back
 * another way since. Of those that do not go together the larger.
 */
export function owedRefunds(document: OrderDocument): string[] {
  const owed: string[] = [];
  const replaced = replacedBySums(document);
  for (const { id } of unresolvedRefunds(document).sort((a, b) => b.amount - a.amount)) {
    if (replaced.has(id)) continue;
    const refunds = document.refunds.map((refund) =>
      owed.includes(refund.id) ? { ...refund, state: 'asked' as const } : refund,
    );
    const found = refunds.find((refund) => refund.id === id);
    if (found !== undefined && isStillOwed({ ...document, refunds }, found)) owed.push(id);
  }
  return owed;
}

/** A plain sum granted after a refund of the same amount had come back stands for that one; each stands for one. */
function replacedBySums({ refunds, ...document }: OrderDocument): Set<string> {
  const renewals = new Set(refunds.map(({ renewedAs }) => renewedAs));
  const sums = refunds.filter(
    (refund) => isPlainSum(refund) && !renewals.has(refund.id) && refund.renewedAs !== REPLACED,
  );
  const replaced = new Set<string>();
  for (const failed of unresolvedRefunds({ ...document, refunds })) {
    const since = failed.settledAt ?? failed.at;
    const index = sums.findIndex(
      (sum) =>
        sum.amount === failed.amount && sum.at >= since && refunds.indexOf(sum) > refunds.indexOf(failed),
    );
    if (index < 0) continue;
    sums.splice(index, 1);
    replaced.add(failed.id);
  }
  return replaced;
}

const isPlainSum = ({ cause, returnId, parts }: Refund): boolean =>
  cause === 'granted' &&
  returnId === null &&
  parts.length > 0 &&
  parts.every(({ quantity }) => quantity === 0);

const isStillOwed = (document: OrderDocument, { parts, shipping, amount, paymentId }: Refund): boolean =>
  shipping <= shippingLeftOf(document) &&
  amount <= availableOf(document) &&
  ledgersOf(document).some(
    (ledger) => ledger.paymentId === paymentId && amount <= refundableOf(document, ledger),
  ) &&
  parts.every((part) => {
    const line = document.lines.find(({ id }) => id === part.lineId);
    const left = line === undefined ? null : leftOf(document, line);
    return left !== null && part.quantity <= left.quantity && part.amount <= left.amount;
  });

/** A refund taken from two payments is two refunds. */
export function nextId(draft: OrderDocument, id: string): string {
  const same = draft.refunds.filter((refund) => refund.id === id || refund.id.startsWith(`${id}:`)).length;
  return same === 0 ? id : `${id}:${same + 1}`;
}

const refundOf = (
  { parts, shipping, amount }: RefundPlan,
  paymentId: string,
  { id, returnId, step }: { id: string; returnId: string | null; step: Step },
): Refund => ({
  id,
  paymentId,
  amount,
  state: 'asked',
  cause: 'granted',
  lineIds: [...new Set(parts.map(({ lineId }) => lineId))],
  parts,
  shipping,
  returnId,
  renewedAs: null,
  by: step.by,
  why: step.why,
  at: step.at,
  settledAt: null,
});
