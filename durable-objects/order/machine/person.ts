import { plainCopy } from '#shared/domain/plain-copy.ts';
import type { PlaceOrder } from '#shared/contracts/http/orders.ts';
import type { Ledger, OrderDocument } from './document.ts';
import { ledgersOf } from './money.ts';
import { specOf } from './table.ts';

/** What was taken out of an order: all that is its customer's, or how to reach who placed it for an organisation. */
export type ErasedPart = 'customer' | 'contact';

/** Stands for a word of an address that has to be there. */
export const ERASED = 'Erased';

const RETURN_ENDED: ReadonlySet<string> = new Set(['refunded', 'exchanged', 'rejected', 'withdrawn']);

/** Goods that are on their way back, or still to be decided about. */
export const openReturns = ({ returns }: OrderDocument): string[] =>
  returns.filter(({ state }) => !RETURN_ENDED.has(state)).map(({ id }) => id);

/** Nothing of it is under way: whoever ordered may be taken out of it. */
export const isErasable = (document: OrderDocument): boolean =>
  specOf(document.state).terminal === true && openReturns(document).length === 0;

/**
 * The order without the person: names, e-mail, street, town, customisation and every free text go. What tax law demands
 * stays: number, dates, lines, prices, taxes, country, region and postal code, payments and refunds. Pure; the same for an
 * order it was taken out of before.
 */
export function withoutPerson(document: OrderDocument, part: ErasedPart): OrderDocument {
  const draft = plainCopy(document);
  keepOut(draft, part);
  if (part === 'contact') return draft;
  draft.request = requestWithout(draft.request);
  draft.quote = null;
  draft.refusals = [];
  for (const line of draft.lines) {
    line.customisation = {};
    line.detail = '';
    delete line.told;
    if (line.failure !== undefined) line.failure = '';
  }
  if (draft.reason !== null) draft.reason = { ...draft.reason, text: '' };
  if (draft.attention !== null) draft.attention = { ...draft.attention, text: '', detail: '' };
  if (draft.resolution !== null) draft.resolution = { ...draft.resolution, why: '' };
  for (const note of draft.notes) note.text = '';
  for (const refund of draft.refunds) refund.why = '';
  for (const one of draft.returns) {
    for (const line of one.lines) line.reason = '';
    for (const step of one.steps) step.why = '';
    const { exchange } = one;
    if (exchange !== null && exchange.request !== null) exchange.request = requestWithout(exchange.request);
  }
  return draft;
}

/** What news of a payment would bring back: to be called on each draft of an erased order. */
export function keepOut(draft: OrderDocument, part: ErasedPart): void {
  draft.email = null;
  if (part === 'contact') {
    if (draft.fraud !== undefined) draft.fraud.origin = { addressKey: null, country: null };
    return;
  }
  delete draft.fraud;
  for (const ledger of ledgersOf(draft)) forgetPayer(ledger);
}

/** Whoever has the secret or the page can act on the payment; instructions name an account made for the one payer. */
function forgetPayer(ledger: Ledger): void {
  ledger.clientSecret = null;
  ledger.lastError = null;
  delete ledger.advice;
  if (ledger.instructions !== undefined) ledger.instructions = null;
  if (ledger.verification !== undefined) ledger.verification = null;
}

function requestWithout(request: PlaceOrder): PlaceOrder {
  const { paymentMethodId: _method, shippingAddress, ...rest } = request;
  return {
    ...rest,
    lines: request.lines.map((line) => ({ ...line, customisation: {} })),
    ...(shippingAddress === undefined
      ? {}
      : { shippingAddress: { ...shippingAddress, name: ERASED, line1: ERASED, line2: '', city: ERASED } }),
  };
}
