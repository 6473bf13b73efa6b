import { isSameJson, plainCopy } from '#shared/domain/plain-copy.ts';
import { afterSaleIntents } from './after-sale/intents.ts';
import { isSuspected, isUnseen } from './fraud/guards.ts';
import { assessAnew, tellOfSuspicion } from './fraud/intents.ts';
import { closeReturns } from './after-sale/returns.ts';
import { announce } from './announcements.ts';
import { effectiveState, type OrderDocument, type State } from './document.ts';
import { newDocument, type Placement } from './new-document.ts';
import { COMMANDS, type OrderEvent } from './events.ts';
import { recordFact } from './facts.ts';
import { GUARDS } from './guards.ts';
import { INTENTS, type Intent, type IntentName } from './intents.ts';
import { listingOf } from './listing.ts';
import { capturedOf, ledgersOf } from './money.ts';
import { isAnyKept } from './lines.ts';
import { type Note, note } from './notes.ts';
import { keepOut } from './person.ts';
import { attentionFor, reasonFor } from './reasons.ts';
import { accessIntents } from './suspension.ts';
import { specOf } from './table.ts';
import type { Row } from './table-rows.ts';

export interface Outcome {
  document: OrderDocument;
  /** False: the event was known already; `document` is what it was. */
  changed: boolean;
  /** False: a wish the present state does not allow; nothing changed. */
  allowed: boolean;
  intents: Intent[];
  notes: Note[];
}

/** More than any chain of states that pass through at once. */
const HOPS_MAX = 20;

/** The beginning: a document in `pricing` and what it asks for. */
export function openOrder(placement: Placement): Outcome {
  const document = newDocument(placement);
  const event: OrderEvent = { type: 'order.acknowledged', at: placement.at };
  return { document, changed: true, allowed: true, intents: entryIntents(document, event), notes: [] };
}

/** One step of the machine. Pure: no clock, no randomness, no I/O; the given document is not touched. */
export function transition(document: OrderDocument, event: OrderEvent): Outcome {
  const draft = plainCopy(document);
  const notes = [...recordFact(draft, event), ...closeReturns(draft, event.at)];
  if (draft.erased !== undefined) keepOut(draft, draft.erased.part);
  const intents: Intent[] = [];
  const row = firstRow(specOf(draft.state).on[event.type] ?? [], draft, event);
  if (row === undefined && COMMANDS.has(event.type)) {
    return { document, changed: false, allowed: false, intents: [], notes: [] };
  }
  const entered = row !== undefined && follow(draft, row, event, intents);
  const settled = settle(draft, event, intents);
  // An end by hand that leads back to the person who gave it is none.
  if (event.type === 'operator.resolved' && draft.state === 'needs_operator') {
    return { document, changed: false, allowed: false, intents: [], notes: [] };
  }
  if (entered || settled) {
    draft.stageSince = event.at;
    intents.push(...entryIntents(draft, event));
  }
  // Of an erased order nothing is known any more that could be assessed.
  if (draft.erased?.part !== 'customer')
    intents.push(...assessAnew(draft), ...tellOfSuspicion(document, draft));
  intents.push(...afterSaleIntents(draft, event));
  intents.push(...steadyIntents(draft, event));
  intents.push(...accessIntents(draft, event));
  intents.push(...announce(document, draft, event, notes));
  if (isSameJson(draft, document)) {
    return { document, changed: false, allowed: true, intents, notes: [] };
  }
  draft.version = document.version + 1;
  draft.updatedAt = Math.max(document.updatedAt, event.at);
  if (draft.state !== document.state) notes.push(...stateNotes(document, draft));
  if (draft.payment.attempt > document.payment.attempt && draft.payment.status === 'none')
    notes.push(PAY_AGAIN);
  if (isListedAnew(document, draft)) intents.push(projectIntent(draft, event));
  return { document: draft, changed: true, allowed: true, intents, notes };
}

/** True when a state was entered, be it the same one again. */
function follow(draft: OrderDocument, row: Row, event: OrderEvent, intents: Intent[]): boolean {
  if (row.reason !== undefined && draft.reason === null) draft.reason = reasonFor(row.reason, draft, event);
  if (row.to === 'undoing_lines') draft.keep = keptOf(row, event);
  for (const name of row.emit ?? []) intents.push(...INTENTS[name](draft, event));
  if (row.to === undefined) return false;
  enter(draft, row.to, event, row.resume);
  return true;
}

function enter(draft: OrderDocument, to: State | 'resume', event: OrderEvent, resume = draft.state): void {
  if (to === 'needs_operator') {
    // From here on it is in lists and answers, so it cannot vanish any more.
    draft.acknowledged = true;
    draft.attention = attentionFor(draft, event);
    draft.resume = resume;
    draft.state = to;
    return;
  }
  const target = to === 'resume' ? (draft.resume ?? 'undoing_lines') : to;
  const stopped = draft.state === 'needs_operator';
  // What was asked for before may be lost or was not wanted any more meanwhile: it is asked for under new keys.
  if (stopped || target === 'undoing_lines' || target === 'returning_stock') draft.rounds += 1;
  for (const ledger of ledgersOf(draft)) {
    // A refusal counts only in the state that asked for the step.
    Object.assign(ledger, { asking: null, refusals: 0 });
    if (stopped) ledger.round += 1;
  }
  draft.attention = null;
  draft.resume = null;
  draft.state = target;
}

/** Follows the ways that are open without any further event. */
function settle(draft: OrderDocument, event: OrderEvent, intents: Intent[]): boolean {
  let moved = false;
  for (let hop = 0; hop < HOPS_MAX; hop += 1) {
    const row = openWay(draft, event);
    if (row === undefined) return moved;
    follow(draft, row, event, intents);
    moved = true;
  }
  throw new Error(`the order machine goes in circles at ${draft.state}`);
}

/** Under `needs_operator`: the way on of the state it stopped in, opened by a fact that came after all. */
function openWay(draft: OrderDocument, event: OrderEvent): Row | undefined {
  if (draft.state !== 'needs_operator') return firstRow(specOf(draft.state).always ?? [], draft, event);
  const decided = firstRow(specOf(draft.state).always ?? [], draft, event);
  if (decided !== undefined || draft.resume === null || isSuspected(draft)) return decided;
  const ways = (specOf(draft.resume).always ?? []).filter((way) => way.to !== 'needs_operator');
  return firstRow(ways, draft, event) === undefined ? undefined : { to: 'resume' };
}

const firstRow = (rows: readonly Row[], draft: OrderDocument, event: OrderEvent): Row | undefined =>
  rows.find((row) => row.when === undefined || GUARDS[row.when](draft, event));

const entryIntents = (draft: OrderDocument, event: OrderEvent): Intent[] =>
  (specOf(draft.state).entry ?? []).flatMap((name) => INTENTS[name](draft, event));

/** Waits while somebody looks at the risk. */
const HANDING_OVER: ReadonlySet<IntentName> = new Set<IntentName>([
  'provisionMore',
  'captureDue',
  'activateMore',
]);

/** What stands open to a person stands open to nobody else, but the rest goes on. */
const steadyIntents = (draft: OrderDocument, event: OrderEvent): Intent[] =>
  (specOf(effectiveState(draft)).steady ?? [])
    .filter((name) => !(isSuspected(draft) || isUnseen(draft)) || !HANDING_OVER.has(name))
    .flatMap((name) => INTENTS[name](draft, event));

/** A customer never gives back what he has by cancelling the rest. */
const keptOf = (row: Row, event: OrderEvent): OrderDocument['keep'] =>
  event.type === 'cancel.requested'
    ? (event.keep ?? (event.by === 'customer' ? 'delivered' : 'nothing'))
    : (row.keep ?? 'nothing');

/** Only a change of what lists show is worth a write there; a payment that is about to be passed on is none. */
function isListedAnew(before: OrderDocument, after: OrderDocument): boolean {
  if (after.state === 'vetting') return false;
  const listing = listingOf(after);
  return listing !== null && !isSameJson(listing, listingOf(before));
}

/** On the way to its end an order is shown where it stays: what follows at once is one write. */
const PASSING: ReadonlySet<State> = new Set<State>(['capturing', 'activating']);
const SHOWN_AFTER_MS = 500;

const projectIntent = ({ version, state }: OrderDocument, { at }: OrderEvent): Intent => ({
  key: `project:${version}`,
  lane: 'projection',
  effect: { step: 'project' },
  ...(PASSING.has(state) ? { notBefore: at + SHOWN_AFTER_MS } : {}),
});

const PAY_AGAIN = note(
  'payment.replaced',
  'The amount approved was not that of the order: please pay once more',
);

const CANCELLED = 'Cancelled';
const STATE_NOTES: Partial<Record<State, { type: string; text: string }>> = {
  in_review: { type: 'order.in_review', text: 'We are checking your order' },
  closing: { type: 'order.closing', text: 'The time to pay ran out' },
  provisioning: { type: 'order.provisioning', text: 'Your order is being prepared' },
  delivering: { type: 'order.provisioning', text: 'Your order is being prepared' },
  activating: { type: 'order.activating', text: 'Everything is ready and being handed over' },
  completed: { type: 'order.completed', text: 'Complete. Thank you!' },
  undoing_lines: { type: 'order.compensating', text: 'The order is being undone' },
  returning_money: { type: 'order.compensating', text: 'The order is being undone' },
  returning_stock: { type: 'order.compensating', text: 'The order is being undone' },
  cancelled: { type: 'order.cancelled', text: CANCELLED },
  refunded: { type: 'order.refunded', text: 'Cancelled and refunded' },
};

const UNDOING: ReadonlySet<State> = new Set<State>(['undoing_lines', 'returning_money', 'returning_stock']);

function stateNotes(before: OrderDocument, document: OrderDocument): Note[] {
  const { state, attention, reason } = document;
  if (state === 'needs_operator') {
    return [{ type: 'order.needs_operator', text: attention?.text ?? '', lineId: null }];
  }
  const known = STATE_NOTES[state];
  if (known === undefined) return [];
  if (state === 'completed') return completedNotes(before, document);
  const rest = UNDOING.has(state) && document.keep !== 'nothing' && isAnyKept(document);
  // A person may end an order as refunded that nobody had paid.
  const plain = state === 'refunded' && capturedOf(document) === 0 ? CANCELLED : known.text;
  const said = rest ? 'What is not delivered is being undone' : plain;
  return [{ type: known.type, text: reason === null ? said : `${said}: ${reason.text}`, lineId: null }];
}

/** An order that comes back from a person is not completed once more. */
function completedNotes(before: OrderDocument, { lines, reason }: OrderDocument): Note[] {
  if (before.announced.once.includes('order.completed')) {
    return [note('order.resumed', 'Our team has looked into it')];
  }
  const whole = reason === null || lines.every((line) => line.state === 'delivered');
  return [note('order.completed', whole ? 'Complete. Thank you!' : `Complete in part. ${reason.text}`)];
}
