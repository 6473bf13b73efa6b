import { CHANGED_TAKEN_BACK } from '#shared/contracts/instance-changes.ts';
import { unusedWorth } from '#shared/domain/pricing/proration.ts';
import { moneyText } from '#shared/money/money.ts';
import { leftOf } from './after-sale/settlement.ts';
import type { Attention, Line, OrderDocument } from './document.ts';
import type { EventOf } from './events.ts';
import { availableOf } from './money.ts';
import { type Note, note } from './notes.ts';

/*
 * An order paid for a change of an instance, and the order that made the instance took it back. Its line stays delivered:
 * what of the money goes back is a person's to say.
 */

/** True of news that tells so. */
export const isChangedTakenBack = ({ code, access }: EventOf<'line.stuck'>): boolean =>
  code === CHANGED_TAKEN_BACK && access === undefined;

/** Told again it changes nothing. */
export function changedTakenBack(draft: OrderDocument, { lineId }: EventOf<'line.stuck'>): Note[] {
  const line = draft.lines.find(({ id }) => id === lineId);
  if (line === undefined || line.withdrawn !== undefined) return [];
  line.withdrawn = 'told';
  return [note('line.changed_taken_back', `${line.title}: what this order changed was taken back`, line.id)];
}

const undecided = ({ lines }: OrderDocument): Line[] =>
  lines.filter(({ withdrawn, revoked }) => withdrawn === 'told' && revoked === 'no');

/** What was paid for it and not given back, nor decided about; minor units. */
export function paidForWithdrawn(document: OrderDocument): number {
  const left = undecided(document).reduce((sum, line) => sum + leftOf(document, line).amount, 0);
  return Math.min(left, availableOf(document));
}

/** A person has looked into it. */
export function acceptWithdrawn(draft: OrderDocument): void {
  for (const line of undecided(draft)) line.withdrawn = 'accepted';
}

/** Is this what the order waits for? */
export const isAboutWithdrawn = ({ attention }: OrderDocument): boolean =>
  attention?.code === CHANGED_TAKEN_BACK;

export function withdrawnAttention(document: OrderDocument, now: number): Attention {
  const { currency, changeOf } = document;
  const paid = paidForWithdrawn(document);
  const unused = Math.min(paid, unusedWorth(changeOf?.covers ?? [], now));
  const [whole, part] = [paid, unused].map((amount) => moneyText({ amount, currency }));
  return {
    code: CHANGED_TAKEN_BACK,
    text: 'What this order changed was taken back. Our team has been told and is looking into it.',
    detail: `${whole} paid with this order were not given back, ${part} of it for time that is not used`,
  };
}
