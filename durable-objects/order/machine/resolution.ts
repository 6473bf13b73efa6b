import { owedRefunds } from './after-sale/granting.ts';
import { REPLACED } from './after-sale/records.ts';
import { unresolvedRefunds } from './after-sale/settlement.ts';
import { acceptLosses } from './disputes.ts';
import { type Ledger, type Line, openAmount, type OrderDocument, type Resolution } from './document.ts';
import type { OrderEvent } from './events.ts';
import type { Intent } from './intents.ts';
import { acceptWithdrawn } from './withdrawn.ts';
import { excessOf, exchangedOf, isClosed, isLost, keptMoneyOf, ledgersOf, valueOf } from './money.ts';

/** What would not fit if the order ended like this: amounts in minor units. */
export interface Difference {
  as: Resolution['as'];
  /** Collected and not given back. */
  kept: number;
  /** What the goods the customer then has are worth to him, less what was granted. */
  due: number;
  /** Held on the customer's account, or asked of him and not known to be off: it may still come. */
  open: number;
  /** Lines that would be declared delivered or taken back by hand. */
  lines: { lineId: string; state: Line['state'] }[];
  /** Units that are held or taken for the order and would not be on the shelf again. */
  stock: { sku: string; quantity: number }[];
  /** Names exactly this difference, to confirm that it was seen; null when everything fits. */
  code: string | null;
}

export function differenceOf(document: OrderDocument, as: Resolution['as']): Difference {
  const kept = keptMoneyOf(document);
  const due = dueOf(document, as);
  const open = ledgersOf(document).reduce((sum, ledger) => sum + stillToCome(ledger), 0);
  const lines = document.lines
    .filter((line) => line.revoked === 'asked' || line.state !== settledState(line, as))
    .filter((line) => as === 'completed' || line.state !== 'pending')
    .map(({ id, state }) => ({ lineId: id, state }));
  const stock = stockOf(document, as);
  const fits = kept === due && open === 0 && lines.length === 0 && stock.length === 0;
  const units = stock.reduce((sum, { quantity }) => sum + quantity, 0);
  const code = `${as}:v${document.version}:kept=${kept}:due=${due}:open=${open}:lines=${lines.length}:units=${units}`;
  return { as, kept, due, open, lines, stock, code: fits ? null : code };
}

const stillToCome = (ledger: Ledger): number =>
  isClosed(ledger) || ledger.authorised > 0 ? openAmount(ledger) : ledger.amount;

/** What pays for replacements stays, however the order ends. */
function dueOf(document: OrderDocument, as: Resolution['as']): number {
  const exchanged = exchangedOf(document);
  if (as !== 'completed') return exchanged;
  const kept = document.lines.filter((line) => !isLost(line));
  return Math.max(exchanged, valueOf(document, kept) - grantedOf(document));
}

/** Granted and given back, or still owed to the customer. */
function grantedOf(document: OrderDocument): number {
  const owed = owedRefunds(document);
  return document.refunds
    .filter((refund) => refund.cause === 'granted')
    .filter((refund) => refund.state !== 'failed' || owed.includes(refund.id))
    .reduce((sum, refund) => sum + refund.amount, 0);
}

/** Of lines the customer does not get in the end. */
function stockOf(document: OrderDocument, as: Resolution['as']): Difference['stock'] {
  return document.stock.flatMap(({ sku, state, lines, returnedLines }) => {
    const gone = lines.filter(
      ({ lineId }) =>
        !returnedLines.includes(lineId) &&
        (as !== 'completed' || document.lines.some((line) => line.id === lineId && isLost(line))),
    );
    const quantity = gone.reduce((sum, line) => sum + line.quantity, 0);
    return state === 'returned' || quantity === 0 ? [] : [{ sku, quantity }];
  });
}

export function isConfirmed(document: OrderDocument, as: Resolution['as'], confirm: string | null): boolean {
  const { code } = differenceOf(document, as);
  return code === null || code === confirm;
}

/** What stopped before it had a price has nothing that could be completed. */
export const isAnythingPriced = ({ lines }: Pick<OrderDocument, 'lines'>): boolean => lines.length > 0;

/** Ends the books as the person says they stand; facts that come after all are taken on as after any end. */
export function settleByHand(draft: OrderDocument, event: OrderEvent): Intent[] {
  if (event.type !== 'operator.resolved') return [];
  const { as, actorId, text, at } = event;
  const { code } = differenceOf(draft, as);
  // What was given up may be asked for anew.
  draft.rounds += 1;
  draft.resolution = {
    at,
    by: { kind: 'operator', id: actorId },
    as,
    why: text,
    difference: code ?? 'none',
  };
  const owed = owedRefunds(draft);
  for (const line of draft.lines) settleLine(line, as, at);
  for (const claim of draft.stock) if (as !== 'completed') claim.state = 'returned';
  for (const ledger of ledgersOf(draft)) {
    if (isClosed(ledger)) continue;
    ledger.voided = ledger.authorised - ledger.captured;
    ledger.status = ledger.captured > 0 ? 'captured' : 'voided';
    ledger.asked = true;
  }
  const unresolved = unresolvedRefunds(draft);
  for (const refund of draft.refunds) {
    const isLeft = unresolved.includes(refund);
    if (isLeft && as === 'completed' && !owed.includes(refund.id)) refund.renewedAs = REPLACED;
    else if (isLeft || refund.state === 'asked') {
      Object.assign(refund, { state: 'settled_by_hand', settledAt: at });
    }
  }
  acceptLosses(draft);
  acceptWithdrawn(draft);
  draft.settledByHand = excessOf(endedAs(draft, as));
  return [];
}

/**
 * By the rules of the ended order nothing is left to be collected or given back. Of one that ends completed a dispute that
 * is won later brings back what is the shop's; of one that ends undone, what is the customer's.
 */
function endedAs(draft: OrderDocument, as: Resolution['as']): OrderDocument {
  const ended = { ...structuredClone(draft), state: as, resume: null, settledByHand: 0 };
  if (as === 'completed') for (const ledger of ledgersOf(ended)) delete ledger.disputes;
  return ended;
}

const settledState = (line: Line, as: Resolution['as']): 'delivered' | 'undone' =>
  as === 'completed' && !isLost(line) ? 'delivered' : 'undone';

function settleLine(line: Line, as: Resolution['as'], at: number): void {
  const state = settledState(line, as);
  if (line.revoked === 'asked') line.revoked = 'done';
  if (line.state === state) return;
  line.state = state;
  line.released = state === 'delivered';
  if (state === 'delivered') line.deliveredAt ??= at;
  line.detail = state === 'delivered' ? 'Delivered by our team' : (line.failure ?? 'Taken back by our team');
}
