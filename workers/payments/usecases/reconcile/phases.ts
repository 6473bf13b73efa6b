import { DAY_MS, MINUTE_MS, rfc3339 } from '#shared/time/time.ts';
import type { NewFinding } from '../findings/ports.ts';
import { fanOut } from '../fan-out.ts';
import { askLedger } from '../ledger/ask-ledger.ts';
import type { Counts, OurPayment, Period, Phase, ReconcilePorts } from './ports.ts';

/** What one page of a phase came to. */
export interface PageDone {
  next: string | null;
  counts: Partial<Counts>;
}
export interface PageInput {
  period: Period;
  cursor: string | null;
  /** When the reconciliation began. */
  startedAt: number;
  reconciliationId: string;
  requestId: string;
}
type RunPage = (ports: ReconcilePorts, input: PageInput) => Promise<PageDone>;

const PAGE = 100;
const REST = 'rest_not_given_back';
/** Each is several calls of the provider. */
const RESTS_PAGE = 10;
/** How long the provider keeps events (https://docs.stripe.com/api/events). */
const EVENTS_KEPT_MS = 30 * DAY_MS;
/** Bank debits and their refunds take days; longer than this means that something is missing. */
const SETTLES_WITHIN_MS = 14 * DAY_MS;
/** The provider books some captures only a while later, and nothing need tell us of it. */
const BOOKED_WITHIN_MS = 10 * MINUTE_MS;
/** A payment just opened may be on its way into the registry. */
const REGISTERED_WITHIN_MS = MINUTE_MS;

/** Each phase is safe to repeat: what was mended before is found mended. */
export const RUN_PAGE: Record<Phase, RunPage> = {
  events,
  payments,
  refunds: (ports, input) => parts(ports, input, 'refunds', 'unmatched_refund'),
  disputes: (ports, input) => parts(ports, input, 'disputes', 'unmatched_dispute'),
  ours,
  unsettled,
  rests,
  inbox,
};

/** Events whose webhook never came are put into the inbox as if it had. */
async function events(ports: ReconcilePorts, { period, cursor, requestId }: PageInput): Promise<PageDone> {
  const from = Math.max(period.from, ports.clock.now() - EVENTS_KEPT_MS);
  const { items, next } = await ports.period.events({ from, to: period.to }, cursor);
  const missing = await ports.ours.missingEvents(items.map(({ eventId }) => eventId));
  // Oldest first, as they would have come.
  const lost = items.filter(({ eventId }) => missing.has(eventId)).toReversed();
  const stored = [];
  for (const event of lost) stored.push(await ports.inbox.store(event, requestId, ports.clock.now()));
  await fanOut(
    ports,
    stored
      .filter(({ event }) => event.state === 'received')
      .map(({ event }) => ({ event, messageId: event.eventId })),
    requestId,
  );
  return {
    next,
    counts: { events: items.length, eventsRepaired: stored.filter(({ fresh }) => fresh).length },
  };
}

/** Payments at the provider that name an order, against the registry and the ledger. */
async function payments(ports: ReconcilePorts, input: PageInput): Promise<PageDone> {
  const { items, next } = await ports.period.payments(input.period, input.cursor);
  const claimed = items.filter((item) => item.orderId !== null);
  const ours = await ports.ours.listed(
    claimed.map(({ paymentId }) => paymentId),
    ports.clock.now(),
  );
  const findings: NewFinding[] = [];
  const behind: OurPayment[] = [];
  const agreed: string[] = [];
  let registered = 0;
  for (const item of claimed) {
    const { paymentId, orderId, currency, amount } = item;
    const known = ours.get(paymentId);
    if (orderId === null) continue;
    if (known === undefined || known.amount === null) {
      await ports.registry.record(
        {
          paymentId,
          provider: ports.period.provider,
          orderId,
          customerId: null,
          attempt: item.attempt,
          currency,
          amount,
          chargeId: null,
        },
        ports.clock.now(),
      );
      registered += 1;
    } else if (known.amount !== amount || known.currency !== currency) {
      const detail = `the provider asks for ${amount} ${currency}, the order for ${known.amount} ${known.currency}`;
      findings.push({ code: 'amount_differs', subject: paymentId, paymentId, orderId, detail });
    } else {
      agreed.push(paymentId);
    }
    if ((known?.captured ?? 0) !== item.captured || (known?.open ?? 0) !== item.open)
      behind.push({ paymentId, orderId, currency, amount, captured: item.captured, open: item.open });
  }
  await ports.findings.put(findings, input.reconciliationId, ports.clock.now());
  await ports.findings.close(agreed, ['amount_differs'], ports.clock.now());
  await bringUp(ports, behind, input);
  return {
    next,
    counts: {
      payments: items.length,
      paymentsRegistered: registered,
      paymentsBooked: behind.length,
      findings: findings.length,
    },
  };
}

/** Refunds and disputes, wherever they were made: their payment is booked and its order woken unless both know already. */
async function parts(
  ports: ReconcilePorts,
  input: PageInput,
  kind: 'refunds' | 'disputes',
  code: 'unmatched_refund' | 'unmatched_dispute',
): Promise<PageDone> {
  const { items, next } = await ports.period[kind](input.period, input.cursor);
  const withPayment = items.flatMap(({ id, paymentId, state }) =>
    paymentId === null ? [] : [{ id, paymentId, state }],
  );
  const booked = await (kind === 'refunds'
    ? ports.ours.bookedRefunds(withPayment)
    : ports.ours.bookedDisputes(withPayment));
  const ours = await ports.ours.listed(
    withPayment.map(({ paymentId }) => paymentId),
    ports.clock.now(),
  );
  const behind = new Map<string, OurPayment>();
  const findings: NewFinding[] = [];
  const matched: string[] = [];
  for (const { id, paymentId, amount, currency } of items) {
    const known = paymentId === null ? undefined : ours.get(paymentId);
    if (known === undefined) {
      const detail = `${id} over ${amount} ${currency} belongs to ${paymentId ?? 'no payment'}, which no order of ours asked for`;
      findings.push({ code, subject: id, paymentId, orderId: null, detail });
      continue;
    }
    matched.push(id);
    if (!booked.has(id)) behind.set(known.paymentId, known);
  }
  await ports.findings.put(findings, input.reconciliationId, ports.clock.now());
  await ports.findings.close(matched, [code], ports.clock.now());
  await bringUp(ports, [...behind.values()], input);
  return { next, counts: { [kind]: items.length, paymentsBooked: behind.size, findings: findings.length } };
}

/** Payments of ours that the provider did not list: it is asked for each, and what it does not know becomes a finding. */
async function ours(
  ports: ReconcilePorts,
  { period, cursor, startedAt, requestId }: PageInput,
): Promise<PageDone> {
  const settledBy = { from: period.from, to: Math.min(period.to, ports.clock.now() - REGISTERED_WITHIN_MS) };
  const found = await ports.ours.unlisted(settledBy, startedAt, cursor, PAGE);
  const ids = found.map(({ paymentId }) => paymentId);
  if (ids.length > 0) await askLedger(ports, ids, requestId);
  return { next: nextOf(ids), counts: { ours: found.length } };
}

/**
 * Money on its way: the provider is asked each time whether it has arrived, since what it books later no event of an order
 * tells (https://docs.stripe.com/payments/payment-intents/asynchronous-capture). For too long: a finding, closed by its booking.
 */
async function unsettled(
  ports: ReconcilePorts,
  { cursor, reconciliationId, requestId }: PageInput,
): Promise<PageDone> {
  const now = ports.clock.now();
  const found = await ports.ours.unsettled(now - BOOKED_WITHIN_MS, cursor, PAGE);
  const ids = found.map(({ paymentId }) => paymentId);
  if (ids.length > 0) await askLedger(ports, ids, requestId);
  const findings = found
    .filter(({ since }) => Date.parse(since) < now - SETTLES_WITHIN_MS)
    .map(({ paymentId, orderId, currency, unsettled: amount, since }): NewFinding => ({
      code: 'never_settled',
      subject: paymentId,
      paymentId,
      orderId,
      detail: `${amount} ${currency} on their way since ${since}`,
    }));
  await ports.findings.put(findings, reconciliationId, now);
  return { next: nextOf(ids), counts: { findings: findings.length } };
}

/**
 * Money transferred beyond a payment that could not be sent back: a look at the payment tries again, without its order. The
 * look itself closes the finding when the money went, or raises it anew.
 */
async function rests({ findings, gateway }: ReconcilePorts, { cursor }: PageInput): Promise<PageDone> {
  const stuck = await findings.openAbout(REST, cursor, RESTS_PAGE);
  for (const paymentId of stuck) await gateway.get(paymentId, { thorough: true });
  const left = await findings.openAbout(REST, cursor, RESTS_PAGE);
  const last = stuck.at(-1);
  return {
    next: last === undefined || stuck.length < RESTS_PAGE ? null : last,
    counts: { findings: left.filter((paymentId) => stuck.includes(paymentId)).length },
  };
}

/** Events that reached no order, of the period: their receiver gave up, or no payment of ours is known for them. */
async function inbox(
  ports: ReconcilePorts,
  { period, cursor, reconciliationId }: PageInput,
): Promise<PageDone> {
  if (cursor === null) await ports.findings.closeHeard(ports.clock.now());
  const found = await ports.ours.unheard(period, cursor, PAGE);
  const findings = found.map(({ eventId, type, state, orderId, paymentId, detail }): NewFinding => ({
    code: 'event_unheard',
    subject: eventId,
    paymentId,
    orderId,
    detail: `${type} is ${state}${detail === null ? '' : `: ${detail}`}`,
  }));
  await ports.findings.put(findings, reconciliationId, ports.clock.now());
  return { next: nextOf(found.map(({ eventId }) => eventId)), counts: { findings: findings.length } };
}

const nextOf = (ids: readonly string[]): string | null => (ids.length < PAGE ? null : (ids.at(-1) ?? null));

/** Tells the orders of payments to look, as an event would, and has the payments booked. */
async function bringUp(
  ports: ReconcilePorts,
  payments: readonly OurPayment[],
  { reconciliationId, requestId, startedAt }: PageInput,
): Promise<void> {
  if (payments.length === 0) return;
  // The orders first: should it end here, the ledger is still behind, and the repeat begins with them again.
  await ports.queue.send(
    payments.flatMap(({ paymentId, orderId }) =>
      orderId === null
        ? []
        : [
            {
              type: 'payment.changed' as const,
              requestId,
              messageId: `${reconciliationId}:${paymentId}`,
              eventId: `${reconciliationId}:${paymentId}`,
              eventType: `reconciliation of ${rfc3339(startedAt)}`,
              orderId,
              paymentId,
            },
          ],
    ),
  );
  await askLedger(
    ports,
    payments.map(({ paymentId }) => paymentId),
    requestId,
  );
}
