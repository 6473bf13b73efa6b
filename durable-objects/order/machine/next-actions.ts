import { positionsOf } from './bundles.ts';
import type { Order } from '#shared/contracts/http/orders.ts';
import { areLinesCancellable } from './after-sale/check.ts';
import { isCardHandedOver } from './after-sale/sold-cards.ts';
import { editRefusal, type OrderChange } from './after-sale/edit.ts';
import type { Ledger, OrderDocument } from './document.ts';
import type { OrderEvent } from './events.ts';
import { isDecisionAwaited } from './fraud/guards.ts';
import { GUARDS } from './guards.ts';
import { isUndone } from './money.ts';
import { retryRefusal } from './retrying.ts';
import { publicSuspension } from './suspension.ts';
import { specOf } from './table.ts';
import { isPayer, type Viewer } from './viewer.ts';

/** The payment the customer is asked for now; null: he has nothing to pay. */
export function payable(document: OrderDocument): Ledger | null {
  const { state, payment, renewal } = document;
  if (renewal?.status === 'open' && !isUndone(document)) return renewal;
  return state === 'awaiting_payment' && payment.status === 'open' ? payment : null;
}

const NO_CHANGE: OrderChange = { lines: [], shippingAddress: null };

/** What the one who asks can do now, from the table the machine runs on. */
export function nextActions(document: OrderDocument, viewer: Viewer): Order['nextActions'] {
  const { state } = document;
  const actions: Order['nextActions'] = [];
  const customer = viewer.as === 'customer';
  const asked = isPayer(viewer) ? payable(document) : null;
  if (asked !== null && (asked.verification ?? null) !== null) actions.push('verify_account');
  if (asked !== null) actions.push('pay');
  else if (specOf(state).terminal !== true && state !== 'needs_operator') actions.push('wait');
  if (!customer && state === 'needs_operator') {
    if (retryRefusal(document) === null) actions.push('retry');
    actions.push('resolve');
  }
  if (!customer && isDecisionAwaited(document)) actions.push('review');
  if (editRefusal(document, NO_CHANGE) === null) actions.push('edit');
  const undone = { type: 'cancel.requested', by: viewer.as, text: null, at: 0 } as const;
  if (leadsOn(document, undone) && !isCardHandedOver(document)) actions.push('cancel');
  if (positionsOf(document).some(({ id }) => areLinesCancellable(document, [id])))
    actions.push('cancel_lines');
  if (document.lines.some((line) => line.state === 'delivered')) actions.push('view_instances');
  const isSuspended = document.lines.some((line) => publicSuspension(line)?.state === 'suspended');
  if (customer && (state === 'needs_operator' || isSuspended)) actions.push('contact_support');
  return actions;
}

/** Would the wish be granted, and change anything? */
const leadsOn = (document: OrderDocument, wish: OrderEvent): boolean =>
  (specOf(document.state).on[wish.type] ?? []).find(
    ({ when }) => when === undefined || GUARDS[when](document, wish),
  )?.to !== undefined;
