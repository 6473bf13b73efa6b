import { acceptLosses } from '../disputes.ts';
import type { Line, OrderDocument, Refusal } from '../document.ts';
import { type Note, note } from '../notes.ts';
import { holdLines, isSuspendable, spareLines, suspensionOf } from '../suspension.ts';
import type { AccessDecision, AfterSaleCommand } from './events.ts';

/*
 * What a person decides about the use of what was delivered: suspended, restored in spite of what suspends it, or taken
 * back for good. No money moves with it.
 */

type Decided = Extract<AfterSaleCommand, { type: 'access.decided' }> & { at: number };

/** Lines a decision can be about. */
export const linesFor = (document: OrderDocument, decision: AccessDecision): Line[] =>
  document.lines.filter((line) => fits(document, line, decision));

function fits(document: OrderDocument, line: Line, decision: AccessDecision): boolean {
  if (!isSuspendable(line)) return false;
  const isSuspended = suspensionOf(document, line) !== null;
  return decision === 'restore' ? isSuspended : decision === 'suspend' ? !isSuspended : true;
}

const REFUSALS: Record<AccessDecision, string> = {
  suspend: 'is not in use: not delivered, a parcel, taken back, or suspended already',
  restore: 'is not suspended by the order',
  revoke: 'is nothing that can be taken back: not delivered, a parcel, or taken back already',
};

/** Every line named that the decision cannot be about; one at least must be left to decide about. */
export function accessRefusals(document: OrderDocument, { decision, lineIds }: Decided): Refusal[] {
  if (lineIds.length === 0)
    return [{ pointer: '/lineIds', detail: `no line fits: each ${REFUSALS[decision]}` }];
  return lineIds.flatMap((lineId, index): Refusal[] => {
    const pointer = `/lineIds/${index}`;
    const line = document.lines.find(({ id }) => id === lineId);
    if (line === undefined) return [{ pointer, detail: 'is not a line of this order' }];
    return fits(document, line, decision) ? [] : [{ pointer, detail: REFUSALS[decision] }];
  });
}

/** Who decides what becomes of the goods has seen what became of the money. */
export function accessDecided(draft: OrderDocument, { decision, lineIds, why }: Decided): Note[] {
  const lines = draft.lines.filter(({ id }) => lineIds.includes(id));
  if (decision === 'suspend') holdLines(draft, 'by_operator', lineIds);
  else acceptLosses(draft);
  if (decision === 'restore') spareLines(draft, lineIds);
  if (decision === 'revoke') for (const line of lines) line.revoked = 'asked';
  const because = why === '' ? '' : ` (${why})`;
  return lines.map((line) =>
    note(NOTES[decision].type, `${line.title}: ${NOTES[decision].text}${because}`, line.id),
  );
}

const NOTES: Record<AccessDecision, { type: string; text: string }> = {
  suspend: { type: 'access.suspended', text: 'suspended by our team' },
  restore: { type: 'access.restored', text: 'yours to use again' },
  revoke: { type: 'access.revoked', text: 'being taken back by our team' },
};
