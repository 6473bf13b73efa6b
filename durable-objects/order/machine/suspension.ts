import { onDisputeOf } from '#shared/domain/product.ts';
import { SUSPENSION_TEXTS, type SuspensionReason } from '#shared/domain/suspension.ts';
import { MINUTE_MS, SECOND_MS } from '#shared/time/time.ts';
import { disputesOf } from './disputes.ts';
import { type Access, type HeldFor, isTaken, type Line, type OrderDocument } from './document.ts';
import type { EventOf, OrderEvent } from './events.ts';
import type { Intent } from './intents.ts';
import { intentAs } from './keys.ts';
import { isRefundedOutsideInFull, outsideOf } from './money.ts';
import { type Note, note } from './notes.ts';

/*
 * Whether the customer can use what was delivered. What is wanted follows from the document alone: from disputes, from
 * refunds past the order, and from what people decided. It is compared with what was last asked for after every event, in
 * every state, so that news after the end counts as well; each change is a wish with a number of its own.
 */

/** A wish nobody has confirmed for this long is sent again; it does nothing a second time. */
const ASK_AGAIN_AFTER_MS = 30 * SECOND_MS;
const ASK_AGAIN_SLOT_MS = MINUTE_MS;

interface Cause {
  /** By which a person's decision to spare a line remembers it. */
  name: string;
  reason: SuspensionReason;
}

/** What suspends every line whose rule says so. The provider does not tell which articles a part of the money was for. */
function causesOf(document: OrderDocument): Cause[] {
  const disputes = disputesOf(document)
    .filter(isTaken)
    .map(({ disputeId, state }): Cause => ({
      name: `dispute:${disputeId}`,
      reason: state === 'open' ? 'payment_disputed' : 'payment_charged_back',
    }));
  const refunded: Cause = { name: `refund:${outsideOf(document)}`, reason: 'payment_refunded' };
  return isRefundedOutsideInFull(document) ? [...disputes, refunded] : disputes;
}

/** The customer has it, and it can be put out of his reach: a parcel cannot. */
export const isSuspendable = (line: Line): boolean =>
  line.state === 'delivered' && line.revoked === 'no' && line.fulfilment.template !== 'parcel';

/** Does its product's rule, as it was when it was bought, suspend it for what becomes of its payment? */
export const isSuspendedByRule = (line: Line): boolean =>
  isSuspendable(line) && (line.onDispute ?? onDisputeOf(line.kind, line.fulfilment)) === 'suspend';

/** Why the line is to be suspended; null: it is the customer's to use. */
export function suspensionOf(document: OrderDocument, line: Line): SuspensionReason | null {
  if (!isSuspendable(line)) return null;
  const { held = [], spared = [] } = line;
  const causes = isSuspendedByRule(line) ? causesOf(document) : [];
  return causes.find(({ name }) => !spared.includes(name))?.reason ?? held[0] ?? null;
}

/** Suspends lines for a cause that only `releaseLines` or a person's decision ends. */
export function holdLines(draft: OrderDocument, cause: HeldFor, lineIds?: readonly string[]): void {
  for (const line of draft.lines) {
    if (!isSuspendable(line) || lineIds?.includes(line.id) === false) continue;
    line.held = [...new Set([...(line.held ?? []), cause])];
  }
}

export function releaseLines(draft: OrderDocument, cause: HeldFor, lineIds?: readonly string[]): void {
  for (const line of draft.lines) {
    if (line.held === undefined || lineIds?.includes(line.id) === false) continue;
    line.held = line.held.filter((held) => held !== cause);
  }
}

/** Whatever suspends them now does so no more; what comes later does. */
export function spareLines(draft: OrderDocument, lineIds: readonly string[]): void {
  const names = causesOf(draft).map(({ name }) => name);
  for (const line of draft.lines.filter(({ id }) => lineIds.includes(id))) {
    line.held = [];
    line.spared = [...new Set([...(line.spared ?? []), ...names])];
  }
}

/** Notes in `draft` what is wanted now, and asks for it; asks again for what was not confirmed. */
export function accessIntents(draft: OrderDocument, event: OrderEvent): Intent[] {
  const wanted = draft.lines.filter((line) => wish(draft, line, event.at)).map(({ id }) => id);
  const again = isAskedAgain(event)
    ? draft.lines.filter((line) => isUnheard(line, event) && !wanted.includes(line.id)).map(({ id }) => id)
    : [];
  const slot = Math.floor(event.at / ASK_AGAIN_SLOT_MS);
  return [
    ...access(`lines.access:at:${draft.version}`, wanted),
    ...access(`lines.access:again:${draft.rounds}:${slot}`, again),
  ];
}

const access = (key: string, lineIds: string[]): Intent[] =>
  lineIds.length === 0 ? [] : [intentAs(key, 'access', { step: 'lines.access', lineIds })];

/** True when something else is wanted than was asked for last. */
function wish(draft: OrderDocument, line: Line, at: number): boolean {
  if (!isSuspendable(line)) return false;
  const reason = suspensionOf(draft, line);
  const { access: before } = line;
  const suspended = reason !== null;
  if (suspended === (before?.suspended ?? false) && (reason ?? before?.reason) === before?.reason)
    return false;
  line.access = {
    ...(before ?? { told: null, heard: 0, revision: 0 }),
    suspended,
    reason: reason ?? before?.reason ?? 'by_operator',
    sequence: (before?.sequence ?? 0) + 1,
    since: before?.suspended === suspended ? before.since : at,
  };
  return true;
}

const isAskedAgain = ({ type }: OrderEvent): boolean =>
  type === 'order.nudged' || type === 'operator.retried';
const isUnheard = ({ access: asked }: Line, event: OrderEvent): boolean =>
  asked !== undefined &&
  asked.heard < asked.sequence &&
  (event.type === 'operator.retried' || event.at - asked.since >= ASK_AGAIN_AFTER_MS);

/** Does a newest wish wait for an answer? */
export const isAccessOpen = ({ lines }: OrderDocument): boolean =>
  lines.some(({ access: asked }) => asked !== undefined && asked.heard < asked.sequence);

/** How it stands with an instance, as the provisioner tells; older news changes nothing. */
export function accessTold(
  draft: OrderDocument,
  event: EventOf<'line.suspended' | 'line.resumed' | 'line.stuck'>,
): Note[] {
  const line = draft.lines.find(({ id }) => id === event.lineId);
  const told = event.access;
  if (line === undefined || told === undefined) return [];
  const before = line.access;
  if (told.revision <= (before?.revision ?? 0)) return [];
  const now: Access = {
    ...(before ?? {
      suspended: false,
      reason: 'by_operator',
      sequence: 0,
      since: event.at,
      told: null,
      heard: 0,
    }),
    revision: told.revision,
  };
  if (event.type === 'line.stuck') {
    line.access = now;
    return [{ ...note('line.stuck', `${line.title}: ${event.detail}`, line.id), internal: true }];
  }
  now.heard = told.sequence;
  now.told = event.type === 'line.suspended' ? 'suspended' : 'resumed';
  line.access = now;
  if (now.told === (before?.told ?? 'resumed')) return [];
  const text = now.told === 'suspended' ? event.detail || 'Suspended.' : 'Can be used again.';
  return [note(event.type, `${line.title}: ${text}`.slice(0, 1_000), line.id)];
}

interface PublicSuspension {
  state: 'suspending' | 'suspended' | 'resuming';
  code: SuspensionReason;
  text: string;
  /** Epoch milliseconds. */
  since: number;
}

/** As the API shows it; null: the customer can use it. */
export function publicSuspension(line: Line): PublicSuspension | null {
  const { access: asked } = line;
  if (asked === undefined || !isSuspendable(line)) return null;
  const { suspended, reason, since, told, heard, sequence } = asked;
  if (!suspended && told !== 'suspended') return null;
  // What the order does not want although it was heard, staff want.
  const code = !suspended && heard >= sequence ? 'by_operator' : reason;
  const isOver = !suspended && heard < sequence;
  const state = isOver ? 'resuming' : told === 'suspended' ? 'suspended' : 'suspending';
  return { state, code, text: SUSPENSION_TEXTS[code], since };
}
